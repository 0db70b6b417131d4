/**
 * Goes through the entries of a table again and again, as the hand of a clock does, and puts those
 * outside of memory that nobody has changed lately.
 */

import type { SpillSpace } from './spill-space.ts'
import { Placeholder } from './unread.ts'

/** In place of a value. */
export class Spilled extends Placeholder {
  readonly place: number
  readonly sizeBytes: number

  constructor(place: number, sizeBytes: number) {
    super()
    this.place = place
    this.sizeBytes = sizeBytes
  }
}

export interface SpillRequest {
  /** In memory, as they are estimated. */
  readonly bytes: number
  /** Whether there is time for more. */
  goOn(): boolean
}

/** What the hand goes through; `Leaving` is an entry that is to be stored. */
export interface Spillable<Entry, Leaving extends { readonly bytes: Uint8Array }> {
  /** May end early: what is left is met the next time. */
  entries(): Iterator<Entry>
  /** Whether it leaves only where there are no others. */
  isWarm(entry: Entry): boolean
  /** Takes it down if it can leave. Returns what it takes in memory; 0 where it stays. */
  leave(entry: Entry, leaving: Leaving[]): number
  /** It is stored; `spilled` belongs in its place. */
  left(leaving: Leaving, spilled: Spilled): void
}

/** Values that go at once. */
const GROUP = 64
/** Entries that are looked at before the clock is. */
const ENTRIES_BETWEEN_LOOKS = 16

export class SpillHand<Entry, Leaving extends { readonly bytes: Uint8Array }> {
  readonly #space: SpillSpace
  #hand: Iterator<Entry> | undefined

  constructor(space: SpillSpace) {
    this.#space = space
  }

  /** Puts entries outside until so much has left memory. Returns about how much has. */
  spill(of: Spillable<Entry, Leaving>, request: SpillRequest): number {
    let freed = 0
    let looks = 0
    // The first round may begin in the middle: what is warm waits for one that was whole.
    for (let round = 0; round < 3; round++) {
      const leaving: Leaving[] = []
      this.#hand ??= of.entries()
      for (;;) {
        const next = this.#hand.next()
        if (next.done === true) break
        const isDue = ++looks % ENTRIES_BETWEEN_LOOKS === 0 && !request.goOn()
        if (isDue || freed >= request.bytes) {
          this.#store(of, leaving)
          return freed
        }
        if (round < 2 && of.isWarm(next.value)) continue
        freed += of.leave(next.value, leaving)
        if (leaving.length >= GROUP) this.#store(of, leaving.splice(0))
      }
      this.#hand = undefined
      this.#store(of, leaving)
    }
    return freed
  }

  #store(of: Spillable<Entry, Leaving>, leaving: readonly Leaving[]): void {
    if (leaving.length === 0) return
    const places = this.#space.store(leaving.map(({ bytes }) => bytes))
    for (const [index, one] of leaving.entries()) {
      const place = places[index]
      if (place === undefined) throw new RangeError('An entry that was stored has no place.')
      of.left(one, new Spilled(place, one.bytes.length))
    }
  }
}
