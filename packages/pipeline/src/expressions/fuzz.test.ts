/**
 * Goal: whatever is typed, the tokenizer covers it, the parser and the checker end with a value,
 * and what passes the check can be compiled and evaluated. Method: seeded changes of real
 * expressions.
 */

import { describe, expect, test } from 'vitest'
import type { Row, Value } from '../value.ts'
import { AGGREGATES } from './aggregates/table.ts'
import { EvaluationError } from './errors.ts'
import { checkExpression, compileExpression } from './expression.ts'
import { FUNCTIONS } from './functions/index.ts'
import { parseExpression } from './parser.ts'
import { ESCAPE_PAYLOADS } from './testing/escape-payloads.ts'
import { columnsOf, TEST_CONTEXT } from './testing/evaluate.ts'
import { Dice } from './testing/random.ts'
import { tokenize } from './tokenizer.ts'
import { EMPTY_ROW } from './typed.ts'

const COLUMNS = columnsOf({
  n: 'integer',
  d: 'double',
  s: 'string',
  p: 'boolean',
  at: 'timestamp',
  doc: 'any',
  list: 'list<integer>',
  rec: 'record{x: integer}',
})
const SCOPE = { relations: [{ columns: COLUMNS }] }

const ROWS: readonly Row[] = [
  [3, 1.5, 'abc', true, 1_772_895_845_678, { a: [1, 'x', null] }, [1, 2], [5]],
  [null, null, null, null, null, null, null, null],
  [-9_007_199_254_740_991, Number.NaN, '', false, -62_167_219_200_000, [], [], [null]],
]

const SOURCES: readonly string[] = [
  ...FUNCTIONS.flatMap(({ definition }) => definition.examples.map(([expression]) => expression)),
  ...AGGREGATES.flatMap(({ definition }) => definition.examples.map(({ aggregate }) => aggregate)),
  'n + d * 2 - - n % 3',
  "s LIKE 'a%' OR s || 'x' SIMILAR TO '(a|b)*'",
  'CASE WHEN p THEN n ELSE d END',
  'doc.a[1].b IS NOT NULL',
  "at + INTERVAL '1' DAY > NOW()",
  'n BETWEEN SYMMETRIC 1 AND 5 AND NOT p',
  'CAST(doc.a AS ARRAY<ROW<x INTEGER, y STRING>>)[1].x',
  'n IN (1, 2, NULL) IS UNKNOWN',
  'rec.x IS NOT DISTINCT FROM list[2]',
]

const PIECES = [
  'n',
  'd',
  's',
  'p',
  'at',
  'doc',
  'list',
  'rec',
  '1',
  '0',
  '-1',
  '1.5',
  "'a'",
  "''",
  'NULL',
  'TRUE',
  '(',
  ')',
  '[',
  ']',
  '.',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<>',
  '<',
  '>=',
  'AND',
  'OR',
  'NOT',
  'IS',
  'IN',
  'LIKE',
  'BETWEEN',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'CAST(',
  ' AS ',
  'INTEGER',
  'ARRAY[',
  'ROW(',
  'INTERVAL',
  'DAY',
  'FROM',
  '`',
  "'",
  '--',
  '/*',
  '*/',
  '{',
  '}',
  ':',
  '\\',
  '"',
  '\0',
  '\u2028',
  '😀',
  '9007199254740991',
  '1e308',
]

/**
 * One to three changes: a piece put in, taken out, doubled, swapped or cut, a character changed.
 */
function changed(source: string, dice: Dice): string {
  let text = source
  for (let count = dice.below(3); count >= 0; count--) {
    const at = dice.below(text.length + 1)
    const to = at + dice.below(8)
    const change = dice.below(6)
    if (change === 0) text = text.slice(0, at) + dice.pick(PIECES) + text.slice(at)
    else if (change === 1) text = text.slice(0, at) + text.slice(to)
    else if (change === 2) text = text.slice(0, to) + text.slice(at)
    else if (change === 3) text = `${text.slice(0, at)} ${dice.pick(PIECES)} ${text.slice(to)}`
    else if (change === 4) text = text.slice(0, at) + dice.pick(SOURCES) + text.slice(to)
    else text = text.slice(0, at) + String.fromCharCode(dice.below(0x250)) + text.slice(at + 1)
  }
  return text
}

/** A value of the type that the checker promised. */
function hasType(value: Value, kind: string): boolean {
  if (value === null || kind === 'any') return true
  if (kind === 'boolean' || kind === 'string') return typeof value === kind
  if (kind === 'list' || kind === 'record') return Array.isArray(value)
  if (kind === 'integer') return Number.isSafeInteger(value) && !Object.is(value, -0)
  return typeof value === 'number'
}

const SEED = 99

describe(`changed expressions, seed ${SEED}`, () => {
  test('are split into tokens that cover the text but for white space', () => {
    const dice = new Dice(SEED)
    for (let count = 0; count < 20_000; count++) {
      const text = changed(dice.pick(count % 2 === 0 ? SOURCES : ESCAPE_PAYLOADS), dice)
      let rest = ''
      let position = 0
      for (const token of tokenize(text)) {
        if (token.end <= token.start || token.text !== text.slice(token.start, token.end)) {
          expect.fail(`${text}: ${JSON.stringify(token)}`)
        }
        rest += text.slice(position, token.start)
        position = token.end
      }
      rest += text.slice(position)
      if (/[^ \t\r\n\f\v]/.test(rest)) expect.fail(`${text}: ${rest}`)
    }
  })

  test('are read or refused, and what is read has spans inside the text', () => {
    const dice = new Dice(SEED + 1)
    for (let count = 0; count < 20_000; count++) {
      const text = changed(dice.pick(SOURCES), dice)
      const parsed = parseExpression(text)
      const { span } = 'node' in parsed ? parsed.node : parsed.problem
      if (span.start > span.end || span.end > text.length) {
        expect.fail(`${text}: ${JSON.stringify(span)}`)
      }
    }
  })

  test('are checked, and what passes has the type that was promised', () => {
    const dice = new Dice(SEED + 2)
    let evaluated = 0
    for (let count = 0; count < 20_000; count++) {
      const text = changed(dice.pick(SOURCES), dice)
      const { type, problems } = checkExpression(text, SCOPE)
      for (const problem of problems) {
        if (!/[.?]$/.test(problem.message) || problem.span.end > text.length) {
          expect.fail(`${text}: ${JSON.stringify(problem)}`)
        }
      }
      if (problems.length > 0) continue
      if (type.kind === 'unknown') expect.fail(`${text} has no type and no problem`)
      const { evaluate } = compileExpression(text, SCOPE, TEST_CONTEXT)
      for (const row of ROWS) {
        try {
          const value = evaluate(row, EMPTY_ROW)
          if (!hasType(value, type.kind))
            expect.fail(`${text} is ${JSON.stringify(value)}, which is not ${type.kind}`)
          evaluated++
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw new Error(text, { cause: error })
          if (!error.message.endsWith('.')) expect.fail(`${text}: ${error.message}`)
        }
      }
    }
    expect(evaluated).toBeGreaterThan(3_000)
  })
})
