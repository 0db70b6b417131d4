/**
 * A table of keyed state whose entries are numbers in slots, not objects (see `slots.ts`). It is
 * stored as any other table: each entry as the value that stands for it, so that neither a
 * checkpoint nor what reads it knows the difference.
 *
 * An entry that is changed bears a stamp. A cut gives out the next stamp and then encodes what
 * bears the one before, or what is about to be changed and bears it, whichever comes first.
 *
 * Entries go with their whole namespace. Their numbers are not put outside of memory: what would
 * stay of each, its key and where it is, takes as much. Objects are, where the layout says so, and
 * what entries keep elsewhere. The latter is not made before it is needed, either.
 */

import type { Key } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'
import type { MemoryTable } from './memory-table.ts'
import { isKey } from './memory-table.ts'
import { ShardedMap } from './sharded-map.ts'
import { SlotEntries } from './slot-entries.ts'
import { everySlot, SlotObjects } from './slot-objects.ts'
import type { Slots } from './slots.ts'
import { Spilled, type SpillRequest } from './spill-hand.ts'
import type { SpillSpace } from './spill-space.ts'
import type { SpillSettings } from './spilled-entries.ts'
import type { SlotLayout, SlotTable, StateSize } from './state.ts'
import { decodeState, encodeState, type Saved, StateCodecError } from './state-codec.ts'
import { keyGroupOf, type PartEntry } from './table-cut.ts'
import { Placeholder, Unread } from './unread.ts'

const SAMPLED_EACH = 16
const SAMPLED_NAMESPACES = 4
/** Entries looked at in a namespace for some that are in memory. */
const SOUGHT_EACH = 256
/** Of an object, in the list of them. */
const OBJECT_PLACE_BYTES = 8
/** In memory, of an object that is not: where it is. */
const PLACE_BYTES = 48
/** Entries that are made of their bytes between two turns. */
const READ_AT_ONCE = 32
/** Of entries that have been restored or encoded, and not changed since. */
const CLEAN = 0

type Namespaces = Map<number, SlotEntries>

export class MemorySlotTable<V> implements SlotTable<V> {
  readonly #layout: SlotLayout<V>
  readonly #namespaces: Namespaces = new Map()
  #entries = 0
  /** Of what changes now; undefined where nobody notes it. */
  #stamp: number | undefined
  #stored = new Set<number>()
  /** Namespaces that went since the last cut, with entries that are stored. */
  #dropped: (readonly [namespace: number, entries: SlotEntries])[] = []
  #cut: SlotCut | undefined
  #usualBytesLast = 0
  readonly #spilling: SpillSettings | undefined
  /** Undefined as long as everything is in memory. */
  #outside: SlotObjects | undefined
  /** Of entries that were restored, and that nobody has asked for. */
  #unreadCount = 0
  #unreadBytes = 0
  #unreadHand: Iterator<readonly [Slots, number]> | undefined
  /**
   * Of the namespace that was dropped last: the next ones will be about as large. A field that
   * changes at once, as `SlotEntries.isSpread`.
   */
  #expected = 1

  constructor(
    layout: SlotLayout<V>,
    stored: boolean,
    restored?: MemoryTable<V>,
    spilling?: SpillSettings,
  ) {
    this.#layout = layout
    this.#spilling = spilling
    this.#expected = 0
    if (stored) this.#stamp = CLEAN + 1
    if (restored !== undefined) this.#takeOver(restored)
  }

  #takeOver(restored: MemoryTable<V>): void {
    const space = restored.spillSpace
    if (space !== undefined && this.#spills) this.#outside = new SlotObjects(space, this.#spilling)
    for (const [namespace, key, held] of restored.handOver()) {
      this.#stored.add(namespace)
      if (!(held instanceof Placeholder)) {
        this.#put(namespace, key, held)
        continue
      }
      const isElsewhere = this.#layout.elsewhere !== undefined
      const [slots, slot] = isElsewhere
        ? this.#begin(namespace, key)
        : this.#put(namespace, key, restored.look(held))
      if (isElsewhere) this.#layout.elsewhere?.letGo(slots, slot)
      else if (!(this.#spills && held instanceof Spilled)) continue
      slots.putObject(slot, held)
      if (held instanceof Spilled) this.#outside?.adopt(held)
      else if (held instanceof Unread) this.#countUnread(held, 1)
    }
  }

  get #spills(): boolean {
    return this.#layout.objectOf !== undefined || this.#layout.elsewhere !== undefined
  }

  #countUnread({ sizeBytes }: Unread, count: 1 | -1): void {
    this.#unreadCount += count
    this.#unreadBytes += count * sizeBytes
  }

  namespace(namespace: number): SlotEntries {
    const known = this.#namespaces.get(namespace)
    if (known !== undefined) return known
    const { initial, columns } = this.#layout
    const made = new SlotEntries(initial, this.#expected, this.#stamp, columns?.keys)
    this.#namespaces.set(namespace, made)
    return made
  }

  beforeChange(namespace: number, entries: SlotEntries, slot: number): void {
    this.#cut?.encodeEarly(namespace, entries.slots, slot)
    entries.touch(slot)
  }

  object(slots: Slots, slot: number): unknown {
    const object = slots.objects[slot]
    if (!(object instanceof Spilled)) return object
    return this.#layout.objectOf?.(this.#valueOf(slots, slot))
  }

  setObject(slots: Slots, slot: number, object: unknown): void {
    if (this.#outside !== undefined) this.#letGo(slots, slot)
    slots.objects[slot] = object
  }

  bringBack(slots: Slots, slot: number): void {
    const held = slots.objects[slot]
    if (!(held instanceof Placeholder)) return
    const value = this.#valueOf(slots, slot)
    this.#letGo(slots, slot)
    slots.objects[slot] = undefined
    this.#layout.setValue(slots, slot, value)
  }

  #letGo(slots: Slots, slot: number): void {
    const object = slots.objects[slot]
    if (object instanceof Spilled) this.#outside?.free(object)
    else if (object instanceof Unread) this.#countUnread(object, -1)
  }

  look(namespace: number): SlotEntries | undefined {
    return this.#namespaces.get(namespace)
  }

  get(namespace: number, key: Key): V | undefined {
    const entries = this.#namespaces.get(namespace)
    const slot = entries?.find(key) ?? -1
    return entries === undefined || slot < 0 ? undefined : this.#valueOf(entries.slots, slot)
  }

  count(namespace: number): number {
    return this.#namespaces.get(namespace)?.count ?? 0
  }

  *entries(namespace: number): Generator<readonly [Key, V], undefined> {
    for (const slots of this.#namespaces.get(namespace)?.parts() ?? []) {
      for (let slot = 0; slot < slots.count; slot++) {
        yield [slots.keyOf(slot), this.#valueOf(slots, slot)]
      }
    }
    return undefined
  }

  keys(namespace: number): IterableIterator<Key> {
    return this.#namespaces.get(namespace)?.keys() ?? [].values()
  }

  drop(namespace: number): void {
    const entries = this.#namespaces.get(namespace)
    if (entries === undefined) return
    if (this.#stored.has(namespace)) this.#dropped.push([namespace, entries])
    const { elsewhere } = this.#layout
    if (this.#outside !== undefined || elsewhere !== undefined) {
      for (const [slots, slot] of everySlot(new Map([[namespace, entries]]))) {
        this.#letGo(slots, slot)
        elsewhere?.letGo(slots, slot)
      }
    }
    this.#expected = entries.count
    this.#namespaces.delete(namespace)
  }

  namespaces(): readonly number[] {
    const found: number[] = []
    for (const [namespace, { count }] of this.#namespaces) if (count > 0) found.push(namespace)
    return found.sort((a, b) => a - b)
  }

  // As a part of a node's state

  get isEmpty(): boolean {
    for (const { count } of this.#namespaces.values()) if (count > 0) return false
    return true
  }

  cut(everything: boolean): IterableIterator<PartEntry> {
    if (this.#cut !== undefined) throw new Error('The cut before this one was not read to its end.')
    const stamp = this.#stamp ?? CLEAN + 1
    this.#stamp = stamp + 1
    for (const entries of this.#namespaces.values()) {
      entries.stampWith(this.#stamp)
      if (everything) for (const { stamps } of entries.parts()) stamps?.fill(stamp)
    }
    const cut = new SlotCut(stamp, this.#namespaces, this.#dropped, (slots, slot) => {
      return this.#encode(slots, slot)
    })
    this.#dropped = []
    this.#stored = new Set(this.namespaces())
    this.#cut = cut
    return this.#read(cut)
  }

  *snapshot(): Generator<PartEntry, void> {
    for (const namespace of this.#namespaces.keys()) {
      for (const slots of this.#namespaces.get(namespace)?.parts() ?? []) {
        for (let slot = 0; slot < slots.count; slot++) {
          const key = slots.keyOf(slot)
          const value = this.#encode(slots, slot)
          yield { path: [namespace, key], keyGroup: keyGroupOf(key), value }
        }
      }
    }
  }

  size(): StateSize {
    let entries = 0
    let bytes = 0
    for (const one of this.#namespaces.values()) {
      entries += one.count
      bytes += one.bytes
    }
    bytes += this.#layout.columns?.keys.bytes ?? 0
    bytes += (this.#layout.elsewhere?.bytes ?? 0) + this.#unreadBytes
    const outside = this.#outside?.count ?? 0
    bytes += (entries - outside) * this.#usualBytesBeside() + outside * PLACE_BYTES
    return { entries, bytes, spilledBytes: this.#outside?.bytes ?? 0 }
  }

  countKeys(max: number): number {
    const keys = new ShardedMap<true>()
    let without = 0
    for (const namespace of this.#namespaces.keys()) {
      for (const key of this.keys(namespace)) {
        if (key === null) without++
        else keys.set(key, true)
        if (keys.size + without >= max) return max
      }
    }
    return keys.size + without
  }

  spill(space: SpillSpace, request: SpillRequest, settings?: SpillSettings): number {
    if (!this.#spills) return 0
    this.#outside ??= new SlotObjects(space, settings)
    const isWarm = ({ stamps }: Slots, slot: number) => stamps?.[slot] === this.#stamp
    const encode = (slots: Slots, slot: number) => this.#encode(slots, slot)
    const bytesOf = (slots: Slots, slot: number) => this.#spillableBytes(slots, slot)
    const left = (slots: Slots, slot: number, spilled: Spilled) => {
      this.#layout.elsewhere?.letGo(slots, slot)
      slots.putObject(slot, spilled)
    }
    const table = { namespaces: this.#namespaces, encode, isWarm, bytesOf, left }
    return this.#outside.spill(table, request)
  }

  #spillableBytes(slots: Slots, slot: number): number {
    const object = slots.objects[slot]
    if (object instanceof Placeholder) return 0
    const { elsewhere } = this.#layout
    if (elsewhere !== undefined) return elsewhere.bytesOf(slots, slot)
    return object === undefined ? 0 : estimateBytes(object)
  }

  tidySpilled(): void {}

  /** What was restored is numbers from the start, but for what entries keep elsewhere. */
  readSome(): void {
    if (this.#unreadCount === 0) return
    this.#unreadHand ??= everySlot(this.#namespaces)
    for (let left = READ_AT_ONCE; left > 0 && this.#unreadCount > 0; ) {
      const next = this.#unreadHand.next()
      if (next.done === true) {
        this.#unreadHand = undefined
        return
      }
      const [slots, slot] = next.value
      if (!(slots.objects[slot] instanceof Unread)) continue
      this.bringBack(slots, slot)
      left--
    }
  }

  restore([namespace, key]: readonly Saved[], value: Uint8Array): void {
    if (typeof namespace !== 'number' || !isKey(key)) {
      throw new StateCodecError('An entry of a table has no namespace and key.')
    }
    this.#stored.add(namespace)
    this.#put(namespace, key, decodeState(value) as V)
  }

  #valueOf(slots: Slots, slot: number): V {
    const object = slots.objects[slot]
    if (!(object instanceof Placeholder)) return this.#layout.toValue(slots, slot)
    return decodeState(this.#bytesOf(object)) as V
  }

  #encode(slots: Slots, slot: number): Uint8Array {
    const object = slots.objects[slot]
    if (object instanceof Placeholder) return this.#bytesOf(object)
    return encodeState(this.#layout.toValue(slots, slot))
  }

  #bytesOf(held: Placeholder): Uint8Array {
    if (held instanceof Unread) return held.bytes
    if (this.#outside === undefined || !(held instanceof Spilled)) {
      throw new Error('There is nothing outside of memory.')
    }
    return this.#outside.bytesOf(held)
  }

  #put(namespace: number, key: Key, value: V): readonly [slots: Slots, slot: number] {
    const entries = this.namespace(namespace)
    const { columns } = this.#layout
    const slot =
      columns === undefined
        ? entries.place(this.#layout.givenKey(key, value))
        : entries.placeValues(columns.keys, columns.valuesOf(value))
    this.#layout.setValue(entries.slots, slot, value)
    return this.#clean(entries.slots, slot)
  }

  /** An entry of which only the key is known yet. */
  #begin(namespace: number, key: Key): readonly [slots: Slots, slot: number] {
    const entries = this.namespace(namespace)
    const slot = entries.place(key)
    return this.#clean(entries.slots, slot)
  }

  #clean(slots: Slots, slot: number): readonly [slots: Slots, slot: number] {
    if (slots.stamps !== undefined) slots.stamps[slot] = CLEAN
    return [slots, slot]
  }

  /** Keys that are no numbers, and objects in memory, of the first entries in some namespaces. */
  #usualBytesBeside(): number {
    let bytes = 0
    let count = 0
    let namespaces = 0
    for (const entries of this.#namespaces.values()) {
      const [slots] = entries.parts().filter((part) => part.count > 0)
      if (slots === undefined) continue
      let inNamespace = 0
      for (let slot = 0; slot < Math.min(slots.count, SOUGHT_EACH); slot++) {
        const object = slots.objects[slot]
        if (object instanceof Placeholder) continue
        const key = this.#layout.columns === undefined ? slots.keyOf(slot) : null
        if (typeof key === 'string') bytes += 40 + estimateBytes(key)
        const isObject = object !== undefined && this.#layout.elsewhere === undefined
        if (isObject) bytes += OBJECT_PLACE_BYTES + estimateBytes(object)
        count++
        if (++inNamespace === SAMPLED_EACH) break
      }
      if (++namespaces === SAMPLED_NAMESPACES) break
    }
    // A fraction would make the field another one, and V8 compile anew what has been compiled.
    if (count > 0) this.#usualBytesLast = Math.round(bytes / count)
    return this.#usualBytesLast
  }

  *#read(cut: SlotCut): Generator<PartEntry, void> {
    yield* cut.entries()
    this.#cut = undefined
  }
}

type Encode = (slots: Slots, slot: number) => Uint8Array

/** The changes of a cut, some of which have been handed over. */
class SlotCut {
  readonly #stamp: number
  readonly #namespaces: ReadonlyMap<number, SlotEntries>
  readonly #dropped: readonly (readonly [number, SlotEntries])[]
  readonly #encode: Encode
  /** Encoded before they were changed again, by namespace. */
  readonly #early = new Map<number, PartEntry[]>()

  constructor(
    stamp: number,
    namespaces: ReadonlyMap<number, SlotEntries>,
    dropped: readonly (readonly [number, SlotEntries])[],
    encode: Encode,
  ) {
    this.#stamp = stamp
    this.#namespaces = new Map(namespaces)
    this.#dropped = dropped
    this.#encode = encode
  }

  encodeEarly(namespace: number, slots: Slots, slot: number): void {
    if (slots.stamps?.[slot] !== this.#stamp) return
    this.#earlyOf(namespace).push(this.#take(namespace, slots, slot))
  }

  *entries(): Generator<PartEntry, void> {
    yield* this.#deleted()
    for (const namespace of this.#namespaces.keys()) yield* this.#pending(namespace)
    for (const early of this.#early.values()) yield* early
  }

  /** Where its entries are spread meanwhile, their stamps go with them, and are looked at anew. */
  *#pending(namespace: number): Generator<PartEntry, void> {
    const entries = this.#namespaces.get(namespace)
    let isSpread = false
    do {
      isSpread = entries?.isSpread ?? false
      for (const slots of entries?.parts() ?? []) {
        for (let slot = 0; slot < slots.count; slot++) {
          if (slots.stamps?.[slot] !== this.#stamp) continue
          yield this.#take(namespace, slots, slot)
          if (entries?.isSpread !== isSpread) break
        }
      }
    } while (entries?.isSpread !== isSpread && entries !== undefined)
  }

  /** Of namespaces that went. Where one has begun anew, its entries are stored over them. */
  *#deleted(): Generator<PartEntry, void> {
    const times = new Map<number, number>()
    for (const [namespace] of this.#dropped) {
      times.set(namespace, (times.get(namespace) ?? 0) + 1)
    }
    const said = new Map<number, Set<Key>>()
    for (const [namespace, entries] of this.#dropped) {
      const known = said.get(namespace) ?? this.#keysNow(namespace)
      const again = (times.get(namespace) ?? 0) > 1
      for (const slots of entries.parts()) {
        for (let slot = 0; slot < slots.count; slot++) {
          const key = slots.keyOf(slot)
          if (known.has(key)) continue
          if (again) known.add(key)
          yield { path: [namespace, key], keyGroup: keyGroupOf(key), value: undefined }
        }
      }
      said.set(namespace, known)
    }
  }

  /** The keys whose entries the cut hands over. */
  #keysNow(namespace: number): Set<Key> {
    const keys = new Set(this.#early.get(namespace)?.map(({ path }) => path[1] as Key))
    for (const slots of this.#namespaces.get(namespace)?.parts() ?? []) {
      for (let slot = 0; slot < slots.count; slot++) {
        if (slots.stamps?.[slot] === this.#stamp) keys.add(slots.keyOf(slot))
      }
    }
    return keys
  }

  #earlyOf(namespace: number): PartEntry[] {
    const early = this.#early.get(namespace) ?? []
    this.#early.set(namespace, early)
    return early
  }

  #take(namespace: number, slots: Slots, slot: number): PartEntry {
    const key = slots.keyOf(slot)
    const value = this.#encode(slots, slot)
    if (slots.stamps !== undefined) slots.stamps[slot] = CLEAN
    return { path: [namespace, key], keyGroup: keyGroupOf(key), value }
  }
}
