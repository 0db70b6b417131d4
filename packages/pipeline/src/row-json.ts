/**
 * Rows as JSON objects: how sources read them and sinks write them, column by column from the
 * schema.
 */

import { durationText, parseDuration } from './config/duration.ts'
import { parseTimestamp, timestampIso } from './expressions/timestamp.ts'
import type { RefusalCause } from './refusal-cause.ts'
import { type Column, type Type, typeText } from './type.ts'
import { isInfiniteWithin, type Row, type Value } from './value.ts'

/** The value does not fit its column. The message is the reason on the `errors` port. */
export class UnreadableValue extends Error implements RefusalCause {
  readonly code: string
  readonly column: string | undefined

  constructor(message: string, code = 'wrong-type', column?: string) {
    super(message)
    this.code = code
    this.column = column
  }
}

/**
 * Makes the reader of rows with these columns from parsed JSON. Fields that no column names are
 * ignored, missing ones are NULL. The reader throws `UnreadableValue`.
 */
export function createRowReader(columns: readonly Column[]): (json: unknown) => Row {
  const names = columns.map((column) => column.name)
  const readers = columns.map((column) => createValueReader(column.type))
  const count = names.length
  // A name that objects inherit must be asked for as an own property; the others are read directly.
  const inherited = names.map((name) => name in Object.prototype)
  return (json) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new UnreadableValue(
        `The record is ${describe(json)}, not a JSON object.`,
        'not-an-object',
      )
    }
    const object = json as { readonly [name: string]: unknown }
    const row: Value[] = new Array(count)
    for (let index = 0; index < count; index++) {
      const name = names[index] ?? ''
      const found = inherited[index] === true && !Object.hasOwn(object, name) ? null : object[name]
      if (found === null || found === undefined) row[index] = null
      else row[index] = readColumn(readers[index], found, name)
    }
    return row
  }
}

function readColumn(
  reader: ((json: unknown) => Value) | undefined,
  json: unknown,
  name: string,
): Value {
  try {
    return reader?.(json) ?? null
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error
    throw new UnreadableValue(
      `Column "${name}": ${error.message}`,
      error.code,
      error.column ?? name,
    )
  }
}

/** Makes the reader of one value; NULL is read before it is asked. It throws `UnreadableValue`. */
export function createValueReader(type: Type): (json: unknown) => Value {
  const refuse = (json: unknown): never => {
    throw new UnreadableValue(`${describe(json)} is not of type ${typeText(type)}.`)
  }
  switch (type.kind) {
    case 'boolean':
      return (json) => (typeof json === 'boolean' ? json : refuse(json))
    case 'integer':
      return (json) =>
        Number.isSafeInteger(json) ? (json as number) + 0 : refuseInteger(json, refuse)
    case 'double':
      return (json) =>
        Number.isFinite(json) ? (json as number) : (nonFinite(json) ?? refuseDouble(json, refuse))
    case 'string':
      return (json) => (typeof json === 'string' ? json : refuse(json))
    case 'timestamp':
      return (json) => readTimestamp(json) ?? refuse(json)
    case 'interval':
      return (json) => readInterval(json) ?? refuse(json)
    case 'list': {
      const readElement = createValueReader(type.of)
      const element = (json: unknown) => (json === null ? null : readElement(json))
      return (json) => (Array.isArray(json) ? json.map(element) : refuse(json))
    }
    case 'record':
      return createRowReader(type.fields)
    default:
      return (json) => (isInfiniteWithin(json) ? refuseInfinite() : (json as Value))
  }
}

/**
 * Makes the writer of rows with these columns: one line of JSON without the line end, every
 * column present.
 */
export function createRowText(columns: readonly Column[]): (row: Row) => string {
  const writers = columns.map((column, index) => {
    const prefix = `${index === 0 ? '{' : ','}${JSON.stringify(column.name)}:`
    return { prefix, write: createValueText(column.type) }
  })
  if (writers.length === 0) return () => '{}'
  return (row) => {
    let text = ''
    for (let index = 0; index < writers.length; index++) {
      const writer = writers[index]
      const value = row[index]
      if (writer === undefined) continue
      text += writer.prefix
      text += value === null || value === undefined ? 'null' : writer.write(value)
    }
    return `${text}}`
  }
}

/**
 * Makes the writer of one value that is not NULL. NaN and the infinities, which JSON lacks,
 * become strings.
 */
export function createValueText(type: Type): (value: Value) => string {
  switch (type.kind) {
    case 'boolean':
      return (value) => (value === true ? 'true' : 'false')
    case 'integer':
    case 'months':
      return (value) => `${value as number}`
    case 'double':
      return (value) => (Number.isFinite(value) ? `${value as number}` : `"${value as number}"`)
    case 'string':
      return (value) => stringText(value as string)
    case 'timestamp':
      return (value) => `"${isoTimestamp(value as number)}"`
    case 'interval':
      return (value) => `"${durationText(value as number)}"`
    case 'list': {
      const element = createValueText(type.of)
      const write = (value: Value) => (value === null ? 'null' : element(value))
      return (value) => `[${(value as readonly Value[]).map(write).join(',')}]`
    }
    case 'record': {
      const write = createRowText(type.fields)
      return (value) => write(value as Row)
    }
    default:
      return (value) => JSON.stringify(value) ?? 'null'
  }
}

const SHORT_LENGTH_MAX = 40

/** As `JSON.stringify`, in half the time for short texts in which nothing has to be escaped. */
function stringText(text: string): string {
  if (text.length > SHORT_LENGTH_MAX) return JSON.stringify(text)
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // Control characters, quote and backslash; lone surrogates are among those from U+D800 on.
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(text)
  }
  return `"${text}"`
}

/** ISO-8601 in UTC with milliseconds; a watermark at the end of time is `Infinity`. */
export function isoTimestamp(timestampMs: number): string {
  return Number.isSafeInteger(timestampMs) ? timestampIso(timestampMs) : `${timestampMs}`
}

function readTimestamp(json: unknown): number | null {
  if (typeof json === 'string') return parseTimestamp(json)
  return Number.isSafeInteger(json) ? (json as number) + 0 : null
}

function readInterval(json: unknown): number | null {
  if (Number.isSafeInteger(json)) return (json as number) + 0
  if (typeof json !== 'string') return null
  const duration = parseDuration(json)
  return typeof duration === 'number' ? duration : null
}

function nonFinite(json: unknown): number | null {
  if (json === 'NaN') return Number.NaN
  if (json === 'Infinity') return Number.POSITIVE_INFINITY
  return json === '-Infinity' ? Number.NEGATIVE_INFINITY : null
}

/** A number beyond the limits is not shown: what was read of it is another one than was written. */
function refuseInteger(json: unknown, refuse: (json: unknown) => never): never {
  if (typeof json === 'number' && Math.abs(json) > Number.MAX_SAFE_INTEGER) {
    throw new UnreadableValue(
      `The number is beyond ${Number.MAX_SAFE_INTEGER}, up to which integers are exact. ` +
        'Make the column a double, or write the number as text in a column of type string.',
      'integer-overflow',
    )
  }
  return refuse(json)
}

/** Numbers in JSON that are too large for a double have been read as infinite. */
function refuseDouble(json: unknown, refuse: (json: unknown) => never): never {
  if (typeof json !== 'number') return refuse(json)
  throw new UnreadableValue(
    `The number is beyond ${Number.MAX_VALUE}, the largest double. Write "Infinity" if it is meant.`,
    'number-too-large',
  )
}

/** It would be written as `null`. */
function refuseInfinite(): never {
  throw new UnreadableValue(
    `A number in the value is beyond ${Number.MAX_VALUE}, the largest that JSON of any shape keeps. Write it as text.`,
    'number-too-large',
  )
}

function describe(json: unknown): string {
  if (json === undefined) return 'nothing'
  if (Array.isArray(json)) return 'a list'
  if (typeof json === 'object' && json !== null) return 'an object'
  if (typeof json === 'number' && Math.abs(json) > Number.MAX_SAFE_INTEGER) {
    return `A number beyond ${Number.MAX_SAFE_INTEGER}`
  }
  const text = JSON.stringify(json)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
