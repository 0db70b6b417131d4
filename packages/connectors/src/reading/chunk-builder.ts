/**
 * Collects what a source reads into a chunk: rows with their times, and refused records between
 * them.
 */

import { JobFailed, type Reject, type SourceChunk, shownRecord } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'

export class ChunkBuilder {
  #rows: Row[] = []
  #times: number[] = []
  #rejects: Reject[] = []
  #skippedLines = 0
  readonly #timed: boolean
  readonly #name: string
  readonly #fails: boolean

  /** With `fails`, the first refused record stops the job; `name` is that of the file. */
  constructor(options: {
    readonly timed: boolean
    readonly name: string
    readonly fails: boolean
  }) {
    this.#timed = options.timed
    this.#name = options.name
    this.#fails = options.fails
  }

  /** Rows and refused records. */
  get size(): number {
    return this.#rows.length + this.#rejects.length
  }

  add(row: Row, timeMs: number): void {
    this.#rows.push(row)
    if (this.#timed) this.#times.push(timeMs)
  }

  skipLine(): void {
    this.#skippedLines++
  }

  refuse(raw: string, reason: string, line: number, offsetBytes: number): void {
    if (this.#fails) {
      const message =
        `Line ${line} of "${this.#name}": ${reason} The line is ${shownRecord(raw)} — ` +
        'Mend it, or set onError to "dead-letter" to put such records aside.'
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    this.#rejects.push({ at: this.#rows.length, raw, reason, line, offsetBytes })
  }

  /** What was collected, or undefined if nothing was; then it begins anew. */
  take(): SourceChunk | undefined {
    const rows = this.#rows
    const rejects = this.#rejects
    const skippedLines = this.#skippedLines
    if (rows.length === 0 && rejects.length === 0 && skippedLines === 0) return undefined
    const times = this.#times
    this.#rows = []
    this.#times = []
    this.#rejects = []
    this.#skippedLines = 0
    return { rows, rejects, skippedLines, ...(this.#timed ? { times } : {}) }
  }
}
