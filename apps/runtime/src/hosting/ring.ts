/** The last so many of what was added. */

export class Ring<T> {
  readonly #size: number
  #items: T[] = []
  #next = 0

  constructor(size: number) {
    this.#size = size
  }

  get count(): number {
    return this.#items.length
  }

  add(item: T): void {
    if (this.#items.length < this.#size) this.#items.push(item)
    else this.#items[this.#next] = item
    this.#next = (this.#next + 1) % this.#size
  }

  /** The last `count` of them, oldest first. */
  last(count: number): readonly T[] {
    const items = this.#items
    const start = items.length < this.#size ? 0 : this.#next
    const ordered = [...items.slice(start), ...items.slice(0, start)]
    return count >= ordered.length ? ordered : ordered.slice(ordered.length - count)
  }
}
