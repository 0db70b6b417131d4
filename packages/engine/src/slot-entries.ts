/**
 * The entries of one namespace of a `SlotTable`. Beyond some ten thousand they are spread over many
 * `Slots` by a hash of the key, so that none is large and growing never stops the thread for long.
 */

import type { Key } from '@millrace/pipeline'
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
  #shards: Slots[] | undefined
  #count = 0
  /** Of `isTouched`; undefined where nobody notes what changes. */
  #stamp: number | undefined

  constructor(initial: readonly number[], expected: number, stamp: number | undefined) {
    this.#initial = initial
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

  /** -1 if there is none. */
  find(key: Key): number {
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
    if (this.#shards === undefined && this.#count >= SINGLE_MAX) this.#spread(key)
    const slot = this.slots.add(key)
    this.#count++
    this.touch(slot)
    return slot
  }

  #make(expected: number): Slots {
    const slots = new Slots(this.#initial, expected)
    if (this.#stamp !== undefined) {
      slots.stamps = new Uint32Array(slots.numbers.length / slots.stride)
    }
    return slots
  }

  #spread(next: Key): void {
    const single = this.slots
    const { stride } = single
    const shards = Array.from({ length: 1 << SHARD_BITS }, () => this.#make(0))
    for (let slot = 0; slot < single.count; slot++) {
      const key = single.keyOf(slot)
      const shard = this.#shard(shards, key)
      const at = shard.add(single.givenKey(slot))
      const from = slot * stride + 1
      shard.numbers.set(single.numbers.subarray(from, from + stride - 1), at * stride + 1)
      if (single.objects.length > 0) shard.objects[at] = single.objects[slot]
      if (shard.stamps !== undefined) shard.stamps[at] = single.stamps?.[slot] ?? 0
    }
    this.#shards = shards
    this.slots = this.#shard(shards, next)
  }

  #shard(shards: readonly Slots[], key: Key): Slots {
    const shard = shards[hashKey(key) >>> (32 - SHARD_BITS)]
    if (shard === undefined) throw new RangeError('The slots are not there.')
    return shard
  }
}
