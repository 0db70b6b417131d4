/** What aggregates are over groups that lie one behind another in an array of doubles. */

import type { Row } from '../../value.ts'
import type { Accumulator, AggregateState } from './definition.ts'

export type ReadNumbersRow = (numbers: Float64Array, at: number, lead: Row) => Row

export interface NumberAggregates {
  /** What the numbers of a group are before its first record. */
  readonly initial: readonly number[]
  /** Whether `add` looks at the time of a record: one that is handed over must be put in a box. */
  readonly needsTime: boolean
  /** As `CompiledAggregates.add`, for the group whose first number is at `at`. */
  add(numbers: Float64Array, at: number, row: Row, timeMs: number): void
  /** As `CompiledAggregates.merge`, for the groups whose first numbers are there. */
  merge(into: Float64Array, intoAt: number, from: Float64Array, fromAt: number): void
  /**
   * As `CompiledAggregates.row`, and always there is one; absent where a result is made of several
   * aggregates.
   */
  readonly row?: ReadNumbersRow
}

/** For states that know only slots which are at the same place in both. */
export function mergeSlots(
  state: AggregateState,
  into: Float64Array,
  intoAt: number,
  from: Float64Array,
  fromAt: number,
): void {
  const count = state.slots().length
  const merged: Accumulator = Array.from(into.subarray(intoAt, intoAt + count))
  state.merge(merged, Array.from(from.subarray(fromAt, fromAt + count)), 0)
  for (let index = 0; index < count; index++) into[intoAt + index] = merged[index] as number
}
