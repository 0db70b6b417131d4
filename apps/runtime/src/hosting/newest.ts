/** The last so many of what was added, as far as they fit into so many bytes. */

export interface NewestBounds {
  readonly countMax: number
  readonly bytesMax: number
}

export class Newest<T> {
  readonly #bounds: NewestBounds
  #items: T[] = []
  #sizes: number[] = []
  /** Those before it are gone. */
  #first = 0
  #bytes = 0

  constructor(bounds: NewestBounds) {
    this.#bounds = bounds
  }

  get count(): number {
    return this.#items.length - this.#first
  }

  /** One that is larger than all that may stay does not. */
  add(item: T, bytes: number): void {
    const { countMax, bytesMax } = this.#bounds
    this.#items.push(item)
    this.#sizes.push(bytes)
    this.#bytes += bytes
    while (this.count > countMax || (this.#bytes > bytesMax && this.count > 0)) {
      this.#bytes -= this.#sizes[this.#first] ?? 0
      this.#first++
    }
    // Not each time, since all that is left moves.
    if (this.#first > countMax || this.#first > this.#items.length / 2) this.#tidy()
  }

  /** The last `count` of them, oldest first. */
  last(count: number): readonly T[] {
    return this.#items.slice(Math.max(this.#first, this.#items.length - count))
  }

  #tidy(): void {
    this.#items = this.#items.slice(this.#first)
    this.#sizes = this.#sizes.slice(this.#first)
    this.#first = 0
  }
}
