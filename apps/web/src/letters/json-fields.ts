/**
 * The fields of a record that is a JSON object, each with its place in the text: so that one can be
 * changed while all other characters stay as they came, numbers of any length among them.
 */

export type FieldKind = 'text' | 'number' | 'boolean' | 'null' | 'json'

export interface JsonField {
  readonly name: string
  /** Whether the object does not have it. */
  readonly missing?: true
  /** Of the value, in UTF-16 code units: [start, end); where it would stand if it is missing. */
  readonly start: number
  readonly end: number
  readonly kind: FieldKind
  /** As somebody edits it: a text without its quotes, anything else as it stands. */
  readonly shown: string
}

/** Undefined where the text is no JSON object. */
export function jsonFields(text: string): readonly JsonField[] | undefined {
  if (!isObjectText(text)) return undefined
  const fields: JsonField[] = []
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g
  let depth = 0
  let name: string | undefined
  let start = -1
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [found] = match
    if (depth === 1 && start < 0 && found.startsWith('"')) name = String(JSON.parse(found))
    else if (depth === 1 && start < 0 && found === ':') start = match.index + 1
    else if (depth === 1 && start >= 0 && (found === ',' || found === '}')) {
      fields.push(toField(text, name ?? '', start, match.index))
      start = -1
    }
    if (found === '{' || found === '[') depth++
    else if (found === '}' || found === ']') depth--
  }
  return fields
}

function isObjectText(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null && !Array.isArray(json)
  } catch {
    return false
  }
}

function toField(text: string, name: string, from: number, to: number): JsonField {
  const value = text.slice(from, to)
  const start = from + value.length - value.trimStart().length
  const literal = value.trim()
  const kind = kindOf(literal)
  const shown = kind === 'text' ? String(JSON.parse(literal)) : kind === 'null' ? '' : literal
  return { name, start, end: start + literal.length, kind, shown }
}

function kindOf(literal: string): FieldKind {
  if (literal.startsWith('"')) return 'text'
  if (literal === 'true' || literal === 'false') return 'boolean'
  if (literal === 'null') return 'null'
  return literal.startsWith('{') || literal.startsWith('[') ? 'json' : 'number'
}

/** What the object of this text could have besides its fields. */
export function missingFields(
  text: string,
  fields: readonly JsonField[],
  names: Iterable<string>,
): readonly JsonField[] {
  const known = new Set(fields.map(({ name }) => name))
  const end = text.lastIndexOf('}')
  const start = fields.at(-1)?.end ?? end
  return [...new Set(names)]
    .filter((name) => !known.has(name))
    .map((name) => ({ name, missing: true, start, end: start, kind: 'null', shown: '' }))
}

/** A field that is missing comes to stand behind all others. */
export function replaceField(text: string, field: JsonField, literal: string): string {
  if (field.missing === true) {
    const before = text.slice(0, field.start)
    const comma = before.trimEnd().endsWith('{') ? '' : ', '
    return `${before}${comma}${JSON.stringify(field.name)}: ${literal}${text.slice(field.end)}`
  }
  return text.slice(0, field.start) + literal + text.slice(field.end)
}

export type Literal = { readonly literal: string } | { readonly message: string }

/** The value in JSON, or why what was written is none of this kind. */
export function toLiteral(kind: FieldKind, shown: string): Literal {
  if (kind === 'text') return { literal: JSON.stringify(shown) }
  if (kind === 'null') return { literal: 'null' }
  const literal = shown.trim()
  if (kind === 'boolean') {
    if (literal === 'true' || literal === 'false') return { literal }
    return { message: `"${literal}" is neither true nor false.` }
  }
  if (kind === 'number') {
    if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(literal)) return { literal }
    return { message: `"${literal}" is no number. Write it as 12.5, for instance.` }
  }
  try {
    JSON.parse(literal)
    return { literal }
  } catch {
    return { message: 'This is no JSON. Write a list as [1, 2], or an object as {"a": 1}.' }
  }
}

/** What a value becomes when another kind is chosen for it. */
export function toKind(kind: FieldKind, { shown, kind: before }: JsonField): string {
  if (kind === 'null') return ''
  if (kind === 'boolean') return /^(?:true|yes|1|on)$/i.test(shown.trim()) ? 'true' : 'false'
  if (kind === 'number') {
    // `"12"` and `1,200` are meant as numbers more often than not.
    const digits = shown.trim().replace(/[,\s_](?=\d{3}(?!\d))/g, '')
    return 'literal' in toLiteral('number', digits) ? digits : '0'
  }
  if (kind === 'json') {
    return 'literal' in toLiteral('json', shown) ? shown : JSON.stringify(shown)
  }
  return before === 'null' ? '' : shown
}
