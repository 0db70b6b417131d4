/** Lets tests write an expression, the types and values it reads, and what must come out. */

import { expect } from 'vitest'
import { type Column, isRefusal, parseType } from '../../type.ts'
import type { Row, Value } from '../../value.ts'
import { checkExpression, compileExpression } from '../expression.ts'
import { EMPTY_ROW } from '../typed.ts'

export const NOW_MS = 1_772_895_845_678

/** Expressions as closures, as where no code may be generated. */
export const TEST_CONTEXT = { nowMs: () => NOW_MS }

/** Expressions as generated code. */
export const GENERATING_CONTEXT = {
  nowMs: () => NOW_MS,
  env: {
    compile: (body: string, parameters: readonly string[]) =>
      new Function(...parameters, body) as (...values: never[]) => unknown,
  },
}

/** `{ a: 'integer' }` as columns. */
export function columnsOf(schema: Readonly<Record<string, string>>): Column[] {
  return Object.entries(schema).map(([name, text]) => {
    const type = parseType(text)
    if (isRefusal(type)) throw new Error(type.message)
    return { name, type }
  })
}

/** The value of an expression that must have no problem, in which closures and code must agree. */
export function evaluate(
  text: string,
  columns: readonly Column[] = [],
  row: Row = EMPTY_ROW,
): Value {
  const scope = { relations: [{ columns }] }
  expect(checkExpression(text, scope).problems, text).toEqual([])
  const closure = outcomeOf(() =>
    compileExpression(text, scope, TEST_CONTEXT).evaluate(row, EMPTY_ROW),
  )
  const code = outcomeOf(() =>
    compileExpression(text, scope, GENERATING_CONTEXT).evaluate(row, EMPTY_ROW),
  )
  expect(code, text).toEqual(closure)
  if ('error' in closure) throw closure.error
  return closure.value
}

/** What comes of it: a value, or what is thrown. */
export function outcomeOf<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

/** `code at "the part": message` of each problem of an expression over these columns. */
export function problemsOf(text: string, columns: readonly Column[] = []): string[] {
  return checkExpression(text, { relations: [{ columns }] }).problems.map(
    ({ code, span, message }) => {
      return `${code} at "${text.slice(span.start, span.end)}": ${message}`
    },
  )
}
