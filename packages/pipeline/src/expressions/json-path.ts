/**
 * SQL/JSON paths: `lax $.a[0].b`, `$["odd name"]`, `$.items[*].price`.
 *
 * In `lax` mode, the default, what is missing selects nothing, and a step into a list looks into
 * each of its elements, as the SQL standard says. In `strict` mode what is missing is an error.
 */

import { isJsonObject, type Value } from '../value.ts'
import { EvaluationError } from './errors.ts'
import { checkListLength } from './limits.ts'

type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all names' }
  | { readonly kind: 'all elements' }

export interface JsonPath {
  readonly strict: boolean
  /** Whether it can select several values. */
  readonly many: boolean
  readonly steps: readonly Step[]
}

const LENGTH_MAX = 1_000

/** Throws EvaluationError where the text is no path. */
export function compileJsonPath(text: string): JsonPath {
  if (text.length > LENGTH_MAX) {
    throw new EvaluationError(
      `The JSON path has ${text.length} characters; the limit is ${LENGTH_MAX}. Shorten it.`,
      'json-path',
    )
  }
  const mode = /^\s*(?:(lax|strict)\s+)?\$/i.exec(text)
  if (mode === null) {
    throw new EvaluationError(
      `The JSON path '${text}' does not begin with "$". Write it like '$.items[0].name'.`,
      'json-path',
    )
  }
  const steps: Step[] = []
  let position = mode[0].length
  const rest = text.trimEnd()
  while (position < rest.length) {
    const { step, length } = nextStep(text, position)
    steps.push(step)
    position += length
  }
  const many = steps.some((step) => step.kind === 'all names' || step.kind === 'all elements')
  return { strict: mode[1]?.toLowerCase() === 'strict', many, steps }
}

const STEPS: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [/\.?\[\s*"((?:[^"\\]|\\.)*)"\s*\]/y, (match) => ({ kind: 'name', name: unescaped(match[1]) })],
  [/\.?\[\s*'((?:[^'\\]|\\.)*)'\s*\]/y, (match) => ({ kind: 'name', name: unescaped(match[1]) })],
  [/\."((?:[^"\\]|\\.)*)"/y, (match) => ({ kind: 'name', name: unescaped(match[1]) })],
  [/\.?\[\s*([0-9]{1,9})\s*\]/y, (match) => ({ kind: 'index', index: Number(match[1]) })],
  [/\.?\[\s*\*\s*\]/y, () => ({ kind: 'all elements' })],
  [/\.\*/y, () => ({ kind: 'all names' })],
  [/\.([\p{L}\p{N}_$-]+)/uy, (match) => ({ kind: 'name', name: match[1] ?? '' })],
]

function nextStep(text: string, position: number): { step: Step; length: number } {
  for (const [pattern, toStep] of STEPS) {
    pattern.lastIndex = position
    const match = pattern.exec(text)
    if (match !== null) return { step: toStep(match), length: match[0].length }
  }
  throw new EvaluationError(
    `The JSON path '${text}' cannot be read from position ${position + 1}. Write .name, ["name"], [0], [*] or .* there; filters and ".." are not available.`,
    'json-path',
  )
}

function unescaped(text = ''): string {
  return text.replace(/\\(.)/gs, '$1')
}

/** The values that a path selects; undefined where a strict path meets what is not there. */
export function select(value: Value, path: JsonPath): readonly Value[] | undefined {
  let current: readonly Value[] = [value]
  for (const step of path.steps) {
    const next: Value[] = []
    for (const item of current) {
      if (!take(item, step, path.strict, next)) return undefined
      checkListLength(next.length)
    }
    current = next
  }
  return current
}

function take(item: Value, step: Step, strict: boolean, into: Value[]): boolean {
  switch (step.kind) {
    case 'name':
      return takeName(item, step.name, strict, into)
    case 'index': {
      const list: readonly Value[] = Array.isArray(item) ? item : strict ? [] : [item]
      if (step.index >= list.length) return !strict
      into.push(list[step.index] ?? null)
      return true
    }
    case 'all elements':
      if (Array.isArray(item)) pushAll(item, into)
      else if (!strict) into.push(item)
      return Array.isArray(item) || !strict
    case 'all names': {
      const objects = unwrapped(item, strict)
      for (const object of objects) if (isJsonObject(object)) pushAll(Object.values(object), into)
      return !strict || isJsonObject(item)
    }
  }
}

function takeName(item: Value, name: string, strict: boolean, into: Value[]): boolean {
  for (const object of unwrapped(item, strict)) {
    if (isJsonObject(object) && Object.hasOwn(object, name)) into.push(object[name] ?? null)
    else if (strict) return false
  }
  return true
}

/** In lax mode a name looks into the elements of a list. */
function unwrapped(item: Value, strict: boolean): readonly Value[] {
  return !strict && Array.isArray(item) ? item : [item]
}

function pushAll(values: readonly Value[], into: Value[]): void {
  checkListLength(into.length + values.length)
  for (const value of values) into.push(value)
}
