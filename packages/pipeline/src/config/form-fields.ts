/**
 * What a form needs to know of a field, read from the JSON Schema of the operator's config.
 *
 * The schema is the one that checks, documents and publishes the config; here it is only read.
 * Whoever speaks of a field to people who fill in a form names it by the titles that are read here.
 */

import * as z from 'zod'
import type { OperatorDescription } from '../operator.ts'
import { isJsonObject, ownValue, type Value } from '../value.ts'

/** The keywords that forms read. */
export interface FieldSchema {
  readonly title?: string
  readonly description?: string
  readonly widget?: string
  readonly unit?: string
  /** The field is of use only where another one beside it has this value. */
  readonly onlyWith?: { readonly field: string; readonly value: string }
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: { readonly [name: string]: FieldSchema }
  readonly required?: readonly string[]
  readonly additionalProperties?: FieldSchema | boolean
  readonly propertyNames?: FieldSchema
  readonly items?: FieldSchema | boolean
  readonly prefixItems?: readonly FieldSchema[]
  readonly anyOf?: readonly FieldSchema[]
  readonly oneOf?: readonly FieldSchema[]
  readonly not?: unknown
}

export interface Field {
  readonly name: string
  readonly schema: FieldSchema
  readonly required: boolean
}

const known = new WeakMap<OperatorDescription, readonly Field[]>()

/** The fields of an operator's config, as the document writes them. */
export function fieldsOf(operator: OperatorDescription): readonly Field[] {
  const before = known.get(operator)
  if (before !== undefined) return before
  const root = z.toJSONSchema(operator.config, { io: 'input', unrepresentable: 'any' })
  const fields = propertiesOf(root as FieldSchema)
  known.set(operator, fields)
  return fields
}

/** The fields of an object; what can never be there is left out. */
export function propertiesOf(schema: FieldSchema): readonly Field[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => property.not === undefined)
    .map(([name, property]) => ({
      name,
      schema: property,
      required: required.has(name) && property.default === undefined,
    }))
}

/** A field's name for people: its title, or its name in words. */
export function titleOf(name: string, { title }: FieldSchema): string {
  if (title !== undefined) return title
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** The alternatives of a union, without the wrapping that zod adds for a single one. */
export function alternativesOf(schema: FieldSchema): readonly FieldSchema[] {
  return schema.oneOf ?? schema.anyOf ?? []
}

/** What the form shows below a field, at `part` of its value; undefined where there is none. */
export function innerField(
  schema: FieldSchema,
  part: string | number,
  value: Value | undefined,
): { readonly title: string; readonly schema: FieldSchema } | undefined {
  if (typeof part === 'number') {
    const named = schema.prefixItems?.[part]
    const item = named ?? schema.items
    const title = named?.title ?? `entry ${part + 1}`
    return { title, schema: typeof item === 'object' ? item : {} }
  }
  const meant = meantBranch(schema, part, value)
  const field = propertiesOf(meant).find(({ name }) => name === part)
  if (field !== undefined) return { title: titleOf(part, field.schema), schema: field.schema }
  const { additionalProperties } = schema
  return typeof additionalProperties === 'object'
    ? { title: part, schema: additionalProperties }
    : undefined
}

/** Of several shapes the one that the value names, or else one that knows the field. */
function meantBranch(schema: FieldSchema, part: string, value: Value | undefined): FieldSchema {
  const branches = alternativesOf(schema)
  if (branches.length === 0) return schema
  const knowing = branches.filter(({ properties = {} }) => Object.hasOwn(properties, part))
  const named = knowing.find((branch) => {
    const fixed = propertiesOf(branch).filter((field) => field.schema.const !== undefined)
    return fixed.every((field) => partOf(value, field.name) === field.schema.const)
  })
  return named ?? knowing[0] ?? schema
}

function partOf(value: Value | undefined, name: string): Value | undefined {
  return value !== undefined && isJsonObject(value) ? ownValue(value, name) : undefined
}
