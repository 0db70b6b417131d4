/**
 * Keyed state and timers in memory. Where they are to be stored, each part notes what has changed
 * since the last cut.
 */

import { MemoryChainTable } from './chain-table.ts'
import { estimateBytes } from './estimate-bytes.ts'
import { MemoryTable } from './memory-table.ts'
import { MemoryTimers } from './memory-timers.ts'
import { MemorySlotTable } from './slot-table.ts'
import type { SpillRequest } from './spill-hand.ts'
import type { SpillSpace } from './spill-space.ts'
import type { SpillSettings } from './spilled-entries.ts'
import type {
  ChainLayout,
  ChainTable,
  EventTimers,
  SavableState,
  ShowState,
  SlotLayout,
  SlotTable,
  StateEntry,
  StateReading,
  StateSize,
  StateTable,
  StateValue,
} from './state.ts'
import { decodeState, encodeState, type Saved, StateCodecError } from './state-codec.ts'
import type { PartEntry } from './table-cut.ts'

interface Part {
  /** What has changed, or everything; see `SavableState.cut`. */
  cut(everything: boolean): IterableIterator<PartEntry>
  readonly isEmpty: boolean
  snapshot(): IterableIterator<PartEntry>
  size(): StateSize
  /** Where it may be `later`, bytes stay as they are, and are read when they are needed. */
  restore(path: readonly Saved[], value: Uint8Array, later: boolean): void
}

/** A part that is a table. */
type TablePart = Part &
  StateReading<unknown> &
  Pick<MemoryTable<unknown>, 'countKeys' | 'tidySpilled' | 'readSome' | 'spill'>

export interface MemoryStateOptions {
  /** Changes are noted for `cut`; otherwise that costs nothing. */
  readonly stored?: boolean
  readonly spilling?: SpillSettings
}

export class MemoryState implements SavableState {
  readonly #parts = new Map<string, Part>()
  readonly #tables: TablePart[] = []
  readonly #stored: boolean
  readonly #spilling: SpillSettings | undefined
  #show: ShowState = (value) => value
  readonly #cutCallbacks: (() => void)[] = []

  constructor({ stored = false, spilling }: MemoryStateOptions = {}) {
    this.#stored = stored
    this.#spilling = spilling
  }

  table<V>(name: string): StateTable<V> {
    return this.#part(`table ${name}`, () => this.#createTable<V>())
  }

  slots<V>(name: string, layout: SlotLayout<V>): SlotTable<V> {
    const known = this.#parts.get(`table ${name}`)
    if (known instanceof MemorySlotTable) return known
    const restored = known as MemoryTable<V> | undefined
    const table = new MemorySlotTable(layout, this.#stored, restored, this.#spilling)
    return this.#takePlace(name, table, restored)
  }

  chains<V>(name: string, layout: ChainLayout<V>): ChainTable<V> {
    const known = this.#parts.get(`table ${name}`)
    if (known instanceof MemoryChainTable) return known
    const restored = known as MemoryTable<V> | undefined
    const table = new MemoryChainTable(layout, this.#stored, restored)
    return this.#takePlace(name, table, restored)
  }

  /** Of the table of this name that was restored before its kind was known. */
  #takePlace<T extends TablePart>(name: string, table: T, restored: Part | undefined): T {
    this.#parts.set(`table ${name}`, table)
    const others = this.#tables.filter((other) => other !== restored)
    this.#tables.splice(0, this.#tables.length, ...others, table)
    return table
  }

  reading<V>(name: string): StateReading<V> {
    return this.table<V>(name)
  }

  value<V>(name: string, initial: V): StateValue<V> {
    return this.#part(`value ${name}`, () => new MemoryValue(initial))
  }

  timers(name: string): EventTimers {
    return this.#part(`timers ${name}`, () => new MemoryTimers(this.#stored))
  }

  onCut(callback: () => void): void {
    this.#cutCallbacks.push(callback)
  }

  showAs(show: ShowState): void {
    this.#show = show
  }

  readonly shownTimes = new Map<string, number>()

  showTimes(table: string, stepMs: number): void {
    this.shownTimes.set(table, stepMs)
  }

  readonly shown: ShowState = (value, table) => this.#show(value, table)

  cut(everything = !this.#stored): IterableIterator<StateEntry> {
    for (const callback of this.#cutCallbacks) callback()
    const cuts = [...this.#parts].map(([part, content]) => {
      return [part, content.cut(everything)] as const
    })
    return entriesOf(cuts)
  }

  get isEmpty(): boolean {
    for (const part of this.#parts.values()) if (!part.isEmpty) return false
    return true
  }

  snapshot(): IterableIterator<StateEntry> {
    return entriesOf([...this.#parts].map(([part, content]) => [part, content.snapshot()] as const))
  }

  size(): StateSize {
    let entries = 0
    let bytes = 0
    let spilledBytes = 0
    for (const part of this.#parts.values()) {
      const size = part.size()
      entries = Math.max(entries, size.entries)
      bytes += size.bytes
      spilledBytes += size.spilledBytes
    }
    return { entries, bytes, spilledBytes }
  }

  /** By name; for reading only, between turns. */
  *tables(): Generator<readonly [name: string, table: StateReading<unknown>]> {
    for (const [part, content] of this.#parts) {
      const table = this.#tables.find((known) => known === content)
      if (table !== undefined) yield [part.slice('table '.length), table]
    }
  }

  countKeys(max: number): number {
    return Math.max(0, ...this.#tables.map((table) => table.countKeys(max)))
  }

  spill(space: SpillSpace, { bytes, goOn }: SpillRequest): number {
    for (const callback of this.#cutCallbacks) callback()
    const bySize = this.#tables.toSorted((a, b) => b.size().bytes - a.size().bytes)
    let spilled = 0
    for (const table of bySize) {
      if (spilled >= bytes || !goOn()) break
      spilled += table.spill(space, { bytes: bytes - spilled, goOn }, this.#spilling)
    }
    return spilled
  }

  tidySpilled(): void {
    for (const table of this.#tables) table.tidySpilled()
  }

  restore(entries: Iterable<StateEntry>): void {
    for (const entry of entries) this.restoreOne(entry)
  }

  /** Where it may be `later`, values of tables are made when they are needed, or bit by bit. */
  restoreOne({ part, path, value }: StateEntry, later = false): void {
    if (value !== undefined) this.#restoring(part).restore(path, value, later)
  }

  readSome(): void {
    for (const table of this.#tables) table.readSome()
  }

  #restoring(part: string): Part {
    const known = this.#parts.get(part)
    if (known !== undefined) return known
    const [kind = ''] = part.split(' ', 1)
    if (kind === 'table') return this.#part(part, () => this.#createTable<unknown>())
    if (kind === 'timers') return this.#part(part, () => new MemoryTimers(this.#stored))
    if (kind === 'value') return this.#part(part, () => new MemoryValue<unknown>(undefined))
    throw new StateCodecError(`There is no kind of state called "${kind}".`)
  }

  #createTable<V>(): MemoryTable<V> {
    const table = new MemoryTable<V>(this.#stored)
    this.#tables.push(table as MemoryTable<unknown>)
    return table
  }

  #part<P extends Part>(part: string, create: () => P): P {
    if (!this.#parts.has(part)) this.#parts.set(part, create())
    return this.#parts.get(part) as P
  }
}

function* entriesOf(
  cuts: readonly (readonly [part: string, entries: IterableIterator<PartEntry>])[],
): Generator<StateEntry, void> {
  for (const [part, entries] of cuts) {
    for (const entry of entries) yield { part, ...entry }
  }
}

class MemoryValue<V> implements StateValue<V>, Part {
  #value: V
  /** Since the last cut. */
  #changed = false
  /** Ever: one that is as it began need not be stored. */
  #isSet = false

  constructor(initial: V) {
    this.#value = initial
  }

  get(): V {
    return this.#value
  }

  set(value: V): void {
    this.#value = value
    this.#changed = true
    this.#isSet = true
  }

  /** There is one, and nobody says before changing it in place: so it is encoded at once. */
  cut(everything: boolean): IterableIterator<PartEntry> {
    const isDue = this.#changed || (everything && this.#isSet)
    this.#changed = false
    return (isDue ? [...this.snapshot()] : []).values()
  }

  get isEmpty(): boolean {
    return !this.#isSet
  }

  *snapshot(): Generator<PartEntry, void> {
    if (this.#isSet) yield { path: [], keyGroup: 0, value: encodeState(this.#value) }
  }

  size(): StateSize {
    return { entries: 0, bytes: estimateBytes(this.#value), spilledBytes: 0 }
  }

  restore(_path: readonly Saved[], value: Uint8Array): void {
    this.#value = decodeState(value) as V
    this.#isSet = true
  }
}
