/**
 * SUM and AVG. Integers are summed exactly, and the job fails where that cannot be; doubles are
 * summed with Neumaier's compensation, so that the order of the records hardly matters.
 */

import type { Value } from '../../value.ts'
import { AggregateOverflow } from '../errors.ts'
import { INTEGER_MAX } from '../limits.ts'
import type { Accumulator, AggregateDefinition, AggregateState } from './definition.ts'

/** Slots: count of values, sum. */
const INTEGER_SUM: AggregateState = {
  slots: () => [0, 0],
  add: (accumulator, at, value) => addInteger(accumulator, at, value as number),
  columnAdder: (at, index) => (accumulator, row) => {
    const value = row[index] as number | null
    if (value !== null) addInteger(accumulator, at, value)
  },
  merge: (into, from, at) => {
    into[at] = (into[at] as number) + (from[at] as number)
    into[at + 1] = exactSum((into[at + 1] as number) + (from[at + 1] as number))
  },
  result: (accumulator, at) => (accumulator[at] === 0 ? null : (accumulator[at + 1] as number)),
}

function addInteger(accumulator: Accumulator, at: number, value: number): void {
  accumulator[at] = (accumulator[at] as number) + 1
  const sum = (accumulator[at + 1] as number) + value
  accumulator[at + 1] = sum <= INTEGER_MAX && sum >= -INTEGER_MAX ? sum : exactSum(sum)
}

function exactSum(sum: number): number {
  if (sum <= INTEGER_MAX && sum >= -INTEGER_MAX) return sum
  throw new AggregateOverflow(
    `A SUM of integers left the range of ${INTEGER_MAX}, up to which integers are exact. Write SUM(CAST(x AS DOUBLE)).`,
  )
}

/** Slots: count of values, sum, compensation. */
function doubleState(result: (count: number, sum: number) => Value): AggregateState {
  return {
    slots: () => [0, 0, 0],
    add: (accumulator, at, value) => addDouble(accumulator, at, value as number),
    columnAdder: (at, index) => (accumulator, row) => {
      const value = row[index] as number | null
      if (value !== null) addDouble(accumulator, at, value)
    },
    merge: (into, from, at) => {
      const count = (into[at] as number) + (from[at] as number)
      addDouble(into, at, from[at + 1] as number)
      into[at + 2] = (into[at + 2] as number) + (from[at + 2] as number)
      into[at] = count
    },
    result: (accumulator, at) => {
      const count = accumulator[at] as number
      if (count === 0) return null
      const sum = accumulator[at + 1] as number
      // Beside an infinity the compensation is NaN, and the sum says what is right.
      const exact = sum + (accumulator[at + 2] as number)
      return result(count, Number.isFinite(sum) ? exact : sum)
    },
  }
}

function addDouble(accumulator: Accumulator, at: number, value: number): void {
  const before = accumulator[at + 1] as number
  const sum = before + value
  const lost = Math.abs(before) >= Math.abs(value) ? before - sum + value : value - sum + before
  accumulator[at] = (accumulator[at] as number) + 1
  accumulator[at + 1] = sum
  accumulator[at + 2] = (accumulator[at + 2] as number) + lost
}

const DOUBLE_SUM = doubleState((_count, sum) => sum)
const AVERAGE = doubleState((count, sum) => sum / count)

export const SUM_AGGREGATES: readonly AggregateDefinition[] = [
  {
    name: 'SUM',
    signatures: ['SUM(value: N): N'],
    usage: 'SUM([DISTINCT] value)',
    description:
      'The sum of the values that are not NULL; NULL where there are none. The job fails where a sum of integers passes 2^53 - 1.',
    examples: [
      { aggregate: 'SUM(x)', type: 'integer', values: ['1', 'NULL', '2'], result: '3' },
      { aggregate: 'SUM(x)', type: 'double', values: ['0.1', '0.2', '0.3'], result: '0.6' },
      { aggregate: 'SUM(x)', type: 'integer', values: ['NULL'], result: 'NULL' },
      { aggregate: 'SUM(DISTINCT x)', type: 'integer', values: ['2', '2', '3'], result: '5' },
    ],
    distinct: true,
    state: (type) => (type.kind === 'integer' || type.kind === 'null' ? INTEGER_SUM : DOUBLE_SUM),
  },
  {
    name: 'AVG',
    signatures: ['AVG(value: double): double'],
    usage: 'AVG([DISTINCT] value)',
    description:
      'The mean of the values that are not NULL, always a double; NULL where there are none.',
    examples: [
      { aggregate: 'AVG(x)', type: 'integer', values: ['1', 'NULL', '2'], result: '1.5' },
      { aggregate: 'AVG(DISTINCT x)', type: 'integer', values: ['1', '1', '4'], result: '2.5' },
    ],
    distinct: true,
    state: () => AVERAGE,
  },
]
