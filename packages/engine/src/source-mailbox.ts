/**
 * The chunks that a source has read ahead, where it stands in the first of them, and where reading
 * goes on after a restart. What was handed on before a restart is left out here.
 */

import { bytesEach } from './row-bytes.ts'
import type { SourceChunk } from './source.ts'
import type { Saved } from './state-codec.ts'
import { withoutFirst } from './without-first.ts'

/** Chunks that wait while another one is worked off. */
const CHUNKS_AHEAD_MAX = 2
/** About so many bytes of records wait, or one chunk. */
export const BYTES_AHEAD_MAX = 4 * 2 ** 20

export interface MailboxStart {
  readonly position: Saved
  /** Records behind it that have been handed on, and must not be again. */
  readonly toSkip: number
}

export class SourceMailbox {
  /** Where the first chunk has been worked off to. */
  row = 0
  reject = 0
  readonly #chunks: SourceChunk[] = []
  /** Of the records of each chunk, about. */
  readonly #bytes: number[] = []
  /** Of a row of each chunk, on average. */
  readonly #bytesEach: number[] = []
  #rowBytes = 0
  /** Where reading goes on for the first chunk. */
  #position: Saved
  #toSkip: number
  /** Those of the first chunk that have been left out. */
  #skipped = 0
  readonly #onSkippedLines: (count: number) => void

  constructor({ position, toSkip }: MailboxStart, onSkippedLines: (count: number) => void) {
    this.#position = position
    this.#toSkip = toSkip
    this.#onSkippedLines = onSkippedLines
  }

  get first(): SourceChunk | undefined {
    return this.#chunks[0]
  }

  /** Of the rows of the first chunk that are handed on next, up to so many, on average. */
  bytesEach(rowsMax: number): number {
    const { rows } = this.#chunks[0] ?? { rows: [] }
    const isWhole = this.row === 0 && rowsMax >= rows.length
    if (isWhole) return this.#bytesEach[0] ?? 0
    return bytesEach(rows, this.row, Math.min(rows.length, this.row + rowsMax))
  }

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  get full(): boolean {
    if (this.#chunks.length >= CHUNKS_AHEAD_MAX) return true
    return this.#bytes.reduce((sum, bytes) => sum + bytes, 0) >= BYTES_AHEAD_MAX
  }

  /** How large a row was lately, in about so many bytes. */
  get rowBytes(): number {
    return this.#rowBytes
  }

  /** Behind the last chunk that was handed on as a whole; undefined before there is one. */
  get position(): Saved {
    return this.#position
  }

  /** Rows and rejects behind the position. */
  get handedOn(): number {
    return this.#toSkip + this.#skipped + this.row + this.reject
  }

  /** False where all of it was handed on before a restart, and nothing waits before it. */
  push(chunk: SourceChunk): boolean {
    const records = chunk.rows.length + chunk.rejects.length
    if (this.#toSkip >= records) {
      this.#toSkip -= records
      return this.#pushEmpty(chunk)
    }
    if (this.#toSkip > 0) {
      this.#skipped = this.#toSkip
      this.#hold(withoutFirst(chunk, this.#toSkip))
      this.#toSkip = 0
    } else this.#hold(chunk)
    return true
  }

  #hold(chunk: SourceChunk): void {
    const { rows, rejects } = chunk
    this.#chunks.push(chunk)
    const each = bytesEach(rows)
    const rejected = rejects.reduce((sum, { raw }) => sum + raw.length, 0)
    this.#bytes.push(each * rows.length + rejected)
    this.#bytesEach.push(each)
    if (rows.length > 0) this.#rowBytes = each
  }

  /** Lets go of the first chunk if all of it has been handed on. */
  settle(): void {
    const chunk = this.#chunks[0]
    if (chunk === undefined) return
    if (this.row < chunk.rows.length || this.reject < chunk.rejects.length) return
    this.#chunks.shift()
    this.#bytes.shift()
    this.#bytesEach.shift()
    this.#passOver(chunk)
    this.row = 0
    this.reject = 0
  }

  /** As if nothing had been read ahead. */
  clear(): void {
    this.#chunks.length = 0
    this.#bytes.length = 0
    this.#bytesEach.length = 0
    this.row = 0
    this.reject = 0
  }

  /** Nothing of it is to be handed on, so it only moves the position behind those before it. */
  #pushEmpty(chunk: SourceChunk): boolean {
    const last = this.#chunks.pop()
    if (last === undefined) {
      this.#passOver(chunk)
      return false
    }
    const skippedLines = (last.skippedLines ?? 0) + (chunk.skippedLines ?? 0)
    this.#chunks.push({
      ...last,
      skippedLines,
      ...(last.next === undefined ? {} : { next: chunk.next }),
    })
    return true
  }

  /** Reading goes on behind this chunk. */
  #passOver({ skippedLines = 0, next }: SourceChunk): void {
    this.#onSkippedLines(skippedLines)
    this.#position = next
    this.#skipped = 0
  }
}
