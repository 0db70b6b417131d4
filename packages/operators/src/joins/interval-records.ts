/**
 * The records of one side of an interval join: by stretches of time, and in each of them by key, so
 * that a record costs one place in a map, and a whole stretch goes at once when the watermark has
 * passed it.
 *
 *     kept = 8, so a stretch is 2 wide       W = 20
 *
 *     |10 .. 12)|12 .. 14)|14 .. 16)| ...    a record at 11 is needed up to W = 19, and goes with
 *      goes      20 < 13 + 8                 the last of its stretch at 11 + 8 <= 20
 */

import type { Ledger, State, StateTable, StateValue } from '@millrace/engine'
import { compareRows, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import type { KeySide } from './held-records.ts'
import { REFUSED, releaseUse, UNUSED, USED, type Use } from './pairing.ts'
import { WaitingRecords } from './waiting-records.ts'

/** A record is kept longer than needed by at most one such part of the time for which it is. */
const STRETCHES = 4

/** Plain data, so that it can be saved. */
export interface Timed {
  readonly timeMs: number
  readonly row: Row
  /** How many records of the other side match it. */
  matches: number
  use: Use
}

/** What is under one key in one stretch, by time. Most often that is one record, without a list. */
export type Stretched = Timed | Timed[]

/** Its records, and what has become of them. */
export interface Stretch {
  readonly startMs: number
  held: number
  used: number
  refused: number
}

/** How wide the stretches of both sides are where records are kept for so long at most. */
export function stretchWidthMs(keptMs: number): number {
  return Math.max(1, Math.ceil(keptMs / STRETCHES))
}

export class IntervalRecords {
  readonly #widthMs: number
  readonly #side: KeySide
  readonly #ledger: Ledger
  /** By the start of the stretch, and key. */
  readonly #table: StateTable<Stretched>
  /** Those that nobody has asked for. */
  readonly #waiting: WaitingRecords
  /** In the order of time. */
  readonly #stretches: StateValue<Stretch[]>
  /** The one that a record was put into last. */
  #last: Stretch | undefined

  constructor(
    name: 'left' | 'right',
    side: KeySide,
    widthMs: number,
    state: State,
    ledger: Ledger,
  ) {
    this.#widthMs = widthMs
    this.#side = side
    this.#ledger = ledger
    this.#table = state.table(name)
    this.#waiting = new WaitingRecords(name, side, state)
    this.#stretches = state.value(`${name} stretches`, [])
  }

  /** The record has met nothing, and need not be found by anything but its key. */
  wait(key: Key, timeMs: number, row: Row): void {
    const stretch = this.#of(timeMs)
    const { startMs } = stretch
    stretch.held++
    this.#ledger.held++
    if (!this.#waiting.add(startMs, timeMs, row)) {
      this.#insert(startMs, key, { timeMs, row, matches: 0, use: UNUSED })
    }
  }

  /**
   * As `wait`, for the records from `from` on that come after `lateMs` and have a key. Returns
   * where one stands that does not, or `to`.
   */
  waitTogether(
    rows: readonly Row[],
    times: readonly number[],
    from: number,
    to: number,
    lateMs: number,
  ): number {
    let index = from
    while (index < to) {
      const startMs = this.#startOf(times[index] ?? 0)
      const endOfStretch = endOfTimes(times, index, to, startMs, startMs + this.#widthMs, lateMs)
      const end = endOfKeys(rows, index, endOfStretch, this.#side.hasNull)
      if (end === index) break
      this.#waitAll(rows, times, index, end)
      index = end
    }
    return index
  }

  /** They are all of one stretch, and have keys. */
  #waitAll(rows: readonly Row[], times: readonly number[], from: number, to: number): void {
    const stretch = this.#of(times[from] ?? 0)
    const { startMs } = stretch
    stretch.held += to - from
    this.#ledger.held += to - from
    if (this.#waiting.addAll(startMs, rows, times, from, to)) return
    for (let at = from; at < to; at++) {
      const row = rows[at] ?? EMPTY_ROW
      const one: Timed = { timeMs: times[at] ?? 0, row, matches: 0, use: UNUSED }
      this.#insert(startMs, this.#side.readKey(row), one)
    }
  }

  #startOf(timeMs: number): number {
    return Math.floor(timeMs / this.#widthMs) * this.#widthMs
  }

  get isEmpty(): boolean {
    return this.#stretches.get().length === 0
  }

  put(key: Key, one: Timed): void {
    const stretch = this.#of(one.timeMs)
    stretch.held++
    this.#ledger.held++
    this.#settleNow(key, stretch)
    this.#insert(stretch.startMs, key, one)
  }

  #insert(startMs: number, key: Key, one: Timed): void {
    const there = this.#table.change(startMs, key)
    if (there === undefined) this.#table.put(startMs, key, one)
    else if (Array.isArray(there)) insert(there, one)
    else this.#table.put(startMs, key, insert([there], one))
  }

  /** Takes out the latest of the equal records, where there is one. It is in the books no more. */
  takeOut(key: Key, timeMs: number, row: Row): Timed | undefined {
    const stretch = this.#find(timeMs)
    const there = stretch && this.under(key, stretch)
    if (stretch === undefined || there === undefined) return undefined
    const list = Array.isArray(there) ? there : [there]
    const place = list.findLastIndex(
      (one) => one.timeMs === timeMs && compareRows(one.row, row) === 0,
    )
    const one = list[place]
    if (one === undefined) return undefined
    if (list.length === 1) this.#table.delete(stretch.startMs, key)
    else list.splice(place, 1)
    stretch.held--
    if (one.use === USED) stretch.used--
    if (one.use === REFUSED) stretch.refused--
    releaseUse(one.use, this.#ledger)
    return one
  }

  /** Those of exactly this time, in the order in which they came. */
  at(key: Key, timeMs: number): readonly Timed[] {
    const stretch = this.#find(timeMs)
    const there = stretch && this.under(key, stretch)
    if (there === undefined) return []
    const list = Array.isArray(there) ? there : [there]
    return list.filter((one) => one.timeMs === timeMs)
  }

  /** What becomes of a record. It grows only. It may be one that has been taken out. */
  use(one: Timed, use: Use): void {
    if (one.use >= use) return
    const stretch = this.#find(one.timeMs)
    if (stretch !== undefined) {
      if (one.use === REFUSED) stretch.refused--
      if (use === USED) stretch.used++
      else stretch.refused++
    }
    one.use = use
  }

  /** The index of the first stretch that has not ended before this time. */
  firstAt(timeMs: number): number {
    const stretches = this.#stretches.get()
    let low = 0
    let high = stretches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((stretches[middle]?.startMs ?? 0) + this.#widthMs <= timeMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The stretch at this index, if it begins up to this time. */
  stretchAt(index: number, untilMs: number): Stretch | undefined {
    const stretch = this.#stretches.get()[index]
    return stretch === undefined || stretch.startMs > untilMs ? undefined : stretch
  }

  /** For changing. */
  under(key: Key, stretch: Stretch): Stretched | undefined {
    this.#settleNow(key, stretch)
    return this.#table.change(stretch.startMs, key)
  }

  /** Whether it is better to call `settle` before anything is asked of the stretch. */
  areManyWaiting({ startMs }: Stretch): boolean {
    return this.#waiting.areMany(startMs)
  }

  /** As above, where there is a stretch. */
  areManyWaitingAt(timeMs: number): boolean {
    const stretch = this.#find(timeMs)
    return stretch !== undefined && this.areManyWaiting(stretch)
  }

  /** None of the key waits in the stretch of this time from here on, until one is let to. */
  *settle(key: Key, timeMs: number): Generator<void, void> {
    const stretch = this.#find(timeMs)
    if (stretch !== undefined) yield* this.#settle(key, stretch)
  }

  #settleNow(key: Key, stretch: Stretch): void {
    if (!this.#waiting.isAsked(stretch.startMs)) return
    for (const _step of this.#settle(key, stretch));
  }

  #settle(key: Key, { startMs }: Stretch): Iterable<void> {
    return this.#waiting.take(startMs, key, (own, timeMs, row) => {
      this.#insert(startMs, own, { timeMs, row, matches: 0, use: UNUSED })
    })
  }

  /** Lets go of the stretches whose records are all before this time. */
  dropBefore(timeMs: number): void {
    const stretches = this.#stretches.get()
    let count = 0
    for (const { startMs, held, used, refused } of stretches) {
      if (startMs + this.#widthMs > timeMs) break
      count++
      this.#table.drop(startMs)
      this.#waiting.drop(startMs)
      this.#ledger.release('absorbed', used)
      this.#ledger.release('deadLettered', refused)
      this.#ledger.release('expired', held - used - refused)
    }
    if (count === 0) return
    this.#last = undefined
    stretches.splice(0, count)
    this.changed()
  }

  /** Records have been put, taken or used. */
  changed(): void {
    this.#stretches.set(this.#stretches.get())
  }

  #find(timeMs: number): Stretch | undefined {
    const last = this.#last
    if (last !== undefined && this.#holds(last, timeMs)) return last
    const stretch = this.#stretches.get()[this.firstAt(timeMs)]
    return stretch !== undefined && this.#holds(stretch, timeMs) ? stretch : undefined
  }

  #of(timeMs: number): Stretch {
    let stretch = this.#find(timeMs)
    if (stretch === undefined) {
      const startMs = this.#startOf(timeMs)
      stretch = { startMs, held: 0, used: 0, refused: 0 }
      this.#stretches.get().splice(this.firstAt(timeMs), 0, stretch)
    }
    this.#last = stretch
    return stretch
  }

  #holds({ startMs }: Stretch, timeMs: number): boolean {
    return timeMs >= startMs && timeMs < startMs + this.#widthMs
  }
}

/**
 * Where times end that are in [fromMs, untilMs) and after `lateMs`. By itself, as what follows: V8
 * takes long to optimise a loop over many records with what is done once for all of them.
 */
function endOfTimes(
  times: readonly number[],
  from: number,
  to: number,
  fromMs: number,
  untilMs: number,
  lateMs: number,
): number {
  for (let index = from; index < to; index++) {
    const timeMs = times[index] ?? Number.NaN
    if (!(timeMs >= fromMs && timeMs < untilMs && timeMs > lateMs)) return index
  }
  return to
}

/** Where rows end that have a key. */
function endOfKeys(
  rows: readonly Row[],
  from: number,
  to: number,
  hasNull: KeySide['hasNull'],
): number {
  for (let index = from; index < to; index++) {
    if (hasNull(rows[index] ?? EMPTY_ROW)) return index
  }
  return to
}

/** Behind those of its time. Most records are the latest of their key. */
function insert(list: Timed[], one: Timed): Timed[] {
  let place = list.length
  while (place > 0 && (list[place - 1]?.timeMs ?? 0) > one.timeMs) place--
  if (place === list.length) list.push(one)
  else list.splice(place, 0, one)
  return list
}
