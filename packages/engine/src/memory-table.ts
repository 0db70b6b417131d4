/**
 * A table of keyed state in memory. Where it is to be stored it notes which entries have changed,
 * and hands them over as they were at the cut, although it goes on being changed meanwhile.
 */

import type { Key } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'
import { ShardedMap } from './sharded-map.ts'
import { Spilled, type SpillRequest } from './spill-hand.ts'
import type { SpillSpace } from './spill-space.ts'
import { SpilledEntries, type SpillSettings } from './spilled-entries.ts'
import type { StateSize, StateTable } from './state.ts'
import { checkState } from './state-check.ts'
import { decodeState, encodeState, type Saved, StateCodecError } from './state-codec.ts'
import {
  ChangesCut,
  keyGroupOf,
  type PartEntry,
  TableChanges,
  type TableCut,
  WholeCut,
} from './table-cut.ts'
import { Placeholder, Unread, UnreadEntries } from './unread.ts'

/** The place of an entry in its map. */
const ENTRY_BYTES = 40
const HEAVY_BYTES = 256 * 1024
const HEAVY_MAX = 256
const SAMPLED_EACH = 16
const SAMPLED_NAMESPACES = 4
/** Entries looked at in a namespace for some that are in memory. */
const SOUGHT_EACH = 256
/** In memory, of an entry whose value is not: where it is. */
const PLACE_BYTES = 48
/** Values that are made between two turns: a tenth of a millisecond or so. */
const READ_AT_ONCE = 32

/** A smaller value is made at once: what stands for it would take as much. */
const READ_LATER_BYTES_MIN = 64

type Entries<V> = ShardedMap<V | Placeholder>

export class MemoryTable<V> implements StateTable<V> {
  readonly #namespaces = new Map<number, Entries<V>>()
  /** The namespace asked for last: neighbouring records mostly ask for the same one. */
  #lastNamespace = Number.NaN
  #last: Entries<V> | undefined
  /** Over all namespaces. */
  #entries = 0
  /** Changed last: the larger an entry is, the more often it is likely to be this one. */
  #recentNamespace = Number.NaN
  #recentKey: Key = null
  /** Far larger than most, as far as they have been met. */
  readonly #heavy: (readonly [namespace: number, key: Key])[] = []
  /** Whether anything is to be stored. */
  readonly #isStored: boolean
  /** Undefined where nothing is stored yet: then the first cut brings everything. */
  #changes: TableChanges<V> | undefined
  /** Namespaces of which entries may be stored already. */
  #storedNamespaces = new Set<number>()
  /** A cut that has not been read to its end. */
  #cut: TableCut | undefined
  /** Undefined as long as everything is in memory. */
  #spilled: SpilledEntries<V> | undefined
  readonly #unread = new UnreadEntries<V>()
  #usualBytesLast = 0

  constructor(stored: boolean) {
    this.#isStored = stored
  }

  get(namespace: number, key: Key): V | undefined {
    const value = this.#find(namespace)?.get(key)
    return value instanceof Placeholder ? this.#bringBack(namespace, key, value) : value
  }

  change(namespace: number, key: Key): V | undefined {
    const value = this.#find(namespace)?.get(key)
    this.#recentNamespace = namespace
    this.#recentKey = key
    if (value === undefined) return undefined
    if (this.#changes !== undefined) this.#note(namespace, key)
    if (value instanceof Placeholder) return this.#takeBack(namespace, key, value)
    this.#spilled?.changed(value)
    return value
  }

  put(namespace: number, key: Key, value: V): void {
    if (this.#changes !== undefined) this.#note(namespace, key)
    if (this.#hasPlaceholders) this.#replaced(namespace, key)
    this.#set(namespace, key, value)
    this.#recentNamespace = namespace
    this.#recentKey = key
  }

  delete(namespace: number, key: Key): void {
    const entries = this.#find(namespace)
    if (entries === undefined) return
    if (this.#changes !== undefined) this.#note(namespace, key)
    if (this.#hasPlaceholders) this.#replaced(namespace, key)
    if (!entries.delete(key)) return
    this.#entries--
    if (entries.size === 0) this.#forget(namespace)
  }

  count(namespace: number): number {
    return this.#find(namespace)?.size ?? 0
  }

  entries(namespace: number): IterableIterator<readonly [Key, V]> {
    const entries = this.#find(namespace) ?? new ShardedMap<V | Placeholder>()
    if (this.#hasPlaceholders) return this.#valuesOf(entries)
    return entries.entries() as IterableIterator<[Key, V]>
  }

  keys(namespace: number): IterableIterator<Key> {
    return (this.#find(namespace) ?? new ShardedMap<V | Placeholder>()).keys()
  }

  /** Where values are that are not in memory; undefined if all are. */
  get spillSpace(): SpillSpace | undefined {
    return this.#spilled?.space
  }

  /**
   * Everything, to a table that takes this one's place: each entry goes as it is given, what is not
   * in memory as such as well.
   */
  *handOver(): Generator<readonly [namespace: number, key: Key, value: V | Placeholder]> {
    for (const [namespace, entries] of this.#namespaces) {
      for (const [key, value] of entries.entries()) yield [namespace, key, value]
      this.#namespaces.delete(namespace)
    }
  }

  /** The value, where it is not in memory as such; it stays where it is. */
  look(held: V | Placeholder): V {
    if (!(held instanceof Placeholder)) return held
    if (held instanceof Unread) return decodeState(held.bytes) as V
    return this.#outside.look(spilledOf(held))
  }

  /** In any namespace; at most `max`. What lies under no key counts each time. */
  countKeys(max: number): number {
    if (this.#namespaces.size <= 1) return Math.min(max, this.#entries)
    const keys = new ShardedMap<true>()
    let without = 0
    for (const entries of this.#namespaces.values()) {
      for (const key of entries.keys()) {
        if (key === null) without++
        else keys.set(key, true)
        if (keys.size + without >= max) return max
      }
    }
    return keys.size + without
  }

  drop(namespace: number): void {
    const entries = this.#namespaces.get(namespace)
    if (entries === undefined) return
    const stored = this.#storedNamespaces.has(namespace)
    if (stored) this.#changes?.dropped.push([namespace, entries])
    // Nothing of it has ever been stored, so there is nothing to delete.
    else this.#changes?.forget(namespace)
    this.#entries -= entries.size
    this.#spilled?.dropped(entries)
    this.#unread.removeAll(entries)
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
    const unread = this.#unread
    const outside = (this.#spilled?.count ?? 0) + unread.count
    const inside = (this.#entries - outside) * this.#usualBytes() + heavyBytes
    const bytes = inside + unread.bytes + outside * PLACE_BYTES
    return { entries: this.#entries, bytes, spilledBytes: this.#spilled?.bytes ?? 0 }
  }

  /**
   * Puts values outside until about so much has left memory, those first that have not changed
   * since the last cut. Returns how much has left.
   */
  spill(space: SpillSpace, request: SpillRequest, settings?: SpillSettings): number {
    this.#spilled ??= new SpilledEntries(space, settings)
    const isWarm = (namespace: number, key: Key) =>
      this.#changes?.keys.get(namespace)?.get(key) === true
    return this.#spilled.spill(this.#namespaces, isWarm, request)
  }

  /** Makes some of the values that have been restored and that nobody has asked for. */
  readSome(): void {
    this.#unread.readSome(this.#namespaces, READ_AT_ONCE)
  }

  /** Lets go of some of what is outside and not needed any more. */
  tidySpilled(): void {
    if (this.#cut === undefined) this.#spilled?.tidy()
  }

  /** Of the first entries in some namespaces. */
  #usualBytes(): number {
    let bytes = 0
    let count = 0
    let namespaces = 0
    for (const entries of this.#namespaces.values()) {
      let inNamespace = 0
      let sought = 0
      for (const [key, value] of entries.entries()) {
        if (++sought > SOUGHT_EACH) break
        if (value instanceof Placeholder) continue
        bytes += ENTRY_BYTES + Math.min(HEAVY_BYTES, estimateBytes(value) + estimateBytes(key))
        count++
        if (++inNamespace === SAMPLED_EACH) break
      }
      if (++namespaces === SAMPLED_NAMESPACES) break
    }
    // A fraction would make the field another one, and V8 compile anew what has been compiled.
    if (count > 0) this.#usualBytesLast = Math.round(bytes / count)
    return this.#usualBytesLast
  }

  #bytesOf(namespace: number, key: Key): number {
    const value = this.#namespaces.get(namespace)?.get(key)
    return value instanceof Placeholder ? 0 : estimateBytes(value)
  }

  /** For reading. */
  #bringBack(namespace: number, key: Key, held: Placeholder): V {
    const entries = this.#entriesOf(namespace)
    if (held instanceof Unread) return this.#unread.read(entries, key, held)
    return this.#outside.bringBack(entries, key, spilledOf(held))
  }

  /** For changing. */
  #takeBack(namespace: number, key: Key, held: Placeholder): V {
    const entries = this.#entriesOf(namespace)
    if (held instanceof Unread) return this.#unread.read(entries, key, held)
    return this.#outside.takeBack(entries, key, spilledOf(held))
  }

  get #hasPlaceholders(): boolean {
    return this.#spilled !== undefined || this.#unread.count > 0
  }

  get #outside(): SpilledEntries<V> {
    if (this.#spilled === undefined) throw new Error('There is nothing outside of memory.')
    return this.#spilled
  }

  #replaced(namespace: number, key: Key): void {
    const before = this.#find(namespace)?.get(key)
    if (before instanceof Unread) this.#unread.remove(before)
    else if (before instanceof Placeholder) this.#outside.changed(spilledOf(before))
    else if (before !== undefined) this.#spilled?.changed(before)
  }

  *#valuesOf(entries: Entries<V>): Generator<readonly [Key, V], undefined> {
    for (const [key, value] of entries.entries()) {
      if (!(value instanceof Placeholder)) yield [key, value]
      else if (value instanceof Unread) yield [key, this.#unread.read(entries, key, value)]
      else yield [key, this.#outside.look(spilledOf(value))]
    }
    return undefined
  }

  #entriesOf(namespace: number): Entries<V> {
    const entries = this.#find(namespace)
    if (entries === undefined) throw new RangeError('The namespace has no entries.')
    return entries
  }

  // Storing

  cut(everything: boolean): IterableIterator<PartEntry> {
    if (this.#cut !== undefined) throw new Error('The cut before this one was not read to its end.')
    const encode = (value: V | Placeholder) => this.#encode(value)
    const changes = this.#changes
    const cut =
      everything || changes === undefined
        ? new WholeCut(this.#namespaces, encode)
        : new ChangesCut(changes, this.#namespaces, encode)
    this.#changes = new TableChanges()
    this.#storedNamespaces = new Set([...this.#namespaces.keys()])
    this.#cut = cut
    return this.#read(cut)
  }

  get isEmpty(): boolean {
    return this.#entries === 0
  }

  *snapshot(): Generator<PartEntry, void> {
    for (const [namespace, entries] of this.#namespaces) {
      for (const [key, value] of entries.entries()) {
        yield { path: [namespace, key], keyGroup: keyGroupOf(key), value: this.#encode(value) }
      }
    }
  }

  restore([namespace, key]: readonly Saved[], value: Uint8Array, later: boolean): void {
    if (typeof namespace !== 'number' || !isKey(key)) {
      throw new StateCodecError('An entry of a table has no namespace and key.')
    }
    if (this.#isStored) this.#changes ??= new TableChanges()
    if (namespace !== this.#lastNamespace) this.#storedNamespaces.add(namespace)
    if (later && value.length >= READ_LATER_BYTES_MIN) {
      checkState(value)
      this.#set(namespace, key, this.#unread.add(value))
    } else this.#set(namespace, key, decodeState(value) as V)
  }

  *#read(cut: TableCut): Generator<PartEntry, void> {
    yield* cut.entries()
    this.#cut = undefined
  }

  #set(namespace: number, key: Key, value: V | Placeholder): void {
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

  #encode(value: V | Placeholder): Uint8Array {
    if (!(value instanceof Placeholder)) return encodeState(value)
    if (value instanceof Unread) return value.bytes
    return this.#outside.bytesOf(spilledOf(value))
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

  #find(namespace: number): Entries<V> | undefined {
    if (namespace === this.#lastNamespace) return this.#last
    this.#last = this.#namespaces.get(namespace)
    this.#lastNamespace = namespace
    return this.#last
  }
}

/** There are two kinds of placeholders, and this is not the other one. */
function spilledOf(held: Placeholder): Spilled {
  if (held instanceof Spilled) return held
  throw new TypeError('A placeholder of no known kind stands in a table.')
}

export function isKey(value: Saved): value is Key {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
