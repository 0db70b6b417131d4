/**
 * The entries of one namespace of a `SlotTable`. Beyond some ten thousand they are spread over many
 * `Slots` by a hash of the key, so that none is large and growing never stops the thread for long.
 */

import type { Key, Row } from '@millrace/pipeline'
import type { ColumnKeys } from './column-keys.ts'
import { hashKey } from './sharded-map.ts'
import { Slots } from './slots.ts'

const SINGLE_MAX = 32_768
/** 512 of them: the highest bits of the hash say which, since `Slots` go by the lowest. */
const SHARD_BITS = 9

export class SlotEntries {
  /** Where the entry lies that was placed, found or added last. */
  slots: Slots
  /** Whether `place` has added the entry. */
  isNew = false
  readonly #initial: readonly number[]
  readonly #columns: ColumnKeys | undefined
  #shards: Slots[] | undefined
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
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    let bytes = 0
    for (const { bytes: own } of this.parts()) bytes += own
    return bytes
  }

  /** Whether entries have moved from the one place to many; they never move again. */
  get isSpread(): boolean {
    return this.#shards !== undefined
  }

  parts(): readonly Slots[] {
    return this.#shards ?? [this.slots]
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
    if (this.#shards !== undefined) this.slots = this.#shard(this.#shards, key)
    const slot = this.slots.find(key)
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
    if (this.#shards !== undefined) this.slots = shardOf(this.#shards, columns.hash)
    const slot = this.slots.findRead(columns)
    this.isNew = slot < 0
    return slot < 0 ? this.#addRead(columns) : slot
  }

  /** -1 if there is none. Where keys are of columns, all entries are looked at. */
  find(key: Key): number {
    if (this.#columns !== undefined) return this.#search(key)
    if (this.#shards !== undefined) this.slots = this.#shard(this.#shards, key)
    return this.slots.find(key)
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

  #add(key: Key): number {
    if (this.#shards === undefined && this.#count >= SINGLE_MAX) {
      this.#spread()
      this.slots = this.#shard(this.#shards ?? [], key)
    }
    const slot = this.slots.add(key)
    this.#count++
    this.touch(slot)
    return slot
  }

  #addRead(columns: ColumnKeys): number {
    if (this.#shards === undefined && this.#count >= SINGLE_MAX) {
      this.#spread()
      this.slots = shardOf(this.#shards ?? [], columns.hash)
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

  #spread(): void {
    const single = this.slots
    const { keyWidth, stride } = single
    const shards = Array.from({ length: 1 << SHARD_BITS }, () => this.#make(0))
    for (let slot = 0; slot < single.count; slot++) {
      const { shard, at } = this.#moveKey(single, slot, shards)
      const from = slot * stride + keyWidth
      const numbers = single.numbers.subarray(from, (slot + 1) * stride)
      shard.numbers.set(numbers, at * stride + keyWidth)
      if (single.objects.length > 0) shard.objects[at] = single.objects[slot]
      if (shard.stamps !== undefined) shard.stamps[at] = single.stamps?.[slot] ?? 0
    }
    this.#shards = shards
  }

  #moveKey(
    single: Slots,
    slot: number,
    shards: readonly Slots[],
  ): { readonly shard: Slots; readonly at: number } {
    if (this.#columns === undefined) {
      const shard = this.#shard(shards, single.keyOf(slot))
      return { shard, at: shard.add(single.givenKey(slot)) }
    }
    const [key, hash] = single.keyNumbers(slot, this.#columns)
    const shard = shardOf(shards, hash)
    return { shard, at: shard.addNumbers(key, hash) }
  }

  #shard(shards: readonly Slots[], key: Key): Slots {
    return shardOf(shards, hashKey(key))
  }
}

function shardOf(shards: readonly Slots[], hash: number): Slots {
  const shard = shards[hash >>> (32 - SHARD_BITS)]
  if (shard === undefined) throw new RangeError('The slots are not there.')
  return shard
}
