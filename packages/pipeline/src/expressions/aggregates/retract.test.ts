/**
 * Goal: taking a record back leaves nothing of it, whatever came before and after. Method: seeded
 * records added, taken back and merged in random order, compared with a naive recomputation over
 * those that remain and, to the last bit, with fresh accumulators that never saw the others.
 */

import { describe, expect, test } from 'vitest'
import type { Row, Value } from '../../value.ts'
import { AggregateOverflow } from '../errors.ts'
import { columnsOf, TEST_CONTEXT } from '../testing/evaluate.ts'
import {
  AGGREGATES,
  COLUMNS,
  close,
  NAMES,
  type Recorded,
  randomRecord,
} from '../testing/naive-aggregates.ts'
import { Dice } from '../testing/random.ts'
import { compileAggregates, type RetractableAggregates } from './index.ts'

const SEED = 2_026
const RETRACTABLE = { retractable: true } as const
const COMPILED = compileAggregates(NAMES, COLUMNS, ['g'], TEST_CONTEXT, RETRACTABLE)

function resultsOf(compiled: RetractableAggregates, accumulator: unknown[]): Value[] {
  return compiled.row(accumulator, ['group']).slice(-compiled.columns.length)
}

function fill(compiled: RetractableAggregates, records: readonly Recorded[]): unknown[] {
  const accumulator = compiled.create()
  for (const { row, timeMs } of records) compiled.add(accumulator, row, timeMs)
  return accumulator
}

/** Adds and takes back at random; returns what remains, in order of arrival. */
function churn(dice: Dice, accumulator: unknown[], steps: number, timeMax: number): Recorded[] {
  const there: Recorded[] = []
  for (let step = 0; step < steps; step++) {
    if (there.length > 0 && dice.chance(0.45)) {
      const wanted = there[dice.below(there.length)]
      if (wanted === undefined) continue
      if (!COMPILED.retract(accumulator, wanted.row, wanted.timeMs))
        expect.fail(`${JSON.stringify(wanted)} was there and was not taken back`)
      there.splice(indexOfEqual(there, wanted), 1)
    } else {
      const record = randomRecord(dice, dice.below(timeMax) - 5)
      COMPILED.add(accumulator, record.row, record.timeMs)
      there.push(record)
    }
  }
  return there
}

/** Of equal records of one time, the one that came first goes. */
function indexOfEqual(there: readonly Recorded[], wanted: Recorded): number {
  const text = JSON.stringify(wanted)
  return there.findIndex((record) => JSON.stringify(record) === text)
}

function expectNaive(round: number, results: readonly Value[], there: readonly Recorded[]): void {
  for (const [index, result] of results.entries()) {
    const [text, naive] = AGGREGATES[index] ?? ['', () => null]
    const expected = naive(there)
    if (!close(result, expected))
      expect.fail(
        `round ${round}: ${text} is ${JSON.stringify(result)}, naively ${JSON.stringify(expected)}`,
      )
  }
}

/** What rows of equal time and different arrival may give, by what is taken back first. */
const BY_ARRIVAL = /FIRST_VALUE|LAST_VALUE|COLLECT|LISTAGG/

describe(`random additions and retractions, seed ${SEED}`, () => {
  test('have the results of a naive recomputation over what remains', () => {
    const dice = new Dice(SEED)
    for (let round = 0; round < 600; round++) {
      let accumulator = COMPILED.create()
      // Times are all different in effect where they range widely, and all equal at 1.
      const timeMax = dice.pick([1, 100_000])
      const there = churn(dice, accumulator, dice.below(round % 20 === 0 ? 400 : 30), timeMax)
      if (dice.chance(0.3)) accumulator = structuredClone(accumulator)
      if (COMPILED.count(accumulator) !== there.length) expect.fail(`round ${round}: count`)
      const results = resultsOf(COMPILED, accumulator)
      if (timeMax > 1) expectNaive(round, results, there)
      const fresh = resultsOf(COMPILED, fill(COMPILED, there))
      for (const [index, result] of results.entries()) {
        const text = AGGREGATES[index]?.[0] ?? ''
        if (timeMax === 1 && BY_ARRIVAL.test(text)) continue
        if (!Object.is(JSON.stringify(result), JSON.stringify(fresh[index])))
          expect.fail(`round ${round}: ${text} is ${result}, freshly ${fresh[index]}`)
      }
    }
  })

  test('leave an accumulator as it was made when all is taken back', () => {
    const dice = new Dice(SEED + 1)
    for (let round = 0; round < 100; round++) {
      const accumulator = COMPILED.create()
      for (const { row, timeMs } of churn(dice, accumulator, 40, 1_000))
        COMPILED.retract(accumulator, row, timeMs)
      expect(COMPILED.count(accumulator)).toBe(0)
      expect(resultsOf(COMPILED, accumulator)).toEqual(resultsOf(COMPILED, COMPILED.create()))
    }
  })

  test('may be spread over accumulators that are merged, and go on afterwards', () => {
    const dice = new Dice(SEED + 2)
    for (let round = 0; round < 200; round++) {
      const [into, from] = [COMPILED.create(), COMPILED.create()]
      const first = churn(dice, into, dice.below(30), 100_000)
      const second = churn(dice, from, dice.below(30), 100_000)
      const before = structuredClone(from)
      COMPILED.merge(into, from)
      if (round % 10 === 0) expect(from).toEqual(before)
      const there = [...first, ...second]
      while (there.length > 0 && dice.chance(0.8)) {
        const [wanted] = there.splice(dice.below(there.length), 1)
        if (wanted === undefined) break
        expect(COMPILED.retract(into, wanted.row, wanted.timeMs)).toBe(true)
      }
      expectNaive(round, resultsOf(COMPILED, into), there)
    }
  })
})

describe('doubles', () => {
  const columns = columnsOf({ d: 'double' })
  const compiled = compileAggregates(
    { sum: 'SUM(d)', mean: 'AVG(d)', spread: 'VAR_POP(d)', sample: 'STDDEV_SAMP(d)' },
    columns,
    [],
    TEST_CONTEXT,
    RETRACTABLE,
  )
  const toRecords = (values: readonly number[]): Recorded[] =>
    values.map((value) => ({ row: [value], timeMs: 0 }))

  test(`of any size leave no trace in sums and variances, seed ${SEED + 3}`, () => {
    const dice = new Dice(SEED + 3)
    const size = (): number => 10 ** dice.pick([-300, -20, -3, 0, 0, 3, 16, 100, 160, 300])
    for (let round = 0; round < 2_000; round++) {
      const make = () => Array.from({ length: dice.below(12) }, () => (dice.next() - 0.5) * size())
      const [gone, stay] = [make(), make()]
      const accumulator = fill(compiled, toRecords([...gone, ...stay]))
      for (const { row } of toRecords(gone)) compiled.retract(accumulator, row, 0)
      const backwards = fill(compiled, toRecords(stay.toReversed()))
      const results = resultsOf(compiled, accumulator)
      const fresh = resultsOf(compiled, backwards)
      if (!results.every((result, index) => Object.is(result, fresh[index])))
        expect.fail(`round ${round}: ${results} is not ${fresh} for ${stay}`)
    }
  })

  test('are summed to the nearest double', () => {
    const sumOf = (values: readonly number[]): Value =>
      resultsOf(compiled, fill(compiled, toRecords(values)))[0] ?? null
    expect(sumOf([1, 1e100, 1, -1e100])).toBe(2)
    expect(sumOf([1e300, 1, -1e300])).toBe(1)
    expect(sumOf([1e308, 1e308, -1e308])).toBe(1e308)
    expect(sumOf([1e308, 1e308])).toBe(Number.POSITIVE_INFINITY)
    expect(sumOf([2 ** 53, 1, 2 ** -60])).toBe(2 ** 53 + 2)
    expect(sumOf([2 ** 53, 1, -(2 ** -60)])).toBe(2 ** 53)
    expect(sumOf(Array.from({ length: 10 }, () => 0.1))).toBe(1)
  })

  test('of which one was not finite are as before once it is taken back', () => {
    const infinity = Number.POSITIVE_INFINITY
    const accumulator = fill(compiled, toRecords([1, 2, infinity, -infinity, Number.NaN]))
    expect(resultsOf(compiled, accumulator)[0]).toBeNaN()
    compiled.retract(accumulator, [Number.NaN], 0)
    expect(resultsOf(compiled, accumulator)[0]).toBeNaN()
    compiled.retract(accumulator, [-infinity], 0)
    expect(resultsOf(compiled, accumulator)[0]).toBe(infinity)
    expect(resultsOf(compiled, accumulator)[2]).toBeNaN()
    compiled.retract(accumulator, [infinity], 0)
    expect(resultsOf(compiled, accumulator)).toEqual([3, 1.5, 0.25, Math.SQRT1_2])
  })

  test('far from zero have the variance of their distances', () => {
    const far = toRecords([1e15 + 1, 1e15 + 2, 1e15 + 3])
    expect(resultsOf(compiled, fill(compiled, far))[2]).toBe(2 / 3)
    const huge = toRecords([1e150, 3e150, 5])
    const accumulator = fill(compiled, huge)
    compiled.retract(accumulator, [5], 0)
    expect((resultsOf(compiled, accumulator)[2] as number) / 1e300).toBeCloseTo(1, 12)
  })
})

describe('a record that was never added', () => {
  const columns = columnsOf({ i: 'integer', s: 'string' })
  const texts = { n: 'COUNT(*)', top: 'MAX(i)', last: 'LAST_VALUE(s)', sum: 'SUM(i)' }
  const compiled = compileAggregates(texts, columns, [], TEST_CONTEXT, RETRACTABLE)

  test('is ignored as a whole where any aggregate knows better', () => {
    const accumulator = fill(compiled, [{ row: [4, 'a'], timeMs: 10 }])
    for (const [row, timeMs] of [
      [[5, 'a'], 10],
      [[4, 'b'], 10],
      [[4, 'a'], 11],
    ] as const satisfies readonly (readonly [Row, number])[]) {
      expect(compiled.retract(accumulator, row, timeMs)).toBe(false)
      expect(resultsOf(compiled, accumulator)).toEqual([1, 4, 'a', 4])
    }
    expect(compiled.retract(accumulator, [4, 'a'], 10)).toBe(true)
    expect(compiled.count(accumulator)).toBe(0)
  })

  test('never makes a count negative', () => {
    const counting = compileAggregates({ n: 'COUNT(i)' }, columns, [], TEST_CONTEXT, RETRACTABLE)
    const accumulator = fill(counting, [{ row: [null, 'a'], timeMs: 0 }])
    expect(counting.retract(accumulator, [1, 'a'], 0)).toBe(false)
    expect(counting.retract(accumulator, [null, 'a'], 0)).toBe(true)
    expect(counting.retract(accumulator, [null, 'a'], 0)).toBe(false)
    expect(resultsOf(counting, accumulator)).toEqual([0])
  })
})

describe('what is kept', () => {
  test('is plain data', () => {
    const accumulator = fill(COMPILED, [randomRecord(new Dice(1), 5), randomRecord(new Dice(2), 5)])
    const plain = (value: unknown): boolean => {
      if (value instanceof Map) return [...value].flat().every(plain)
      if (Array.isArray(value)) return value.every(plain)
      return value === null || ['number', 'string', 'boolean'].includes(typeof value)
    }
    expect(accumulator.every(plain)).toBe(true)
  })

  test('of an approximate count is bounded, and the estimate is that without retractions', () => {
    const columns = columnsOf({ i: 'integer' })
    const texts = { n: 'APPROX_COUNT_DISTINCT(i)' }
    const plain = compileAggregates(texts, columns, [], TEST_CONTEXT)
    const compiled = compileAggregates(texts, columns, [], TEST_CONTEXT, RETRACTABLE)
    const [expected, accumulator] = [plain.create(), compiled.create()]
    for (let value = 0; value < 60_000; value++) {
      if (value % 3 === 0) plain.add(expected, [value], 0)
      compiled.add(accumulator, [value], 0)
    }
    for (let value = 0; value < 60_000; value++)
      if (value % 3 !== 0) expect(compiled.retract(accumulator, [value], 0)).toBe(true)
    expect(resultsOf(compiled, accumulator)).toEqual(plain.row(expected, []))
    expect((accumulator[1] as Map<number, number>).size).toBeLessThan(20_000)
  })

  test('sums of integers that leave their range on the way back fail the job too', () => {
    const columns = columnsOf({ i: 'integer' })
    const compiled = compileAggregates({ n: 'SUM(i)' }, columns, [], TEST_CONTEXT, RETRACTABLE)
    const most = Number.MAX_SAFE_INTEGER
    const accumulator = fill(compiled, toIntegers([most, -5, 3]))
    expect(() => compiled.retract(accumulator, [-5], 0)).toThrow(AggregateOverflow)
  })
})

function toIntegers(values: readonly number[]): Recorded[] {
  return values.map((value) => ({ row: [value], timeMs: 0 }))
}

test('percentiles that are read after each record are those of one reading', () => {
  const columns = columnsOf({ d: 'double' })
  const texts = { p: 'PERCENTILE(d, ARRAY[0.1, 0.5, 0.99])', n: 'COUNT(*)' }
  const once = compileAggregates(texts, columns, [], TEST_CONTEXT)
  const often = compileAggregates(texts, columns, [], TEST_CONTEXT, { updating: true })
  const [a, b] = [once.create(), often.create()]
  const dice = new Dice(SEED)
  for (let step = 0; step < 2_000; step++) {
    const row = [dice.below(700) / 8]
    once.add(a, row, step)
    often.add(b, row, step)
    if (step % 50 !== 0) continue
    const read = often.row(b, [])
    const expected = once.row(a, [])
    expect(read).toEqual(expected)
  }
})
