/**
 * SUM and AVG. Integers are summed exactly, and the job fails where that cannot be; doubles are
 * summed with Neumaier's compensation, so that the order of the records hardly matters, or without
 * any rounding where they may be taken back.
 */

import type { Type } from '../../type.ts'
import type { Value } from '../../value.ts'
import { AggregateOverflow } from '../errors.ts'
import { INTEGER_MAX } from '../limits.ts'
import type {
  Accumulator,
  AggregateDefinition,
  AggregateState,
  RetractableState,
} from './definition.ts'
import { addExactly, HUGE_MIN, rounded, SCALE, scaled } from './exact-sum.ts'

/** Slots: count of values, sum. */
const INTEGER_SUM: RetractableState = {
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
  numeric: true,
  code: {
    add: (at, value, capture) => `${capture(addInteger)}(a, ${at(0)}, ${value})`,
    result: (at) => `a[${at(0)}] === 0 ? null : a[${at(1)}]`,
  },
  retraction: {
    holds: (accumulator, at) => (accumulator[at] as number) > 0,
    retract: (accumulator, at, value) => {
      const left = (accumulator[at] as number) - 1
      accumulator[at] = left
      accumulator[at + 1] =
        left === 0 ? 0 : exactSum((accumulator[at + 1] as number) - (value as number))
    },
  },
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
    numeric: true,
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

/**
 * Slots: count of values, the parts of their sum, those of its huge values or null, and counts of
 * NaN, Infinity and -Infinity or null. See `exact-sum.ts`.
 */
function exactState(result: (count: number, sum: number) => Value): RetractableState {
  const state: RetractableState = {
    slots: () => [0, [], null, null],
    add: (accumulator, at, value) => {
      accumulator[at] = (accumulator[at] as number) + 1
      change(accumulator, at, value as number, 1)
    },
    merge: (into, from, at) => {
      into[at] = (into[at] as number) + (from[at] as number)
      into[at + 1] = scaled(from[at + 1] as number[], 1, into[at + 1] as number[])
      for (const part of (from[at + 2] as number[] | null) ?? []) addHuge(into, at, part)
      for (const [kind, count] of ((from[at + 3] as number[] | null) ?? []).entries())
        addUnbounded(into, at, kind, count)
    },
    result: (accumulator, at) => {
      const count = accumulator[at] as number
      return count === 0 ? null : result(count, exactTotal(accumulator, at))
    },
    retraction: {
      holds: (accumulator, at) => (accumulator[at] as number) > 0,
      retract: (accumulator, at, value) => {
        const left = (accumulator[at] as number) - 1
        accumulator[at] = left
        if (left > 0) change(accumulator, at, value as number, -1)
        else for (const [index, slot] of state.slots().entries()) accumulator[at + index] = slot
      },
    },
  }
  return state
}

function change(accumulator: Accumulator, at: number, value: number, sign: 1 | -1): void {
  const size = Math.abs(value)
  if (size < HUGE_MIN) {
    accumulator[at + 1] = addExactly(accumulator[at + 1] as number[], value * sign)
  } else if (size < Number.POSITIVE_INFINITY) addHuge(accumulator, at, value * SCALE * sign)
  else addUnbounded(accumulator, at, Number.isNaN(value) ? 0 : value > 0 ? 1 : 2, sign)
}

function addHuge(accumulator: Accumulator, at: number, value: number): void {
  accumulator[at + 2] = addExactly((accumulator[at + 2] as number[] | null) ?? [], value)
}

function addUnbounded(accumulator: Accumulator, at: number, kind: number, count: number): void {
  accumulator[at + 3] ??= [0, 0, 0]
  const counts = accumulator[at + 3] as number[]
  counts[kind] = (counts[kind] ?? 0) + count
}

function exactTotal(accumulator: Accumulator, at: number): number {
  const [nan = 0, above = 0, below = 0] = (accumulator[at + 3] as number[] | null) ?? []
  if (nan > 0 || (above > 0 && below > 0)) return Number.NaN
  if (above > 0) return Number.POSITIVE_INFINITY
  if (below > 0) return Number.NEGATIVE_INFINITY
  const parts = accumulator[at + 1] as readonly number[]
  const huge = (accumulator[at + 2] as number[] | null) ?? []
  if (huge.length === 0) return rounded(parts)
  return rounded(scaled(parts, SCALE, huge.slice())) / SCALE
}

const sumOf = (_count: number, sum: number): Value => sum
const meanOf = (count: number, sum: number): Value => sum / count
const DOUBLE_SUM = doubleState(sumOf)
const AVERAGE = doubleState(meanOf)
const EXACT_SUM = exactState(sumOf)
const EXACT_AVERAGE = exactState(meanOf)

function isWhole(type: Type): boolean {
  return type.kind === 'integer' || type.kind === 'null'
}

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
    state: (type) => (isWhole(type) ? INTEGER_SUM : DOUBLE_SUM),
    retractableState: (type) => (isWhole(type) ? INTEGER_SUM : EXACT_SUM),
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
    retractableState: () => EXACT_AVERAGE,
  },
]
