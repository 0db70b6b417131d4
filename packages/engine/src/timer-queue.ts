/**
 * Timers by (time, namespace, key). Those of one millisecond stand together, and only the
 * milliseconds are in a heap: most timers are set for a time at which others are due already, or
 * behind all of them, and then cost no search. They are sorted when their millisecond comes.
 *
 * Where very many are due at one time, they are in a heap of their own from the start, since
 * sorting them all at once would hold the thread.
 *
 * A cut brings all that are there, although some are set and taken while it is read: each timer
 * bears the number of the cut behind which it was set, or, negative, that of the cut that has
 * brought it. One that bears neither and is about to be taken is kept for the cut.
 */

import { compareKeys, type Key } from '@millrace/pipeline'
import { Heap } from './heap.ts'
import { ShardedMap } from './sharded-map.ts'
import type { EventTimer } from './state.ts'

/** Without its time, which is that of its place. */
interface Waiting {
  readonly namespace: number
  readonly key: Key
  cut: number
}

/** A cut that has not been read to its end. */
interface QueueCut {
  /** Taken before they were brought. */
  readonly taken: EventTimer[]
  /** What became due first meanwhile, and so is not in its place any more. */
  readonly moved: (readonly [timeMs: number, timers: readonly Waiting[]])[]
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
  #cutCount = 0
  #cut: QueueCut | undefined

  add(timeMs: number, namespace: number, key: Key): void {
    const waiting = { namespace, key, cut: this.#cutCount }
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
    const timer = { timeMs, namespace: waiting.namespace, key: waiting.key }
    this.#size--
    const id = this.#cutCount
    let isBrought = waiting.cut === -id
    let isNew = waiting.cut === id
    while (this.#nextIs(waiting)) {
      const equal = this.#first.pop()
      this.#size--
      if (equal === undefined) continue
      isBrought ||= equal.cut === -id
      isNew &&= equal.cut === id
      equal.cut = -id
    }
    waiting.cut = -id
    if (!isBrought && !isNew) this.#cut?.taken.push(timer)
    if (isEmpty(this.#first)) this.#firstMs = Number.POSITIVE_INFINITY
    return timer
  }

  /**
   * All of them as they are now, each once, in no order that means anything. To be read to its end
   * before the next cut.
   */
  cut(): IterableIterator<EventTimer> {
    this.#cutCount++
    const cut: QueueCut = { taken: [], moved: [] }
    this.#cut = cut
    return this.#read(cut)
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

  *#read(cut: QueueCut): Generator<EventTimer, undefined> {
    yield* this.#bring(this.#firstMs, listOf(this.#first))
    for (const [timeMs, place] of this.#places) yield* this.#bring(timeMs, listOf(place))
    for (const [timeMs, timers] of cut.moved) yield* this.#bring(timeMs, timers)
    yield* cut.taken
    this.#cut = undefined
    return undefined
  }

  /** What is set twice is brought once. */
  *#bring(timeMs: number, timers: readonly Waiting[]): Generator<EventTimer, void> {
    const id = this.#cutCount
    const seen = timers.length > 1 ? new Map<number, ShardedMap<true>>() : undefined
    for (const waiting of timers) {
      const { namespace, key } = waiting
      if (waiting.cut === id || waiting.cut === -id) continue
      waiting.cut = -id
      const known = seen?.get(namespace) ?? new ShardedMap<true>()
      if (known.get(key) === true) continue
      known.set(key, true)
      seen?.set(namespace, known)
      yield { timeMs, namespace, key }
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
    if (place !== undefined) this.#cut?.moved.push([timeMs, listOf(place)])
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

/** It stays as it is, whatever becomes of the place. */
function listOf(place: Place): readonly Waiting[] {
  return [...itemsIn(place)]
}
