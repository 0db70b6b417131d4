/** Rows as the page shows them: JSON as sinks write it, with long texts cut. */

import { bytesOfRow } from '@millrace/engine'
import { type Column, createRowText, type Row } from '@millrace/pipeline'

/** Above this, the texts of a record are cut. */
const RECORD_LENGTH_MAX = 16_384
const TEXT_LENGTH_MAX = 1_000
const ITEMS_MAX = 100
const DEPTH_MAX = 6

export type RecordJson = Record<string, unknown>

export interface SizedRecord {
  readonly record: RecordJson
  /** Of its JSON. */
  readonly length: number
}

export function createRecordJson(columns: readonly Column[]): (row: Row) => SizedRecord {
  const text = createRowText(columns)
  const isText = columns.map(({ type }) => type.kind === 'string')
  // Long texts first, since all else is written as JSON and read again.
  const shorten = (row: Row): Row =>
    bytesOfRow(row) <= RECORD_LENGTH_MAX
      ? row
      : row.map((value, index) =>
          typeof value === 'string' && isText[index] === true ? cutText(value) : value,
        )
  return (row) => {
    const json = text(shorten(row))
    const record = JSON.parse(json) as RecordJson
    if (json.length <= RECORD_LENGTH_MAX) return { record, length: json.length }
    // Every column stays, however many there are. What entries make has even `__proto__` as its
    // own.
    const entries = Object.entries(record).map(([name, value]) => [name, cut(value, 1)])
    const shown = Object.fromEntries(entries) as RecordJson
    return { record: shown, length: JSON.stringify(shown).length }
  }
}

/**
 * The last of these rows, in their order, whose JSON is not longer than this together. One is
 * always among them.
 */
export function newestWithin(
  rows: readonly Row[],
  toJson: (row: Row) => SizedRecord,
  lengthMax: number,
): readonly SizedRecord[] {
  const newest: SizedRecord[] = []
  let left = lengthMax
  for (const row of rows.toReversed()) {
    const sized = toJson(row)
    left -= sized.length
    if (left < 0 && newest.length > 0) break
    newest.push(sized)
  }
  return newest.reverse()
}

function cutText(text: string): string {
  if (text.length <= TEXT_LENGTH_MAX) return text
  return `${text.slice(0, TEXT_LENGTH_MAX)}… (${text.length} characters)`
}

function cut(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEPTH_MAX) return '…'
  if (Array.isArray(value)) {
    const shown = value.slice(0, ITEMS_MAX).map((item) => cut(item, depth + 1))
    return value.length <= ITEMS_MAX ? shown : [...shown, `… (${value.length} items)`]
  }
  const entries = Object.entries(value)
  const shown = entries.slice(0, ITEMS_MAX).map(([name, item]) => [name, cut(item, depth + 1)])
  const rest = entries.length <= ITEMS_MAX ? [] : [['…', `(${entries.length} fields)`]]
  return Object.fromEntries([...shown, ...rest])
}
