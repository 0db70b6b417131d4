/**
 * The first rows of partitions to which rows only come: those behind are forgotten, so that a
 * partition is a short list. Where rows carry their rank, those in the list are the ones that have
 * left, and one that moves down a rank is copied once, for what it says now; what it said before is
 * in the list.
 *
 *     n = 3      100 #1   80 #2   70 #3
 *     90 comes   100 #1   90 #2   80 #3        -U 80 #2  +U 90 #2  -U 70 #3  +U 80 #3
 */

import {
  type Batch,
  type Handler,
  type OutputPort,
  Packed,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import { compareRows, compareValues, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'
import type { Ranking, Signs } from './ranking.ts'

/** A longer list is divided: rows in the middle of it would take long to move. */
export const FIRST_ROWS_MAX = 256

/** What rows are ranked by, where that is columns as they are. */
export interface RankedColumns {
  readonly indexes: readonly number[]
  readonly signs: Signs
  readonly n: number
  /** How many columns the input has; each row has a rank behind them if `numbered`. */
  readonly width: number
  readonly numbered: boolean
}

/** Partitions are in one namespace. */
const ALL = 0

/** In order; a single one is most often the only one. */
class FirstRows extends Packed {
  readonly rows: Row[]
  readonly #by: RankedColumns

  constructor(rows: Row[], by: RankedColumns) {
    super()
    this.rows = rows
    this.#by = by
  }

  unpack(): Ranking {
    return rankingOf(this.rows, this.#by)
  }

  static of(ranking: Ranking, by: RankedColumns): FirstRows {
    const rows = ranking.flat().map(({ row }, index) => (by.numbered ? [...row, index + 1] : row))
    return new FirstRows(rows, by)
  }
}

/** As rankings of any input are stored. */
export function rankingOf(
  rows: readonly Row[],
  { indexes, width, numbered }: RankedColumns,
): Ranking {
  const ranked = rows.map((shown) => {
    const row = numbered ? shown.slice(0, width) : shown
    const order = indexes.map((index) => row[index] ?? null)
    return { row, order, arrival: 0, wasFirst: true }
  })
  return [ranked]
}

/** Below 0 where `a` is before `b`. */
export function compareRanked({ indexes, signs }: RankedColumns, a: Row, b: Row): number {
  for (let place = 0; place < indexes.length; place++) {
    const index = indexes[place] as number
    const sign = signs[place] as number
    const one = a[index] ?? null
    const other = b[index] ?? null
    if (one === other) continue
    if (typeof one === 'number' && typeof other === 'number') {
      if (one < other) return -sign
      if (one > other) return sign
    }
    const order = compareValues(one, other)
    if (order !== 0) return order * sign
  }
  return 0
}

export class FirstPartitions implements Handler {
  readonly #by: RankedColumns
  readonly #readKey: (row: Row) => Key
  readonly #ledger: RunContext['ledger']
  readonly #table: StateTable<FirstRows | Ranking>
  readonly #lifetime: StateLifetime
  readonly #out: OutputPort

  constructor(
    by: RankedColumns,
    readKey: (row: Row) => Key,
    context: RunContext,
    timeToLiveMs: number | undefined,
    out: OutputPort,
  ) {
    this.#by = by
    this.#readKey = readKey
    this.#ledger = context.ledger
    this.#table = context.state.table('partitions')
    this.#lifetime = new StateLifetime(context, timeToLiveMs)
    this.#out = out
  }

  rows(_input: number, { rows }: Batch, from: number, to: number): void {
    const { n, numbered } = this.#by
    let passed = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const key = this.#readKey(row)
      const first = this.#firstOf(key)
      if (first === undefined) {
        this.#table.put(ALL, key, new FirstRows([this.#begin(row)], this.#by))
      } else {
        const place = this.#placeOf(row, first.rows)
        if (place === n) continue
        if (numbered) this.#moveDown(first.rows, place, row)
        else if (n === 1) this.#replace(first.rows, row)
        else this.#putIn(first.rows, place, row)
      }
      this.#lifetime.written(ALL, key)
      passed++
    }
    this.#ledger.passed += passed
    this.#ledger.filtered += to - from - passed
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (_namespace, key) => this.#table.delete(ALL, key))
  }

  #firstOf(key: Key): FirstRows | undefined {
    if (this.#lifetime.hasExpired(ALL, key)) this.#table.delete(ALL, key)
    const found = this.#table.change(ALL, key)
    if (found === undefined || found instanceof FirstRows) return found
    const first = FirstRows.of(found, this.#by)
    this.#table.put(ALL, key, first)
    return first
  }

  #begin(row: Row): Row {
    const shown = this.#by.numbered ? [...row, 1] : row
    this.#out.emitChange('+I', shown, 0)
    return shown
  }

  /** Behind those that rank alike. */
  #placeOf(row: Row, rows: readonly Row[]): number {
    let low = 0
    let high = rows.length
    // Most rows of a full list are behind its last.
    if (high === this.#by.n && compareRanked(this.#by, rows[high - 1] as Row, row) <= 0) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareRanked(this.#by, rows[middle] as Row, row) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #replace(rows: Row[], row: Row): void {
    const before = rows[0] ?? EMPTY_ROW
    rows[0] = row
    if (compareRows(before, row) === 0) return
    this.#out.emitChange('-U', before, 0)
    this.#out.emitChange('+U', row, 0)
  }

  #putIn(rows: Row[], place: number, row: Row): void {
    rows.splice(place, 0, row)
    const last = rows.length > this.#by.n ? rows.pop() : undefined
    if (last !== undefined) this.#out.emitChange('-D', last, 0)
    this.#out.emitChange('+I', row, 0)
  }

  /** Each row from this place on takes the rank behind its own. */
  #moveDown(rows: Row[], place: number, row: Row): void {
    const { n, width } = this.#by
    let coming = row
    for (let index = place; index < rows.length; index++) {
      const before = rows[index] as Row
      const now = withRank(coming, width, index + 1)
      rows[index] = now
      coming = before
      // Of equal rows nothing is said.
      if (compareRows(before, now) === 0) continue
      this.#out.emitChange('-U', before, 0)
      this.#out.emitChange('+U', now, 0)
    }
    if (rows.length === n) return
    const last = withRank(coming, width, rows.length + 1)
    rows.push(last)
    this.#out.emitChange('+I', last, 0)
  }
}

/** A copy of a row, which may have a rank already. */
function withRank(row: Row, width: number, rank: number): Row {
  if (row.length === width) return [...row, rank]
  const copy = row.slice()
  copy[width] = rank
  return copy
}
