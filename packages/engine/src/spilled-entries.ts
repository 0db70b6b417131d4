/**
 * The entries of a table whose values lie outside of memory. In their place stands where they are;
 * keys stay. An entry that is asked for comes back, and its bytes are kept as long as it is not
 * changed, so that letting go of it again costs nothing: then however much is read within a turn,
 * only so much of it is in memory.
 */

import type { Key } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'
import type { ShardedMap } from './sharded-map.ts'
import { Spilled, SpillHand, type SpillRequest } from './spill-hand.ts'
import type { SpillSpace } from './spill-space.ts'
import { decodeState, encodeState } from './state-codec.ts'
import { Placeholder } from './unread.ts'

/** Entries of namespaces that have gone, let go of at once. */
const FREED_MAX = 1024

type Entries<V> = ShardedMap<V | Placeholder>

interface Copy<V> {
  readonly entries: Entries<V>
  readonly key: Key
  readonly value: V
  readonly sizeBytes: number
}

interface Leaving<V> {
  readonly entries: Entries<V>
  readonly key: Key
  readonly bytes: Uint8Array
}

export interface SpillSettings {
  /** Smaller values stay: the place where they are would take as much memory. */
  readonly valueBytesMin: number
  /** Of values that are in memory and outside as well, by what they take outside. */
  readonly copiesBytesMax: number
}

export const USUAL_SPILLING: SpillSettings = {
  valueBytesMin: 128,
  copiesBytesMax: 16 * 1024 * 1024,
}

type EntryOf<V> = readonly [namespace: number, entries: Entries<V>, key: Key]

export class SpilledEntries<V> {
  readonly #space: SpillSpace
  readonly #settings: SpillSettings
  /** By the value that came back, which was not changed since. */
  readonly #places = new Map<V, Spilled>()
  /** The same, the one that came back first in front. */
  #copies: Copy<V>[] = []
  #copiesFrom = 0
  #copiesBytes = 0
  readonly #hand: SpillHand<EntryOf<V>, Leaving<V>>
  /** Of namespaces that have gone. */
  readonly #gone: IterableIterator<readonly [Key, V | Placeholder]>[] = []
  #count = 0
  #bytes = 0

  constructor(space: SpillSpace, settings = USUAL_SPILLING) {
    this.#space = space
    this.#settings = settings
    this.#hand = new SpillHand(space)
  }

  /** Where they are. */
  get space(): SpillSpace {
    return this.#space
  }

  /** Entries that are not in memory. */
  get count(): number {
    return this.#count
  }

  /** What they take where they are. */
  get bytes(): number {
    return this.#bytes
  }

  bytesOf({ place }: Spilled): Uint8Array {
    return this.#space.load(place)
  }

  /** Without bringing it back. */
  look(spilled: Spilled): V {
    return decodeState(this.bytesOf(spilled)) as V
  }

  /** For reading. */
  bringBack(entries: Entries<V>, key: Key, spilled: Spilled): V {
    const value = this.look(spilled)
    const { sizeBytes } = spilled
    entries.set(key, value)
    this.#count--
    this.#bytes -= sizeBytes
    this.#places.set(value, spilled)
    this.#copies.push({ entries, key, value, sizeBytes })
    this.#copiesBytes += sizeBytes
    const { copiesBytesMax } = this.#settings
    while (this.#copiesBytes > copiesBytesMax && this.#copies.length > this.#copiesFrom + 1) {
      this.#letGoOfOldest()
    }
    return value
  }

  /** For changing. */
  takeBack(entries: Entries<V>, key: Key, spilled: Spilled): V {
    const value = this.look(spilled)
    this.changed(spilled)
    entries.set(key, value)
    return value
  }

  /** What is outside is not what it is any more. */
  changed(value: V | Spilled): void {
    if (value instanceof Spilled) {
      this.#space.free(value.place)
      this.#count--
      this.#bytes -= value.sizeBytes
      return
    }
    const copy = this.#places.get(value)
    if (copy === undefined) return
    this.#places.delete(value)
    this.#space.free(copy.place)
  }

  /** All entries of a namespace have gone. */
  dropped(entries: Entries<V>): void {
    for (const [, value] of entries.entries()) {
      if (value instanceof Spilled) {
        this.#count--
        this.#bytes -= value.sizeBytes
      } else if (!(value instanceof Placeholder)) this.changed(value)
    }
    this.#gone.push(entries.entries())
  }

  /** Some of what belongs to namespaces that have gone. Not while a cut may still ask for it. */
  tidy(): void {
    let left = FREED_MAX
    for (let entries = this.#gone[0]; entries !== undefined; entries = this.#gone[0]) {
      for (; left > 0; left--) {
        const next = entries.next()
        if (next.done === true) break
        const [, value] = next.value
        if (value instanceof Spilled) this.#space.free(value.place)
      }
      if (left === 0) return
      this.#gone.shift()
    }
  }

  /**
   * Puts entries outside until so much has left memory; those that `isWarm` only where there are
   * no others. Returns about how much has left.
   */
  spill(
    namespaces: ReadonlyMap<number, Entries<V>>,
    isWarm: (namespace: number, key: Key) => boolean,
    request: SpillRequest,
  ): number {
    const spillable = {
      entries: () => handOver(namespaces),
      isWarm: ([namespace, , key]: EntryOf<V>) => isWarm(namespace, key),
      leave: ([namespace, entries, key]: EntryOf<V>, leaving: Leaving<V>[]) => {
        const isGone = namespaces.get(namespace) !== entries
        return isGone ? 0 : this.#leave(entries, key, leaving)
      },
      left: ({ entries, key }: Leaving<V>, spilled: Spilled) => {
        this.#count++
        this.#bytes += spilled.sizeBytes
        entries.set(key, spilled)
      },
    }
    return this.#hand.spill(spillable, request)
  }

  /** Returns what it takes in memory; 0 where it stays. */
  #leave(entries: Entries<V>, key: Key, leaving: Leaving<V>[]): number {
    const value = entries.get(key)
    if (typeof value !== 'object' || value === null || value instanceof Placeholder) return 0
    const memoryBytes = estimateBytes(value)
    if (memoryBytes < this.#settings.valueBytesMin) return 0
    const copy = this.#places.get(value)
    if (copy === undefined) leaving.push({ entries, key, bytes: encodeState(value) })
    else this.#putBack(entries, key, value, copy)
    return memoryBytes
  }

  #putBack(entries: Entries<V>, key: Key, value: V, copy: Spilled): void {
    this.#places.delete(value)
    this.#count++
    this.#bytes += copy.sizeBytes
    entries.set(key, copy)
  }

  /** Where it has been changed, or has left again, its bytes are no copy any more. */
  #letGoOfOldest(): void {
    const oldest = this.#copies[this.#copiesFrom++]
    if (oldest === undefined) return
    if (this.#copiesFrom * 2 > this.#copies.length) {
      this.#copies = this.#copies.slice(this.#copiesFrom)
      this.#copiesFrom = 0
    }
    const { entries, key, value, sizeBytes } = oldest
    this.#copiesBytes -= sizeBytes
    const copy = this.#places.get(value)
    if (copy !== undefined) this.#putBack(entries, key, value, copy)
  }
}

function* handOver<V>(
  namespaces: ReadonlyMap<number, ShardedMap<V>>,
): Generator<readonly [number, ShardedMap<V>, Key], undefined> {
  for (const [namespace, entries] of namespaces) {
    for (const [key] of entries.entries()) yield [namespace, entries, key]
  }
  return undefined
}
