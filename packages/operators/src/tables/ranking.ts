/** Rows in the order of a ranking, and how the first `n` of them change. */

import type { OutputPort } from '@millrace/engine'
import { compareRows, compareValues, type Row, type Value } from '@millrace/pipeline'

/** Plain data, so that it can be saved. */
export interface Ranked {
  readonly row: Row
  /** The values of the expressions that it is ranked by. */
  readonly order: readonly Value[]
  /** Whether it has ever been among the first. */
  wasFirst: boolean
}

/** 1 where an expression ranks ascending, -1 where descending. */
export type Signs = readonly (1 | -1)[]

/** Behind those that rank alike: of equal rows, the one that came first stays first. */
export function placeFor(list: readonly Ranked[], order: readonly Value[], signs: Signs): number {
  return search(list, (other) => compareOrders(other.order, order, signs) <= 0)
}

/** Where the earliest row equal to this one stands; -1 if none does. */
export function placeOf(
  list: readonly Ranked[],
  row: Row,
  order: readonly Value[],
  signs: Signs,
): number {
  let place = search(list, (other) => compareOrders(other.order, order, signs) < 0)
  for (; place < list.length; place++) {
    const other = list[place]
    if (other === undefined || compareOrders(other.order, order, signs) !== 0) return -1
    if (compareRows(other.row, row) === 0) return place
  }
  return -1
}

/** The number of rows at the front for which `before` is true. */
function search(list: readonly Ranked[], before: (row: Ranked) => boolean): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = list[middle]
    if (row !== undefined && before(row)) low = middle + 1
    else high = middle
  }
  return low
}

function compareOrders(a: readonly Value[], b: readonly Value[], signs: Signs): number {
  for (let index = 0; index < signs.length; index++) {
    const order = compareValues(a[index] ?? null, b[index] ?? null)
    if (order !== 0) return order * (signs[index] ?? 1)
  }
  return 0
}

/**
 * Emits what turns the first rows into others, rank by rank. With `numbered` each carries its rank;
 * without, there is one rank only.
 */
export function emitByRank(
  before: readonly Ranked[],
  after: readonly Ranked[],
  numbered: boolean,
  out: OutputPort,
  timeMs: number,
): void {
  const rowAt = ({ row }: Ranked, index: number) => (numbered ? [...row, index + 1] : row)
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const [old, now] = [before[index], after[index]]
    if (old === now) continue
    if (old === undefined) {
      if (now !== undefined) out.emitChange('+I', rowAt(now, index), timeMs)
    } else if (now === undefined) out.emitChange('-D', rowAt(old, index), timeMs)
    else if (compareRows(old.row, now.row) !== 0) {
      out.emitChange('-U', rowAt(old, index), timeMs)
      out.emitChange('+U', rowAt(now, index), timeMs)
    }
  }
}

/** Emits what leaves and what joins the first rows; `update` is a row and what it became. */
export function emitByRow(
  before: readonly Ranked[],
  after: readonly Ranked[],
  update: { readonly old: Ranked; readonly now: Ranked } | undefined,
  out: OutputPort,
  timeMs: number,
): void {
  const left = new Set(before)
  const joined = new Set(after)
  for (const row of after) left.delete(row)
  for (const row of before) joined.delete(row)
  if (update !== undefined && left.has(update.old) && joined.has(update.now)) {
    left.delete(update.old)
    joined.delete(update.now)
    if (compareRows(update.old.row, update.now.row) !== 0) {
      out.emitChange('-U', update.old.row, timeMs)
      out.emitChange('+U', update.now.row, timeMs)
    }
  }
  for (const { row } of left) out.emitChange('-D', row, timeMs)
  for (const { row } of joined) out.emitChange('+I', row, timeMs)
}
