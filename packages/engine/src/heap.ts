/**
 * A binary heap: the least element comes out first, each step costing the logarithm of how many
 * there are.
 */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #compare: (a: T, b: T) => number

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  /** All of them, in no order that means anything. */
  items(): readonly T[] {
    return this.#items
  }

  push(item: T): void {
    const items = this.#items
    let index = items.length
    items.push(item)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = items[parentIndex] as T
      if (this.#compare(item, parent) >= 0) break
      items[index] = parent
      index = parentIndex
    }
    items[index] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length > 0 && last !== undefined) this.#sink(last)
    return first
  }

  /** Puts another item where the least one was; cheaper than `pop` and `push`. */
  replaceFirst(item: T): void {
    if (this.#items.length === 0) throw new RangeError('The heap is empty.')
    this.#sink(item)
  }

  #sink(item: T): void {
    const items = this.#items
    const { length } = items
    let index = 0
    for (let child = 1; child < length; child = 2 * index + 1) {
      const right = child + 1
      const smaller =
        right < length && this.#compare(items[right] as T, items[child] as T) < 0 ? right : child
      if (this.#compare(items[smaller] as T, item) >= 0) break
      items[index] = items[smaller] as T
      index = smaller
    }
    items[index] = item
  }
}
