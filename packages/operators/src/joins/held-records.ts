/** The records that a join holds under one key, and what the ledger says when they are let go. */

import { inOrder, type Ledger } from '@millrace/engine'
import { createKeyReader, isScalar, type Key, type Row } from '@millrace/pipeline'
import { type JoinConfig, type JoinSchemas, SIDES } from './join-schema.ts'
import type { Held } from './pair-join.ts'
import { REFUSED, USED } from './pairing.ts'

/** By side: left, then right, as inputs are counted. */
export type HeldSides = [left: Held[], right: Held[]]

/** How one input's records are looked up. */
export interface KeySide {
  readKey(row: Row): Key
  /** Whether the key is a value of the row as it is, so that reading it makes nothing. */
  readonly isValue: boolean
  /** Whether the key has NULL in it, which is equal to nothing. */
  hasNull(row: Row): boolean
}

/** Left, then right. */
export function createKeySides(
  { on }: JoinConfig,
  schemas: JoinSchemas,
): readonly [KeySide, KeySide] {
  const [left, right] = SIDES.map((side, place): KeySide => {
    const { columns } = schemas[side]
    const indexes = on.map((pair) => columns.findIndex(({ name }) => name === pair[place]))
    const types = indexes.flatMap((index) => columns[index]?.type ?? [])
    const [only] = types
    const isValue = only !== undefined && types.length === 1 && isScalar(only)
    const readKey = createKeyReader(indexes, isValue)
    return { readKey, isValue, hasNull: createNullFinder(indexes) }
  })
  if (left === undefined || right === undefined) throw new Error('A join has two sides.')
  return [left, right]
}

function createNullFinder(indexes: readonly number[]): KeySide['hasNull'] {
  const [first = -1] = indexes
  if (indexes.length === 1) return (row) => row[first] === null
  return (row) => {
    for (let place = 0; place < indexes.length; place++) {
      if (row[indexes[place] as number] === null) return true
    }
    return false
  }
}

/** Whether the records under one key can match: one of them shows what is in the key. */
export function isComparable(
  [leftKey, rightKey]: readonly [KeySide, KeySide],
  [left]: readonly Held[],
  [right]: readonly Held[],
): boolean {
  if (left !== undefined) return !leftKey.hasNull(left.row)
  return right === undefined || !rightKey.hasNull(right.row)
}

/** After so many records, the thread may be given back. A power of 2. */
const RECORDS_A_STEP = 4096

/** The records of one side out of several places, in the order of their arrival. */
export function* inArrivalOrder(
  parts: readonly (readonly Held[])[],
): Generator<void, readonly Held[]> {
  const all: Held[] = []
  let last = -1
  let inOrderAlready = true
  for (const part of parts) {
    for (const held of part) {
      inOrderAlready &&= held.order > last
      last = held.order
      all.push(held)
      if (isStep(all.length)) yield
    }
  }
  if (inOrderAlready) return all
  const sorted: Held[] = []
  for (const held of inOrder(all, (a, b) => a.order - b.order)) {
    if (held !== undefined) sorted.push(held)
    if (held === undefined || isStep(sorted.length)) yield
  }
  return sorted
}

/** Adds a record under its key. An empty list costs nothing until then. */
export function hold(sides: HeldSides, side: 0 | 1, held: Held): void {
  const list = sides[side]
  // A list made with its first element is small; one that is pushed to begins with room for many.
  if (list.length === 0) sides[side] = [held]
  else list.push(held)
}

/** Counts them where they belong, now that no window will look at them again. */
export function letGo([left, right]: HeldSides, ledger: Ledger): Iterable<void> | undefined {
  if (left.length + right.length > RECORDS_A_STEP) return letGoSlowly([left, right], ledger)
  release(left, 0, left.length, ledger)
  release(right, 0, right.length, ledger)
  return undefined
}

function* letGoSlowly(sides: HeldSides, ledger: Ledger): Generator<void, void> {
  for (const side of sides) {
    for (let from = 0; from < side.length; from += RECORDS_A_STEP) {
      release(side, from, Math.min(from + RECORDS_A_STEP, side.length), ledger)
      yield
    }
  }
}

function release(records: readonly Held[], from: number, to: number, ledger: Ledger): void {
  let used = 0
  let refused = 0
  for (let index = from; index < to; index++) {
    const use = records[index]?.use
    if (use === USED) used++
    else if (use === REFUSED) refused++
  }
  ledger.release('absorbed', used)
  ledger.release('deadLettered', refused)
  ledger.release('expired', to - from - used - refused)
}

function isStep(count: number): boolean {
  return (count & (RECORDS_A_STEP - 1)) === 0
}
