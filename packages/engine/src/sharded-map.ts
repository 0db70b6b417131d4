/**
 * A map that grows without stopping. A single `Map` copies itself whenever it doubles, which takes
 * a good part of a second at some millions of entries. From some ten thousand entries on, this one
 * spreads them over many maps by a hash of the key, so that each copy stays small, and it may hold
 * more than 2^24 entries.
 *
 * Spreading is no stop either: each entry that is added from then on takes a few of the first map
 * along. Until that one is empty, a key may be here or there.
 */

import type { Key } from '@millrace/pipeline'

const SINGLE_MAX = 32_768
const SHARDS = 512
/** So many leave the first map with each entry that is added. */
const MOVED_EACH = 2
const NO_KEYS = new Map<Key, never>().keys()

export class ShardedMap<V> {
  #single: Map<Key, V> | undefined = new Map()
  /** None as long as the first map holds everything. */
  #shards: Map<Key, V>[] = []
  /** Goes through the first map while its entries are moved. */
  #moving: IterableIterator<Key> | undefined = NO_KEYS
  #size = 0

  /** Fields that change at once, as `SlotEntries.isSpread`. */
  constructor() {
    this.#shards = []
    this.#moving = undefined
  }

  get(key: Key): V | undefined {
    const single = this.#single
    if (single === undefined) return this.#shard(key).get(key)
    const value = single.get(key)
    if (value !== undefined || this.#moving === undefined) return value
    return this.#shard(key).get(key)
  }

  set(key: Key, value: V): void {
    const map = this.#mapFor(key)
    const sizeBefore = map.size
    map.set(key, value)
    if (map.size === sizeBefore) return
    this.#size++
    if (this.#moving !== undefined) this.#moveSome(this.#moving)
    else if (map === this.#single && this.#size > SINGLE_MAX) this.#spread(map)
  }

  delete(key: Key): boolean {
    const deleted = this.#mapFor(key).delete(key)
    if (deleted) this.#size--
    return deleted
  }

  get size(): number {
    return this.#size
  }

  /**
   * What is taken as a whole: everything as long as keys may move from one map to another, else one
   * of many maps, each of which is small.
   */
  get partCount(): number {
    return this.#single === undefined ? SHARDS : 1
  }

  partOf(key: Key): number {
    return this.#single === undefined ? hashKey(key) & (SHARDS - 1) : 0
  }

  keysOfPart(part: number): IterableIterator<Key> {
    if (this.#single !== undefined) return this.keys()
    return (this.#shards[part] ?? new Map<Key, V>()).keys()
  }

  /** The map's own iterator where there is one: a generator around it costs three times as much. */
  entries(): IterableIterator<[Key, V]> {
    if (this.#shards.length === 0 && this.#single !== undefined) return this.#single.entries()
    return this.#entriesOfAll()
  }

  keys(): IterableIterator<Key> {
    if (this.#shards.length === 0 && this.#single !== undefined) return this.#single.keys()
    return this.#keysOfAll()
  }

  *#entriesOfAll(): Generator<[Key, V], void> {
    if (this.#single !== undefined) yield* this.#single.entries()
    for (const shard of this.#shards) yield* shard.entries()
  }

  *#keysOfAll(): Generator<Key, void> {
    if (this.#single !== undefined) yield* this.#single.keys()
    for (const shard of this.#shards) yield* shard.keys()
  }

  /** Where the key is, or would be. */
  #mapFor(key: Key): Map<Key, V> {
    const single = this.#single
    if (single === undefined) return this.#shard(key)
    return this.#moving === undefined || single.has(key) ? single : this.#shard(key)
  }

  #spread(single: Map<Key, V>): void {
    this.#shards = Array.from({ length: SHARDS }, () => new Map())
    this.#moving = single.keys()
  }

  #moveSome(moving: IterableIterator<Key>): void {
    const single = this.#single
    for (let left = MOVED_EACH; left > 0 && single !== undefined; left--) {
      const next = moving.next()
      if (next.done === true) {
        this.#single = undefined
        this.#moving = undefined
        return
      }
      const value = single.get(next.value) as V
      single.delete(next.value)
      this.#shard(next.value).set(next.value, value)
    }
  }

  #shard(key: Key): Map<Key, V> {
    const shard = this.#shards[hashKey(key) & (SHARDS - 1)]
    if (shard === undefined) throw new RangeError('The shards are not there.')
    return shard
  }
}

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

/**
 * 32 bits: FNV-1a over the code units of a text, the bits of any number that has more than 32,
 * finished with a multiply and shift. Not for hostile keys alone to be spread by.
 */
export function hashKey(key: Key): number {
  if (typeof key === 'number') return hashNumber(key)
  if (typeof key !== 'string') return key === true ? 1 : 0
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  return mix(hash)
}

/** 32 bits, as `hashKey`. -0 is 0, and NaN may have any of many bits, yet is one key. */
export function hashNumber(key: number): number {
  if ((key | 0) === key) return mix(key)
  if (Number.isNaN(key)) return 0
  float[0] = key
  return mix(mix(words[0] ?? 0) ^ (words[1] ?? 0))
}

function mix(value: number): number {
  const multiplied = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return multiplied ^ (multiplied >>> 15)
}
