/**
 * Goal: generated code and closures are the same function. Method: both are run side by side over
 * random typed expressions, over changed examples, over the payloads, and as whole rows; values and
 * messages must be the same, and the source must hold no text of the expression.
 */

import { describe, expect, test } from 'vitest'
import type { Row } from '../../value.ts'
import { checkExpression, compileExpression, compileRow, compileSteps } from '../expression.ts'
import { FUNCTIONS } from '../functions/index.ts'
import { ESCAPE_PAYLOADS } from '../testing/escape-payloads.ts'
import { columnsOf, GENERATING_CONTEXT, outcomeOf, TEST_CONTEXT } from '../testing/evaluate.ts'
import { Dice } from '../testing/random.ts'
import { TypedGenerator } from '../testing/typed-generator.ts'
import { EMPTY_ROW } from '../typed.ts'
import type { CompileFunction } from './compile.ts'

const SEED = 4_711
const COLUMNS = columnsOf({
  i: 'integer',
  j: 'integer',
  d: 'double',
  e: 'double',
  s: 'string',
  t: 'string',
  p: 'boolean',
  q: 'boolean',
  at: 'timestamp',
  til: 'timestamp',
  doc: 'any',
  list: 'list<integer>',
})
const SCOPE = { relations: [{ columns: COLUMNS }] }

function randomRow(dice: Dice): Row {
  const values: readonly Row[] = [
    [null, 0, 1, -7, 3, 9_007_199_254_740_991, -9_007_199_254_740_991],
    [null, 0, 2, -2, 5, 4_503_599_627_370_497],
    [null, 0, -0, 1.5, Number.NaN, -1e308, 1e308],
    [null, 2.5, 0, -1],
    [null, '', 'a', 'abc', 'Hello', '%', '42'],
    [null, 'b', 'x y', 'constructor'],
    [null, true, false],
    [null, true, false],
    [null, 0, 1_772_895_845_678, -62_167_219_200_000, 253_402_300_799_999],
    [null, 1_772_000_000_000, 1],
    [null, 1, 'x', [1, null]],
    [null, [], [1, null, 3]],
  ]
  return values.map((choices) => dice.pick(choices))
}

/** True where the text was checked and compared. */
function compared(text: string, rows: readonly Row[]): boolean {
  if (checkExpression(text, SCOPE).problems.length > 0) return false
  const closure = compileExpression(text, SCOPE, TEST_CONTEXT).evaluate
  const code = compileExpression(text, SCOPE, GENERATING_CONTEXT).evaluate
  for (const row of rows) {
    const expected = outcomeOf(() => closure(row, EMPTY_ROW))
    expect(
      outcomeOf(() => code(row, EMPTY_ROW)),
      `${text} over ${JSON.stringify(row)}`,
    ).toEqual(expected)
  }
  return true
}

describe(`generated code does what closures do, seed ${SEED}`, () => {
  test('over random expressions of every type', () => {
    const generator = new TypedGenerator(SEED)
    const dice = new Dice(SEED)
    let count = 0
    for (let round = 0; round < 4_000; round++) {
      const { ours } = generator.make(generator.kind(), 4)
      if (compared(ours, [randomRow(dice), randomRow(dice), randomRow(dice)])) count++
    }
    expect(count).toBeGreaterThan(3_000)
  })

  test('over examples of every function and over payloads, as text and as data', () => {
    const dice = new Dice(SEED)
    const rows = [randomRow(dice), randomRow(dice)]
    const examples = FUNCTIONS.flatMap(({ definition }) =>
      definition.examples.map(([text]) => text),
    )
    expect(examples.filter((text) => compared(text, rows)).length).toBe(examples.length)
    for (const payload of ESCAPE_PAYLOADS) {
      compared(payload, rows)
      const quoted = `'${payload.replaceAll("'", "''")}'`
      expect(compared(`s = ${quoted} OR s > ${quoted} AND UPPER(${quoted}) <> t`, rows)).toBe(true)
    }
  })

  test.each([
    ['an operand is evaluated though the other is NULL', 'i + 1 / j > 0', [null, 0]],
    ['an AND stops at the first FALSE', 'i > 5 AND 1 / j > 0', [1, 0]],
    ['an AND goes on behind NULL', 'i > 5 AND 1 / j > 0', [null, 0]],
    ['a sum beyond 2^53 is refused', 'i + j', [9_007_199_254_740_991, 1]],
    ['a product of zero has no sign', 'i * j', [-1, 0]],
    ['a CASE evaluates the result it chooses', 'CASE WHEN i > 0 THEN 1 / j ELSE 0 END', [0, 0]],
    ['BETWEEN is FALSE beside a NULL', 'i NOT BETWEEN j AND 5', [9, null]],
    ['a list of constants with NULL', 'i NOT IN (1, NULL)', [2, 0]],
    ['a CAST that is refused', 'CAST(s AS INTEGER)', [1, 1, null, null, 'x']],
    [
      'a function stops at the first NULL',
      'REPEAT(s, CAST(t AS INTEGER))',
      [1, 1, 1, 1, null, 'x'],
    ],
  ] as const)('%s', (_name, text, row) => {
    expect(compared(text, [row])).toBe(true)
  })

  test('in rows, whose columns are copied, computed or handed in', () => {
    const columns = ['i + j', { relation: 0, index: 4 }, () => 'handed', 'UPPER(s)', 'NULL = 1']
    const row: Row = [1, 2, null, null, 'a']
    const [code, closures] = [GENERATING_CONTEXT, TEST_CONTEXT].map((context) =>
      compileRow(columns, SCOPE, context)(row, EMPTY_ROW),
    )
    expect(code).toEqual([3, 'a', 'handed', 'A', null])
    expect(closures).toEqual(code)
  })
})

describe('the source', () => {
  const sources: string[] = []
  const compile: CompileFunction = (body, parameters) => {
    sources.push(body)
    return GENERATING_CONTEXT.env.compile(body, parameters)
  }

  test('holds no text of a user', () => {
    for (const payload of ESCAPE_PAYLOADS) {
      const quoted = `'${payload.replaceAll("'", "''")}'`
      const column = `\`${payload.replaceAll('`', '``')}\``
      const scope = {
        relations: [{ columns: [{ name: payload, type: { kind: 'string' } as const }] }],
      }
      const text = `${column} = ${quoted} OR ${column} IN (${quoted}, 'b') OR LOWER(${column}) < ${quoted}`
      if (checkExpression(text, scope).problems.length > 0) continue
      compileExpression(text, scope, { ...TEST_CONTEXT, env: { compile } })
    }
    expect(sources.length).toBeGreaterThan(300)
    const shape =
      /^'use strict'\n(const c\d+ = captured\[\d+\]\n)*return \(row, other\) => \{\n(let t\d+(, t\d+)*\n)?return [\s()|?:=!<>,.*+\w[\]]+\n\}$/
    const words = new Set(sources.flatMap((source) => source.match(/[a-zA-Z]\w*/g) ?? []))
    for (const source of sources) expect(source).toMatch(shape)
    const known =
      /^([ct]\d+|use|strict|const|let|return|captured|row|other|null|true|false|has|spent|charge|length)$/
    expect([...words].filter((word) => !known.test(word))).toEqual([])
  })

  test('of a loop over several steps holds none either, and computes what repeats once', () => {
    const loops: string[] = []
    const context = {
      ...TEST_CONTEXT,
      env: {
        compile: (body: string, parameters: readonly string[]) => {
          loops.push(body)
          return GENERATING_CONTEXT.env.compile(body, parameters)
        },
      },
    }
    for (const payload of ESCAPE_PAYLOADS) {
      const quoted = `'${payload.replaceAll("'", "''")}'`
      const where = `UPPER(s) = ${quoted} OR s LIKE '%a%' AND i + j > 0`
      if (checkExpression(where, SCOPE).problems.length > 0) continue
      const columns = ['UPPER(s)', 'i + j', `UPPER(s) || ${quoted}`]
      const steps = [
        { kind: 'filter', where, scope: SCOPE },
        { kind: 'select', columns, scope: SCOPE },
      ] as const
      compileSteps(steps, { timed: true, tracksOrigins: true }, context)
    }
    expect(loops.length).toBeGreaterThan(10)
    const known =
      /^([ctrphvk]\d+|use|strict|const|let|return|captured|other|input|from|to|out|rows|times|origins|outRows|outTimes|outOrigins|at|count|step|try|catch|finally|error|refuse|for|if|continue|break|passed|null|true|false|has|spent|charge|length)$/
    for (const loop of loops) {
      const words = (loop.match(/[a-zA-Z]\w*/g) ?? []).filter((word) => !known.test(word))
      expect(words).toEqual([])
      // UPPER(s) and i + j stand in both steps.
      expect(loop).toContain('h1 === at ? ')
    }
  })

  test('of what is nested deeply or wide calls closures, and gives the same', () => {
    const deep = `${'(1 + '.repeat(60)}i${')'.repeat(60)}`
    const tall = Array.from({ length: 250 }, () => 'i').join(' - ')
    const wide = Array.from({ length: 600 }, (_, index) => `i = ${index}`).join(' OR ')
    for (const text of [deep, tall, wide]) expect(compared(text, [[1, 2], [null]])).toBe(true)
  })
})
