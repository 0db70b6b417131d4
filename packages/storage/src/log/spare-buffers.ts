/** Buffers that are used again: making one for each group of appends keeps the collector busy. */

/** Together with `BYTES_MAX` a bound for what lies idle. */
const COUNT_MAX = 8
const BYTES_MAX = 4 * 1024 * 1024

export class SpareBuffers {
  readonly #buffers: Uint8Array[] = []

  /** The one that was given back last, however long; undefined where there is none. */
  take(): Uint8Array | undefined {
    return this.#buffers.pop()
  }

  /** Nobody may use it any more. */
  give(buffer: Uint8Array): void {
    if (buffer.length <= BYTES_MAX && this.#buffers.length < COUNT_MAX) this.#buffers.push(buffer)
  }
}
