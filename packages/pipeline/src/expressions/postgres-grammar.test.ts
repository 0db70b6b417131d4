/**
 * Goal: we read what PostgreSQL reads, with the same precedence, and refuse what it refuses.
 * Method: its own parser over a list of forms and over random sequences of tokens.
 */

import { loadModule, parseSync } from 'libpg-query'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseExpression } from './parser.ts'
import type { Node } from './syntax.ts'
import { ourShape, postgresShape } from './testing/postgres-shape.ts'
import { Dice } from './testing/random.ts'

beforeAll(async () => {
  await loadModule()
})

/** Undefined where PostgreSQL refuses it. */
function theirs(text: string): string | undefined {
  try {
    const tree = parseSync(`SELECT WHERE ${text}`) as {
      stmts: { stmt: { SelectStmt: { whereClause: unknown } } }[]
    }
    return postgresShape(tree.stmts[0]?.stmt.SelectStmt.whereClause)
  } catch (error) {
    if (error instanceof Error && error.name === 'SqlError') return undefined
    throw error
  }
}

function ours(text: string): string | undefined {
  const parsed = parseExpression(text)
  return 'node' in parsed ? ourShape(parsed.node) : undefined
}

const SAME: readonly string[] = [
  'a',
  'a.b.c',
  '1',
  '1.5',
  '.5',
  "'it''s'",
  'TRUE',
  'NULL',
  '- a',
  '-5',
  '- - a',
  '+ a',
  'a + b * c',
  '(a + b) * c',
  'a - b - c',
  'a / b / c',
  'a * b % c',
  '- a * b',
  '- a + b',
  'a = b',
  'a <> b',
  'a != b',
  'a <= b AND b < c',
  'a OR b AND c',
  '(a OR b) AND c',
  'NOT a',
  'NOT a AND b',
  'NOT a = b',
  'NOT NOT a',
  'NOT a IS NULL',
  'a IS NULL',
  'a IS NOT NULL',
  'a IS NULL IS NULL',
  'a = b IS NULL',
  'a IS NULL = b',
  'a + b IS NULL',
  'a AND b IS TRUE',
  'a IS NOT FALSE',
  'a IS UNKNOWN',
  'a IS DISTINCT FROM b',
  'a IS NOT DISTINCT FROM b + c',
  'a IS DISTINCT FROM b = c',
  'a BETWEEN b AND c',
  'a BETWEEN b AND c AND d',
  'a NOT BETWEEN b + 1 AND c * 2 OR d',
  'a BETWEEN SYMMETRIC b AND c',
  'a BETWEEN ASYMMETRIC b AND c',
  'a BETWEEN b AND c = d',
  'NOT a BETWEEN b AND c',
  'a = b BETWEEN c AND d',
  'a IN (b)',
  'a IN (1, 2, 3)',
  'a NOT IN (b, c)',
  'a IN (b) = c',
  'a + b IN (c)',
  'a IN (b) IN (c)',
  "a LIKE 'x'",
  "a NOT LIKE 'x'",
  "a LIKE 'x' = b",
  'a = b LIKE c',
  'a || b LIKE c',
  "a LIKE 'x' ESCAPE '!'",
  "a SIMILAR TO 'x'",
  "a NOT SIMILAR TO 'x'",
  'a || b || c',
  'a || b = c',
  'CASE WHEN a THEN b END',
  'CASE WHEN a THEN b ELSE c END',
  'CASE a WHEN 1 THEN b WHEN 2 THEN c ELSE d END',
  'CASE WHEN a = b OR c THEN d + e ELSE - e END + f',
  'coalesce(a, b)',
  'nullif(a, b)',
  'lower(a)',
  'f(a, b + c)',
  'f()',
  'f(g(a))',
  '(a, b)',
  '((a))',
  'a = (b = c)',
  'a < b IS NOT NULL',
  'a -- comment',
  'a /* c */ + b',
  'NOT (a OR b) AND c',
  'a = NOT b',
  'a + NOT b = c AND d',
  'a * - b',
  'a - - b',
  'a = - b',
  'a.b + c.d',
  'a IS NULL AND b IS NOT NULL OR NOT c',
]

const REFUSED: readonly string[] = [
  '',
  '+',
  'a +',
  '+ * a',
  'a b',
  'a = = b',
  '(a',
  'a)',
  '()',
  'a < b < c',
  'a = b = c',
  'a = b <> c',
  'a BETWEEN b',
  'a BETWEEN b OR c',
  'a BETWEEN b AND',
  'a IN ()',
  'a IN b',
  'a IN (1,)',
  "'abc",
  'a IS',
  'a IS NOT',
  'a IS 5',
  'CASE END',
  'CASE WHEN a END',
  'CASE WHEN a THEN b',
  'CASE a THEN b END',
  'f(a',
  'f(,)',
  'f(a,)',
  'a.',
  '.a',
  'a..b',

  'a LIKE b LIKE c',
  'a BETWEEN b AND c BETWEEN d AND e',
  "a LIKE 'x' IN (b)",
  '1 2',
  "'a' 1",
  'a, b c',
  'a ; b',

  'a /* b',
  '1..2',
  'a[1',
  'a AND',
  'a IS DISTINCT FROM b IS NULL',
  'OR a',
]

describe('the grammar', () => {
  test.each(SAME)('reads %s as PostgreSQL does', (text) => {
    expect(ours(text)).toBeDefined()
    expect(ours(text)).toBe(theirs(text))
  })

  test.each(REFUSED)('refuses %s, as PostgreSQL does', (text) => {
    expect(theirs(text)).toBeUndefined()
    expect(ours(text)).toBeUndefined()
  })
})

const SEED = 7_031

describe(`random expressions, seed ${SEED}`, () => {
  test('without parentheses have the same structure', () => {
    const dice = new Dice(SEED)
    let compared = 0
    for (let count = 0; count < 4_000; count++) {
      const text = flat(dice)
      const expected = theirs(text)
      expect(`${text} = ${ours(text)}`).toBe(`${text} = ${expected}`)
      if (expected !== undefined) compared++
    }
    expect(compared).toBeGreaterThan(2_000)
  })

  test('of tokens in any order are read or refused alike', () => {
    const dice = new Dice(SEED + 1)
    let read = 0
    for (let count = 0; count < 8_000; count++) {
      const text = disorder(dice)
      const parsed = parseExpression(text)
      // A keyword where a value is expected names a column in our language, and is refused by
      // PostgreSQL.
      if ('node' in parsed && namesKeyword(parsed.node)) continue
      // A name before a string is a type in PostgreSQL, whatever it is called.
      if (theirs(text)?.includes('TypeCast') === true) continue
      expect(`${text} = ${ours(text)}`).toBe(`${text} = ${theirs(text)}`)
      if ('node' in parsed) read++
    }
    expect(read).toBeGreaterThan(200)
  })
})

const BETWEEN_VALUES = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'AND',
  'OR',
  'AND NOT',
  'OR NOT',
  'IS DISTINCT FROM',
  'LIKE',
  'NOT LIKE',
]
const AFTER_A_VALUE = [
  'IS NULL',
  'IS NOT NULL',
  'IS TRUE',
  'IN (c, 3)',
  'NOT IN (1)',
  'BETWEEN b AND 4',
  'NOT BETWEEN 1 AND c',
]
const VALUES = ['a', 'b', 'c', '1', '2.5', "'x'", '- a', '- 3', 'NULL', 'f(a)', '(a OR b)']

function flat(dice: Dice): string {
  const words = [dice.chance(0.15) ? 'NOT' : '', dice.pick(VALUES)]
  for (let count = dice.below(5); count >= 0; count--) {
    if (dice.chance(0.25)) words.push(dice.pick(AFTER_A_VALUE))
    words.push(dice.pick(BETWEEN_VALUES), dice.pick(VALUES))
  }
  return words.filter((word) => word !== '').join(' ')
}

const TOKENS = [
  'a',
  'b',
  '1',
  "'x'",
  '(',
  ')',
  '+',
  '-',
  '*',
  '=',
  '<',
  'AND',
  'OR',
  'NOT',
  'IS',
  'NULL',
  'TRUE',
  'IN',
  'LIKE',
  ',',
  'CASE',
  'WHEN',
  'THEN',
  'END',
  'f(',
]

/** Without comments, whose halves are operators in PostgreSQL. */
const PLAIN = SAME.filter((text) => !/--|\/\*/.test(text))

function disorder(dice: Dice): string {
  if (dice.chance(0.5))
    return Array.from({ length: dice.below(7) + 1 }, () => dice.pick(TOKENS)).join(' ')
  const words = dice.pick(PLAIN).replaceAll('BETWEEN', '=').replaceAll('||', '*').split(/ +/)
  const place = dice.below(words.length)
  if (dice.chance(0.3)) words.splice(place, 1)
  else words.splice(place, dice.below(2), dice.pick(TOKENS))
  return words.join(' ')
}

const KEYWORDS = new Set([
  'and',
  'or',
  'not',
  'is',
  'in',
  'like',
  'case',
  'when',
  'then',
  'end',
  'else',
  'distinct',
  'from',
  'escape',
  'to',
  'similar',
  'symmetric',
  'asymmetric',
  'unknown',
  'nullif',
  'coalesce',
])

function namesKeyword(node: Node): boolean {
  if (node.kind === 'name') return KEYWORDS.has(node.name.toLowerCase())
  if (node.kind === 'field') return namesKeyword(node.of)
  if (node.kind === 'call')
    return KEYWORDS.has(node.name.toLowerCase()) || node.args.some(namesKeyword)
  if (node.kind === 'operator') return node.operands.some(namesKeyword)
  if (node.kind === 'row') return node.items.some(namesKeyword)
  if (node.kind !== 'case') return false
  const parts = node.branches.flatMap(({ when, result }) => [...when, result])
  return [...parts, node.operand, node.otherwise].some(
    (part) => part !== undefined && namesKeyword(part),
  )
}
