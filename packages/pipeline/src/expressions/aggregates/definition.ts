/** What an aggregate says about itself, and how its state lives in a part of an accumulator. */

import type { Type } from '../../type.ts'
import type { Value } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import type { Typed } from '../typed.ts'

/**
 * The state of all aggregates of one group, side by side: plain data, so that it can be saved.
 * Slots that hold numbers hold them from the start, so that V8 keeps an accumulator of numbers
 * without boxes.
 */
export type Accumulator = unknown[]

export interface AggregateState {
  /** What the slots hold before the first record. Called for each group. */
  slots(): unknown[]
  /** Adds a value other than NULL. `at` is the first slot. */
  add(accumulator: Accumulator, at: number, value: Value, timeMs: number): void
  /**
   * In place of `add` where the argument is a column as it is and nothing filters: the hot path.
   */
  columnAdder?(at: number, index: number): AddRow
  /** Leaves `from` as it is. */
  merge(into: Accumulator, from: Accumulator, at: number): void
  result(accumulator: Accumulator, at: number): Value
  readonly retraction?: Retraction
  /** Whether all slots hold nothing but numbers, ever: then they may lie in an array of doubles. */
  readonly numeric?: true
  readonly code?: StateCode
}

/** Where a slot is, as JavaScript, by its distance from the first one of the state. */
export type SlotIndex = (distance: number) => string

/**
 * The same as JavaScript, over the slots in `a` and those of another accumulator, in `b`. Values
 * stand under a name, and are not NULL where they are added.
 */
export interface StateCode {
  add(at: SlotIndex, value: string, capture: (value: unknown) => string): string
  /** A call of `merge` where this is absent. */
  merge?(into: SlotIndex, from: SlotIndex): string
  result(at: SlotIndex): string
}

/** A state whose values can be taken back, so that it keeps what may show up again. */
export interface RetractableState extends AggregateState {
  readonly retraction: Retraction
}

export interface Retraction {
  /** Whether this value may have been added and not taken back. */
  holds(accumulator: Accumulator, at: number, value: Value, timeMs: number): boolean
  /** Takes back a value that `holds` is true of. */
  retract(accumulator: Accumulator, at: number, value: Value, timeMs: number): void
}

export type AddRow = (accumulator: Accumulator, row: readonly Value[], timeMs: number) => void

export interface AggregateDefinition {
  /** In capitals. */
  readonly name: string
  /** The first parameter is the value; the others are constant. */
  readonly signatures: readonly string[]
  readonly usage?: string
  readonly description: string
  /**
   * Aggregates over one column `x` and what they give, as expressions. Shown in the docs, and
   * tests.
   */
  readonly examples: readonly AggregateExample[]
  /** Whether DISTINCT may stand before the argument. */
  readonly distinct: boolean
  /** Whether the state of DISTINCT is kept by `state` itself. */
  readonly ownDistinct?: boolean
  /** Checks the constant arguments; reports and returns false where they do not fit. */
  readonly check?: (args: readonly Typed[], context: CheckContext) => boolean
  state(type: Type, args: readonly Typed[], distinct: boolean): AggregateState
  /** With `retraction`; the results are the same, and only what is kept differs. */
  retractableState(type: Type, args: readonly Typed[], distinct: boolean): RetractableState
  /** Whether that state is also the better one where results are read after each record. */
  readonly retractableReadsFaster?: boolean
}

export interface AggregateExample {
  /** Over the column `x`. */
  readonly aggregate: string
  /** The type of `x`, as documents write it. */
  readonly type: string
  /** One value a record, as expressions, a second of event time apart. */
  readonly values: readonly string[]
  readonly result: string
}
