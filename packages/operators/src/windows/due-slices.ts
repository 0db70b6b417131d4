/**
 * Finds items when they are due, by a time of each that may only grow: they lie in slices of time,
 * and a slice is sorted once, when its turn comes. That an item is due later by now is seen then,
 * so that making it later costs nothing before.
 *
 *     slices    | 7 3 9 | . . . | 4 1 . . . |        unsorted, and cheap to add to
 *     open      | 3 at 12 | 9 at 14 | 7 at 14 |      the one in which the watermark is
 *
 * Which items there are is all that it knows, and that can be found out again from elsewhere.
 */

import { Heap } from '@millrace/engine'

/** Items are numbers below this; a place in time and an item together are one whole number. */
const ITEM_ROOM = 2 ** 26
export const SLICE_MS_MAX = 2 ** 26
/** V8 sorts so many numbers within some milliseconds. */
const RUN_LENGTH = 32_768

/** A list that has so many ends with the millisecond. */
const LIST_LENGTH = 256

const ascending = (a: number, b: number) => a - b

export class DueSlices {
  readonly #widthMs: number
  readonly #dueMs: (item: number) => number
  readonly #slices = new Map<number, number[]>()
  /** The numbers of those that are there. */
  readonly #order = new Heap(ascending)
  /** The slice that was added to last: the next item is most often due in it, too. */
  #last: number[] = []
  #lastNumber = Number.NaN
  /** The open slice: sorted runs of places in time with their items, and how many were taken. */
  #runs: readonly Float64Array[] = []
  #taken: number[] = []
  #openNumber = Number.NEGATIVE_INFINITY
  /** What has come since. */
  readonly #added = new Heap(ascending)
  readonly #list: number[] = []

  /** `dueMs` says when an item is due as it is now. */
  constructor(widthMs: number, dueMs: (item: number) => number) {
    this.#widthMs = widthMs
    this.#dueMs = dueMs
  }

  add(item: number, dueMs: number): void {
    const number = Math.floor(dueMs / this.#widthMs)
    if (number <= this.#openNumber) this.#added.push(this.#placeOf(item, dueMs))
    else if (number === this.#lastNumber) this.#last.push(item)
    else this.#addTo(number, item)
  }

  /** Nothing is due before; Infinity if there is nothing. */
  get nextMs(): number {
    const place = this.#first()
    if (place < Number.POSITIVE_INFINITY) return this.#timeOf(place)
    return (this.#order.peek() ?? Number.POSITIVE_INFINITY) * this.#widthMs
  }

  /**
   * The items that are due by then, in lists by time, of which none ends within a millisecond; in
   * between `undefined` where the thread may be given back. A list is there until the next one is
   * asked for.
   */
  *due(watermarkMs: number): Generator<number[] | undefined, void> {
    for (;;) {
      const list = this.#take(watermarkMs)
      if (list.length > 0) yield list
      else if ((this.#order.peek() ?? Number.POSITIVE_INFINITY) * this.#widthMs > watermarkMs)
        return
      else if (this.#order.size === 0) return
      else yield* this.#open()
    }
  }

  #addTo(number: number, item: number): void {
    let slice = this.#slices.get(number)
    if (slice === undefined) {
      slice = []
      this.#slices.set(number, slice)
      this.#order.push(number)
    }
    slice.push(item)
    this.#last = slice
    this.#lastNumber = number
  }

  /** The next slice, which has nothing but items that are due behind all of the open one. */
  *#open(): Generator<undefined, void> {
    const number = this.#order.pop() as number
    const items = this.#slices.get(number) ?? []
    this.#slices.delete(number)
    this.#lastNumber = Number.NaN
    this.#openNumber = number
    const runs: Float64Array[] = []
    for (let from = 0; from < items.length; from += RUN_LENGTH) {
      runs.push(this.#sorted(number, items, from, Math.min(from + RUN_LENGTH, items.length)))
      if (from > 0) yield undefined
    }
    this.#runs = runs
    this.#taken = runs.map(() => 0)
  }

  /** Those of the items [from, to) that are still due in this slice; the others go to theirs. */
  #sorted(number: number, items: readonly number[], from: number, to: number): Float64Array {
    const places = new Float64Array(to - from)
    let count = 0
    for (let at = from; at < to; at++) {
      const item = items[at] as number
      const dueMs = this.#dueMs(item)
      const now = Math.floor(dueMs / this.#widthMs)
      if (now > number) this.#addTo(now, item)
      else places[count++] = this.#placeOf(item, dueMs)
    }
    return places.subarray(0, count).sort()
  }

  #placeOf(item: number, dueMs: number): number {
    return (dueMs - this.#openNumber * this.#widthMs) * ITEM_ROOM + item
  }

  #timeOf(place: number): number {
    return this.#openNumber * this.#widthMs + Math.floor(place / ITEM_ROOM)
  }

  /** The least place in the open slice; Infinity if there is none. */
  #first(): number {
    let first = this.#added.peek() ?? Number.POSITIVE_INFINITY
    for (let run = 0; run < this.#runs.length; run++) {
      const place = this.#runs[run]?.[this.#taken[run] as number]
      if (place !== undefined && place < first) first = place
    }
    return first
  }

  /** From the open slice. */
  #take(watermarkMs: number): number[] {
    const list = this.#list
    list.length = 0
    let lastMs = Number.NEGATIVE_INFINITY
    for (let place = this.#first(); place < Number.POSITIVE_INFINITY; place = this.#first()) {
      const timeMs = this.#timeOf(place)
      if (timeMs > watermarkMs || (list.length >= LIST_LENGTH && timeMs > lastMs)) break
      this.#remove(place)
      lastMs = timeMs
      const item = place % ITEM_ROOM
      const dueMs = this.#dueMs(item)
      if (dueMs > timeMs) this.add(item, dueMs)
      else list.push(item)
    }
    return list
  }

  #remove(place: number): void {
    for (let run = 0; run < this.#runs.length; run++) {
      const taken = this.#taken[run] as number
      if (this.#runs[run]?.[taken] !== place) continue
      this.#taken[run] = taken + 1
      return
    }
    this.#added.pop()
  }
}
