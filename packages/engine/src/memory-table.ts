/**
 * A table of keyed state in memory. Where it is to be stored it notes which entries have changed,
 * and hands them over as they were at the cut, although it goes on being changed meanwhile.
 */

import type { Key } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'
import { hashKey, ShardedMap } from './sharded-map.ts'
import type { StateEntry, StateSize, StateTable } from './state.ts'
import { decodeState, encodeState, type Saved, StateCodecError } from './state-codec.ts'

/** Keys fall into so many groups, whatever runs them. */
const KEY_GROUPS = 128

/** The place of an entry in its map. */
const ENTRY_BYTES = 40
const HEAVY_BYTES = 256 * 1024
const HEAVY_MAX = 256
const SAMPLED_EACH = 16
const SAMPLED_NAMESPACES = 4

export type PartEntry = Omit<StateEntry, 'part'>

export function keyGroupOf(key: Key): number {
  return hashKey(key) & (KEY_GROUPS - 1)
}

/** What has changed since the last cut, and where the rest of it stands. */
class Changes<V> {
  /** Keys of entries that were put, changed or deleted. */
  readonly keys = new Map<number, ShardedMap<true>>()
  /** Namespaces that went as a whole, with entries that are stored. */
  readonly dropped: (readonly [namespace: number, entries: ShardedMap<V>])[] = []
  #lastNamespace = Number.NaN
  #last: ShardedMap<true> | undefined

  note(namespace: number, key: Key): void {
    if (namespace !== this.#lastNamespace || this.#last === undefined) this.#moveTo(namespace)
    this.#last?.set(key, true)
  }

  forget(namespace: number): void {
    this.keys.delete(namespace)
    this.#lastNamespace = Number.NaN
  }

  #moveTo(namespace: number): void {
    let keys = this.keys.get(namespace)
    if (keys === undefined) {
      keys = new ShardedMap()
      this.keys.set(namespace, keys)
    }
    this.#lastNamespace = namespace
    this.#last = keys
  }
}

export class MemoryTable<V> implements StateTable<V> {
  readonly #namespaces = new Map<number, ShardedMap<V>>()
  /** The namespace asked for last: neighbouring records mostly ask for the same one. */
  #lastNamespace = Number.NaN
  #last: ShardedMap<V> | undefined
  /** Over all namespaces. */
  #entries = 0
  /** Changed last: the larger an entry is, the more often it is likely to be this one. */
  #recentNamespace = Number.NaN
  #recentKey: Key = null
  /** Far larger than most, as far as they have been met. */
  readonly #heavy: (readonly [namespace: number, key: Key])[] = []
  /** Undefined where nothing is to be stored. */
  #changes: Changes<V> | undefined
  /** Namespaces of which entries may be stored already. */
  #storedNamespaces = new Set<number>()
  /** A cut that has not been read to its end. */
  #cut: TableCut<V> | undefined

  constructor(stored: boolean) {
    if (stored) this.#changes = new Changes()
  }

  get(namespace: number, key: Key): V | undefined {
    return this.#find(namespace)?.get(key)
  }

  change(namespace: number, key: Key): V | undefined {
    const value = this.#find(namespace)?.get(key)
    this.#recentNamespace = namespace
    this.#recentKey = key
    if (this.#changes !== undefined && value !== undefined) this.#note(namespace, key)
    return value
  }

  put(namespace: number, key: Key, value: V): void {
    if (this.#changes !== undefined) this.#note(namespace, key)
    this.#set(namespace, key, value)
    this.#recentNamespace = namespace
    this.#recentKey = key
  }

  delete(namespace: number, key: Key): void {
    const entries = this.#find(namespace)
    if (entries === undefined) return
    if (this.#changes !== undefined) this.#note(namespace, key)
    if (!entries.delete(key)) return
    this.#entries--
    if (entries.size === 0) this.#forget(namespace)
  }

  count(namespace: number): number {
    return this.#find(namespace)?.size ?? 0
  }

  entries(namespace: number): IterableIterator<readonly [Key, V]> {
    return (this.#find(namespace) ?? new ShardedMap<V>()).entries()
  }

  drop(namespace: number): void {
    const entries = this.#namespaces.get(namespace)
    if (entries === undefined) return
    const stored = this.#storedNamespaces.has(namespace)
    if (stored) this.#changes?.dropped.push([namespace, entries])
    // Nothing of it has ever been stored, so there is nothing to delete.
    else this.#changes?.forget(namespace)
    this.#entries -= entries.size
    this.#forget(namespace)
  }

  namespaces(): readonly number[] {
    return [...this.#namespaces.keys()].sort((a, b) => a - b)
  }

  /** Some entries stand for all, apart from those that are known to be heavy. */
  size(): StateSize {
    const recent = this.#bytesOf(this.#recentNamespace, this.#recentKey)
    const isKnown = this.#heavy.some(
      ([namespace, key]) => namespace === this.#recentNamespace && key === this.#recentKey,
    )
    if (recent > HEAVY_BYTES && !isKnown && this.#heavy.length < HEAVY_MAX) {
      this.#heavy.push([this.#recentNamespace, this.#recentKey])
    }
    let heavyBytes = 0
    for (let index = this.#heavy.length - 1; index >= 0; index--) {
      const [namespace, key] = this.#heavy[index] ?? [Number.NaN, null]
      const bytes = this.#bytesOf(namespace, key)
      if (bytes > HEAVY_BYTES) heavyBytes += bytes
      else this.#heavy.splice(index, 1)
    }
    const bytes = this.#entries * this.#usualBytes() + heavyBytes
    return { entries: this.#entries, bytes }
  }

  /** Of the first entries in some namespaces. */
  #usualBytes(): number {
    let bytes = 0
    let count = 0
    let namespaces = 0
    for (const entries of this.#namespaces.values()) {
      let inNamespace = 0
      for (const [key, value] of entries.entries()) {
        bytes += ENTRY_BYTES + Math.min(HEAVY_BYTES, estimateBytes(value) + estimateBytes(key))
        count++
        if (++inNamespace === SAMPLED_EACH) break
      }
      if (++namespaces === SAMPLED_NAMESPACES) break
    }
    return count === 0 ? 0 : bytes / count
  }

  #bytesOf(namespace: number, key: Key): number {
    return estimateBytes(this.#namespaces.get(namespace)?.get(key))
  }

  // Storing

  cut(everything: boolean): IterableIterator<PartEntry> {
    if (this.#cut !== undefined) throw new Error('The cut before this one was not read to its end.')
    const changes = this.#changes ?? new Changes<V>()
    if (everything) {
      for (const [namespace, entries] of this.#namespaces) {
        for (const [key] of entries.entries()) changes.note(namespace, key)
      }
    }
    this.#changes = new Changes()
    const cut = new TableCut(changes, this.#namespaces)
    this.#storedNamespaces = new Set([...this.#namespaces.keys()])
    this.#cut = cut
    return this.#read(cut)
  }

  *snapshot(): Generator<PartEntry, void> {
    for (const [namespace, entries] of this.#namespaces) {
      for (const [key, value] of entries.entries()) {
        yield { path: [namespace, key], keyGroup: keyGroupOf(key), value: encodeState(value) }
      }
    }
  }

  restore([namespace, key]: readonly Saved[], value: Uint8Array): void {
    if (typeof namespace !== 'number' || !isKey(key)) {
      throw new StateCodecError('An entry of a table has no namespace and key.')
    }
    if (namespace !== this.#lastNamespace) this.#storedNamespaces.add(namespace)
    this.#set(namespace, key, decodeState(value) as V)
  }

  *#read(cut: TableCut<V>): Generator<PartEntry, void> {
    yield* cut.entries()
    this.#cut = undefined
  }

  #set(namespace: number, key: Key, value: V): void {
    let entries = this.#find(namespace)
    if (entries === undefined) {
      entries = new ShardedMap()
      this.#namespaces.set(namespace, entries)
      this.#lastNamespace = namespace
      this.#last = entries
    }
    const before = entries.size
    entries.set(key, value)
    this.#entries += entries.size - before
  }

  #note(namespace: number, key: Key): void {
    this.#cut?.beforeChange(namespace, key)
    this.#changes?.note(namespace, key)
  }

  #forget(namespace: number): void {
    this.#namespaces.delete(namespace)
    this.#lastNamespace = Number.NaN
    this.#last = undefined
  }

  #find(namespace: number): ShardedMap<V> | undefined {
    if (namespace === this.#lastNamespace) return this.#last
    this.#last = this.#namespaces.get(namespace)
    this.#lastNamespace = namespace
    return this.#last
  }
}

/** The changes of a cut, some of which have been handed over. */
class TableCut<V> {
  /** Those that have not been encoded. */
  readonly #pending: ReadonlyMap<number, ShardedMap<true>>
  readonly #dropped: Changes<V>['dropped']
  /** As they were at the cut; a namespace that has gone since is still the same here. */
  readonly #namespaces: ReadonlyMap<number, ShardedMap<V>>
  /** Encoded before they were changed again, by namespace and key. */
  readonly #early = new Map<number, Map<Key, PartEntry>>()

  constructor(changes: Changes<V>, namespaces: ReadonlyMap<number, ShardedMap<V>>) {
    this.#pending = changes.keys
    this.#dropped = changes.dropped
    const touched = [...changes.keys.keys(), ...changes.dropped.map(([namespace]) => namespace)]
    this.#namespaces = new Map(
      touched.flatMap((namespace) => {
        const entries = namespaces.get(namespace)
        return entries === undefined ? [] : [[namespace, entries] as const]
      }),
    )
  }

  beforeChange(namespace: number, key: Key): void {
    if (this.#pending.get(namespace)?.delete(key) !== true) return
    const early = this.#early.get(namespace) ?? new Map<Key, PartEntry>()
    early.set(key, this.#encode(namespace, key))
    this.#early.set(namespace, early)
  }

  *entries(): Generator<PartEntry, void> {
    yield* this.#deletedWithTheirNamespace()
    for (const [namespace, keys] of this.#pending) {
      for (const [key] of keys.entries()) {
        keys.delete(key)
        yield this.#encode(namespace, key)
      }
    }
    for (const early of this.#early.values()) yield* early.values()
  }

  /** Comes first, while it is known which of the keys have changes of their own. */
  *#deletedWithTheirNamespace(): Generator<PartEntry, void> {
    const deleted = new Map<number, Set<Key>>()
    for (const [namespace, entries] of this.#dropped) {
      const before = deleted.get(namespace) ?? new Set<Key>()
      const again = this.#dropped.filter(([other]) => other === namespace).length > 1
      for (const [key] of entries.entries()) {
        if (before.has(key) || this.#hasOwnChange(namespace, key)) continue
        if (again) before.add(key)
        yield { path: [namespace, key], keyGroup: keyGroupOf(key), value: undefined }
      }
      if (again) deleted.set(namespace, before)
    }
  }

  #hasOwnChange(namespace: number, key: Key): boolean {
    const pending = this.#pending.get(namespace)?.get(key) ?? false
    return pending || (this.#early.get(namespace)?.has(key) ?? false)
  }

  #encode(namespace: number, key: Key): PartEntry {
    const value = this.#namespaces.get(namespace)?.get(key)
    return {
      path: [namespace, key],
      keyGroup: keyGroupOf(key),
      value: value === undefined ? undefined : encodeState(value),
    }
  }
}

function isKey(value: Saved): value is Key {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
