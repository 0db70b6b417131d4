/** Counts how often something has happened lately. */

export class RecentCount {
  readonly #withinMs: number
  #atMs: readonly number[] = []

  constructor(withinMs: number) {
    this.#withinMs = withinMs
  }

  /** How often it has happened within the span, this time included; `nowMs` is monotonic. */
  add(nowMs: number): number {
    this.#atMs = [...this.#atMs.filter((atMs) => nowMs - atMs < this.#withinMs), nowMs]
    return this.#atMs.length
  }
}
