/**
 * The entries of a slot table of which the object, or what they keep elsewhere, is outside of
 * memory. In the place of the object stands where the entry is, as it is stored; its key and its
 * numbers stay in the slot.
 */

import type { SlotEntries } from './slot-entries.ts'
import type { Slots } from './slots.ts'
import { type Spilled, SpillHand, type SpillRequest } from './spill-hand.ts'
import type { SpillSpace } from './spill-space.ts'
import { type SpillSettings, USUAL_SPILLING } from './spilled-entries.ts'

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
  /** What of an entry can leave memory; 0 if nothing can. */
  bytesOf(slots: Slots, slot: number): number
  /** It is stored: `spilled` takes its place. */
  left(slots: Slots, slot: number, spilled: Spilled): void
}

export class SlotObjects {
  readonly #space: SpillSpace
  readonly #settings: SpillSettings
  readonly #hand: SpillHand<readonly [slots: Slots, slot: number], Leaving>
  #count = 0
  #bytes = 0

  constructor(space: SpillSpace, settings = USUAL_SPILLING) {
    this.#space = space
    this.#settings = settings
    this.#hand = new SpillHand(space)
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
    const spillable = {
      entries: () => everySlot(table.namespaces),
      isWarm: ([slots, slot]: readonly [Slots, number]) => table.isWarm(slots, slot),
      leave: ([slots, slot]: readonly [Slots, number], leaving: Leaving[]) =>
        this.#leave(table, slots, slot, leaving),
      left: ({ slots, slot }: Leaving, spilled: Spilled) => {
        table.left(slots, slot, spilled)
        this.adopt(spilled)
      },
    }
    return this.#hand.spill(spillable, request)
  }

  /** Returns what it takes in memory; 0 where it stays. */
  #leave(table: SpillableSlots, slots: Slots, slot: number, leaving: Leaving[]): number {
    const memoryBytes = table.bytesOf(slots, slot)
    if (memoryBytes === 0 || memoryBytes < this.#settings.valueBytesMin) return 0
    leaving.push({ slots, slot, bytes: table.encode(slots, slot) })
    return memoryBytes
  }
}

/** Where entries have been spread meanwhile, those that are left are met the next time. */
export function* everySlot(
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
