/**
 * A map that grows without stopping. A single `Map` copies itself whenever it doubles, which takes
 * a good part of a second at some millions of entries. From a few thousand entries on, this one
 * spreads them over many maps by a hash of the key, so that each copy stays small, and it may hold
 * more than 2^24 entries.
 */

import type { Key } from '@millrace/pipeline'

const SINGLE_MAX = 32_768
const SHARDS = 512

export class ShardedMap<V> {
  #single: Map<Key, V> | undefined = new Map()
  #shards: Map<Key, V>[] = []
  #size = 0

  get(key: Key): V | undefined {
    return this.#single === undefined ? this.#shard(key).get(key) : this.#single.get(key)
  }

  set(key: Key, value: V): void {
    const map = this.#single ?? this.#shard(key)
    const sizeBefore = map.size
    map.set(key, value)
    this.#size += map.size - sizeBefore
    if (map === this.#single && this.#size > SINGLE_MAX) this.#spread(map)
  }

  delete(key: Key): boolean {
    const deleted = (this.#single ?? this.#shard(key)).delete(key)
    if (deleted) this.#size--
    return deleted
  }

  get size(): number {
    return this.#size
  }

  /** So many maps, none of them large. A single one may become many; many stay as many. */
  get partCount(): number {
    return this.#single === undefined ? SHARDS : 1
  }

  partOf(key: Key): number {
    return this.#single === undefined ? hashKey(key) & (SHARDS - 1) : 0
  }

  keysOfPart(part: number): IterableIterator<Key> {
    return (this.#single ?? this.#shards[part] ?? new Map<Key, V>()).keys()
  }

  /** The map's own iterator where there is one: a generator around it costs three times as much. */
  entries(): IterableIterator<[Key, V]> {
    return this.#single?.entries() ?? this.#entriesOfShards()
  }

  keys(): IterableIterator<Key> {
    return this.#single?.keys() ?? this.#keysOfShards()
  }

  *#entriesOfShards(): Generator<[Key, V], void> {
    for (const shard of this.#shards) yield* shard.entries()
  }

  *#keysOfShards(): Generator<Key, void> {
    for (const shard of this.#shards) yield* shard.keys()
  }

  #spread(single: Map<Key, V>): void {
    this.#single = undefined
    this.#shards = Array.from({ length: SHARDS }, () => new Map())
    for (const [key, value] of single) this.#shard(key).set(key, value)
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
