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

/**
 * Whether the value is not what its cell seems to say: a number in a column that has become one of
 * texts, or a text where something else is wanted. Times are left to the source.
 */
export function isMisread(value: Value | undefined, type: string): boolean {
  if (value === undefined || value === null) return false
  const read = valueOfCell(cellText(value), type)
  if (JSON.stringify(read) !== JSON.stringify(value)) return true
  return typeof value === 'string' && !/^(?:string|timestamp|any)\b/.test(type)
}

/** What a schema calls a value: one of its `type`s. */
export type Kind = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object'

/**
 * What is typed plain is text; what reads as another of the kinds is of that kind, and quotes make
 * it text all the same. Undefined is no value yet.
 */
export function valueOfPlain(text: string, kinds: ReadonlySet<Kind>): Value | undefined {
  if (text === '') return undefined
  const read = readJson(text)
  if (read === undefined || !kinds.has(kindOf(read))) return text
  // Digits that a number cannot keep are kept as text.
  return typeof read === 'number' && !keepsDigits(read, text) ? text : read
}

/** The text on one line that is read as this value. */
export function plainText(value: Value | undefined, kinds: ReadonlySet<Kind>): string {
  if (value === undefined) return ''
  if (value === null) return kinds.has('null') ? 'null' : ''
  if (typeof value !== 'string') return JSON.stringify(value)
  const isPlain = !/[\n\r]/.test(value) && valueOfPlain(value, kinds) === value
  return isPlain ? value : JSON.stringify(value)
}

export function kindOf(value: Value): Kind {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value as Exclude<Kind, 'null' | 'array'>
}

function keepsDigits(read: number, text: string): boolean {
  if (!Number.isFinite(read)) return false
  return !/^\s*-?\d+\s*$/.test(text) || Number.isSafeInteger(read)
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
