/**
 * Text that goes to a file in blocks, one at a time. Each block that waits is outstanding, so the
 * loop stops feeding the sink before blocks pile up.
 */

import { type DiskFile, type Outstanding, outstandingUnits } from '@millrace/engine'
import { type FilePlace, writeFailure } from '../disk-failure.ts'

/** In UTF-16 code units. */
const BLOCK_LENGTH = 128 * 1024

export interface BlockFileOptions {
  readonly place: FilePlace
  readonly outstanding: Outstanding
  /** Told at once when the disk refuses something. */
  fail(error: Error): void
}

export class BlockFile {
  readonly #options: BlockFileOptions
  #file: DiskFile | undefined
  #text = ''
  #bytes = 0
  #failure: unknown
  /** Settles when everything handed over so far is written; never rejects. */
  #written: Promise<void> = Promise.resolve()

  constructor(options: BlockFileOptions) {
    this.#options = options
  }

  /** How much has been handed over, from the beginning of the file. */
  get bytes(): number {
    return this.#bytes
  }

  get failure(): unknown {
    return this.#failure
  }

  /** What is written from now on goes to this file, in which there are `bytes` already. */
  begin(open: () => Promise<DiskFile>, bytes = 0): void {
    this.#bytes = bytes
    this.queue(async () => {
      this.#file = await open()
    })
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= BLOCK_LENGTH) this.handOver()
  }

  /** What was written so far is on its way, and `bytes` counts it. */
  handOver(): void {
    if (this.#text === '') return
    // Encoded now: the text consists of thousands of pieces, which must not wait for the disk.
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    this.#bytes += bytes.length
    const { outstanding } = this.#options
    const units = outstandingUnits(bytes.length)
    outstanding.add(units)
    this.queue(
      async () => this.#file?.write(bytes),
      () => outstanding.remove(units),
    )
  }

  /** Resolves when what was handed over before the call lasts. Rejects where it does not. */
  async sync(): Promise<void> {
    this.queue(async () => this.#file?.sync())
    await this.#written
    this.check()
  }

  /** Lets go of the file; what is on its way is written first. */
  async close(): Promise<void> {
    await this.#written
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /**
   * Does this when all before it is done, unless that was refused; `last` in any case. The first
   * refusal is kept, and the job is told.
   */
  queue(act: () => Promise<unknown>, last: () => void = () => {}): void {
    this.#written = this.#written.then(async () => {
      try {
        if (this.#failure === undefined) await act()
      } catch (error) {
        const failure = writeFailure(error, this.#options.place)
        this.#failure = failure
        this.#options.fail(failure instanceof Error ? failure : new Error(String(failure)))
      }
      last()
    })
  }

  /** Resolves when all that has been asked for is done. Rejects where something was refused. */
  async settle(): Promise<void> {
    await this.#written
    this.check()
  }
}
