/** Test input and output as people write them: JSON rows with times, and watermarks in between. */

import {
  appendStream,
  columnIndex,
  createRowReader,
  createRowText,
  type Example,
  type ExampleElement,
  type ExampleInput,
  type ExampleStream,
  isRefusal,
  parseTimestamp,
  parseType,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import { type Change, type Element, END_OF_TIME_MS } from '../element.ts'

export type TestElement = ExampleElement

export type TestStream = ExampleStream

/** A record with its event time in milliseconds (or as ISO-8601). */
export function record(
  row: { readonly [column: string]: unknown },
  at?: string | number,
): TestElement {
  return at === undefined ? { row } : { at, row }
}

/** No record at or before this time should still come; `end` is the end of input. */
export function watermark(at: string | number): TestElement {
  return { watermark: at }
}

/** An input: its columns with their types, and what arrives. */
export function stream(
  schema: { readonly [column: string]: string },
  elements: readonly ExampleInput[],
  eventTime = true,
): TestStream {
  return { schema, elements, eventTime }
}

export function toSchema({ schema, eventTime = true, table, window }: TestStream): StreamSchema {
  const columns = Object.entries(schema).map(([name, text]) => {
    const type = parseType(text)
    if (isRefusal(type)) throw new Error(type.message)
    return { name, type }
  })
  return { ...appendStream(columns, eventTime), ...table, ...(window && { window }) }
}

/** Milliseconds of a time as tests write it. */
export function toMs(time: string | number): number {
  if (typeof time === 'number') return time
  if (time === 'end') return END_OF_TIME_MS
  const ms = parseTimestamp(time)
  if (ms === null)
    throw new Error(`"${time}" is not a time. Write ISO-8601, milliseconds or "end".`)
  return ms
}

/** Processing time moves on to here, in UTC milliseconds. */
export function clock(at: string | number): ExampleInput {
  return { clock: at }
}

/** What is fed to an operator, one after the other. */
export type Step = Element | { readonly kind: 'clock'; readonly atMs: number }

/** Packs elements into batches of at most `rowsMax` rows; a step of the clock ends a batch. */
export function toSteps(
  elements: readonly ExampleInput[],
  schema: StreamSchema,
  rowsMax: number,
): readonly Step[] {
  const steps: Step[] = []
  let flowing: TestElement[] = []
  const pack = () => {
    steps.push(...toBatches(flowing, schema, rowsMax))
    flowing = []
  }
  for (const element of elements) {
    if ('clock' in element) {
      pack()
      steps.push({ kind: 'clock', atMs: toMs(element.clock) })
    } else flowing.push(element)
  }
  pack()
  return steps
}

/** Packs elements into batches of at most `rowsMax` rows. */
export function toBatches(
  elements: readonly TestElement[],
  schema: StreamSchema,
  rowsMax: number,
): readonly Element[] {
  const readRow = createRowReader(schema.columns)
  const batches: Element[] = []
  let rows: Row[] = []
  let times: number[] = []
  let changes: Change[] = []
  let marks: { at: number; watermarkMs: number; origin: number }[] = []
  const flush = () => {
    if (rows.length === 0 && marks.length === 0) return
    const timed = schema.eventTime ? times : undefined
    batches.push({
      kind: 'batch',
      rows,
      times: timed,
      changes: schema.changes === 'append' ? undefined : changes,
      marks,
      origins: undefined,
    })
    rows = []
    times = []
    changes = []
    marks = []
  }
  for (const element of elements) {
    if ('watermark' in element) {
      marks.push({ at: rows.length, watermarkMs: toMs(element.watermark), origin: 0 })
      continue
    }
    if (rows.length >= rowsMax) flush()
    checkColumns(element.row, schema)
    rows.push(readRow(element.row))
    times.push(toMs(element.at ?? 0))
    changes.push(element.change ?? '+I')
  }
  flush()
  return batches
}

/** What left, in the order in which it left. The end of input itself is left out. */
export function collect(schema: StreamSchema): {
  readonly elements: TestElement[]
  next(e: Element): void
} {
  const elements: TestElement[] = []
  const text = createRowText(schema.columns)
  return {
    elements,
    next: (element) => {
      if (element.kind !== 'batch') return
      const { rows, times, changes, marks } = element
      let mark = 0
      const putMarks = (at: number) => {
        for (; marks[mark]?.at === at; mark++) {
          const watermarkMs = marks[mark]?.watermarkMs ?? 0
          if (watermarkMs !== END_OF_TIME_MS) elements.push({ watermark: watermarkMs })
        }
      }
      for (const [index, row] of rows.entries()) {
        putMarks(index)
        const change = changes?.[index]
        const at = times?.[index]
        elements.push({
          ...(at === undefined ? {} : { at }),
          ...(change === undefined ? {} : { change }),
          row: JSON.parse(text(row)),
        })
      }
      putMarks(rows.length)
    },
  }
}

/** An example's element with its time in milliseconds, to be compared with what left. */
export function normalized(element: ExampleElement): TestElement {
  if ('watermark' in element) return { watermark: toMs(element.watermark) }
  return element.at === undefined ? element : { ...element, at: toMs(element.at) }
}

/** The streams into one port of an example: several for a port that takes many edges. */
export function streamsInto(inputs: Example['inputs'], port: string): readonly ExampleStream[] {
  const found = inputs?.[port]
  if (found === undefined) return []
  return Array.isArray(found) ? found : [found as ExampleStream]
}

function checkColumns(row: { readonly [column: string]: unknown }, schema: StreamSchema): void {
  for (const name of Object.keys(row)) {
    if (columnIndex(schema, name) < 0)
      throw new Error(`The test record has "${name}", its schema has not.`)
  }
}
