/** Makes of an operator's example a pipeline of its own, which can be opened, run and changed. */

import type {
  Example,
  ExampleElement,
  ExampleInput,
  ExampleStream,
  JsonObject,
} from '@millrace/pipeline'

/** Enough of an operator to stand in a document. */
export interface ExampleOperator {
  readonly id: string
  readonly title: string
  readonly outputs: readonly string[]
}

/** The part of an example that becomes a pipeline. */
export type ExampleParts = Pick<Example, 'title' | 'config' | 'inputs'>

type Row = { readonly [column: string]: unknown }

/** A document under construction. */
interface Drawing {
  readonly nodes: Record<string, JsonObject>
  readonly edges: JsonObject[]
  readonly layout: Record<string, readonly [x: number, y: number]>
}

/** 2026-01-01T00:00:00Z */
const FIRST_CHANGE_MS = 1_767_225_600_000
const STEP_X = 300
const STEP_Y = 190

/**
 * The document, in which rows written by hand go through the operator into a sink for each port.
 *
 * Undefined where it cannot be drawn: when a watermark or processing time moves on, in which order
 * records arrive whatever their times are, and that rows are results of windows, a test may say,
 * but no source.
 */
export function exampleDocument(
  operator: ExampleOperator,
  { title, config, inputs }: ExampleParts,
): JsonObject | undefined {
  if (inputs === undefined) return undefined
  const streams = Object.entries(inputs).flatMap(([port, given]) =>
    [given].flat().map((stream) => ({ port, stream: stream as ExampleStream })),
  )
  const meets = streams.length > 1
  if (streams.some(({ stream }) => !isDrawable(stream, meets))) return undefined
  const drawing: Drawing = { nodes: {}, edges: [], layout: {} }
  const id = operator.id
  drawing.nodes[id] = { operator: id, title: operator.title, config: config as JsonObject }
  const spreadMs = spreadOf(streams.map(({ stream }) => stream))
  for (const [index, { port, stream }] of streams.entries()) {
    const name = meets ? `rows-${index + 1}` : 'rows'
    const time = port === 'in' ? 'at' : `${port}_at`
    const side = port !== 'in' ? `, ${port}` : meets ? ` ${index + 1}` : ''
    const drawn = { name, side, time, stream, meets, y: index * STEP_Y, spreadMs }
    const from = drawRows(drawing, drawn)
    drawing.edges.push({ from, to: port === 'in' ? id : `${id}.${port}` })
  }
  const middle = ((streams.length - 1) * STEP_Y) / 2
  drawing.layout[id] = [2 * STEP_X, middle]
  drawSinks(drawing, operator, middle)
  const text = `${operator.title}, by example: ${title}.`
  const notes = [{ text, at: [2 * STEP_X, middle - 150], size: [260, 60] }]
  return { format: 'millrace/1', name: title, ...drawing, notes }
}

function drawSinks(drawing: Drawing, { id, outputs }: ExampleOperator, middle: number): void {
  const ports = outputs.filter((port) => port !== 'errors')
  for (const [index, port] of ports.entries()) {
    const sink = port === 'out' ? 'result' : `result-${port}`
    const title = port === 'out' ? 'Result' : `Result, ${port}`
    drawing.nodes[sink] = { operator: 'inspect-sink', title }
    drawing.edges.push({ from: port === 'out' ? id : `${id}.${port}`, to: sink })
    drawing.layout[sink] = [3 * STEP_X, middle + (index - (ports.length - 1) / 2) * STEP_Y]
  }
}

function isDrawable(
  { elements, window, eventTime, table }: ExampleStream,
  meets: boolean,
): boolean {
  if (meets && eventTime === false && table === undefined) return false
  return window === undefined && elements.every((element) => 'row' in element)
}

/** How far apart its times are: with so much disorder allowed, no row is late before the end. */
function spreadOf(streams: readonly ExampleStream[]): number {
  const times = streams.flatMap(({ elements }) => elements.map(timeOf)).filter(isKnown)
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times)
}

function isKnown(timeMs: number | undefined): timeMs is number {
  return timeMs !== undefined
}

function timeOf(element: ExampleInput): number | undefined {
  if (!('row' in element) || element.at === undefined) return undefined
  return typeof element.at === 'number' ? element.at : Date.parse(element.at)
}

interface DrawnRows {
  readonly name: string
  /** What tells it from others, behind its title. */
  readonly side: string
  /** The column of its event times, where it has any. */
  readonly time: string
  readonly stream: ExampleStream
  /** Rows of other sources come to the same node, so that times say what comes first. */
  readonly meets: boolean
  readonly y: number
  readonly spreadMs: number
}

/** Draws what makes the stream, and returns the node that it leaves. */
function drawRows(drawing: Drawing, drawn: DrawnRows): string {
  const { name, side, time, stream, meets, y, spreadMs } = drawn
  const { schema, elements, table, eventTime = true } = stream
  const given = elements.filter((element) => 'row' in element)
  const timed = table === undefined ? eventTime : meets
  const told = table === undefined ? given.map(plainRow) : changes(given)
  const columns = table === undefined ? schema : envelopeOf(schema)
  const rows = told.map(({ atMs, row }) =>
    timed ? { [time]: new Date(atMs).toISOString(), ...row } : row,
  )
  drawing.nodes[name] = {
    operator: 'rows-source',
    title: `Rows${side}`,
    config: {
      schema: timed ? { [time]: 'timestamp', ...columns } : { ...columns },
      rows: rows as JsonObject[],
      ...(timed ? { eventTime: time, watermark: { maxOutOfOrderness: `${spreadMs}ms` } } : {}),
    },
  }
  drawing.layout[name] = [0, y]
  if (table === undefined) return name
  const read = `${name}-table`
  drawing.nodes[read] = {
    operator: 'from-changelog',
    title: `As a table${side}`,
    config: { key: [...table.key] },
  }
  drawing.edges.push({ from: name, to: read })
  drawing.layout[read] = [STEP_X, y]
  return read
}

interface ToldRow {
  readonly atMs: number
  readonly row: Row
}

type RowElement = Extract<ExampleElement, { readonly row: unknown }>

function plainRow(element: RowElement): ToldRow {
  return { atMs: timeOf(element) ?? 0, row: element.row }
}

function envelopeOf(schema: ExampleStream['schema']): ExampleStream['schema'] {
  const names = Object.entries(schema).map(([name, type]) => `${name}: ${type}`)
  const row = `record{${names.join(', ')}}`
  return { before: row, after: row, op: 'string' }
}

/** As a database would tell them, one a second. */
function changes(elements: readonly RowElement[]): readonly ToldRow[] {
  const told: Row[] = []
  let before: Row | undefined
  for (const { change = '+I', row } of elements) {
    if (change === '-U') before = row
    else if (change === '-D') told.push({ before: row, op: 'd' })
    else if (change === '+I') told.push({ after: row, op: 'c' })
    else told.push({ ...(before === undefined ? {} : { before }), after: row, op: 'u' })
  }
  return told.map((row, second) => ({ atMs: FIRST_CHANGE_MS + second * 1_000, row }))
}
