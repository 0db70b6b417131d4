/** The idempotency keys that a partition remembers: the newest of them, the oldest first. */

export interface KnownAppend {
  readonly key: string
  readonly startOffset: number
  readonly endOffset: number
}

export const KNOWN_APPENDS_MAX = 4096

export class KnownAppends implements Iterable<KnownAppend> {
  readonly #byKey = new Map<string, KnownAppend>()

  get(key: string): KnownAppend | undefined {
    return this.#byKey.get(key)
  }

  /** One append may have been stored as several batches; they stand behind one another. */
  note(key: string, startOffset: number, endOffset: number): void {
    if (key === '') return
    const before = this.#byKey.get(key)
    const continues = before?.endOffset === startOffset
    this.#byKey.delete(key)
    const start = continues ? before.startOffset : startOffset
    this.#byKey.set(key, { key, startOffset: start, endOffset })
    if (this.#byKey.size <= KNOWN_APPENDS_MAX) return
    const [oldest] = this.#byKey.keys()
    if (oldest !== undefined) this.#byKey.delete(oldest)
  }

  forget(key: string): void {
    this.#byKey.delete(key)
  }

  replace(appends: Iterable<KnownAppend>): void {
    this.#byKey.clear()
    for (const append of appends) this.#byKey.set(append.key, append)
  }

  [Symbol.iterator](): Iterator<KnownAppend> {
    return this.#byKey.values()
  }
}
