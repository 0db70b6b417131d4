/**
 * Timers by (time, namespace, key). Those of one millisecond stand together, and only the
 * milliseconds are in a heap: most timers are set for a time at which others are due already, or
 * behind all of them, and then cost no search. They are sorted when their millisecond comes.
 *
 * Where very many are due at one time, they are in a heap of their own from the start, since
 * sorting them all at once would hold the thread.
 */

import { compareKeys, type Key } from '@millrace/pipeline'
import { Heap } from './heap.ts'
import type { EventTimer } from './state.ts'

/** Without its time, which is that of its place. */
interface Waiting {
  readonly namespace: number
  readonly key: Key
}

/** What is due at one time: most often one timer, which then needs no list. */
type Place = Waiting | Waiting[] | Heap<Waiting>

const LIST_MAX = 1024

export class TimerQueue {
  readonly #times = new Heap<number>((a, b) => a - b)
  readonly #places = new Map<number, Place>()
  /** What is due first, once somebody has asked for it: the next one last, or a heap. */
  #first: Waiting[] | Heap<Waiting> = []
  #firstMs = Number.POSITIVE_INFINITY
  #size = 0

  add(timeMs: number, namespace: number, key: Key): void {
    const waiting = { namespace, key }
    this.#size++
    if (timeMs === this.#firstMs) this.#addToFirst(waiting)
    else this.#addAt(timeMs, waiting)
  }

  /** Equal ones count each. */
  get size(): number {
    return this.#size
  }

  /** Infinity where there is none. */
  get nextMs(): number {
    return Math.min(this.#firstMs, this.#times.peek() ?? Number.POSITIVE_INFINITY)
  }

  /** Takes out the next timer, and all that are equal to it. */
  take(): EventTimer | undefined {
    this.#findFirst()
    const waiting = this.#first.pop()
    if (waiting === undefined) return undefined
    const timeMs = this.#firstMs
    this.#size--
    while (this.#nextIs(waiting)) {
      this.#first.pop()
      this.#size--
    }
    if (isEmpty(this.#first)) this.#firstMs = Number.POSITIVE_INFINITY
    return { timeMs, namespace: waiting.namespace, key: waiting.key }
  }

  /** All of them, in no order that means anything. */
  *timers(): IterableIterator<EventTimer> {
    for (const { namespace, key } of itemsIn(this.#first)) {
      yield { timeMs: this.#firstMs, namespace, key }
    }
    for (const [timeMs, place] of this.#places) {
      for (const { namespace, key } of itemsIn(place)) yield { timeMs, namespace, key }
    }
  }

  #addAt(timeMs: number, waiting: Waiting): void {
    const place = this.#places.get(timeMs)
    if (place === undefined) {
      this.#places.set(timeMs, waiting)
      this.#times.push(timeMs)
    } else if (place instanceof Heap) place.push(waiting)
    else if (!Array.isArray(place)) this.#places.set(timeMs, [place, waiting])
    else {
      place.push(waiting)
      if (place.length > LIST_MAX) this.#places.set(timeMs, heapOf(place))
    }
  }

  #addToFirst(waiting: Waiting): void {
    const first = this.#first
    if (first instanceof Heap) {
      first.push(waiting)
      return
    }
    let index = first.length
    while (index > 0 && compare(first[index - 1] as Waiting, waiting) < 0) index--
    first.splice(index, 0, waiting)
    if (first.length > LIST_MAX) this.#first = heapOf(first)
  }

  /** Sorts what is due first, where that is not done yet or something earlier has come. */
  #findFirst(): void {
    const timeMs = this.#times.peek()
    if (timeMs === undefined || timeMs >= this.#firstMs) return
    if (this.#firstMs < Number.POSITIVE_INFINITY) {
      this.#places.set(this.#firstMs, this.#first)
      this.#times.push(this.#firstMs)
    }
    const place = this.#places.get(timeMs)
    this.#times.pop()
    this.#places.delete(timeMs)
    this.#firstMs = timeMs
    if (place instanceof Heap) this.#first = place
    else if (Array.isArray(place)) this.#first = place.sort((a, b) => compare(b, a))
    else this.#first = place === undefined ? [] : [place]
  }

  #nextIs(waiting: Waiting): boolean {
    const next = this.#first instanceof Heap ? this.#first.peek() : this.#first.at(-1)
    return next !== undefined && compare(next, waiting) === 0
  }
}

function compare(a: Waiting, b: Waiting): number {
  return a.namespace - b.namespace || compareKeys(a.key, b.key)
}

function heapOf(list: readonly Waiting[]): Heap<Waiting> {
  const heap = new Heap(compare)
  for (const waiting of list) heap.push(waiting)
  return heap
}

function isEmpty(place: Waiting[] | Heap<Waiting>): boolean {
  return (place instanceof Heap ? place.size : place.length) === 0
}

function itemsIn(place: Place): Iterable<Waiting> {
  if (place instanceof Heap) return place.items()
  return Array.isArray(place) ? place : [place]
}
