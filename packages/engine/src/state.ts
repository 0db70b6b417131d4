/**
 * Keyed state and timers as operators see them. What must outlive a crash lives here and never in a
 * closure: memory holds it now, and a durable store can take its place behind these interfaces.
 */

import type { Key, Row } from '@millrace/pipeline'
import type { ColumnKeys } from './column-keys.ts'
import type { SlotEntries } from './slot-entries.ts'
import type { Slots } from './slots.ts'
import type { SpillRequest } from './spill-hand.ts'
import type { SpillSpace } from './spill-space.ts'
import type { Saved } from './state-codec.ts'

export interface State {
  /** Entries by namespace (a window's start, say) and key. One table per name and node. */
  table<V>(name: string): StateTable<V>
  /** A table whose entries are numbers. No other kind of table has its name. */
  slots<V>(name: string, layout: SlotLayout<V>): SlotTable<V>
  /** A table whose entries are chains of items that are numbers, in one namespace: 0. */
  chains<V>(name: string, layout: ChainLayout<V>): ChainTable<V>
  /** A table of any kind, for reading only. */
  reading<V>(name: string): StateReading<V>
  /** One value for the whole node. */
  value<V>(name: string, initial: V): StateValue<V>
  /** Points in event time at which the node wants to do something. */
  timers(name: string): EventTimers
  /**
   * Called before what has changed is noted for a checkpoint, and before entries leave memory.
   * Whoever keeps an entry that it has
   * fetched for changing lets go of it here, and fetches it again: an entry that was changed
   * without `change` since then is not stored.
   */
  onCut(callback: () => void): void
  /**
   * How values, and what is in them, are shown to people, where that is not how they are kept. What
   * it returns is shown in turn.
   */
  showAs(show: ShowState): void
  /** What this table is divided by is a time, counted in steps of so many milliseconds. */
  showTimes(table: string, stepMs: number): void
}

/** `table` is the name of the one in which it lies. */
export type ShowState = (value: unknown, table: string) => unknown

/** State that can be stored. Everything in it is plain data, as `encodeState` takes it. */
export interface SavableState extends State {
  /**
   * Between turns: what has changed since the last cut, everything the first time. It is as it was
   * at the cut, whatever is changed while it is read: an entry is encoded when it is read or
   * before it is changed, whichever comes first. Read it to the end before the next cut.
   */
  cut(): IterableIterator<StateEntry>
  /** Whether a snapshot would give nothing. */
  readonly isEmpty: boolean
  /**
   * Everything as it stands, encoded as it is read; nothing may change meanwhile. The next cut is
   * the same as without.
   */
  snapshot(): IterableIterator<StateEntry>
  /**
   * Between turns: puts values outside of memory, from where they come back when they are asked
   * for. Returns about how many bytes have left.
   */
  spill(space: SpillSpace, request: SpillRequest): number
  /** Between turns: lets go of some of what is outside and not needed any more. */
  tidySpilled(): void
  /** Between turns: makes some of the values that were restored and not asked for since. */
  readSome(): void
  /** How much there is. Costs a look at some entries of each table, not at all of them. */
  size(): StateSize
  /**
   * How many keys there are in the table that has the most: one key in several namespaces counts
   * once. Looks at every entry; beyond `max` keys it stops and returns `max`.
   */
  countKeys(max: number): number
  /** As `showAs` was told, or as it is kept. */
  readonly shown: ShowState
  /** As `showTimes` was told: by table, the milliseconds of a step. */
  readonly shownTimes: ReadonlyMap<string, number>
  /** Before the node runs. Fails with a `StateCodecError` on what was not stored by `cut`. */
  restore(entries: Iterable<StateEntry>): void
}

export interface StateSize {
  /** Of the table that has the most: others mostly have the same keys. */
  readonly entries: number
  /** In memory, estimated. */
  readonly bytes: number
  /** Outside of it. */
  readonly spilledBytes: number
}

/** A part of a node's state as it is stored: one entry of a table, a value, or one timer. */
export interface StateEntry {
  /** What it is a part of: `table groups`, say. */
  readonly part: string
  /** [namespace, key] in a table, [time, namespace, key] of a timer, nothing of a value. */
  readonly path: readonly Saved[]
  /** 0 to 127, by the key: what would move together to another host. */
  readonly keyGroup: number
  /** Encoded; undefined where it has been deleted. */
  readonly value: Uint8Array | undefined
}

export interface StateReading<V> {
  /** For reading only. */
  get(namespace: number, key: Key): V | undefined
  /** How many entries a namespace has. */
  count(namespace: number): number
  /**
   * The entries of a namespace, in no order that means anything, for reading only. Not while
   * entries are added or deleted.
   */
  entries(namespace: number): IterableIterator<readonly [Key, V]>
  /** Costs less than `entries` where values are not in memory. Not while entries come or go. */
  keys(namespace: number): IterableIterator<Key>
  /** The namespaces that have entries, ascending. Costs a sort. */
  namespaces(): readonly number[]
}

export interface StateTable<V> extends StateReading<V> {
  /** For changing in place, until the next cut: the entry counts as changed. */
  change(namespace: number, key: Key): V | undefined
  put(namespace: number, key: Key, value: V): void
  delete(namespace: number, key: Key): void
  /** All entries of a namespace go at once; costs nothing per entry. */
  drop(namespace: number): void
}

/** How the entries of a table lie in slots, and what stands for them where they are stored. */
export interface SlotLayout<V> {
  /** The numbers of a new entry, behind its key. */
  readonly initial: readonly number[]
  /** Where a key is that of several columns. */
  readonly columns?: { readonly keys: ColumnKeys; valuesOf(value: V): Row }
  /** Made anew at each call. */
  toValue(slots: Slots, slot: number): V
  /** The slot is new, and for this key. */
  setValue(slots: Slots, slot: number, value: V): void
  /** The key of an entry as it was given, where it is one value: stored ones know no -0. */
  givenKey(key: Key, value: V): Key
  /**
   * The object of an entry, where each has one that may be put outside of memory. Then it is read
   * by `SlotTable.object` only, and changed by `setObject`.
   */
  objectOf?(value: V): unknown
  /**
   * Where what an entry keeps is neither numbers nor an object, but lies elsewhere, and may be put
   * outside of memory. Then the entry is to be used only after `SlotTable.bringBack`.
   */
  readonly elsewhere?: SlotsElsewhere
}

/** What entries keep elsewhere than in their slots. */
export interface SlotsElsewhere {
  /** About how much memory all of it takes. */
  readonly bytes: number
  /** The same for one entry, all of which is there. */
  bytesOf(slots: Slots, slot: number): number
  /** What is there of an entry is outside now, or not yet read, or gone for good. */
  letGo(slots: Slots, slot: number): void
}

/**
 * Entries that are found, added and changed where they lie. Before an entry is changed that has not
 * been touched, `beforeChange` is called: it may have to be stored as it is.
 */
export interface SlotTable<V> extends StateReading<V> {
  /** Those of a namespace, to be used until it is dropped; begun if there are none. */
  namespace(namespace: number): SlotEntries
  /** The same for reading; undefined if there are none. */
  look(namespace: number): SlotEntries | undefined
  /** The entry lies in `entries.slots`. */
  beforeChange(namespace: number, entries: SlotEntries, slot: number): void
  /** Of an entry that has one. It may have to be read from outside of memory. */
  object(slots: Slots, slot: number): unknown
  setObject(slots: Slots, slot: number, object: unknown): void
  /** Makes what an entry keeps elsewhere, where that is not in memory, for changing it. */
  bringBack(slots: Slots, slot: number): void
  /** All entries of a namespace go at once; costs nothing per entry. */
  drop(namespace: number): void
}

/** How the entries of a table are chains of items, and what stands for each where it is stored. */
export interface ChainLayout<V> {
  /** The numbers of a new item. */
  readonly initial: readonly number[]
  /** The key as it was given, and the numbers of each item in turn. Made anew at each call. */
  toValue(key: Key, items: readonly (readonly number[])[]): V
  itemsOf(value: V): readonly (readonly number[])[]
  /** The key of an entry as it was given: stored ones know no -0. */
  givenKey(key: Key, value: V): Key
}

/**
 * Items that are found, added and changed where they lie: no two are the same number, and -1 is
 * none. A chain that has not been touched is told by its first item before it is changed, or one of
 * its items is; it may have to be stored as it is.
 */
export interface ChainTable<V> extends StateReading<V> {
  /** The first item of the key's chain. */
  find(key: Key): number
  /** The one behind it. */
  next(item: number): number
  /** The one before it. */
  previous(item: number): number
  /** The array in which the numbers of the item lie from `at` on, until one is created or freed. */
  numbers(item: number): Float64Array
  at(item: number): number
  /** Of any item: -0 is not 0. */
  givenKey(item: number): Key
  isTouched(first: number): boolean
  beforeChange(first: number): void
  /** An item in no chain. */
  create(key: Key): number
  /** Lets go of an item in no chain: its number may be given to the next one. */
  free(item: number): void
  /** Before the first item of its key's chain; with -1 it begins one. */
  putFirst(first: number, item: number): void
  putBehind(previous: number, item: number): void
  /** Out of its chain. */
  take(item: number): void
  /** The first items of all chains, in no order that means anything. */
  firsts(): IterableIterator<number>
}

export interface StateValue<V> {
  get(): V
  set(value: V): void
}

/**
 * A set of (time, namespace, key). Those due come out by time, then namespace, then key, so that
 * the order is the same after a restart. A timer cannot be called back: whoever set it looks
 * whether it still means something.
 */
export interface EventTimers {
  /** Setting one that is set changes nothing. */
  set(timeMs: number, namespace: number, key: Key): void
  /** Takes out and returns the next timer at or before `watermarkMs`. */
  takeDue(watermarkMs: number): EventTimer | undefined
  /** The time of the next timer; Infinity if none is set. */
  nextMs(): number
}

export interface EventTimer {
  readonly timeMs: number
  readonly namespace: number
  readonly key: Key
}
