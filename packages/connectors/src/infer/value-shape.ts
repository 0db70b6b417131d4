/** What the values of a column have in common: the narrowest type that reads them all. */

import {
  ANY,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  isJsonObject,
  NULL,
  parseTimestamp,
  STRING,
  TIMESTAMP,
  type Type,
  type Value,
} from '@millrace/pipeline'

const DEPTH_MAX = 3
const FIELDS_MAX = 30

/**
 * Undefined for NULL, which every type has; inside lists and records it is the type of NULL so
 * far.
 */
export function typeOfJson(value: Value, depth = 0): Type | undefined {
  if (value === null) return undefined
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'number') return Number.isSafeInteger(value) ? INTEGER : DOUBLE
  if (typeof value === 'string') return looksLikeTime(value) ? TIMESTAMP : STRING
  if (depth >= DEPTH_MAX) return ANY
  if (isJsonObject(value)) {
    const entries = Object.entries(value)
    if (entries.length === 0 || entries.length > FIELDS_MAX) return ANY
    const fields = entries.map(([name, field]) => {
      return { name, type: typeOfJson(field, depth + 1) ?? NULL }
    })
    return { kind: 'record', fields }
  }
  let of: Type | undefined
  for (const item of value) of = commonType(of, typeOfJson(item, depth + 1))
  return { kind: 'list', of: of ?? NULL }
}

/** The type of a CSV field. Undefined where nothing is in it. */
export function typeOfText(text: string): Type | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  if (/^(?:true|false)$/i.test(trimmed)) return BOOLEAN
  // A number with a leading zero is a code, and would lose it.
  if (/^[+-]?(?:0|[1-9][0-9]*)$/.test(trimmed)) {
    return Number.isSafeInteger(Number(trimmed)) ? INTEGER : STRING
  }
  if (/^[+-]?(?:0|[1-9][0-9]*)?\.?[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(trimmed)) {
    return /^[+-]?0[0-9]/.test(trimmed) ? STRING : DOUBLE
  }
  return looksLikeTime(trimmed) ? TIMESTAMP : STRING
}

export function commonType(a: Type | undefined, b: Type | undefined): Type | undefined {
  if (a === undefined || a.kind === 'null') return b ?? a
  if (b === undefined || b.kind === 'null') return a
  if (a.kind === 'list' && b.kind === 'list') {
    return { kind: 'list', of: commonType(a.of, b.of) ?? NULL }
  }
  if (a.kind === 'record' && b.kind === 'record') return commonRecord(a, b)
  if (a.kind === b.kind) return a
  const kinds = [a.kind, b.kind].sort().join(' ')
  if (kinds === 'double integer') return DOUBLE
  return kinds === 'string timestamp' ? STRING : ANY
}

type RecordType = Extract<Type, { readonly kind: 'record' }>

function commonRecord(a: RecordType, b: RecordType): Type {
  const fields = new Map(a.fields.map(({ name, type }) => [name, type]))
  for (const { name, type } of b.fields) {
    fields.set(name, commonType(fields.get(name), type) ?? NULL)
  }
  if (fields.size > FIELDS_MAX) return ANY
  return { kind: 'record', fields: [...fields].map(([name, type]) => ({ name, type })) }
}

function looksLikeTime(text: string): boolean {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(text) && parseTimestamp(text) !== null
}

/** A type that documents can write: where only NULL was seen, anything may come. */
export function settledType(type: Type): Type {
  if (type.kind === 'null') return ANY
  if (type.kind === 'list') return { kind: 'list', of: settledType(type.of) }
  if (type.kind !== 'record') return type
  const fields = type.fields.map((field) => ({ name: field.name, type: settledType(field.type) }))
  return { kind: 'record', fields }
}
