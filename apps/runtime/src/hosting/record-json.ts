/** Rows as the page shows them: JSON as sinks write it, with long texts cut. */

import { type Column, createRowText, type Row } from '@millrace/pipeline'

/** Above this, the texts of a record are cut. */
const RECORD_LENGTH_MAX = 16_384
const TEXT_LENGTH_MAX = 1_000
const ITEMS_MAX = 100
const DEPTH_MAX = 6

export type RecordJson = Record<string, unknown>

export function createRecordJson(columns: readonly Column[]): (row: Row) => RecordJson {
  const text = createRowText(columns)
  return (row) => {
    const json = text(row)
    const record = JSON.parse(json) as RecordJson
    if (json.length <= RECORD_LENGTH_MAX) return record
    // Every column stays, however many there are. What entries make has even `__proto__` as its
    // own.
    return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, cut(value, 1)]))
  }
}

function cut(value: unknown, depth: number): unknown {
  if (typeof value === 'string') {
    if (value.length <= TEXT_LENGTH_MAX) return value
    return `${value.slice(0, TEXT_LENGTH_MAX)}… (${value.length} characters)`
  }
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
