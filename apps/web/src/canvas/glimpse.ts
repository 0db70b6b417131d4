/**
 * The one line on a node that says how it is set: read from the config's schema, for every
 * operator alike.
 */

import {
  type FieldSchema,
  fieldsOf,
  type JsonObject,
  type OperatorDescription,
  type Value,
} from '@millrace/pipeline'

const PARTS_MAX = 3

export function glimpse(operator: OperatorDescription | undefined, config: JsonObject): string {
  if (operator === undefined) return 'unknown operator'
  const parts = fieldsOf(operator).flatMap(({ name, schema, required }) => {
    const value = Object.hasOwn(config, name) ? config[name] : undefined
    if (value === undefined || value === null) return []
    const text = partOf(name, schema, value)
    return text === undefined ? [] : [{ text, rank: rankOf(schema, required) }]
  })
  const shown = parts.sort((a, b) => a.rank - b.rank).slice(0, PARTS_MAX)
  if (shown.length > 0) return shown.map(({ text }) => text).join(' · ')
  const needs = fieldsOf(operator).some(({ name, required }) => {
    return required && isEmpty(Object.hasOwn(config, name) ? config[name] : undefined)
  })
  return needs ? 'not set up yet' : operator.title.toLowerCase()
}

function partOf(name: string, schema: FieldSchema, value: Value): string | undefined {
  switch (schema.widget) {
    case 'columns':
      return Array.isArray(value) && value.length > 0 ? `by ${value.join(', ')}` : undefined
    case 'expressions':
    case 'aggregates':
    case 'entries':
    case 'generators':
      return isObject(value) ? Object.keys(value).join(', ') || undefined : undefined
    case 'column-pairs':
      return Array.isArray(value) ? pairsPart(value) : undefined
    case 'pattern-stages':
      return Array.isArray(value) ? stagesPart(value) : undefined
    case 'after-match':
    case 'schema':
    case 'watermark':
      return undefined
    case 'duration':
      return typeof value === 'string' ? `${name.toLowerCase()} ${value}` : undefined
    case 'path':
      return typeof value === 'string' ? value.split('/').at(-1) : undefined
    default:
      return scalarPart(schema, name, value)
  }
}

/** `customer = id`, of what is left and what is right. */
function pairsPart(pairs: readonly Value[]): string | undefined {
  const texts = pairs.map((pair) => (Array.isArray(pair) ? pair.join(' = ') : ''))
  return texts.filter((text) => text !== '').join(', ') || undefined
}

/** `failed → (b → c) → ok`, and what must not come with a stroke through its arrow. */
function stagesPart(stages: readonly Value[]): string | undefined {
  const texts = stages.map((stage, index): string => {
    const { name, not, group } = isObject(stage) ? stage : {}
    const inner = Array.isArray(group) ? `(${stagesPart(group) ?? ''})` : undefined
    const text = inner ?? (typeof name === 'string' ? name : '?')
    if (index === 0) return text
    return not === true ? ` ↛ ${text}` : ` → ${text}`
  })
  return texts.join('') || undefined
}

function scalarPart(schema: FieldSchema, name: string, value: Value): string | undefined {
  if (schema.default === value) return undefined
  if (typeof value === 'string') return value === '' ? undefined : value.replace(/\s+/g, ' ')
  if (typeof value === 'number') {
    return schema.unit === undefined ? `${name} ${value}` : `${value} ${schema.unit}`
  }
  return undefined
}

/** What sets a node apart comes first: conditions and paths, then sizes, then columns. */
function rankOf({ widget }: FieldSchema, required: boolean): number {
  if (widget === 'expression' || widget === 'path') return 0
  if (required && widget === 'duration') return 1
  if (widget === 'columns') return 2
  return required ? 2 : 3
}

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function isObject(value: Value): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
