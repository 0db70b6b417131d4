/** Renders the config of an operator as a Markdown table, from its JSON Schema. */

/** The keywords that the table shows. */
export interface JsonSchema {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minItems?: number
  readonly minProperties?: number
  readonly unit?: string
  readonly widget?: string
  readonly items?: JsonSchema
  readonly prefixItems?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** Where the words of a widget say more than `string` or `object`. */
const WIDGET_WORDS: ReadonlyMap<string, string> = new Map([
  ['aggregate', 'aggregate'],
  ['aggregates', '{column: aggregate}'],
  ['column', 'column'],
  ['columns', 'list of columns'],
  ['duration', 'duration'],
  ['expression', 'expression'],
  ['expressions', '{column: expression}'],
  ['path', 'path'],
  ['schema', '{column: type}'],
  ['size', 'size'],
  ['time-zone', 'time zone'],
  ['type', 'type'],
])

/** `schema` is that of the document, before defaults are filled in. */
export function configTable(schema: JsonSchema): string {
  const rows = fieldRows(schema, '')
  if (rows.length === 0) return 'Nothing to set.\n'
  return table(['Field', 'Type', 'Default', 'Meaning'], rows)
}

/**
 * A row for each field, and below an object the rows of its own fields, as `watermark.interval`.
 * What stands inside another of its kind, such as the stages of a group in a pattern, has the same
 * fields again, which are not repeated.
 */
function fieldRows(
  schema: JsonSchema,
  prefix: string,
  around: readonly string[] = [],
): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const required = schema.required?.includes(name) ?? false
    const row = [`\`${path}\``, typeWords(field), defaultWords(field, required), meaning(field)]
    const { widget } = field
    if (widget !== undefined && around.includes(widget)) return [row]
    const inside = widget === undefined ? around : [...around, widget]
    const below = alternatives(field).map(nested)
    return [row, ...below.flatMap((branch) => fieldRows(branch, path, inside))]
  })
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const branches = schema.anyOf ?? schema.oneOf ?? [schema]
  return branches.length === 0 ? [schema] : branches
}

/** What has fields to list: the schema itself, or the items of a list. */
function nested(schema: JsonSchema): JsonSchema {
  return schema.type === 'array' && schema.items !== undefined ? schema.items : schema
}

function typeWords(schema: JsonSchema): string {
  const words = schema.widget === undefined ? undefined : WIDGET_WORDS.get(schema.widget)
  if (words !== undefined) return words
  if (schema.const !== undefined) return code(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ')
  const branches = schema.anyOf ?? schema.oneOf
  if (branches !== undefined) return unique(branches.map(typeWords)).join(' or ')
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(typeWords).join(', ')}]`
  if (schema.type === 'array') return `list of ${typeWords(schema.items ?? {})}`
  if (schema.type === 'object') return objectWords(schema)
  if (schema.type === 'integer' || schema.type === 'number') return numberWords(schema)
  return schema.type ?? 'anything'
}

function objectWords({ additionalProperties }: JsonSchema): string {
  if (typeof additionalProperties !== 'object') return 'object'
  return `{name: ${typeWords(additionalProperties)}}`
}

function numberWords(schema: JsonSchema): string {
  const { type, minimum, maximum, exclusiveMinimum, unit } = schema
  const limits: string[] = []
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) limits.push(`at least ${minimum}`)
  if (exclusiveMinimum !== undefined) limits.push(`above ${exclusiveMinimum}`)
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) limits.push(`at most ${maximum}`)
  const words = `${type ?? 'number'}${unit === undefined ? '' : ` (${unit})`}`
  return [words, ...limits].join(', ')
}

/** An empty default that is fewer than there must be says only that the field was left out. */
function defaultWords(schema: JsonSchema, required: boolean): string {
  if (required) return 'required'
  if (schema.default === undefined) return ''
  if (!isEmptyObject(schema.default)) return code(schema.default)
  return Math.max(schema.minProperties ?? 0, schema.minItems ?? 0) > 0 ? 'required' : ''
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function meaning({ title, description }: JsonSchema): string {
  if (description !== undefined) return description
  return title === undefined ? '' : `${title}.`
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)]
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}
