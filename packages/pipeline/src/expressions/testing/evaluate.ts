/** Lets tests write an expression, the types and values it reads, and what must come out. */

import { expect } from 'vitest'
import { type Column, isRefusal, parseType } from '../../type.ts'
import type { Row, Value } from '../../value.ts'
import { checkExpression, compileExpression } from '../expression.ts'
import { EMPTY_ROW } from '../typed.ts'

export const NOW_MS = 1_772_895_845_678

export const TEST_CONTEXT = { nowMs: () => NOW_MS }

/** `{ a: 'integer' }` as columns. */
export function columnsOf(schema: Readonly<Record<string, string>>): Column[] {
  return Object.entries(schema).map(([name, text]) => {
    const type = parseType(text)
    if (isRefusal(type)) throw new Error(type.message)
    return { name, type }
  })
}

/** The value of an expression that must have no problem. */
export function evaluate(
  text: string,
  columns: readonly Column[] = [],
  row: Row = EMPTY_ROW,
): Value {
  const scope = { relations: [{ columns }] }
  expect(checkExpression(text, scope).problems, text).toEqual([])
  return compileExpression(text, scope, TEST_CONTEXT).evaluate(row, EMPTY_ROW)
}

/** `code at "the part": message` of each problem of an expression over these columns. */
export function problemsOf(text: string, columns: readonly Column[] = []): string[] {
  return checkExpression(text, { relations: [{ columns }] }).problems.map(
    ({ code, span, message }) => {
      return `${code} at "${text.slice(span.start, span.end)}": ${message}`
    },
  )
}
