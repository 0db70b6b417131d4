/**
 * Which settings differ between two configs, each with its old and its new value as a form shows
 * them. Objects are compared part by part, lists of named things by their names, other lists as a
 * whole.
 */

import { type FieldSchema, innerField, propertiesOf, titleOf } from '../config/form-fields.ts'
import { isJsonObject, type JsonObject, ownValue, type Value } from '../value.ts'

export interface SettingDifference {
  /** The titles of the fields that lead to it: `Aggregates, views`. */
  readonly names: string
  /** Null where it was not set, and there is no default. */
  readonly before: string | null
  readonly after: string | null
}

/** What is shown of one value. */
export const VALUE_LENGTH_MAX = 240
/** Of one node: a list of ten thousand rows that is replaced is one thing that changed. */
const SETTINGS_MAX = 100
const ITEMS_MAX = 100
const CONTEXT_LENGTH = 40

export function settingDifferences(
  before: JsonObject,
  after: JsonObject,
  schema: FieldSchema,
): readonly SettingDifference[] {
  const found: SettingDifference[] = []
  comparePart({ titles: [], schema, before, after }, found)
  return found
}

interface Part {
  readonly titles: readonly string[]
  readonly schema: FieldSchema
  readonly before: Value | undefined
  readonly after: Value | undefined
}

function comparePart(part: Part, found: SettingDifference[]): void {
  const { titles, schema, before, after } = part
  if (found.length >= SETTINGS_MAX || sameText(before, after)) return
  const isRoot = titles.length === 0
  if (isRoot || isComparedByParts(part)) {
    const parts = partsOf(part)
    for (const inner of parts) comparePart(inner, found)
    const differing = parts.some((inner) => !sameText(inner.before, inner.after))
    // The same entries in another order: columns leave in it.
    if (!differing && !isRoot) note(titles, keysText(before), keysText(after), found)
    return
  }
  const old = effective(before, schema)
  const next = effective(after, schema)
  if (sameText(old, next)) return
  const texts = [old, next].map((value) => (isNothing(value) ? null : valueText(value, schema)))
  const [oldText = null, newText = null] = texts
  if (oldText !== newText) note(titles, oldText, newText, found)
  else if (oldText !== null) note(titles, JSON.stringify(old), JSON.stringify(next), found)
}

/** Of long texts the part that differs. */
function note(
  titles: readonly string[],
  before: string | null,
  after: string | null,
  found: SettingDifference[],
): void {
  const start = before === null || after === null ? 0 : firstShown(before, after)
  const [old, next] = [before, after].map((text) => (text === null ? null : cut(text, start)))
  found.push({ names: titles.join(', '), before: old ?? null, after: next ?? null })
}

function firstShown(before: string, after: string): number {
  if (before.length <= VALUE_LENGTH_MAX && after.length <= VALUE_LENGTH_MAX) return 0
  let index = 0
  while (index < before.length && before[index] === after[index]) index++
  return index <= VALUE_LENGTH_MAX / 2 ? 0 : index - CONTEXT_LENGTH
}

function cut(text: string, start: number): string {
  const end = start + VALUE_LENGTH_MAX
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`
}

function effective(value: Value | undefined, schema: FieldSchema): Value | undefined {
  return value ?? (schema.default as Value | undefined)
}

function isNothing(value: Value | undefined): value is null | undefined {
  return value === undefined || value === null
}

/** Both have parts that are the same thing in both, or one of them is not there at all. */
function isComparedByParts({ schema, before, after }: Part): boolean {
  if (before === undefined && after === undefined) return false
  const objects = [before, after].filter((value) => value !== undefined)
  if (objects.every(isJsonObject)) {
    return !objects.some((value) => isAnotherKind(value, objects, schema))
  }
  return objects.every((value) => isList(value) && namesOf(value) !== undefined)
}

/** Of several shapes, the one is not the other with a part changed: `{type: "uniform", …}`. */
function isAnotherKind(
  value: JsonObject,
  all: readonly JsonObject[],
  { anyOf, oneOf }: FieldSchema,
): boolean {
  const branches = oneOf ?? anyOf ?? []
  const tellers = branches.flatMap((branch) =>
    propertiesOf(branch).flatMap((field) => (field.schema.const === undefined ? [] : [field.name])),
  )
  return tellers.some((name) =>
    all.some((other) => ownValue(other, name) !== ownValue(value, name)),
  )
}

function partsOf({ titles, schema, before, after }: Part): readonly Part[] {
  if (isJsonObject(before ?? null) || isJsonObject(after ?? null)) {
    const old = toMap(before)
    const next = toMap(after)
    return [...new Set([...old.keys(), ...next.keys()])].map((key) => {
      const inner = innerField(schema, key, after ?? before)
      return {
        titles: [...titles, inner?.title ?? titleOf(key, {})],
        schema: inner?.schema ?? {},
        before: old.get(key),
        after: next.get(key),
      }
    })
  }
  const old = byName(before)
  const next = byName(after)
  return [...new Set([...old.keys(), ...next.keys()])].map((name) => {
    const { schema: item = {} } = innerField(schema, 0, undefined) ?? {}
    return {
      titles: [...titles, name],
      schema: item,
      before: old.get(name),
      after: next.get(name),
    }
  })
}

function toMap(value: Value | undefined): ReadonlyMap<string, Value> {
  return new Map(value !== undefined && isJsonObject(value) ? Object.entries(value) : [])
}

function byName(value: Value | undefined): ReadonlyMap<string, Value> {
  const list = value !== undefined && isList(value) ? value : []
  const names = namesOf(list) ?? []
  return new Map(list.map((item, index) => [names[index] ?? '', item]))
}

/** What the items of a list are called; undefined where they have no names of their own. */
function namesOf(list: readonly Value[]): readonly string[] | undefined {
  const names = list.map((item) => {
    if (!isJsonObject(item)) return undefined
    const name = ownValue(item, 'name') ?? ownValue(item, 'port')
    return typeof name === 'string' ? name : undefined
  })
  const known = names.filter((name) => name !== undefined)
  const unique = new Set(known).size === list.length
  return list.length > 0 && unique ? known : undefined
}

/** As the form shows it. */
function valueText(value: Value, schema: FieldSchema): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value === 'number') {
    return schema.unit === undefined ? `${value}` : `${value} ${schema.unit}`
  }
  if (typeof value === 'string') return textOf(value, schema)
  if (value === null) return 'NULL'
  if (isList(value)) return listText(value, schema)
  const parts = Object.entries(value).map(([key, inner]) => {
    const { title = key, schema: below = {} } = innerField(schema, key, value) ?? {}
    return `${title} ${valueText(inner, below)}`
  })
  return parts.length === 0 ? 'empty' : parts.join(', ')
}

/** A choice as it is offered: `dead-letter` reads `dead letter`. */
function textOf(text: string, { enum: choices }: FieldSchema): string {
  if (choices?.includes(text)) return text.replaceAll('-', ' ')
  return text === '' ? 'empty' : text
}

/** Pairs of columns as an equation. */
function listText(list: readonly Value[], schema: FieldSchema): string {
  if (list.length === 0) return 'none'
  const isPairs = schema.widget === 'column-pairs'
  const texts = list.slice(0, ITEMS_MAX).map((item, index) => {
    if (isPairs && isList(item)) return item.map((side) => valueText(side, {})).join(' = ')
    const text = valueText(item, innerField(schema, index, undefined)?.schema ?? {})
    return isList(item) ? `[${text}]` : text
  })
  return `${texts.join(', ')}${list.length > ITEMS_MAX ? ', …' : ''}`
}

function keysText(value: Value | undefined): string {
  const keys = value !== undefined && isList(value) ? namesOf(value) : [...toMap(value).keys()]
  return (keys ?? []).join(', ')
}

/** With the order of what is in it. */
function sameText(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true
  return a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b)
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}
