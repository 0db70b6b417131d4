/** A space outside of memory, in memory: it knows what stands in it, and refuses what does not. */

import type { SpillSpace } from '../spill-space.ts'

export class MemorySpillSpace implements SpillSpace {
  readonly #values = new Map<number, Uint8Array>()
  #next = 1

  /** How many values are there. */
  get size(): number {
    return this.#values.size
  }

  store(values: readonly Uint8Array[]): readonly number[] {
    return values.map((value) => {
      this.#values.set(this.#next, value.slice())
      return this.#next++
    })
  }

  load(place: number): Uint8Array {
    const value = this.#values.get(place)
    if (value === undefined) throw new RangeError(`Nothing stands at place ${place}.`)
    return value.slice()
  }

  free(place: number): void {
    if (!this.#values.delete(place)) throw new RangeError(`Nothing stands at place ${place}.`)
  }

  close(): void {
    this.#values.clear()
  }
}
