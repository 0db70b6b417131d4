/**
 * The objects of a slot table that lie outside of memory. In the place of each stands where its
 * entry is, as it is stored; its key and its numbers stay in the slot.
 */

import { estimateBytes } from './estimate-bytes.ts'
import type { SlotEntries } from './slot-entries.ts'
import type { Slots } from './slots.ts'
import type { SpillSpace } from './spill-space.ts'
import {
  Spilled,
  type SpillRequest,
  type SpillSettings,
  USUAL_SPILLING,
} from './spilled-entries.ts'

/** Objects that go at once. */
const GROUP = 64
/** Entries that are looked at before the clock is. */
const ENTRIES_BETWEEN_LOOKS = 16

interface Leaving {
  readonly slots: Slots
  readonly slot: number
  readonly bytes: Uint8Array
}

/** What a table knows of its entries. */
export interface SpillableSlots {
  readonly namespaces: ReadonlyMap<number, SlotEntries>
  encode(slots: Slots, slot: number): Uint8Array
  /** Whether the entry has been changed since the last cut. */
  isWarm(slots: Slots, slot: number): boolean
}

export class SlotObjects {
  readonly #space: SpillSpace
  readonly #settings: SpillSettings
  /** Goes through all entries again and again. */
  #hand: Iterator<readonly [slots: Slots, slot: number]> | undefined
  #count = 0
  #bytes = 0

  constructor(space: SpillSpace, settings = USUAL_SPILLING) {
    this.#space = space
    this.#settings = settings
  }

  /** Entries whose objects are not in memory. */
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

  /** It was put outside by somebody else. */
  adopt({ sizeBytes }: Spilled): void {
    this.#count++
    this.#bytes += sizeBytes
  }

  /** Its entry has another object now, or is gone. */
  free({ place, sizeBytes }: Spilled): void {
    this.#space.free(place)
    this.#count--
    this.#bytes -= sizeBytes
  }

  /** As `SpilledEntries.spill`. */
  spill(table: SpillableSlots, request: SpillRequest): number {
    let freed = 0
    let looks = 0
    // The first round may begin in the middle: what is warm waits for one that was whole.
    for (let round = 0; round < 3; round++) {
      const leaving: Leaving[] = []
      this.#hand ??= handOver(table.namespaces)
      for (;;) {
        const next = this.#hand.next()
        if (next.done === true) break
        const isDue = ++looks % ENTRIES_BETWEEN_LOOKS === 0 && !request.goOn()
        if (isDue || freed >= request.bytes) {
          this.#store(leaving)
          return freed
        }
        const [slots, slot] = next.value
        if (round < 2 && table.isWarm(slots, slot)) continue
        freed += this.#leave(table, slots, slot, leaving)
        if (leaving.length >= GROUP) this.#store(leaving.splice(0))
      }
      this.#hand = undefined
      this.#store(leaving)
    }
    return freed
  }

  /** Returns what it takes in memory; 0 where it stays. */
  #leave(table: SpillableSlots, slots: Slots, slot: number, leaving: Leaving[]): number {
    const object = slots.objects[slot]
    if (object === undefined || object instanceof Spilled) return 0
    const memoryBytes = estimateBytes(object)
    if (memoryBytes < this.#settings.valueBytesMin) return 0
    leaving.push({ slots, slot, bytes: table.encode(slots, slot) })
    return memoryBytes
  }

  #store(leaving: readonly Leaving[]): void {
    if (leaving.length === 0) return
    const places = this.#space.store(leaving.map(({ bytes }) => bytes))
    for (const [index, { slots, slot, bytes }] of leaving.entries()) {
      const place = places[index]
      if (place === undefined) throw new RangeError('An entry that was stored has no place.')
      const spilled = new Spilled(place, bytes.length)
      slots.objects[slot] = spilled
      this.adopt(spilled)
    }
  }
}

/** Where entries have been spread meanwhile, those that are left are met the next time. */
function* handOver(
  namespaces: ReadonlyMap<number, SlotEntries>,
): Generator<readonly [Slots, number], undefined> {
  for (const entries of namespaces.values()) {
    const { isSpread } = entries
    for (const slots of entries.parts()) {
      for (let slot = 0; slot < slots.count; slot++) {
        if (entries.isSpread !== isSpread) return undefined
        yield [slots, slot]
      }
    }
  }
  return undefined
}
