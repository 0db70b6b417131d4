/**
 * Entries as a checkpoint had them, in a table: a value is made of the bytes when somebody asks for
 * it, or a little later. So a restart does not wait until a million values are made, of which most
 * are needed only later. A block of the file stays in memory as long as one of its entries does.
 */

import type { Key } from '@millrace/pipeline'
import type { ShardedMap } from './sharded-map.ts'
import { decodeState } from './state-codec.ts'

/** In place of a value that is not in memory as such. */
export abstract class Placeholder {
  declare readonly isPlaceholder: true
}

export class Unread extends Placeholder {
  readonly buffer: ArrayBufferLike
  readonly offset: number
  readonly sizeBytes: number

  /** The bytes stay as they are. */
  constructor({ buffer, byteOffset, length }: Uint8Array) {
    super()
    this.buffer = buffer
    this.offset = byteOffset
    this.sizeBytes = length
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.buffer, this.offset, this.sizeBytes)
  }
}

/** Those of one table. */
export class UnreadEntries<V> {
  /** How many there are. */
  count = 0
  bytes = 0
  /** Goes through all entries once. */
  #hand: Iterator<readonly [entries: ShardedMap<V | Placeholder>, key: Key]> | undefined

  add(bytes: Uint8Array): Unread {
    this.count++
    this.bytes += bytes.length
    return new Unread(bytes)
  }

  /** It has been replaced, or its entry has gone. */
  remove({ sizeBytes }: Unread): void {
    this.count--
    this.bytes -= sizeBytes
  }

  removeAll(entries: ShardedMap<V | Placeholder>): void {
    if (this.count === 0) return
    for (const [, value] of entries.entries()) if (value instanceof Unread) this.remove(value)
  }

  /** Puts the value in its place. */
  read(entries: ShardedMap<V | Placeholder>, key: Key, unread: Unread): V {
    const value = decodeState(unread.bytes) as V
    entries.set(key, value)
    this.remove(unread)
    return value
  }

  /** Reads so many more, for as long as there are any. */
  readSome(namespaces: ReadonlyMap<number, ShardedMap<V | Placeholder>>, max: number): void {
    if (this.count === 0) return
    this.#hand ??= handOver(namespaces)
    for (let left = max; left > 0 && this.count > 0; ) {
      const next = this.#hand.next()
      if (next.done === true) return
      const [entries, key] = next.value
      const value = entries.get(key)
      if (!(value instanceof Unread)) continue
      this.read(entries, key, value)
      left--
    }
  }
}

/** A namespace that goes meanwhile has gone from the map, and what it had from the count. */
function* handOver<V>(
  namespaces: ReadonlyMap<number, ShardedMap<V>>,
): Generator<readonly [ShardedMap<V>, Key], undefined> {
  for (const [namespace, entries] of namespaces) {
    for (const key of entries.keys()) {
      if (namespaces.get(namespace) !== entries) break
      yield [entries, key]
    }
  }
  return undefined
}
