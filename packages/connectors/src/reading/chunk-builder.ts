/**
 * Collects what a source reads into a chunk: rows with their times, and refused records between
 * them.
 */

import { JobFailed, type Reject, type SourceChunk, shownRecord } from '@millrace/engine'
import type { RefusalCause, Row } from '@millrace/pipeline'

export interface ChunkPlace {
  readonly line: number
  readonly offsetBytes: number
}

export type Unread = Pick<Reject, 'bytes' | 'truncated'>

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

  /** `unread` has the bytes of what is no UTF-8, and says of what `raw` is only the beginning. */
  refuse(raw: string, cause: RefusalCause, place: ChunkPlace, unread: Unread = {}): void {
    const { line } = place
    if (this.#fails) {
      const message =
        `Line ${line} of "${this.#name}": ${cause.message} The line is ${shownRecord(raw)} — ` +
        'Mend it, or set onError to "dead-letter" to put such records aside.'
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    const { code, message: reason, column } = cause
    const at = this.#rows.length
    const where = { ...place, place: { file: this.#name } }
    this.#rejects.push({ at, raw, reason, code, column, ...where, ...unread })
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
