/**
 * What a form needs to know of a field, read from the JSON Schema of the operator's config.
 *
 * The schema is the one that checks, documents and publishes the config; here it is only read.
 * Every
 * shape has a widget, at the least the generic ones, so that every operator can be edited.
 */

import type { OperatorDescription } from '@millrace/pipeline'
import * as z from 'zod'

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
