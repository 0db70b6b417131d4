/**
 * Records of a stream that wait until the watermark has passed them, and then leave by event time,
 * key, and arrival. They wait in slices of event time, in pieces of the lists in which they came:
 * one costs two places in lists until its slice is put in order.
 *
 *     came     12 13 13 15 │ 17 14       two batches
 *     slice 1  [12 13 13 15] [17 14]     in order: 12 13 13 14 15 17, of which those due leave
 */

import {
  type EventTimers,
  Packed,
  type ShowState,
  type State,
  type StateTable,
} from '@millrace/engine'
import { compareKeys, EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'

const SLICE_MS = 100
/** Fewer records than these are put behind those that have come before. */
const PIECE_RECORDS = 16
/** More records of one time are sorted by V8; fewer are moved where they belong. */
const MOVED_MAX = 16

/** Slices have a namespace each, in which this is the only key. */
const ONLY = null

/** As slices are stored; those before `next` have left. */
interface StoredSlice {
  readonly records: readonly WaitingRecord[]
  readonly next: number
  readonly sorted: boolean
}

interface WaitingRecord {
  readonly timeMs: number
  readonly key: Key
  readonly row: Row
}

interface Piece {
  readonly rows: Row[]
  readonly times: number[]
}

/** Records [from, to) are due, in their order. */
export interface DueRecords {
  readonly rows: readonly Row[]
  readonly times: readonly number[]
  readonly keys: readonly Key[]
  readonly from: number
  readonly to: number
}

type ReadKey = (row: Row) => Key

class WaitingSlice extends Packed {
  /** In the order of arrival, behind those of `ordered`. */
  pieces: Piece[] = []
  /** In the order in which they leave. */
  ordered: Piece & { readonly keys: readonly Key[] } = { rows: [], times: [], keys: [] }
  /** Those before it have left. */
  next = 0
  readonly #readKey: ReadKey

  constructor(readKey: ReadKey) {
    super()
    this.#readKey = readKey
  }

  /** As it is stored, whichever way it is held. */
  unpack(): StoredSlice {
    const records: WaitingRecord[] = []
    for (const { rows, times } of this.#waiting()) {
      for (const [index, row] of rows.entries()) {
        records.push({ timeMs: times[index] ?? 0, key: this.#readKey(row), row })
      }
    }
    const sorted = records.every((record, index) => {
      const before = records[index - 1]
      return before === undefined || compareRecords(before, record) <= 0
    })
    return { records, next: 0, sorted }
  }

  static of({ records, next }: StoredSlice, readKey: ReadKey): WaitingSlice {
    const slice = new WaitingSlice(readKey)
    const waiting = records.slice(next)
    const rows = waiting.map(({ row }) => row)
    slice.pieces.push({ rows, times: waiting.map(({ timeMs }) => timeMs) })
    return slice
  }

  /** The records [from, to) of a batch. */
  add(rows: readonly Row[], times: readonly number[], from: number, to: number): void {
    const last = this.pieces.at(-1)
    if (last === undefined || to - from >= PIECE_RECORDS) {
      this.pieces.push({ rows: rows.slice(from, to), times: times.slice(from, to) })
      return
    }
    for (let index = from; index < to; index++) {
      last.rows.push(rows[index] ?? EMPTY_ROW)
      last.times.push(times[index] ?? 0)
    }
  }

  /** Takes out those at this time or before it. */
  takeDue(untilMs: number): DueRecords {
    if (this.pieces.length > 0) this.#order()
    const { times } = this.ordered
    const from = this.next
    while (this.next < times.length && (times[this.next] as number) <= untilMs) this.next++
    return { ...this.ordered, from, to: this.next }
  }

  get isEmpty(): boolean {
    return this.pieces.length === 0 && this.next === this.ordered.rows.length
  }

  #waiting(): readonly Piece[] {
    const { rows, times } = this.ordered
    return [{ rows: rows.slice(this.next), times: times.slice(this.next) }, ...this.pieces]
  }

  #order(): void {
    const [first, ...others] = this.#waiting().filter(({ rows }) => rows.length > 0)
    const rows = first?.rows.concat(...others.map((piece) => piece.rows)) ?? []
    const times = first?.times.concat(...others.map((piece) => piece.times)) ?? []
    this.ordered = inOrder(rows, times, rows.map(this.#readKey))
    this.pieces = []
    this.next = 0
  }
}

/** Slices are shown as they are stored. */
export function showSlices(show: ShowState): ShowState {
  return (value, table) => show(value instanceof WaitingSlice ? value.unpack() : value, table)
}

export class WaitingStream {
  readonly #slices: StateTable<WaitingSlice | StoredSlice>
  /** At the number of each slice that has records. */
  readonly #order: EventTimers
  readonly #readKey: ReadKey

  constructor(state: State, readKey: ReadKey) {
    this.#slices = state.table('waiting')
    state.showTimes('waiting', SLICE_MS)
    this.#order = state.timers('waiting')
    this.#readKey = readKey
  }

  /** The records [from, to) of a batch, in the order of their arrival. */
  put(rows: readonly Row[], times: readonly number[], from: number, to: number): void {
    let begin = from
    while (begin < to) {
      const number = Math.floor((times[begin] as number) / SLICE_MS)
      const end = endWithin(times, begin, to, number * SLICE_MS)
      this.#sliceAt(number).add(rows, times, begin, end)
      begin = end
    }
  }

  /** Whether there may be a record at this time or before it. */
  hasDue(untilMs: number): boolean {
    const number = this.#order.nextMs()
    return number < Number.POSITIVE_INFINITY && number * SLICE_MS <= untilMs
  }

  /**
   * Takes out some records at this time or before it, which are the next ones; undefined where
   * there are none.
   */
  takeSomeDue(untilMs: number): DueRecords | undefined {
    while (this.hasDue(untilMs)) {
      const number = this.#order.nextMs()
      const slice = this.#find(number)
      const due = slice?.takeDue(untilMs)
      if (slice?.isEmpty !== false) {
        this.#slices.delete(number, ONLY)
        this.#order.takeDue(number)
      }
      if (due !== undefined && due.from < due.to) return due
      if (slice?.isEmpty === false) return undefined
    }
    return undefined
  }

  #sliceAt(number: number): WaitingSlice {
    const known = this.#find(number)
    if (known !== undefined) return known
    const slice = new WaitingSlice(this.#readKey)
    this.#slices.put(number, ONLY, slice)
    this.#order.set(number, 0, ONLY)
    return slice
  }

  /** For changing. */
  #find(number: number): WaitingSlice | undefined {
    const found = this.#slices.change(number, ONLY)
    if (found === undefined || found instanceof WaitingSlice) return found
    const slice = WaitingSlice.of(found, this.#readKey)
    this.#slices.put(number, ONLY, slice)
    return slice
  }
}

/** Behind the last of the times from `begin` on that are in the slice; behind `begin` at least. */
function endWithin(times: readonly number[], begin: number, to: number, beginsMs: number): number {
  const endsMs = beginsMs + SLICE_MS
  for (let end = begin + 1; end < to; end++) {
    const timeMs = times[end] as number
    if (timeMs < beginsMs || timeMs >= endsMs) return end
  }
  return to
}

/** Of records that mostly are in order of time already. The lists may be changed. */
function inOrder(rows: Row[], times: number[], keys: Key[]): WaitingSlice['ordered'] {
  let runFrom = 0
  for (let index = 1; index <= rows.length; index++) {
    const timeMs = times[index]
    const beforeMs = times[index - 1] as number
    if (timeMs === beforeMs) continue
    if (timeMs !== undefined && timeMs < beforeMs) return sorted(rows, times, keys)
    if (index - runFrom > MOVED_MAX) return sorted(rows, times, keys)
    moveByKey(rows, keys, runFrom, index)
    runFrom = index
  }
  return { rows, times, keys }
}

/** Few records of one time. */
function moveByKey(rows: Row[], keys: Key[], from: number, to: number): void {
  for (let index = from + 1; index < to; index++) {
    const row = rows[index] as Row
    const key = keys[index] as Key
    let place = index
    for (; place > from && isBefore(key, keys[place - 1] as Key); place--) {
      rows[place] = rows[place - 1] as Row
      keys[place] = keys[place - 1] as Key
    }
    rows[place] = row
    keys[place] = key
  }
}

function compareRecords(a: WaitingRecord, b: WaitingRecord): number {
  return a.timeMs - b.timeMs || compareKeys(a.key, b.key)
}

function isBefore(key: Key, other: Key): boolean {
  if (typeof key === 'number' && typeof other === 'number') {
    if (key < other) return true
    if (key > other) return false
  }
  return compareKeys(key, other) < 0
}

function sorted(
  rows: readonly Row[],
  times: readonly number[],
  keys: readonly Key[],
): WaitingSlice['ordered'] {
  const places = rows.map((_, index) => index)
  places.sort((a, b) => {
    const byTime = (times[a] as number) - (times[b] as number)
    return byTime || compareKeys(keys[a] as Key, keys[b] as Key)
  })
  return {
    rows: places.map((place) => rows[place] as Row),
    times: places.map((place) => times[place] as number),
    keys: places.map((place) => keys[place] as Key),
  }
}
