/**
 * A table of keyed state whose entries are short chains of items that are numbers, in an order that
 * the operator keeps: the sessions of a key, say. An item lies in a page (see `item-pages.ts`) and
 * keeps its number, so that others may refer to it.
 *
 *     map  key ──► 7          item 7   | key | next: 3 | none        | n n n |
 *                             item 3   | key | none    | previous: 7 | n n n |
 *
 * It is stored as any other table: each entry as the value that stands for it. The first item of a
 * chain bears a stamp once the chain is changed, as an entry of a `SlotTable` does. All is in one
 * namespace, and stays in memory: what would stay of an entry takes as much as its numbers.
 */

import type { Key } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'
import { ItemPages, PAGE_BITS, PAGE_MASK } from './item-pages.ts'
import { isKey, type MemoryTable } from './memory-table.ts'
import { ShardedMap } from './sharded-map.ts'
import type { ChainLayout, ChainTable, StateSize } from './state.ts'
import { decodeState, encodeState, type Saved, StateCodecError } from './state-codec.ts'
import { keyGroupOf, type PartEntry } from './table-cut.ts'

/** Behind an item's key, and its neighbours by one more, stand its numbers. */
const LEAD = 3
const NEXT = 1
const PREVIOUS = 2
/** Of chains that have been restored or encoded, and not changed since. */
const CLEAN = 0
/** The only namespace. */
const ALL = 0
const SAMPLED = 16
/** Of a key in a map. */
const PLACE_BYTES = 40
const NO_KEYS: ReadonlyMap<number, Key> = new Map()

interface ChainCut {
  readonly stamp: number
  /** Keys that had no chain at the cut any more. */
  readonly gone: ShardedMap<true>
  /** Encoded before they were changed again. */
  readonly early: PartEntry[]
}

export class MemoryChainTable<V> implements ChainTable<V> {
  readonly #layout: ChainLayout<V>
  readonly #pages: ItemPages
  /** The numbers of each page, and how many an item has. */
  readonly #numbers: readonly Float64Array[]
  readonly #stride: number
  /** The first item of each key. */
  readonly #firsts = new ShardedMap<number>()
  /** The keys of all items that have such a one. */
  readonly #otherKeys = new ShardedMap<Key>()
  /** Of what changes now; undefined where nobody notes it. */
  #stamp: number | undefined
  /** Keys whose chains have gone since the last cut. */
  #gone = new ShardedMap<true>()
  #cut: ChainCut | undefined

  constructor(layout: ChainLayout<V>, stored: boolean, restored?: MemoryTable<V>) {
    this.#layout = layout
    const pages = new ItemPages(layout.initial.length + LEAD)
    this.#pages = pages
    this.#numbers = pages.numbers
    this.#stride = pages.stride
    if (stored) {
      this.#stamp = CLEAN + 1
      pages.beginStamps()
    }
    if (restored === undefined) return
    for (const [namespace, key, held] of restored.handOver()) {
      this.#put(namespace, key, restored.look(held))
    }
  }

  // Items

  find(key: Key): number {
    return this.#firsts.get(key) ?? -1
  }

  next(item: number): number {
    const page = this.#numbers[item >>> PAGE_BITS] as Float64Array
    return (page[(item & PAGE_MASK) * this.#stride + NEXT] as number) - 1
  }

  previous(item: number): number {
    return (this.numbers(item)[this.at(item) - LEAD + PREVIOUS] as number) - 1
  }

  numbers(item: number): Float64Array {
    return this.#numbers[item >>> PAGE_BITS] as Float64Array
  }

  at(item: number): number {
    return (item & PAGE_MASK) * this.#stride + LEAD
  }

  givenKey(item: number): Key {
    const other = this.#otherKey(item)
    if (other !== undefined) return other
    return this.#pages.first(item)
  }

  create(key: Key): number {
    const item = this.#pages.add()
    const numbers = this.numbers(item)
    const at = this.at(item) - LEAD
    const isNumber = typeof key === 'number' && !Number.isNaN(key)
    numbers[at] = isNumber ? key : Number.NaN
    numbers[at + NEXT] = 0
    numbers[at + PREVIOUS] = 0
    const { initial } = this.#layout
    for (let place = 0; place < initial.length; place++) {
      numbers[at + LEAD + place] = initial[place] as number
    }
    if (!isNumber) this.#otherKeys.set(item, key)
    return item
  }

  free(item: number): void {
    if (Number.isNaN(this.#pages.first(item))) this.#otherKeys.delete(item)
    this.#pages.free(item)
  }

  isTouched(first: number): boolean {
    return this.#stamp === undefined || this.#pages.stampOf(first) === this.#stamp
  }

  beforeChange(first: number): void {
    const cut = this.#cut
    if (cut !== undefined && this.#pages.stampOf(first) === cut.stamp) {
      cut.early.push(this.#entryOf(first))
    }
    this.#touch(first)
  }

  putFirst(first: number, item: number): void {
    const key = this.givenKey(item)
    this.#firsts.set(key, item)
    if (first < 0 && this.#stamp !== undefined) this.#gone.delete(key)
    this.#join(item, first)
    this.#touch(item)
  }

  putBehind(previous: number, item: number): void {
    this.#join(item, this.next(previous))
    this.#join(previous, item)
  }

  take(item: number): void {
    const next = this.next(item)
    const previous = this.previous(item)
    this.#join(previous, next)
    if (previous >= 0) return
    const key = this.givenKey(item)
    if (next >= 0) {
      this.#firsts.set(key, next)
      this.#touch(next)
      return
    }
    this.#firsts.delete(key)
    if (this.#stamp !== undefined) this.#gone.set(key, true)
  }

  *firsts(): Generator<number, undefined> {
    for (const item of this.#pages.items()) if (this.#isFirst(item)) yield item
    return undefined
  }

  // For reading

  get(namespace: number, key: Key): V | undefined {
    const first = namespace === ALL ? this.find(key) : -1
    return first < 0 ? undefined : this.#valueOf(first)
  }

  count(namespace: number): number {
    return namespace === ALL ? this.#firsts.size : 0
  }

  *entries(namespace: number): Generator<readonly [Key, V], undefined> {
    if (namespace !== ALL) return undefined
    for (const first of this.firsts()) yield [this.#keyOf(first), this.#valueOf(first)]
    return undefined
  }

  *keys(namespace: number): Generator<Key, undefined> {
    if (namespace !== ALL) return undefined
    for (const first of this.firsts()) yield this.#keyOf(first)
    return undefined
  }

  namespaces(): readonly number[] {
    return this.isEmpty ? [] : [ALL]
  }

  // As a part of a node's state

  get isEmpty(): boolean {
    return this.count(ALL) === 0
  }

  cut(everything: boolean): IterableIterator<PartEntry> {
    if (this.#cut !== undefined) throw new Error('The cut before this one was not read to its end.')
    const stamp = this.#stamp ?? CLEAN + 1
    this.#stamp = stamp + 1
    this.#pages.beginStamps()
    if (everything) this.#pages.stampAll(stamp)
    const cut = { stamp, gone: everything ? new ShardedMap<true>() : this.#gone, early: [] }
    this.#gone = new ShardedMap()
    this.#cut = cut
    return this.#read(cut)
  }

  *snapshot(): Generator<PartEntry, void> {
    for (const first of this.firsts()) yield this.#entryOf(first)
  }

  size(): StateSize {
    const entries = this.count(ALL)
    const others = this.#otherKeys.size * (PLACE_BYTES + this.#usualKeyBytes())
    return { entries, bytes: this.#pages.bytes + entries * PLACE_BYTES + others, spilledBytes: 0 }
  }

  countKeys(max: number): number {
    return Math.min(max, this.count(ALL))
  }

  /** Nothing leaves memory. */
  spill(): number {
    return 0
  }

  tidySpilled(): void {}

  /** What was restored is numbers from the start. */
  readSome(): void {}

  restore([namespace, key]: readonly Saved[], value: Uint8Array): void {
    if (typeof namespace !== 'number' || !isKey(key)) {
      throw new StateCodecError('An entry of a table has no namespace and key.')
    }
    this.#put(namespace, key, decodeState(value) as V)
  }

  #put(namespace: number, key: Key, value: V): void {
    if (namespace !== ALL) throw new StateCodecError('A table of chains has one namespace.')
    const given = this.#layout.givenKey(key, value)
    let previous = -1
    let first = -1
    for (const numbers of this.#layout.itemsOf(value)) {
      const item = this.create(given)
      this.numbers(item).set(numbers, this.at(item))
      if (previous >= 0) this.putBehind(previous, item)
      else {
        this.putFirst(-1, item)
        first = item
      }
      previous = item
    }
    if (first >= 0) this.#pages.stamp(first, CLEAN)
  }

  *#read(cut: ChainCut): Generator<PartEntry, void> {
    for (const key of cut.gone.keys()) {
      yield { path: [ALL, key], keyGroup: keyGroupOf(key), value: undefined }
    }
    for (const item of this.#pages.items()) {
      if (this.#pages.stampOf(item) !== cut.stamp || !this.#isFirst(item)) continue
      this.#pages.stamp(item, CLEAN)
      yield this.#entryOf(item)
    }
    yield* cut.early
    this.#cut = undefined
  }

  /** Of one that has been let go of, too: then it is not. */
  #isFirst(item: number): boolean {
    return this.#firsts.get(this.givenKey(item)) === item
  }

  #otherKey(item: number): Key | undefined {
    return this.#otherKeys.size === 0 ? undefined : this.#otherKeys.get(item)
  }

  /** As a map has it: -0 is the key 0. */
  #keyOf(first: number): Key {
    const key = this.givenKey(first)
    return typeof key === 'number' ? key + 0 : key
  }

  #valueOf(first: number): V {
    const items: number[][] = []
    for (let item = first; item >= 0; item = this.next(item)) {
      const at = this.at(item)
      items.push([...this.numbers(item).subarray(at, at + this.#layout.initial.length)])
    }
    return this.#layout.toValue(this.givenKey(first), items)
  }

  #entryOf(first: number): PartEntry {
    const key = this.#keyOf(first)
    const value = encodeState(this.#valueOf(first))
    return { path: [ALL, key], keyGroup: keyGroupOf(key), value }
  }

  /** Makes neighbours of two items, either of which may be none. */
  #join(item: number, next: number): void {
    if (item >= 0) this.numbers(item)[this.at(item) - LEAD + NEXT] = next + 1
    if (next >= 0) this.numbers(next)[this.at(next) - LEAD + PREVIOUS] = item + 1
  }

  #touch(first: number): void {
    if (this.#stamp !== undefined) this.#pages.stamp(first, this.#stamp)
  }

  #usualKeyBytes(): number {
    let bytes = 0
    let count = 0
    for (const [, key] of this.#otherKeys.size === 0 ? NO_KEYS : this.#otherKeys.entries()) {
      bytes += typeof key === 'string' ? estimateBytes(key) : 0
      if (++count === SAMPLED) break
    }
    return count === 0 ? 0 : Math.round(bytes / count)
  }
}
