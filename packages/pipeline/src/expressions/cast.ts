/**
 * Converts values from type to type with Flink's rules, for CAST and TRY_CAST.
 *
 * Where Flink would wrap around or cut to a range we do not have, the value is refused instead.
 * `any` is converted by what the JSON value is. A conversion that does not exist is undefined:
 * the checker says so.
 */

import { type Column, type Type, typeText } from '../type.ts'
import { isJsonObject, ownValue, type Value } from '../value.ts'
import { doubleText } from './double-text.ts'
import { EvaluationError } from './errors.ts'
import { intervalText, monthsText } from './interval.ts'
import { toJson, writeJson } from './json.ts'
import { checkStringLength, INTEGER_MAX } from './limits.ts'
import { parseBoundedTimestamp, TIMESTAMP_MAX, TIMESTAMP_MIN, timestampText } from './timestamp.ts'

/** Not called with NULL. */
export type Convert = (value: Value) => Value

const same: Convert = (value) => value

export function conversion(from: Type, to: Type): Convert | undefined {
  if (from.kind === 'null' || typeText(from) === typeText(to)) return same
  if (from.kind === 'any') return fromAny(to)
  if (to.kind === 'any') return (value) => toJson(value, from)
  if (to.kind === 'string') return toText(from)
  if (from.kind === 'list' && to.kind === 'list') return betweenLists(from.of, to.of)
  if (from.kind === 'record' && to.kind === 'record') return betweenRecords(from.fields, to.fields)
  return betweenScalars(from.kind, to.kind)
}

function betweenScalars(from: Type['kind'], to: Type['kind']): Convert | undefined {
  switch (`${from} ${to}`) {
    case 'string boolean':
      return (value) => parseBoolean(value as string)
    case 'string integer':
      return (value) => parseInteger(value as string)
    case 'string double':
      return (value) => parseDouble(value as string)
    case 'string timestamp':
      return (value) => timestampOf(value as string)
    case 'integer double':
      return same
    case 'double integer':
      return (value) => truncated(value as number)
    case 'boolean integer':
    case 'boolean double':
      return (value) => (value === true ? 1 : 0)
    case 'integer boolean':
    case 'double boolean':
      return (value) => value !== 0
    default:
      return undefined
  }
}

/** How a value of this type is written as text; undefined where it cannot be. */
export function toText(from: Type): Convert | undefined {
  switch (from.kind) {
    case 'boolean':
      return (value) => (value === true ? 'TRUE' : 'FALSE')
    case 'integer':
      return (value) => String(value)
    case 'double':
      return (value) => doubleText(value as number)
    case 'timestamp':
      return (value) => timestampText(value as number)
    case 'interval':
      return (value) => intervalText(value as number)
    case 'months':
      return (value) => monthsText(value as number)
    case 'list':
      return (value) =>
        joined(
          '[',
          (value as readonly Value[]).map((item) => partText(item, from.of)),
          ']',
        )
    case 'record':
      return (value) => {
        const values = value as readonly Value[]
        return joined(
          '(',
          from.fields.map((field, index) => partText(values[index] ?? null, field.type)),
          ')',
        )
      }
    case 'any':
      return anyText
    default:
      return same
  }
}

function partText(value: Value, type: Type): string {
  if (value === null) return 'NULL'
  return (toText(type) ?? same)(value) as string
}

function joined(open: string, parts: readonly string[], close: string): string {
  let length = 2
  for (const part of parts) length += part.length + 2
  checkStringLength(length)
  return `${open}${parts.join(', ')}${close}`
}

function anyText(value: Value): string {
  if (typeof value === 'string') return value
  const text = writeJson(value)
  checkStringLength(text.length)
  return text
}

function fromAny(to: Type): Convert | undefined {
  switch (to.kind) {
    case 'string':
      return anyText
    case 'boolean':
      return (value) => {
        if (typeof value === 'boolean') return value
        if (typeof value === 'number') return value !== 0
        return typeof value === 'string' ? parseBoolean(value) : refuse(value, to)
      }
    case 'integer':
      return (value) => {
        if (typeof value === 'number') return truncated(value)
        if (typeof value === 'boolean') return value ? 1 : 0
        return typeof value === 'string' ? parseInteger(value) : refuse(value, to)
      }
    case 'double':
      return (value) => {
        if (typeof value === 'number') return value
        if (typeof value === 'boolean') return value ? 1 : 0
        return typeof value === 'string' ? parseDouble(value) : refuse(value, to)
      }
    case 'timestamp':
      return (value) => {
        if (typeof value === 'number') return timestampOfNumber(value)
        return typeof value === 'string' ? timestampOf(value) : refuse(value, to)
      }
    case 'list':
      return anyToList(to, to.of)
    case 'record':
      return anyToRecord(to, to.fields)
    default:
      return undefined
  }
}

function anyToList(to: Type, of: Type): Convert | undefined {
  const item = of.kind === 'any' ? same : fromAny(of)
  if (item === undefined) return undefined
  return (value) => {
    if (!Array.isArray(value)) return refuse(value, to)
    return value.map((part: Value) => (part === null ? null : item(part)))
  }
}

function anyToRecord(to: Type, fields: readonly Column[]): Convert | undefined {
  const converts: Convert[] = []
  for (const field of fields) {
    const convert = field.type.kind === 'any' ? same : fromAny(field.type)
    if (convert === undefined) return undefined
    converts.push(convert)
  }
  return (value) => {
    if (!isJsonObject(value)) return refuse(value, to)
    return fields.map(({ name }, index) => {
      const part = ownValue(value, name)
      return part === null ? null : (converts[index] ?? same)(part)
    })
  }
}

function betweenLists(from: Type, to: Type): Convert | undefined {
  const item = conversion(from, to)
  if (item === undefined) return undefined
  return (value) => (value as readonly Value[]).map((part) => (part === null ? null : item(part)))
}

/** Field by field in their order; names do not matter, as in Flink. */
function betweenRecords(from: readonly Column[], to: readonly Column[]): Convert | undefined {
  if (from.length !== to.length) return undefined
  const converts: Convert[] = []
  for (const [index, field] of from.entries()) {
    const convert = conversion(field.type, to[index]?.type ?? field.type)
    if (convert === undefined) return undefined
    converts.push(convert)
  }
  return (value) => {
    const values = value as readonly Value[]
    return converts.map((convert, index) => {
      const part = values[index] ?? null
      return part === null ? null : convert(part)
    })
  }
}

const TRUE_TEXTS: ReadonlySet<string> = new Set(['t', 'true', 'y', 'yes', '1'])
const FALSE_TEXTS: ReadonlySet<string> = new Set(['f', 'false', 'n', 'no', '0'])

function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase()
  if (TRUE_TEXTS.has(word)) return true
  if (FALSE_TEXTS.has(word)) return false
  throw refusedText(text, 'boolean', 'TRUE and FALSE are')
}

/** Digits after a point are cut off, as in Flink. */
export function parseInteger(text: string): number {
  const trimmed = text.trim()
  if (!/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/.test(trimmed) || trimmed.length > 400) {
    throw refusedText(text, 'integer', 'whole numbers are')
  }
  const whole = trimmed.replace(/\..*$/s, '')
  return bounded(whole === '' || whole === '+' || whole === '-' ? 0 : Number(whole) + 0)
}

export function parseDouble(text: string): number {
  const trimmed = text.trim()
  const number = /^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|Infinity)$/
  if (!number.test(trimmed)) throw refusedText(text, 'double', 'numbers are')
  return Number(trimmed === '+NaN' || trimmed === '-NaN' ? 'NaN' : trimmed)
}

function truncated(value: number): number {
  if (Number.isNaN(value))
    throw new EvaluationError('NaN cannot be CAST to integer. Test it first.', 'not-castable')
  return bounded(Math.trunc(value) + 0)
}

function bounded(value: number): number {
  if (value <= INTEGER_MAX && value >= -INTEGER_MAX) return value
  throw new EvaluationError(
    `${value} cannot be CAST to integer: integers are exact up to ${INTEGER_MAX}. CAST it to DOUBLE.`,
    'integer-overflow',
  )
}

function timestampOf(text: string): number {
  const timestampMs = parseBoundedTimestamp(text)
  if (timestampMs !== null) return timestampMs
  throw refusedText(text, 'timestamp', 'ISO-8601 texts in the years 0000 to 9999 are')
}

function timestampOfNumber(value: number): number {
  if (Number.isInteger(value) && value >= TIMESTAMP_MIN && value <= TIMESTAMP_MAX) return value
  throw new EvaluationError(
    `${value} cannot be CAST to timestamp: it is not a whole number of milliseconds in the years 0000 to 9999.`,
    'not-castable',
  )
}

function refusedText(text: string, type: string, readable: string): EvaluationError {
  const shown = text.length <= 60 ? text : `${text.slice(0, 59)}…`
  return new EvaluationError(
    `"${shown}" cannot be CAST to ${type}; ${readable} read. Use TRY_CAST, which gives NULL instead.`,
    'not-castable',
  )
}

function refuse(value: Value, to: Type): never {
  const kind = Array.isArray(value)
    ? 'A JSON array'
    : isJsonObject(value)
      ? 'A JSON object'
      : `JSON ${JSON.stringify(value).slice(0, 60)}`
  throw new EvaluationError(
    `${kind} cannot be CAST to ${typeText(to)}. Read a part of it, or use TRY_CAST, which gives NULL instead.`,
    'not-castable',
  )
}
