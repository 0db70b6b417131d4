/**
 * Finds the parts of expressions that occur more than once over the same row, so that generated
 * code can compute them once: first everything is written to be counted, then written again.
 */

/** More of them are computed anew; each is three registers. */
const HELD_MAX = 64

/** The variables of a part that is held, for the row at index `at`. */
export interface Held {
  /** For which row it was computed last. */
  readonly at: string
  readonly value: string
  /** What that charged. */
  readonly cost: string
}

export class Repeats {
  readonly #counts = new Map<string, number>()
  readonly #held = new Map<string, Held>()
  /** Parts that are being written. One inside itself is another part with the same text. */
  readonly #open = new Set<string>()
  readonly #ambiguous = new Set<string>()
  #counting = true

  /** From now on `find` gives the parts that were asked for more than once. */
  counted(): void {
    this.#counting = false
  }

  find(key: string): Held | undefined {
    const count = this.#counts.get(key) ?? 0
    if (this.#counting) {
      if (this.#open.has(key)) this.#ambiguous.add(key)
      this.#counts.set(key, count + 1)
      return undefined
    }
    if (count < 2 || this.#ambiguous.has(key)) return undefined
    const known = this.#held.get(key)
    if (known !== undefined || this.#held.size >= HELD_MAX) return known
    const index = this.#held.size
    const held = { at: `h${index}`, value: `v${index}`, cost: `k${index}` }
    this.#held.set(key, held)
    return held
  }

  within<T>(key: string, write: () => T): T {
    const outermost = !this.#open.has(key)
    this.#open.add(key)
    const written = write()
    if (outermost) this.#open.delete(key)
    return written
  }

  /** What declares the variables. */
  get declared(): readonly string[] {
    return [...this.#held.values()].map(
      ({ at, value, cost }) => `let ${at} = -1, ${value} = null, ${cost} = 0`,
    )
  }
}
