/**
 * Entries of keyed state that are numbers: they lie one behind another in one array of doubles, and
 * an index by hash finds them by their key. So an entry is no object, and the collector has nothing
 * to copy or to mark, however many there are.
 *
 *     index     | . | 2 | . | . | 1 | . | 3 | . |     slot + 1; 0 is free, the next place is tried
 *     numbers   | key n n | key n n | key n n | . . . |
 *
 * Keys that are no numbers are looked up in a map instead, and keys of several columns are several
 * numbers (see `column-keys.ts`).
 */

import type { Key, Value } from '@millrace/pipeline'
import type { ColumnKeys } from './column-keys.ts'
import { hashNumber } from './sharded-map.ts'

const SLOTS_FIRST = 8

export class Slots {
  /** How many numbers an entry takes, its key before them. */
  readonly stride: number
  /** How many of them are its key. */
  readonly keyWidth: number
  /** Entry `slot` begins with its key at `slot * stride`. Another array once entries come. */
  numbers: Float64Array
  /** What else an entry keeps, where it does: as long as there are entries. */
  readonly objects: unknown[] = []
  /** When each entry was changed; undefined where nobody notes that. */
  stamps: Uint32Array | undefined
  readonly #initial: readonly number[]
  readonly #columns: ColumnKeys | undefined
  #count = 0
  #index: Int32Array
  /** Slots of keys that are no numbers, or NaN; undefined as long as there are none. */
  #others: Map<Key, number> | undefined
  /** By slot, once there are others. */
  #keys: Key[] | undefined

  /** `initial` is what the numbers of a new entry are, behind its key. */
  constructor(initial: readonly number[], expected = 0, columns?: ColumnKeys) {
    this.#initial = initial
    this.#columns = columns
    this.keyWidth = columns?.width ?? 1
    this.stride = initial.length + this.keyWidth
    let room = SLOTS_FIRST
    while (room < expected) room *= 2
    this.numbers = new Float64Array(room * this.stride)
    this.#index = new Int32Array(room * 2)
  }

  get count(): number {
    return this.#count
  }

  /** Of the arrays. */
  get bytes(): number {
    return this.numbers.byteLength + this.#index.byteLength + (this.stamps?.byteLength ?? 0)
  }

  /** The slot of this key; -1 if there is none. */
  find(key: Key): number {
    if (typeof key !== 'number' || Number.isNaN(key)) return this.#others?.get(key) ?? -1
    const { numbers, stride } = this
    const index = this.#index
    const mask = index.length - 1
    let place = hashNumber(key) & mask
    for (;;) {
      const slot = (index[place] as number) - 1
      if (slot < 0 || numbers[slot * stride] === key) return slot
      place = (place + 1) & mask
    }
  }

  /** The slot of the key that was read last; -1 if there is none. */
  findRead({ hash, numbers: read }: ColumnKeys): number {
    const { numbers, stride } = this
    const index = this.#index
    const mask = index.length - 1
    let place = hash & mask
    for (;;) {
      const slot = (index[place] as number) - 1
      if (slot < 0) return slot
      const first = slot * stride
      let same = 0
      while (same < read.length && numbers[first + same] === read[same]) same++
      if (same === read.length) return slot
      place = (place + 1) & mask
    }
  }

  /** Adds an entry for a key of columns that has none. */
  addNumbers(key: Float64Array, hash: number): number {
    const slot = this.#begin()
    this.numbers.set(key, slot * this.stride)
    this.#index[this.#placeFrom(hash, -1)] = slot + 1
    return slot
  }

  /** Adds an entry for a key that has none. */
  add(key: Key): number {
    const slot = this.#begin()
    const isNumber = typeof key === 'number' && !Number.isNaN(key)
    this.numbers[slot * this.stride] = isNumber ? key : 0
    if (isNumber) this.#place(key, slot)
    else {
      this.#others ??= new Map()
      this.#others.set(key, slot)
      this.#keys ??= this.#numberKeys(slot)
    }
    this.#keys?.push(key)
    return slot
  }

  #begin(): number {
    const slot = this.#count
    if ((slot + 1) * this.stride > this.numbers.length) this.#grow()
    this.#count++
    const initial = this.#initial
    const first = slot * this.stride + this.keyWidth
    for (let at = 0; at < initial.length; at++) this.numbers[first + at] = initial[at] as number
    return slot
  }

  /** Gives an entry an object where not each has one. */
  putObject(slot: number, object: unknown): void {
    // Without holes: V8 keeps a list with large ones as a map.
    while (this.objects.length < slot) this.objects.push(undefined)
    this.objects[slot] = object
  }

  /** Takes the entry out that was added last. */
  takeLast(): void {
    const slot = this.#count - 1
    if (this.#columns === undefined) this.#takeOut(this.keyOf(slot), slot)
    else {
      const hash = this.#columns.hashAt(this.numbers, slot * this.stride)
      this.#index[this.#placeFrom(hash, slot)] = 0
    }
    if (this.objects.length > slot) this.objects.length = slot
    this.#count--
  }

  #takeOut(key: Key, slot: number): void {
    if (typeof key !== 'number' || Number.isNaN(key)) this.#others?.delete(key)
    else this.#index[this.#placeOf(key, slot)] = 0
    this.#keys?.pop()
  }

  keyOf(slot: number): Key {
    if (this.#columns !== undefined) return this.#columns.keyAt(this.numbers, slot * this.stride)
    // As a map has it: -0 is the key 0.
    if (this.#keys === undefined) return (this.numbers[slot * this.stride] as number) + 0
    const key = this.#keys[slot] ?? null
    return typeof key === 'number' ? key + 0 : key
  }

  /** As it was given: -0 is not 0. */
  givenKey(slot: number): Key {
    if (this.#keys !== undefined) return this.#keys[slot] ?? null
    return this.numbers[slot * this.stride] as number
  }

  /** All keys, where each is one number; undefined where they are not. */
  numberKeys(): Float64Array | undefined {
    if (this.#keys !== undefined || this.#columns !== undefined) return undefined
    const keys = new Float64Array(this.#count)
    for (let slot = 0; slot < keys.length; slot++) keys[slot] = this.keyOf(slot) as number
    return keys
  }

  /** The numbers of a key of columns, and its hash. */
  keyNumbers(slot: number, columns: ColumnKeys): readonly [key: Float64Array, hash: number] {
    const first = slot * this.stride
    const key = this.numbers.subarray(first, first + this.keyWidth)
    return [key, columns.hashAt(this.numbers, first)]
  }

  /** The values of a key, as they were given. */
  givenValues(slot: number): Value[] {
    return this.#columns?.valuesAt(this.numbers, slot * this.stride) ?? [this.givenKey(slot)]
  }

  #numberKeys(count: number): Key[] {
    const keys: Key[] = []
    for (let slot = 0; slot < count; slot++) keys.push(this.numbers[slot * this.stride] as number)
    return keys
  }

  #place(key: number, slot: number): void {
    this.#index[this.#placeOf(key, -1)] = slot + 1
  }

  /** Where in the index this slot stands, or a free place is for this key. */
  #placeOf(key: number, slot: number): number {
    return this.#placeFrom(hashNumber(key), slot)
  }

  #placeFrom(hash: number, slot: number): number {
    const index = this.#index
    const mask = index.length - 1
    let place = hash & mask
    while (index[place] !== slot + 1) place = (place + 1) & mask
    return place
  }

  #grow(): void {
    const room = (this.numbers.length / this.stride) * 2
    const numbers = new Float64Array(room * this.stride)
    numbers.set(this.numbers)
    this.numbers = numbers
    if (this.stamps !== undefined) {
      const stamps = new Uint32Array(room)
      stamps.set(this.stamps)
      this.stamps = stamps
    }
    this.#index = new Int32Array(room * 2)
    this.#fillIndex()
  }

  #fillIndex(): void {
    const { numbers, stride } = this
    const columns = this.#columns
    for (let slot = 0; slot < this.#count; slot++) {
      if (columns !== undefined) {
        const hash = columns.hashAt(numbers, slot * stride)
        this.#index[this.#placeFrom(hash, -1)] = slot + 1
        continue
      }
      const key = this.#keys === undefined ? numbers[slot * this.stride] : this.#keys[slot]
      if (typeof key === 'number' && !Number.isNaN(key)) this.#place(key, slot)
    }
  }
}
