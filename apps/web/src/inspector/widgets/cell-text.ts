/** What a value of a row looks like in its cell, and what the text in a cell means. */

import type { Value } from '@millrace/pipeline'

/** Two quotes stand for the empty text, since an empty cell is NULL. */
const EMPTY_TEXT = '""'

export function cellText(value: Value | undefined): string {
  if (value === undefined || value === null) return ''
  if (value === '') return EMPTY_TEXT
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/**
 * `type` as the schema writes it. Text that is not of the type stays text, so that nothing is lost
 * while typing; the source sends such a row to its errors. Undefined is NULL.
 */
export function valueOfCell(text: string, type: string): Value | undefined {
  if (text === '') return undefined
  if (text === EMPTY_TEXT) return ''
  const read = readersOf(type)
  const value = read(text)
  return value ?? text
}

type Reader = (text: string) => Value | undefined

function readersOf(type: string): Reader {
  if (/^(?:integer|long|double|decimal)\b/.test(type)) return readNumber
  if (type === 'boolean') return (text) => BOOLEANS.get(text)
  if (type === 'timestamp') return (text) => (/^-?\d+$/.test(text) ? readNumber(text) : undefined)
  return /^(?:list|map|record|any)\b/.test(type) ? readJson : () => undefined
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

function readNumber(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) ? value : undefined
}

function readJson(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}
