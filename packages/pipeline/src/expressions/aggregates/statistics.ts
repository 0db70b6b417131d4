/** Variances and standard deviations by Welford's method, merged by Chan's; exact percentiles. */

import { DOUBLE, listOf } from '../../type.ts'
import type { Value } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import { quoted } from '../check-context.ts'
import type { Typed } from '../typed.ts'
import type { AggregateDefinition, AggregateExample, AggregateState } from './definition.ts'

/** Slots: count, mean, sum of squared distances from the mean. */
function varianceState(result: (count: number, squares: number) => Value): AggregateState {
  return {
    slots: () => [0, 0, 0],
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

const VAR_POP = varianceState((count, squares) => (count === 0 ? null : squares / count))
const VAR_SAMP = varianceState((count, squares) => (count < 2 ? null : squares / (count - 1)))
const STDDEV_POP = varianceState((count, squares) =>
  count === 0 ? null : Math.sqrt(squares / count),
)
const STDDEV_SAMP = varianceState((count, squares) =>
  count < 2 ? null : Math.sqrt(squares / (count - 1)),
)

function variance(
  name: string,
  description: string,
  state: AggregateState,
  result: string,
): AggregateDefinition {
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
      if (sorted.length === 0) return null
      const values = percentages.map((percentage) => percentileOf(sorted, percentage))
      return many ? values : (values[0] ?? null)
    },
  }
}

/** Between two neighbours the value is interpolated. */
function percentileOf(
  sorted: readonly (readonly [value: number, count: number])[],
  percentage: number,
): number {
  let total = 0
  for (const [, count] of sorted) total += count
  const position = (total - 1) * percentage
  const lower = valueAt(sorted, Math.floor(position))
  const upper = valueAt(sorted, Math.ceil(position))
  const fraction = position - Math.floor(position)
  return lower === upper ? lower : lower * (1 - fraction) + upper * fraction
}

function valueAt(sorted: readonly (readonly [number, number])[], index: number): number {
  let passed = 0
  for (const [value, count] of sorted) {
    passed += count
    if (index < passed) return value
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
  },
  variance('VAR_POP', 'The variance of the values.', VAR_POP, '4.0'),
  variance(
    'VAR_SAMP',
    'The variance estimated from a sample; NULL for fewer than two values.',
    VAR_SAMP,
    '4.571429',
  ),
  variance('VARIANCE', 'The same as VAR_SAMP.', VAR_SAMP, '4.571429'),
  variance('STDDEV_POP', 'The standard deviation of the values.', STDDEV_POP, '2.0'),
  variance(
    'STDDEV_SAMP',
    'The standard deviation estimated from a sample; NULL for fewer than two values.',
    STDDEV_SAMP,
    '2.13809',
  ),
]
