/**
 * The lines of a record that goes on over several of them, for as long as it may turn out that
 * the record was only the first of them, and the others have to be read again.
 *
 *     first: the record begins        next: the line to take
 *          |   taken   |   taken   |   to be read again   |
 */

import type { RefusalCause } from '@millrace/pipeline'
import type { Unread } from './chunk-builder.ts'

export interface KeptLine {
  readonly text: string
  /** Why the line cannot be read. */
  readonly fault: RefusalCause | undefined
  readonly unread: Unread
  readonly line: number
  readonly offsetBytes: number
}

export class KeptLines {
  #lines: KeptLine[] = []
  #first = 0
  #next = 0
  #takenLength = 0

  get empty(): boolean {
    return this.#lines.length === 0
  }

  /** Those before it belong to records that are done. */
  get first(): KeptLine | undefined {
    return this.#lines[this.#first]
  }

  get takenCount(): number {
    return this.#next - this.#first
  }

  /** In UTF-16 code units, with the line ends. */
  get takenLength(): number {
    return this.#takenLength
  }

  push(line: KeptLine): void {
    this.#lines.push(line)
  }

  take(): KeptLine | undefined {
    const line = this.#lines[this.#next]
    if (line === undefined) return undefined
    this.#next++
    this.#takenLength += line.text.length + 1
    return line
  }

  /** The lines that were taken belong together; the next one begins a record. */
  takeAway(): readonly KeptLine[] {
    return this.#takeAway(this.takenCount)
  }

  /** The first line stands alone; the others are taken again. */
  takeAwayFirst(): readonly KeptLine[] {
    return this.#takeAway(1)
  }

  #takeAway(count: number): readonly KeptLine[] {
    const lines = this.#lines.slice(this.#first, this.#first + count)
    this.#first += count
    this.#next = this.#first
    this.#takenLength = 0
    // Not each time, since all that is left moves.
    if (this.#first > this.#lines.length / 2) {
      this.#lines.splice(0, this.#first)
      this.#first = 0
      this.#next = 0
    }
    return lines
  }
}
