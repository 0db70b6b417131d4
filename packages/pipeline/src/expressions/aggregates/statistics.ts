/**
 * Variances and standard deviations by Welford's method, merged by Chan's, or from exact sums where
 * records may be taken back; exact percentiles.
 */

import { DOUBLE, listOf } from '../../type.ts'
import type { Value } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import { quoted } from '../check-context.ts'
import type { Typed } from '../typed.ts'
import type {
  Accumulator,
  AggregateDefinition,
  AggregateExample,
  AggregateState,
  RetractableState,
} from './definition.ts'
import { addExactly, addProduct, HUGE_MIN, rounded, SCALE, scaled } from './exact-sum.ts'
import { addCount, hasKey, noPairs, type SortedPairs } from './sorted-pairs.ts'

/** Slots: count, mean, sum of squared distances from the mean. */
function varianceState(result: (count: number, squares: number) => Value): AggregateState {
  return {
    slots: () => [0, 0, 0],
    numeric: true,
    add: (accumulator, at, value) => {
      const count = (accumulator[at] as number) + 1
      const mean = accumulator[at + 1] as number
      const distance = (value as number) - mean
      const next = mean + distance / count
      accumulator[at] = count
      accumulator[at + 1] = next
      accumulator[at + 2] = (accumulator[at + 2] as number) + distance * ((value as number) - next)
    },
    merge: (into, from, at) => {
      const [countA, countB] = [into[at] as number, from[at] as number]
      const count = countA + countB
      if (countB === 0) return
      const distance = (from[at + 1] as number) - (into[at + 1] as number)
      into[at] = count
      into[at + 1] = (into[at + 1] as number) + (distance * countB) / count
      into[at + 2] =
        (into[at + 2] as number) +
        (from[at + 2] as number) +
        (distance * distance * countA * countB) / count
    },
    result: (accumulator, at) => result(accumulator[at] as number, accumulator[at + 2] as number),
  }
}

/**
 * Slots: count, the parts of the sum, those of the sum of squares, the same two for huge values or
 * null, count of values that are no finite numbers. See `exact-sum.ts`.
 */
function exactVarianceState(result: (count: number, squares: number) => Value): RetractableState {
  const state: RetractableState = {
    slots: () => [0, [], [], null, null, 0],
    add: (accumulator, at, value) => {
      accumulator[at] = (accumulator[at] as number) + 1
      changeSums(accumulator, at, value as number, 1)
    },
    merge: (into, from, at) => {
      into[at] = (into[at] as number) + (from[at] as number)
      for (const slot of [at + 1, at + 2, at + 3, at + 4]) {
        const parts = from[slot] as number[] | null
        if (parts === null) continue
        into[slot] = scaled(parts, 1, (into[slot] as number[] | null) ?? [])
      }
      into[at + 5] = (into[at + 5] as number) + (from[at + 5] as number)
    },
    result: (accumulator, at) => result(accumulator[at] as number, squaresOf(accumulator, at)),
    retraction: {
      holds: (accumulator, at) => (accumulator[at] as number) > 0,
      retract: (accumulator, at, value) => {
        const left = (accumulator[at] as number) - 1
        accumulator[at] = left
        if (left > 0) changeSums(accumulator, at, value as number, -1)
        else for (const [index, slot] of state.slots().entries()) accumulator[at + index] = slot
      },
    },
  }
  return state
}

function changeSums(accumulator: Accumulator, at: number, value: number, sign: 1 | -1): void {
  if (!Number.isFinite(value)) {
    accumulator[at + 5] = (accumulator[at + 5] as number) + sign
    return
  }
  const huge = Math.abs(value) >= HUGE_MIN
  const first = huge ? at + 3 : at + 1
  const kept = huge ? value * SCALE : value
  const sum = (accumulator[first] as number[] | null) ?? []
  const squares = (accumulator[first + 1] as number[] | null) ?? []
  accumulator[first] = addExactly(sum, kept * sign)
  accumulator[first + 1] = addProduct(squares, kept, kept * sign)
}

/** The sum of squared distances from the mean: (n * sum of squares - square of the sum) / n. */
function squaresOf(accumulator: Accumulator, at: number): number {
  const count = accumulator[at] as number
  if (count === 0) return 0
  if ((accumulator[at + 5] as number) > 0) return Number.NaN
  const sum = accumulator[at + 1] as number[]
  const squares = accumulator[at + 2] as number[]
  const hugeSquares = (accumulator[at + 4] as number[] | null) ?? []
  if (hugeSquares.length === 0) return spread(count, sum, squares)
  const hugeSum = (accumulator[at + 3] as number[] | null) ?? []
  const small = scaled(scaled(squares, SCALE, []), SCALE, hugeSquares.slice())
  return spread(count, scaled(sum, SCALE, hugeSum.slice()), small) / SCALE / SCALE
}

function spread(count: number, sum: readonly number[], squares: readonly number[]): number {
  let parts: number[] = []
  for (const part of squares) parts = addProduct(parts, count, part)
  for (const a of sum) for (const b of sum) parts = addProduct(parts, a, -b)
  return Math.max(0, rounded(parts)) / count
}

const varPop = (count: number, squares: number): Value => (count === 0 ? null : squares / count)
const varSamp = (count: number, squares: number): Value =>
  count < 2 ? null : squares / (count - 1)
const stddevPop = (count: number, squares: number): Value =>
  count === 0 ? null : Math.sqrt(squares / count)
const stddevSamp = (count: number, squares: number): Value =>
  count < 2 ? null : Math.sqrt(squares / (count - 1))

function variance(
  name: string,
  description: string,
  of: (count: number, squares: number) => Value,
  result: string,
): AggregateDefinition {
  const state = varianceState(of)
  const retractable = exactVarianceState(of)
  const values = ['2', '4', '4', '4', '5', '5', '7', '9']
  const examples: AggregateExample[] = [
    { aggregate: `ROUND(${name}(x), 6)`, type: 'double', values, result },
  ]
  return {
    name,
    signatures: [`${name}(value: double): double`],
    description,
    examples,
    distinct: true,
    state: () => state,
    retractableState: () => retractable,
  }
}

/** Slot: how often each value came. */
function percentileState(percentages: readonly number[], many: boolean): AggregateState {
  return {
    slots: () => [new Map<number, number>()],
    add: (accumulator, at, value) => {
      const counts = accumulator[at] as Map<number, number>
      counts.set(value as number, (counts.get(value as number) ?? 0) + 1)
    },
    merge: (into, from, at) => {
      const counts = into[at] as Map<number, number>
      for (const [value, count] of from[at] as Map<number, number>)
        counts.set(value, (counts.get(value) ?? 0) + count)
    },
    result: (accumulator, at) => {
      const sorted = [...(accumulator[at] as Map<number, number>)].sort(([a], [b]) => a - b)
      let total = 0
      for (const [, count] of sorted) total += count
      return percentilesOf([sorted.flat()], total, percentages, many)
    },
  }
}

/** Slots: count of values; the values in order, and how often each is there. */
function retractablePercentileState(
  percentages: readonly number[],
  many: boolean,
): RetractableState {
  const change = (accumulator: Accumulator, at: number, value: Value, count: number): void => {
    accumulator[at] = (accumulator[at] as number) + count
    addCount(accumulator[at + 1] as SortedPairs, value, count)
  }
  return {
    slots: () => [0, noPairs()],
    add: (accumulator, at, value) => change(accumulator, at, value, 1),
    merge: (into, from, at) => {
      for (const chunk of from[at + 1] as SortedPairs) {
        for (let index = 0; index < chunk.length; index += 2)
          change(into, at, chunk[index] ?? null, chunk[index + 1] as number)
      }
    },
    result: (accumulator, at) => {
      const sorted = accumulator[at + 1] as readonly (readonly number[])[]
      return percentilesOf(sorted, accumulator[at] as number, percentages, many)
    },
    retraction: {
      holds: (accumulator, at, value) => hasKey(accumulator[at + 1] as SortedPairs, value),
      retract: (accumulator, at, value) => change(accumulator, at, value, -1),
    },
  }
}

/** Chunks of values in order, each with how often it is there; see `sorted-pairs.ts`. */
type SortedCounts = readonly (readonly number[])[]

function percentilesOf(
  sorted: SortedCounts,
  total: number,
  percentages: readonly number[],
  many: boolean,
): Value {
  if (total === 0) return null
  const values = percentages.map((percentage) => percentileOf(sorted, total, percentage))
  return many ? values : (values[0] ?? null)
}

/** Between two neighbours the value is interpolated. */
function percentileOf(sorted: SortedCounts, total: number, percentage: number): number {
  const position = (total - 1) * percentage
  const lower = valueAt(sorted, Math.floor(position))
  const upper = valueAt(sorted, Math.ceil(position))
  const fraction = position - Math.floor(position)
  return lower === upper ? lower : lower * (1 - fraction) + upper * fraction
}

function valueAt(sorted: SortedCounts, index: number): number {
  let passed = 0
  for (const chunk of sorted) {
    for (let at = 0; at < chunk.length; at += 2) {
      passed += chunk[at + 1] ?? 0
      if (index < passed) return chunk[at] ?? Number.NaN
    }
  }
  return Number.NaN
}

function percentagesOf(arg: Typed | undefined): readonly Value[] | undefined {
  const value = arg?.constant?.value
  if (value === undefined) return undefined
  return Array.isArray(value) ? value : [value]
}

function percentagesFit([, percentage]: readonly Typed[], context: CheckContext): boolean {
  const values = percentagesOf(percentage)
  const fitting = values?.every((value) => typeof value === 'number' && value >= 0 && value <= 1)
  if (percentage === undefined || (fitting === true && values?.length !== 0)) return true
  context.refuse(
    'percentage',
    percentage.span,
    `PERCENTILE takes constant percentages from 0 to 1, but here is ${quoted(percentage)}. Write 0.99, or ARRAY[0.5, 0.99] for several.`,
  )
  return false
}

export const STATISTICS_AGGREGATES: readonly AggregateDefinition[] = [
  {
    name: 'PERCENTILE',
    signatures: [
      'PERCENTILE(value: double, percentage: double): double',
      'PERCENTILE(value: double, percentages: list<double>): list<double>',
    ],
    description:
      'The value that a share of all values lies at or below, exactly, interpolated between neighbours; a list of values for a list of shares. It keeps every different value.',
    examples: [
      {
        aggregate: 'PERCENTILE(x, 0.5)',
        type: 'integer',
        values: ['10', '20', '40', 'NULL'],
        result: '20.0',
      },
      {
        aggregate: 'PERCENTILE(x, 0.25)',
        type: 'double',
        values: ['1', '2', '3', '4'],
        result: '1.75',
      },
      {
        aggregate: 'PERCENTILE(x, ARRAY[0, 1])',
        type: 'integer',
        values: ['3', '1', '2'],
        result: 'ARRAY[1.0, 3.0]',
      },
    ],
    distinct: false,
    check: percentagesFit,
    state: (_type, [, percentage]) => {
      const values = (percentagesOf(percentage) ?? []) as readonly number[]
      return percentileState(values, percentage?.type.kind === listOf(DOUBLE).kind)
    },
    retractableState: (_type, [, percentage]) => {
      const values = (percentagesOf(percentage) ?? []) as readonly number[]
      return retractablePercentileState(values, percentage?.type.kind === listOf(DOUBLE).kind)
    },
    retractableReadsFaster: true,
  },
  variance('VAR_POP', 'The variance of the values.', varPop, '4.0'),
  variance(
    'VAR_SAMP',
    'The variance estimated from a sample; NULL for fewer than two values.',
    varSamp,
    '4.571429',
  ),
  variance('VARIANCE', 'The same as VAR_SAMP.', varSamp, '4.571429'),
  variance('STDDEV_POP', 'The standard deviation of the values.', stddevPop, '2.0'),
  variance(
    'STDDEV_SAMP',
    'The standard deviation estimated from a sample; NULL for fewer than two values.',
    stddevSamp,
    '2.13809',
  ),
]
