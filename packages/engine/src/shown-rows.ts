/**
 * What nodes keep, as people read it: rows with the names of their columns, and points in time as
 * such. A row is told by where it stands (`row`, `rows`) and by how wide it is.
 */

import {
  type Column,
  createRowText,
  isoTimestamp,
  type Row,
  type StreamSchema,
} from '@millrace/pipeline'
import type { ShowState } from './state.ts'

type Schemas = { readonly [port: string]: StreamSchema }
type NamedRow = (row: Row) => object

interface Known {
  readonly timed: boolean
  readonly named: NamedRow
}

interface KeptRow {
  readonly timeMs?: unknown
  /** It is in the row, too. */
  readonly key?: unknown
  readonly row: unknown
}

/** What operators call points in time, and people. */
const TIMES: { readonly [name: string]: string } = {
  timeMs: 'time',
  startMs: 'start',
  endMs: 'end',
  sinceMs: 'since',
  latestMs: 'latest',
}
/** A timer goes off at the end or behind it, and what is noted of a row is the operator's own. */
const UNSAID = new Set(['timerMs', 'use'])

/** As `row` and `rows` are shown where it is known whose they are. */
export function namedRows(columns: readonly Column[]): NamedRow {
  const textOf = createRowText(columns)
  return (row) => JSON.parse(textOf(row))
}

/** What an operator notes of a group or a row, for people. */
export function shownNotes(notes: object): object {
  const shown = Object.entries(notes).flatMap(([name, value]: [string, unknown]) => {
    if (UNSAID.has(name)) return []
    return [[TIMES[name] ?? name, name in TIMES ? timeText(value) : value] as const]
  })
  return Object.fromEntries(shown)
}

/**
 * Rows are those of the input that the table is called after (`left waiting`), or else of the only
 * input that is as wide, or of the only such output. Where there are several, they stay as they
 * are.
 */
export function showRows(inputs: Schemas, outputs: Schemas): ShowState {
  const known = new Map<string, Known | undefined>()
  const knownFor = (table: string, row: unknown): Known | undefined => {
    if (!isRow(row)) return undefined
    const place = `${row.length} ${table}`
    if (!known.has(place)) {
      const schema = schemaFor(table, row.length, inputs, outputs)
      known.set(place, schema && { timed: schema.eventTime, named: namedRows(schema.columns) })
    }
    return known.get(place)
  }
  const done = new WeakSet<object>()
  const shownRow = ({ timeMs, ...untimed }: KeptRow, table: string): object => {
    const { row, key: _, ...noted } = untimed
    const { timed = true, named } = knownFor(table, row) ?? {}
    // A time that a stream does not have is 0, and says nothing.
    const notes = shownNotes(timed && timeMs !== undefined ? { timeMs, ...noted } : noted)
    const shown = { ...notes, row: named === undefined ? row : named(row as Row) }
    done.add(shown)
    if (typeof shown.row === 'object' && shown.row !== null) done.add(shown.row)
    return shown
  }
  return (value, table) => {
    if (typeof value !== 'object' || value === null || done.has(value)) return value
    if (isKeptRow(value)) return shownRow(value, table)
    if (isKeptList(value)) return value.records.slice(value.next)
    if (!('rows' in value && Array.isArray(value.rows))) return value
    const times: unknown[] = 'times' in value && Array.isArray(value.times) ? value.times : []
    return value.rows.map((row: unknown, index) => shownRow({ timeMs: times[index], row }, table))
  }
}

function schemaFor(
  table: string,
  width: number,
  inputs: Schemas,
  outputs: Schemas,
): StreamSchema | undefined {
  const [word = ''] = table.split(' ')
  const called = Object.hasOwn(inputs, word) ? inputs[word] : undefined
  if (called?.columns.length === width) return called
  for (const schemas of [inputs, outputs]) {
    const wide = Object.values(schemas).filter(({ columns }) => columns.length === width)
    if (wide.length > 0) return wide.length === 1 ? wide[0] : undefined
  }
  return undefined
}

function isKeptRow(value: object): value is KeptRow {
  return 'row' in value && (isRow(value.row) || value.row === null)
}

/** Records of which those before `next` have left. */
interface KeptList {
  readonly records: readonly unknown[]
  readonly next: number
}

function isKeptList(value: object): value is KeptList {
  return 'records' in value && Array.isArray(value.records) && 'next' in value
}

function isRow(value: unknown): value is Row {
  return Array.isArray(value)
}

function timeText(value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? isoTimestamp(value) : value
}
