/**
 * Goal: an aggregate is what a naive recomputation over its records gives, however they were
 * spread over panes and merged. Method: seeded records, random grouping into accumulators, random
 * order of merging.
 */

import { describe, expect, test } from 'vitest'
import type { Value } from '../value.ts'
import { addHash, estimate, hashOf, type Registers } from './aggregates/hyperloglog.ts'
import { type Accumulator, checkAggregates, compileAggregates } from './aggregates/index.ts'
import { AggregateOverflow, EvaluationError } from './errors.ts'
import { columnsOf, TEST_CONTEXT } from './testing/evaluate.ts'
import {
  AGGREGATES,
  COLUMNS,
  close,
  NAMES,
  type Recorded,
  randomRecord,
} from './testing/naive-aggregates.ts'
import { Dice } from './testing/random.ts'

const SEED = 4_711
const COMPILED = compileAggregates(NAMES, COLUMNS, ['g'], TEST_CONTEXT)

function resultsOf(accumulator: Accumulator): Value[] {
  return COMPILED.row(accumulator, ['group']).slice(1)
}

/** What a checkpoint does to an accumulator. */
function saved(accumulator: Accumulator): Accumulator {
  return structuredClone(accumulator)
}

describe(`random records, seed ${SEED}`, () => {
  test('have the results of a naive recomputation, in any grouping into panes', () => {
    const dice = new Dice(SEED)
    for (let round = 0; round < 300; round++) {
      const paneCount = dice.below(5) + 1
      // Each pane holds records of its own times; within it, times repeat and come in any order.
      const panes = Array.from({ length: paneCount }, (_, pane) => {
        return Array.from({ length: dice.below(round % 10 === 0 ? 200 : 12) }, () =>
          randomRecord(dice, pane * 100 + dice.below(10)),
        )
      })
      const accumulators = panes.map((records) => {
        const accumulator = COMPILED.create()
        for (const { row, timeMs } of records) COMPILED.add(accumulator, row, timeMs)
        return dice.chance(0.3) ? saved(accumulator) : accumulator
      })
      const whole = COMPILED.create()
      const order = accumulators
        .map((accumulator) => ({ accumulator, place: dice.next() }))
        .sort((a, b) => a.place - b.place)
      for (const { accumulator } of order) {
        const before = JSON.stringify(resultsOf(accumulator))
        COMPILED.merge(whole, accumulator)
        if (JSON.stringify(resultsOf(accumulator)) !== before)
          expect.fail('merging changed the accumulator it read')
      }
      const records = panes.flat()
      for (const [index, result] of resultsOf(whole).entries()) {
        const [text, naive] = AGGREGATES[index] ?? ['', () => null]
        const expected = naive(records)
        if (!close(result, expected))
          expect.fail(
            `round ${round}: ${text} is ${JSON.stringify(result)}, naively ${JSON.stringify(expected)}`,
          )
      }
    }
  })

  test('may go on being added after a merge, and the merged pane too', () => {
    const dice = new Dice(SEED + 1)
    const records = Array.from({ length: 30 }, (_, index) => randomRecord(dice, index))
    const [first, second] = [COMPILED.create(), COMPILED.create()]
    for (const { row, timeMs } of records.slice(0, 10)) COMPILED.add(first, row, timeMs)
    for (const { row, timeMs } of records.slice(10, 20)) COMPILED.add(second, row, timeMs)
    COMPILED.merge(first, second)
    for (const { row, timeMs } of records.slice(20)) {
      COMPILED.add(first, row, timeMs)
      COMPILED.add(second, row, timeMs)
    }
    const expected = (part: readonly Recorded[]): Value[] =>
      AGGREGATES.map(([, naive]) => naive(part))
    expect(
      resultsOf(first).every((value, index) => close(value, expected(records)[index] as Value)),
    ).toBe(true)
    expect(
      resultsOf(second).every((value, index) =>
        close(value, expected(records.slice(10))[index] as Value),
      ),
    ).toBe(true)
  })
})

describe('the accumulator', () => {
  test('is plain data', () => {
    const accumulator = COMPILED.create()
    COMPILED.add(accumulator, randomRecord(new Dice(1), 5).row, 5)
    const plain = (value: unknown): boolean => {
      if (value instanceof Map) return [...value].flat().every(plain)
      if (value instanceof Set || Array.isArray(value)) return [...value].every(plain)
      return value === null || ['number', 'string', 'boolean'].includes(typeof value)
    }
    expect(accumulator.every(plain)).toBe(true)
    expect(saved(accumulator)).toEqual(accumulator)
  })

  test('counts with one increment and shares the state of equal calls', () => {
    const compiled = compileAggregates(
      { a: 'COUNT(*)', b: 'COUNT(*) + 1', c: 'SUM(i) / COUNT(*)' },
      COLUMNS,
      [],
      TEST_CONTEXT,
    )
    const accumulator = compiled.create()
    expect(accumulator).toEqual([0, 0, 0])
    compiled.add(accumulator, ['g', 8, null, null, null, null, null], 0)
    expect(accumulator).toEqual([1, 1, 8])
  })

  test('is not changed by a record whose argument has no value', () => {
    const compiled = compileAggregates(
      {
        a: 'COUNT(*)',
        b: 'SUM(10 / i)',
        c: 'COLLECT(10 / i)',
        d: 'COUNT(*) FILTER (WHERE 10 % i = 0)',
      },
      COLUMNS,
      [],
      TEST_CONTEXT,
    )
    const accumulator = compiled.create()
    const add = (i: Value): void =>
      compiled.add(accumulator, ['g', i, null, null, null, null, null], 0)
    add(5)
    const before = saved(accumulator)
    expect(() => add(0)).toThrow(EvaluationError)
    expect(accumulator).toEqual(before)
    add(2)
    expect(compiled.row(accumulator, [])).toEqual([2, 7, [2, 5], 2])
  })

  test('an argument is not evaluated where the filter does not hold', () => {
    const compiled = compileAggregates(
      { a: 'SUM(10 / i) FILTER (WHERE i <> 0)' },
      COLUMNS,
      [],
      TEST_CONTEXT,
    )
    const accumulator = compiled.create()
    for (const i of [0, 5, null])
      compiled.add(accumulator, ['g', i, null, null, null, null, null], 0)
    expect(compiled.row(accumulator, [])).toEqual([2])
  })
})

/** The result of one aggregate over column `i` or `d`. */
function over(text: string, column: 1 | 2, items: readonly Value[]): Value {
  const compiled = compileAggregates({ a: text }, COLUMNS, [], TEST_CONTEXT)
  const accumulator = compiled.create()
  for (const [index, value] of items.entries()) {
    const row: Value[] = ['g', null, null, 's', null, null, null]
    row[column] = value
    compiled.add(accumulator, row, index)
  }
  return compiled.row(accumulator, [])[0] ?? null
}

describe('sums', () => {
  test('of integers are exact up to 2^53 - 1, and fail the job beyond', () => {
    expect(over('SUM(i)', 1, [9_007_199_254_740_990, 1])).toBe(9_007_199_254_740_991)
    expect(() => over('SUM(i)', 1, [9_007_199_254_740_991, 1])).toThrow(AggregateOverflow)
    expect(() => over('SUM(i)', 1, [-9_007_199_254_740_991, -1])).toThrow(
      'A SUM of integers left the range of 9007199254740991, up to which integers are exact. Write SUM(CAST(x AS DOUBLE)).',
    )
    expect(() => over('SUM(DISTINCT i)', 1, [9_007_199_254_740_991, 1])).toThrow(AggregateOverflow)
    expect(over('SUM(CAST(i AS DOUBLE))', 1, [9_007_199_254_740_991, 1])).toBe(
      9_007_199_254_740_992,
    )
  })

  test('that overflow in a merge fail the job too', () => {
    const compiled = compileAggregates({ a: 'SUM(i)' }, COLUMNS, [], TEST_CONTEXT)
    const [first, second] = [compiled.create(), compiled.create()]
    for (const accumulator of [first, second])
      compiled.add(accumulator, ['g', 9_007_199_254_740_991], 0)
    expect(() => compiled.merge(first, second)).toThrow(AggregateOverflow)
  })

  test('of doubles lose nothing to the order of the records', () => {
    expect(over('SUM(d)', 2, [1, 1e100, 1, -1e100])).toBe(2)
    expect(
      over(
        'SUM(d)',
        2,
        Array.from({ length: 10 }, () => 0.1),
      ),
    ).toBe(1)
    expect(over('AVG(d)', 2, [1e308, 1e308])).toBe(Number.POSITIVE_INFINITY)
  })

  test('of whole numbers beyond 2^53 still have a mean', () => {
    expect(over('AVG(i)', 1, [9_007_199_254_740_991, 9_007_199_254_740_991])).toBe(
      9_007_199_254_740_991,
    )
  })

  test('of nothing are NULL, and nothing is counted as 0', () => {
    for (const [text, expected] of [
      ['SUM(i)', null],
      ['AVG(i)', null],
      ['MIN(i)', null],
      ['COUNT(i)', 0],
      ['COUNT(*)', 0],
      ['COLLECT(i)', []],
      ['LISTAGG(s)', null],
      ['APPROX_COUNT_DISTINCT(i)', 0],
      ['VAR_SAMP(i)', null],
      ['PERCENTILE(i, 0.5)', null],
      ['FIRST_VALUE(i)', null],
    ] as const) {
      expect(over(text, 1, []), text).toEqual(expected)
    }
  })
})

describe('bounds', () => {
  test('COLLECT holds at most 100,000 values of a group', () => {
    const many = Array.from({ length: 100_001 }, (_, index) => index)
    expect((over('COLLECT(i)', 1, many.slice(1)) as Value[]).length).toBe(100_000)
    expect(() => over('COLLECT(i)', 1, many)).toThrow(
      'COLLECT holds 100000 values of a group, which is its limit. Use a smaller window, or filter the values.',
    )
  })

  test('LISTAGG makes at most 1 MiB', () => {
    expect(() => over('LISTAGG(REPEAT(s, 600000))', 1, [1, 2])).toThrow(
      'LISTAGG made a text of 1200001 characters; the limit is 1048576. Use a smaller window, or COUNT.',
    )
  })

  test('a result that has no value names its column', () => {
    expect(() => over('1 / COUNT(i)', 1, [])).toThrow(
      'Aggregate "a": Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
    )
  })
})

describe('APPROX_COUNT_DISTINCT', () => {
  test.each([10, 500, 5_000, 50_000, 200_000])(
    'is within 3 %% of %d different values, four standard errors',
    (count) => {
      let registers: Registers = new Map()
      for (let value = 0; value < count; value++)
        registers = addHash(registers, hashOf(value * 7_919))
      for (let value = 0; value < 1_000; value++)
        registers = addHash(registers, hashOf((value % count) * 7_919))
      expect(Math.abs(estimate(registers) / count - 1)).toBeLessThan(0.033)
    },
  )

  test('is exact for a few values', () => {
    for (const count of [1, 2, 3, 10, 50]) {
      expect(
        over(
          'APPROX_COUNT_DISTINCT(i)',
          1,
          Array.from({ length: count * 3 }, (_, index) => index % count),
        ),
      ).toBe(count)
    }
  })
})

describe('the result columns', () => {
  test('have the types of the aggregates, in the order in which they are written', () => {
    const { columns, problems } = checkAggregates(
      {
        z: 'COUNT(*)',
        a: 'AVG(i)',
        m: 'COLLECT(s)',
        k: 'MAX(at)',
        b: 'SUM(d) > 5',
        q: 'PERCENTILE(i, ARRAY[0.5])',
      },
      COLUMNS,
      ['g'],
    )
    expect(problems).toEqual([])
    expect(columns).toEqual(
      columnsOf({
        z: 'integer',
        a: 'double',
        m: 'list<string>',
        k: 'timestamp',
        b: 'boolean',
        q: 'list<double>',
      }),
    )
  })
})
