/** What expressions over the stages of a pattern read, and what is said where they cannot. */

import { describe, expect, test } from 'vitest'
import { BOOLEAN, DOUBLE, INTEGER, STRING } from '../type.ts'
import { checkAggregates, compileAggregates } from './aggregates/index.ts'
import { EvaluationError } from './errors.ts'
import {
  checkStageExpression,
  compileStageExpressions,
  type StageScope,
} from './stage-expressions.ts'
import { TEST_CONTEXT } from './testing/evaluate.ts'

const columns = [
  { name: 'kind', type: STRING },
  { name: 'price', type: DOUBLE },
  { name: 'n', type: INTEGER },
]

/** Of a condition of stage b, in a pattern of a, b, c and the negation x. */
const condition: StageScope = {
  columns,
  stageColumns: columns,
  stages: ['a', 'b', 'the rest'],
  hidden: new Map([['c', 'Stage "c" comes later.']]),
}

/** Of an output column, partitioned by kind. */
const output: StageScope = { ...condition, columns: columns.slice(0, 1), hidden: new Map() }

const STAGES = ['a', 'b', 'the rest']

/** Values over records of stages, as (stage, row) at times 0, 1, 2, … */
function valuesOf(
  texts: readonly string[],
  records: readonly (readonly [number, readonly (string | number | null)[]])[],
) {
  const compiled = compileStageExpressions(
    texts.map((text) => ({ text, scope: condition })),
    STAGES,
    columns,
    TEST_CONTEXT,
  )
  let memory = compiled.create()
  for (const [timeMs, [stage, row]] of records.entries()) {
    const before = structuredClone(memory)
    const longer = compiled.copy(memory)
    compiled.add(longer, stage, row, timeMs)
    compiled.settle(longer, stage)
    expect(memory).toEqual(before)
    memory = structuredClone(longer)
  }
  return compiled.expressions.map(({ evaluate }) => evaluate(['at hand', 7.5, 3], memory.values))
}

test('before any record, columns of stages are NULL, counts 0, and names without a prefix are at hand', () => {
  const texts = ['a.price', 'COUNT(a.*)', 'SUM(b.price)', 'COUNT(*)', 'price', 'a.price IS NULL']
  expect(valuesOf(texts, [])).toEqual([null, 0, null, 0, 7.5, true])
})

test('a column of a stage is that of its last record, and an aggregate ranges over all of them', () => {
  const records = [
    [0, ['x', 1, 1]],
    [1, ['y', 2, 2]],
    [1, ['z', 4, null]],
    [2, ['w', 8, 4]],
  ] as const
  const texts = [
    'b.kind',
    'SUM(b.price) + a.price',
    'COUNT(b.*)',
    'COUNT(b.n)',
    'COUNT(*)',
    'COLLECT(b.kind)',
    'MAX(b.price * 2) FILTER (WHERE b.n IS NOT NULL)',
    'FIRST_VALUE(`the rest`.kind)',
    'price > b.price',
  ]
  expect(valuesOf(texts, records)).toEqual(['z', 7, 2, 1, 4, ['y', 'z'], 4, 'w', true])
})

test('an aggregate of a record that has no value for it says so', () => {
  const compiled = compileStageExpressions(
    [{ text: 'SUM(1 / b.n)', scope: condition }],
    STAGES,
    columns,
    TEST_CONTEXT,
  )
  expect(() => compiled.add(compiled.create(), 1, ['x', 1, 0], 0)).toThrow(EvaluationError)
})

test('it is known which expressions look at stages, and which are the same for all records', () => {
  const compiled = compileStageExpressions(
    ['price > 1', 'price > a.price', 'COUNT(*) > 1'].map((text) => ({ text, scope: condition })),
    STAGES,
    columns,
    TEST_CONTEXT,
  )
  expect(compiled.expressions.map(({ readsStages }) => readsStages)).toEqual([false, true, true])
  expect(checkStageExpression('1 = 2', condition, BOOLEAN).constant).toEqual({ value: false })
  expect(checkStageExpression('a.n = 2', condition, BOOLEAN).constant).toBe(undefined)
})

test.each<[string, (string | number | null)[], boolean]>([
  ['price > 1 AND price > a.price', ['x', 0, 0], true],
  ['price > 1 AND price > a.price', ['x', 2, 0], false],
  // NULL is not FALSE, and what comes behind it may still have no value.
  ['price > 1 AND price > a.price', ['x', null, 0], false],
  ['(price > 1 OR n = 1) AND n < 5 AND n > a.n', ['x', 0, 0], true],
  ['(price > 1 OR n = 1) AND n < 5 AND n > a.n', ['x', 0, 1], false],
  ['(price > 1 OR n = 1) AND n < 5 AND n > a.n', ['x', 2, 9], true],
  // Whatever comes first is evaluated first, and may have no value.
  ['n > a.n AND price > 1', ['x', 0, 0], false],
  ['1 / n > 0 AND price > 1 AND n > a.n', ['x', 0, 0], false],
  ['price > 1 OR n > a.n', ['x', 0, 0], false],
])('whether %s is false for %j whatever stage a has: %s', (text, row, expected) => {
  const { expressions } = compileStageExpressions(
    [{ text, scope: condition }],
    STAGES,
    columns,
    TEST_CONTEXT,
  )
  expect(expressions[0]?.isFalseFor(row)).toBe(expected)
})

describe('refused', () => {
  test.each([
    ['c.price > 1', condition, 'stage-hidden Stage "c" comes later.'],
    ['COUNT(c.*) > 1', condition, 'stage-hidden Stage "c" comes later.'],
    [
      'price > 1',
      output,
      'column-without-stage "price" is a column of the records, and a match has several. Write a.price with the stage that is meant.',
    ],
    [
      'a.prise',
      output,
      'column-unknown There is no column "prise" in a. Did you mean "price"? The columns are kind, price, n.',
    ],
    [
      'SUM(price) > 1',
      condition,
      'aggregate-without-stage An aggregate ranges over the records of a stage, and "price" does not say of which. Write a.price with the name of one.',
    ],
    [
      'SUM(b.price * n) > 1',
      condition,
      'aggregate-without-stage An aggregate ranges over the records of a stage, and "n" does not say of which. Write b.n with the name of one.',
    ],
    [
      'SUM(1) > 1',
      condition,
      'aggregate-without-stage An aggregate ranges over the records of a stage, and SUM names none. Write, for instance, COUNT(a.*).',
    ],
    [
      'SUM(a.price + b.price)',
      output,
      'aggregate-of-two-stages SUM ranges over the records of one stage, and here are "a" and "b". Write an aggregate for each.',
    ],
    [
      'COUNT(d.*)',
      output,
      'stage-unknown There is no stage "d" to count the records of. The stages here are a, b, `the rest`.',
    ],
    [
      'SUM(COUNT(b.n) + b.n)',
      output,
      'aggregate-not-allowed COUNT stands inside another aggregate. Compute the inner one in a step before.',
    ],
  ])('%s', (text, scope, message) => {
    const { problems } = checkStageExpression(text, scope)
    expect(problems.map((problem) => `${problem.code} ${problem.message}`)).toEqual([message])
  })

  test('a condition that is none', () => {
    const { problems } = checkStageExpression('a.price', condition, BOOLEAN)
    expect(problems.map(({ message }) => message)).toEqual([
      'The expression is double, but boolean is needed. Write a condition, such as a comparison.',
    ])
  })

  test('the records of a stage where there are no stages', () => {
    const { problems } = checkAggregates({ c: 'COUNT(a.*)' }, columns, [])
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'stage-unknown COUNT(a.*) counts the records of a stage of a pattern, and there is none here. Write COUNT(*).',
    ])
    expect(() => compileAggregates({ c: 'COUNT(a.*)' }, columns, [], TEST_CONTEXT)).toThrow()
  })
})
