/**
 * A map that grows without stopping. A single `Map` copies itself whenever it doubles, which takes
 * a good part of a second at some millions of entries. From a few thousand entries on, this one
 * spreads them over many maps by a hash of the key, so that each copy stays small, and it may hold
 * more than 2^24 entries.
 */

import type { Key } from '@millrace/pipeline'

const SINGLE_MAX = 8192
const SHARDS = 512

export class ShardedMap<V> {
  #single: Map<Key, V> | undefined = new Map()
  #shards: Map<Key, V>[] = []

  get(key: Key): V | undefined {
    return this.#single === undefined ? this.#shard(key).get(key) : this.#single.get(key)
  }

  set(key: Key, value: V): void {
    const single = this.#single
    if (single === undefined) {
      this.#shard(key).set(key, value)
      return
    }
    single.set(key, value)
    if (single.size > SINGLE_MAX) this.#spread(single)
  }

  delete(key: Key): boolean {
    return (this.#single ?? this.#shard(key)).delete(key)
  }

  /** Costs a step for each shard. */
  get size(): number {
    if (this.#single !== undefined) return this.#single.size
    return this.#shards.reduce((size, shard) => size + shard.size, 0)
  }

  *entries(): IterableIterator<[Key, V]> {
    if (this.#single !== undefined) yield* this.#single.entries()
    else for (const shard of this.#shards) yield* shard.entries()
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

/**
 * FNV-1a over the code units, finished with a multiply and shift; not for hostile keys alone to be
 * spread by.
 */
function hashKey(key: Key): number {
  if (typeof key === 'number') return mix(key | 0) ^ mix((key / 4294967296) | 0)
  if (typeof key !== 'string') return key === true ? 1 : 0
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  return mix(hash)
}

function mix(value: number): number {
  const multiplied = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  return multiplied ^ (multiplied >>> 15)
}
