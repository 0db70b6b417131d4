/** Lets what must not meet for one thing come one after the other, as it was begun. */

export class OneAtATime {
  /** Of each, what was begun last; none of them rejects. */
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves and rejects as `act` does, which is called when nothing of before is under way. */
  async run<T>(of: string, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(of) ?? Promise.resolve()
    const acted = before.then(act)
    const over = acted.then(
      () => {},
      () => {},
    )
    this.#last.set(of, over)
    try {
      return await acted
    } finally {
      if (this.#last.get(of) === over) this.#last.delete(of)
    }
  }
}
