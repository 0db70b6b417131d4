/** Column types: their text in documents, and what may stand where. */

export type Type =
  | { readonly kind: ScalarKind }
  /** JSON of any shape; it must be CAST before it is calculated with. */
  | { readonly kind: 'any' }
  | { readonly kind: 'list'; readonly of: Type }
  | { readonly kind: 'record'; readonly fields: readonly Column[] }
  /** A year-month interval, counted in months. Occurs inside expressions only. */
  | { readonly kind: 'months' }
  /** The type of the literal NULL. Occurs inside expressions only. */
  | { readonly kind: 'null' }
  /**
   * What an expression has after a problem in it was reported: it fits everywhere, so one cause
   * stays one problem.
   */
  | { readonly kind: 'unknown' }

/** `interval` is a day-time interval in milliseconds. */
export type ScalarKind = 'boolean' | 'integer' | 'double' | 'string' | 'timestamp' | 'interval'

export interface Column {
  readonly name: string
  readonly type: Type
}

const SCALARS: readonly string[] = [
  'boolean',
  'integer',
  'double',
  'string',
  'timestamp',
  'interval',
]
const RESERVED: readonly string[] = ['long', 'decimal', 'bytes', 'date', 'map']

export const BOOLEAN: Type = { kind: 'boolean' }
export const INTEGER: Type = { kind: 'integer' }
export const DOUBLE: Type = { kind: 'double' }
export const STRING: Type = { kind: 'string' }
export const TIMESTAMP: Type = { kind: 'timestamp' }
export const INTERVAL: Type = { kind: 'interval' }
export const MONTHS: Type = { kind: 'months' }
export const ANY: Type = { kind: 'any' }
export const NULL: Type = { kind: 'null' }
export const UNKNOWN: Type = { kind: 'unknown' }

export function listOf(of: Type): Type {
  return { kind: 'list', of }
}

/** Whether a value of this type is its own key. */
export function isScalar(type: Type): boolean {
  return SCALARS.includes(type.kind)
}

/** The type as documents write it: `list<record{x: double, y: double}>`. */
export function typeText(type: Type): string {
  if (type.kind === 'list') return `list<${typeText(type.of)}>`
  if (type.kind === 'months') return 'interval year to month'
  if (type.kind !== 'record') return type.kind
  return `record{${type.fields.map((field) => `${columnText(field.name)}: ${typeText(field.type)}`).join(', ')}}`
}

export function sameType(a: Type, b: Type): boolean {
  return typeText(a) === typeText(b)
}

/** A column name as an expression or a record type writes it: odd ones stand in backquotes. */
export function columnText(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``
}

/** A type that could not be read: `message` says why and what to write instead. */
export interface TypeRefusal {
  readonly message: string
}

/** Reads a type as documents write it. */
export function parseType(text: string): Type | TypeRefusal {
  const reader = new TypeReader(text)
  try {
    const type = reader.type(0)
    reader.end()
    return type
  } catch (error) {
    if (error instanceof RefusedType) return { message: error.message }
    throw error
  }
}

export function isRefusal(result: Type | TypeRefusal): result is TypeRefusal {
  return !('kind' in result)
}

class RefusedType extends Error {}

const DEPTH_MAX = 32

class TypeReader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  type(depth: number): Type {
    if (depth > DEPTH_MAX) throw new RefusedType(`A type may be nested ${DEPTH_MAX} levels deep.`)
    const name = this.#word()
    if (name === 'list') {
      this.#expect('<')
      const of = this.type(depth + 1)
      this.#expect('>')
      return { kind: 'list', of }
    }
    if (name === 'record') return this.#record(depth)
    if (name === 'any') return ANY
    if (SCALARS.includes(name)) return { kind: name as ScalarKind }
    if (RESERVED.includes(name)) {
      const instead = { long: 'integer (exact to 2^53 - 1)', decimal: 'double', date: 'timestamp' }
      const hint = Object.hasOwn(instead, name)
        ? instead[name as keyof typeof instead]
        : 'string or any'
      throw new RefusedType(`Type "${name}" is reserved and not available yet. Use ${hint}.`)
    }
    throw new RefusedType(
      `"${name || this.#text}" is not a type. Choose one of ${SCALARS.join(', ')}, list<T>, record{name: T} or any.`,
    )
  }

  end(): void {
    this.#space()
    if (this.#position < this.#text.length) {
      throw new RefusedType(
        `Type "${this.#text}" goes on after its end, at position ${this.#position + 1}.`,
      )
    }
  }

  #record(depth: number): Type {
    this.#expect('{')
    const fields: Column[] = []
    do {
      const name = this.#fieldName()
      this.#expect(':')
      if (fields.some((field) => field.name === name)) {
        throw new RefusedType(`Record field "${name}" stands twice. Give each field its own name.`)
      }
      fields.push({ name, type: this.type(depth + 1) })
    } while (this.#accept(','))
    this.#expect('}')
    return { kind: 'record', fields }
  }

  #fieldName(): string {
    this.#space()
    if (this.#text[this.#position] !== '`') return this.#word()
    const match = /`((?:[^`]|``)+)`/y
    match.lastIndex = this.#position
    const found = match.exec(this.#text)
    if (found === null) throw new RefusedType(`A backquote in type "${this.#text}" is not closed.`)
    this.#position = match.lastIndex
    return (found[1] ?? '').replaceAll('``', '`')
  }

  #word(): string {
    this.#space()
    const match = /[A-Za-z_][A-Za-z0-9_]*/y
    match.lastIndex = this.#position
    const word = match.exec(this.#text)?.[0] ?? ''
    this.#position += word.length
    return word
  }

  #accept(sign: string): boolean {
    this.#space()
    if (this.#text[this.#position] !== sign) return false
    this.#position++
    return true
  }

  #expect(sign: string): void {
    if (this.#accept(sign)) return
    throw new RefusedType(`Type "${this.#text}" needs "${sign}" at position ${this.#position + 1}.`)
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#position] ?? '')) this.#position++
  }
}
