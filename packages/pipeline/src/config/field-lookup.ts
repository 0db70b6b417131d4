/** Finds in a schema what stands at a path: its known fields and an example, for messages. */

import * as z from 'zod'

type Path = readonly (string | number)[]

/** The keywords that are looked at. */
interface JsonSchema {
  readonly properties?: { readonly [name: string]: unknown }
  readonly additionalProperties?: unknown
  readonly prefixItems?: readonly unknown[]
  readonly items?: unknown
  readonly anyOf?: readonly unknown[]
  readonly oneOf?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  /** From `.meta`: how the form shows the field. */
  readonly widget?: unknown
}

export interface FieldLookup {
  /**
   * The fields of the object at the path; empty where any name may stand. Of alternatives that a
   * field tells apart, only the one that `object` is counts.
   */
  fieldNames(path: Path, object: unknown): readonly string[]
  /** An example of what stands at the path, as JSON text. */
  example(path: Path): string | undefined
  /** How the field at the path is shown in the form; alternatives may differ. */
  widgets(path: Path): readonly unknown[]
}

const lookups = new WeakMap<z.ZodType, FieldLookup>()

/** Costs a conversion to JSON Schema, once for each schema. */
export function toFieldLookup(schema: z.ZodType): FieldLookup {
  const known = lookups.get(schema)
  if (known !== undefined) return known
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const lookup: FieldLookup = {
    fieldNames: (path, object) => {
      const found = schemasAt(root, path).filter((schema) => isMeant(schema, object))
      return [...new Set(found.flatMap(({ properties = {} }) => Object.keys(properties)))]
    },
    example: (path) =>
      schemasAt(root, path)
        .map(exampleOf)
        .find((text) => text !== undefined),
    widgets: (path) => schemasAt(root, path).flatMap(({ widget = [] }) => widget),
  }
  lookups.set(schema, lookup)
  return lookup
}

/** Several where alternatives are possible. */
function schemasAt(root: JsonSchema, path: Path): readonly JsonSchema[] {
  let found = alternatives(root)
  for (const part of path) found = found.flatMap((schema) => child(schema, part))
  return found
}

function child(schema: JsonSchema, part: string | number): readonly JsonSchema[] {
  const below = typeof part === 'number' ? item(schema, part) : property(schema, part)
  return isJsonSchema(below) ? alternatives(below) : []
}

function property({ properties, additionalProperties }: JsonSchema, name: string): unknown {
  const known = properties !== undefined && Object.hasOwn(properties, name)
  return known ? properties[name] : additionalProperties
}

function item({ prefixItems = [], items }: JsonSchema, index: number): unknown {
  return prefixItems[index] ?? items
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const branches = schema.anyOf ?? schema.oneOf ?? []
  return [schema, ...branches.filter(isJsonSchema)]
}

/** Whether no field of the object says that it is another alternative. */
function isMeant({ properties = {} }: JsonSchema, object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return true
  return Object.entries(properties).every(([name, schema]) => {
    const told = isJsonSchema(schema) && schema.const !== undefined && Object.hasOwn(object, name)
    return !told || (object as { readonly [name: string]: unknown })[name] === schema.const
  })
}

function exampleOf(schema: JsonSchema): string | undefined {
  const [example] = schema.examples ?? schema.enum ?? [schema.const]
  return example === undefined ? undefined : JSON.stringify(example)
}

function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
