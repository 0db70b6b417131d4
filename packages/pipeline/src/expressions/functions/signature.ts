/**
 * The types that a function takes and gives, written as in its docs: `SUBSTRING(text: string,
 * start: integer, length?: integer): string`.
 *
 * Type variables: `T` is any type, the common one of the arguments that have it; `N` a number,
 * double if one of them is; `C` a type with an order. `...values: T` takes one or more.
 */

import {
  ANY,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  INTERVAL,
  MONTHS,
  NULL,
  STRING,
  TIMESTAMP,
  type Type,
  typeText,
} from '../../type.ts'
import { commonType, fits, isNumeric } from '../common-type.ts'

type Variable = 'T' | 'N' | 'C'

export type Pattern =
  | { readonly variable: Variable }
  | { readonly listOf: Pattern }
  | { readonly type: Type }

export interface Parameter {
  readonly name: string
  readonly pattern: Pattern
  readonly optional: boolean
  readonly rest: boolean
}

export interface Signature {
  readonly text: string
  readonly parameters: readonly Parameter[]
  readonly result: Pattern
  readonly argumentsMin: number
  readonly argumentsMax: number
}

export type Match =
  | { readonly result: Type }
  /** The first argument that does not fit, and what would. */
  | { readonly misfit: number; readonly wanted: string; readonly cast: Type | undefined }

const CONCRETE: ReadonlyMap<string, Type> = new Map([
  ['boolean', BOOLEAN],
  ['integer', INTEGER],
  ['double', DOUBLE],
  ['string', STRING],
  ['timestamp', TIMESTAMP],
  ['interval', INTERVAL],
  ['months', MONTHS],
  ['any', ANY],
])

export function parseSignature(text: string): Signature {
  const match = /^[A-Z0-9_]+\((.*)\): (\S+)$/.exec(text)
  if (match === null) throw new Error(`Signature "${text}" cannot be read.`)
  const [, list = '', result = ''] = match
  const parameters = list === '' ? [] : list.split(', ').map(parseParameter)
  return {
    text,
    parameters,
    result: parsePattern(result),
    argumentsMin: parameters.filter((parameter) => !parameter.optional).length,
    argumentsMax: parameters.some((parameter) => parameter.rest)
      ? Number.POSITIVE_INFINITY
      : parameters.length,
  }
}

function parseParameter(text: string): Parameter {
  const match = /^(\.\.\.)?(\w+)(\?)?: (\S+)$/.exec(text)
  if (match === null) throw new Error(`Parameter "${text}" cannot be read.`)
  const [, rest, name = '', optional, pattern = ''] = match
  return {
    name,
    pattern: parsePattern(pattern),
    optional: optional !== undefined,
    rest: rest !== undefined,
  }
}

function parsePattern(text: string): Pattern {
  if (text === 'T' || text === 'N' || text === 'C') return { variable: text }
  const list = /^list<(.*)>$/.exec(text)
  if (list !== null) return { listOf: parsePattern(list[1] ?? '') }
  const type = CONCRETE.get(text)
  if (type === undefined) throw new Error(`Type "${text}" cannot be read.`)
  return { type }
}

/**
 * Whether arguments of these types, of a fitting number, may be given, and what the call then is.
 */
export function matchSignature(signature: Signature, types: readonly Type[]): Match {
  const bindings = new Map<Variable, Type>()
  for (const [index, type] of types.entries()) {
    const parameter = signature.parameters[Math.min(index, signature.parameters.length - 1)]
    if (parameter === undefined)
      throw new Error(`"${signature.text}" was given too many arguments.`)
    if (!bind(parameter.pattern, type, bindings)) return misfit(index, parameter.pattern, bindings)
  }
  return { result: substitute(signature.result, bindings) }
}

function bind(pattern: Pattern, type: Type, bindings: Map<Variable, Type>): boolean {
  if (type.kind === 'unknown') return true
  if ('type' in pattern) return fits(type, pattern.type)
  if ('listOf' in pattern) {
    if (type.kind === 'null') return true
    return type.kind === 'list' && bind(pattern.listOf, type.of, bindings)
  }
  const bound = bindings.get(pattern.variable)
  const common = commonType(bound === undefined ? [type] : [bound, type])
  if (common === undefined || !allows(pattern.variable, common)) return false
  bindings.set(pattern.variable, common)
  return true
}

function allows(variable: Variable, type: Type): boolean {
  if (variable === 'T' || type.kind === 'null') return true
  if (variable === 'N') return isNumeric(type)
  return type.kind !== 'any' && type.kind !== 'list' && type.kind !== 'record'
}

function substitute(pattern: Pattern, bindings: ReadonlyMap<Variable, Type>): Type {
  if ('type' in pattern) return pattern.type
  if ('listOf' in pattern) return { kind: 'list', of: substitute(pattern.listOf, bindings) }
  return bindings.get(pattern.variable) ?? NULL
}

function misfit(index: number, pattern: Pattern, bindings: ReadonlyMap<Variable, Type>): Match {
  return {
    misfit: index,
    wanted: patternText(pattern, bindings),
    cast: castType(pattern, bindings),
  }
}

function patternText(pattern: Pattern, bindings: ReadonlyMap<Variable, Type>): string {
  if ('type' in pattern) return typeText(pattern.type)
  if ('listOf' in pattern) {
    if ('variable' in pattern.listOf && !bindings.has(pattern.listOf.variable)) return 'a list'
    return `list<${patternText(pattern.listOf, bindings)}>`
  }
  const bound = bindings.get(pattern.variable)
  if (bound !== undefined && bound.kind !== 'null') return typeText(bound)
  return pattern.variable === 'N' ? 'a number' : 'a value with an order'
}

/** The type to CAST the argument to, where there is one. */
function castType(pattern: Pattern, bindings: ReadonlyMap<Variable, Type>): Type | undefined {
  if ('listOf' in pattern) return undefined
  const type = 'type' in pattern ? pattern.type : bindings.get(pattern.variable)
  return type === undefined || type.kind === 'null' ? DOUBLE : type
}
