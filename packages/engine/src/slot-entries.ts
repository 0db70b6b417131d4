/**
 * The entries of one namespace of a `SlotTable`. Beyond some ten thousand they are spread over many
 * `Slots` by a hash of the key, so that none is large and growing never stops the thread for long.
 *
 * Nor does spreading: each entry that is added from then on takes a few along from the end of the
 * first `Slots`. Until those are empty, an entry may be there or where its hash says.
 */

import type { Key, Row } from '@millrace/pipeline'
import type { ColumnKeys } from './column-keys.ts'
import { hashKey } from './sharded-map.ts'
import { Slots } from './slots.ts'

const SINGLE_MAX = 32_768
/** 512 of them: the highest bits of the hash say which, since `Slots` go by the lowest. */
const SHARD_BITS = 9
/** As many as there are when all have been moved, and some more. */
const SHARD_ROOM = (2 * SINGLE_MAX) >>> SHARD_BITS
/** So many leave the first `Slots` with each entry that is added. */
const MOVED_EACH = 2

export class SlotEntries {
  /** Where the entry lies that was placed, found or added last. */
  slots: Slots
  /** Whether `place` has added the entry. */
  isNew = false
  /**
   * Whether entries move from the first of the parts to the others, or have moved. A field that
   * changes at once: V8 takes one that was set once for one that never changes, and compiles what
   * reads it anew when it does.
   */
  isSpread = true
  readonly #initial: readonly number[]
  readonly #columns: ColumnKeys | undefined
  /** What has not been moved; undefined once that is nothing. */
  #single: Slots | undefined
  /** None as long as the first `Slots` hold everything. */
  #shards: readonly Slots[] = []
  #parts: readonly Slots[]
  #count = 0
  /** Of `isTouched`; undefined where nobody notes what changes. */
  #stamp: number | undefined

  constructor(
    initial: readonly number[],
    expected: number,
    stamp: number | undefined,
    columns?: ColumnKeys,
  ) {
    this.#initial = initial
    this.#columns = columns
    this.#stamp = stamp
    this.slots = this.#make(Math.min(expected, SINGLE_MAX))
    this.#single = this.slots
    this.isSpread = false
    this.#parts = [this.slots]
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    let bytes = 0
    for (const { bytes: own } of this.parts()) bytes += own
    return bytes
  }

  /** Where entries move, they do so from the end of the first part to one of the others. */
  parts(): readonly Slots[] {
    return this.#parts
  }

  /** In no order that means anything. */
  *keys(): Generator<Key, undefined> {
    for (const slots of this.parts()) {
      for (let slot = 0; slot < slots.count; slot++) yield slots.keyOf(slot)
    }
    return undefined
  }

  /** From now on entries that are added or touched bear this stamp. */
  stampWith(stamp: number): void {
    this.#stamp = stamp
    for (const slots of this.parts()) {
      slots.stamps ??= new Uint32Array(slots.numbers.length / slots.stride)
    }
  }

  /** The slot of this key, which is added if there is none. */
  place(key: Key): number {
    const slot = this.#locate(key)
    this.isNew = slot < 0
    return slot < 0 ? this.#add(key) : slot
  }

  /** As `place`, for the key of a row, where keys are of columns. */
  placeRow(columns: ColumnKeys, row: Row): number {
    columns.read(row)
    return this.#placeRead(columns)
  }

  /** The same where only the values of the key are there. */
  placeValues(columns: ColumnKeys, values: Row): number {
    columns.readValues(values)
    return this.#placeRead(columns)
  }

  #placeRead(columns: ColumnKeys): number {
    const slot = this.#locateRead(columns)
    this.isNew = slot < 0
    return slot < 0 ? this.#addRead(columns) : slot
  }

  /** -1 if there is none. Where keys are of columns, all entries are looked at. */
  find(key: Key): number {
    if (this.#columns !== undefined) return this.#search(key)
    return this.#locate(key)
  }

  /** Takes out what `place` has added, if nothing has been placed since. */
  takeLast(): void {
    this.slots.takeLast()
    this.#count--
  }

  /** Whether the entry has been changed since the stamp was given; if not, it counts so now. */
  isTouched(slot: number): boolean {
    const { stamps } = this.slots
    if (stamps === undefined || this.#stamp === undefined) return true
    return stamps[slot] === this.#stamp
  }

  touch(slot: number): void {
    const { stamps } = this.slots
    if (stamps !== undefined && this.#stamp !== undefined) stamps[slot] = this.#stamp
  }

  #locate(key: Key): number {
    const single = this.#single
    if (single !== undefined) {
      this.slots = single
      const slot = single.find(key)
      if (slot >= 0 || !this.isSpread) return slot
    }
    this.slots = this.#shard(hashKey(key))
    return this.slots.find(key)
  }

  #locateRead(columns: ColumnKeys): number {
    const single = this.#single
    if (single !== undefined) {
      this.slots = single
      const slot = single.findRead(columns)
      if (slot >= 0 || !this.isSpread) return slot
    }
    this.slots = this.#shard(columns.hash)
    return this.slots.findRead(columns)
  }

  #add(key: Key): number {
    if (this.#single !== undefined && this.#moves(this.#single)) {
      this.slots = this.#shard(hashKey(key))
    }
    const slot = this.slots.add(key)
    this.#count++
    this.touch(slot)
    return slot
  }

  #addRead(columns: ColumnKeys): number {
    if (this.#single !== undefined && this.#moves(this.#single)) {
      this.slots = this.#shard(columns.hash)
    }
    const slot = this.slots.addNumbers(columns.numbers, columns.hash)
    this.#count++
    this.touch(slot)
    return slot
  }

  #search(key: Key): number {
    for (const slots of this.parts()) {
      for (let slot = 0; slot < slots.count; slot++) {
        if (slots.keyOf(slot) !== key) continue
        this.slots = slots
        return slot
      }
    }
    return -1
  }

  #make(expected: number): Slots {
    const slots = new Slots(this.#initial, expected, this.#columns)
    if (this.#stamp !== undefined) {
      slots.stamps = new Uint32Array(slots.numbers.length / slots.stride)
    }
    return slots
  }

  /** Moves some entries, where there are too many for one place; returns whether it does. */
  #moves(single: Slots): boolean {
    if (!this.isSpread) {
      if (this.#count < SINGLE_MAX) return false
      this.#shards = Array.from({ length: 1 << SHARD_BITS }, () => this.#make(SHARD_ROOM))
      this.#parts = [single, ...this.#shards]
      this.isSpread = true
    }
    for (let left = MOVED_EACH; left > 0 && single.count > 0; left--) this.#moveLast(single)
    if (single.count === 0) {
      this.#single = undefined
      this.#parts = this.#shards
    }
    return true
  }

  #moveLast(single: Slots): void {
    const { keyWidth, stride } = single
    const slot = single.count - 1
    const { shard, at } = this.#addKeyOf(single, slot)
    const from = slot * stride + keyWidth
    const numbers = single.numbers.subarray(from, from + stride - keyWidth)
    shard.numbers.set(numbers, at * stride + keyWidth)
    if (single.objects.length > slot) shard.putObject(at, single.objects[slot])
    if (shard.stamps !== undefined) shard.stamps[at] = single.stamps?.[slot] ?? 0
    single.takeLast()
  }

  #addKeyOf(single: Slots, slot: number): { readonly shard: Slots; readonly at: number } {
    if (this.#columns === undefined) {
      const shard = this.#shard(hashKey(single.keyOf(slot)))
      return { shard, at: shard.add(single.givenKey(slot)) }
    }
    const [key, hash] = single.keyNumbers(slot, this.#columns)
    const shard = this.#shard(hash)
    return { shard, at: shard.addNumbers(key, hash) }
  }

  #shard(hash: number): Slots {
    const shard = this.#shards[hash >>> (32 - SHARD_BITS)]
    if (shard === undefined) throw new RangeError('The slots are not there.')
    return shard
  }
}
