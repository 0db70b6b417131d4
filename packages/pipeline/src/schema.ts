/** What an edge carries: columns, event time or none, and how rows change. */

import { type Column, INTEGER, STRING, sameType, typeText } from './type.ts'

/**
 * `retract` carries the old row before each new one. `upsert` is keyed by `key` and leaves the old
 * row out for whoever takes it so; anybody else gets the same table as `retract`.
 */
export type ChangeMode = 'append' | 'upsert' | 'retract'

export interface StreamSchema {
  /** In the order in which rows hold their values. No two have the same name. */
  readonly columns: readonly Column[]
  /** Whether each row travels with an event time. It is not a column. */
  readonly eventTime: boolean
  readonly changes: ChangeMode
  /** The columns that identify a row of a table; absent for streams. */
  readonly key?: readonly string[]
  /** Of a table: rows only ever come. Absent where some may be replaced or deleted. */
  readonly insertsOnly?: true
  /** Absent unless the rows are results of windows of event time. */
  readonly window?: ResultWindow
}

/** What is known of the windows whose results a stream carries. */
export interface ResultWindow {
  /** The column that holds a window's end; absent where it was left out on the way. */
  readonly endColumn?: string
  /**
   * How long after its end a window may give another result, in milliseconds: 0 unless it fires
   * again for late records. No result of a window comes at W >= end - 1 + this.
   */
  readonly latenessMs: number
}

/**
 * The columns of every `errors` port. `raw` is the record as text; `line` and `offset` (bytes) are
 * known for files.
 */
export const ERRORS_SCHEMA: StreamSchema = {
  columns: [
    { name: 'raw', type: STRING },
    { name: 'reason', type: STRING },
    { name: 'node', type: STRING },
    { name: 'line', type: INTEGER },
    { name: 'offset', type: INTEGER },
  ],
  eventTime: false,
  changes: 'append',
}

export function appendStream(columns: readonly Column[], eventTime: boolean): StreamSchema {
  return { columns, eventTime, changes: 'append' }
}

/**
 * The same table for an input that takes no `upsert`: with each row that is replaced before the one
 * that replaces it.
 */
export function withOldRows(schema: StreamSchema): StreamSchema {
  return schema.changes === 'upsert' ? { ...schema, changes: 'retract' } : schema
}

/** Whether rows may replace and delete others. */
export function isTable(schema: StreamSchema | undefined): boolean {
  return schema !== undefined && schema.changes !== 'append'
}

/** Whether a row that has come may be taken back, so that what was made of it must be undone. */
export function takesBack({ changes, insertsOnly }: StreamSchema): boolean {
  return changes !== 'append' && insertsOnly !== true
}

/** The index of a column, or -1. */
export function columnIndex(schema: StreamSchema, name: string): number {
  return schema.columns.findIndex((column) => column.name === name)
}

/** Same names and types in the same order. */
export function sameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  if (a.length !== b.length) return false
  return a.every((column, index) => {
    const other = b[index]
    return other !== undefined && other.name === column.name && sameType(column.type, other.type)
  })
}

/** `user: string, ms: double`, for messages and tooltips. */
export function columnsText(columns: readonly Column[]): string {
  return columns.map((column) => `${column.name}: ${typeText(column.type)}`).join(', ')
}
