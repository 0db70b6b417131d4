/**
 * A file that appears whole or not at all: what is written goes to `path.part`, which is renamed
 * when every sink of the job has everything on the disk.
 *
 * Text is gathered into blocks, and one block at a time is written. Each block that waits is
 * outstanding, so the loop stops feeding the sink before blocks pile up.
 */

import {
  type Disk,
  DiskError,
  type DiskFile,
  type Outstanding,
  type SinkCommit,
} from '@millrace/engine'
import { type FilePlace, writeFailure } from '../disk-failure.ts'
import { PART_ENDING } from '../file-format.ts'
import { folderOf } from '../file-place.ts'

/** In UTF-16 code units. */
const BLOCK_LENGTH = 128 * 1024

export interface PartFileOptions {
  readonly disk: Disk
  readonly place: FilePlace
  readonly outstanding: Outstanding
  /** Told at once when the disk refuses something. */
  fail(error: Error): void
}

export class PartFile implements SinkCommit {
  readonly #options: PartFileOptions
  /** Where the file ends up: behind links, if the path is one. */
  #target: string
  /** Settles when everything handed over so far is written; never rejects. */
  #written: Promise<void>
  #file: DiskFile | undefined
  #text = ''
  #failure: unknown
  #committed = false

  /**
   * Creates the file at once, so that a place that cannot be written is known before any record
   * is read.
   */
  constructor(options: PartFileOptions) {
    this.#options = options
    this.#target = options.place.absolute
    this.#written = this.#told(() => this.#open())
  }

  get #partPath(): string {
    return `${this.#target}${PART_ENDING}`
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= BLOCK_LENGTH) this.#handOver()
  }

  async prepare(): Promise<void> {
    this.#handOver()
    await this.#written
    await this.#told(async () => {
      await this.#file?.sync()
      await this.#close()
    })
    if (this.#failure !== undefined) throw this.#failure
  }

  async commit(): Promise<void> {
    const { disk } = this.#options
    await this.#told(async () => {
      await disk.rename(this.#partPath, this.#target)
      this.#committed = true
      await disk.syncFolder(folderOf(this.#target))
    })
    if (this.#failure !== undefined) throw this.#failure
  }

  async abort(): Promise<void> {
    await this.#written
    if (this.#committed) return
    const { disk } = this.#options
    const opened = this.#opened
    await this.#close().catch(() => undefined)
    // What is left of it may stay if the disk does not let go of it: nobody reads a part.
    if (opened) await disk.remove(this.#partPath).catch(() => undefined)
  }

  #opened = false

  async #open(): Promise<void> {
    const { disk, place } = this.#options
    await this.#refuseOthers()
    this.#target = await disk.realPath(place.absolute)
    await disk.makeFolder(folderOf(this.#target))
    this.#file = await disk.open(this.#partPath, 'create')
    this.#opened = true
  }

  /**
   * A folder in the place of the file would refuse the rename when other sinks have committed, and
   * a device would be replaced by it.
   */
  async #refuseOthers(): Promise<void> {
    const { disk, place } = this.#options
    const kind = await disk.kindOf(place.absolute)
    if (kind === 'folder' || kind === 'special') {
      throw new DiskError(`is-${kind}`, place.absolute, `"${place.absolute}" is no file.`)
    }
  }

  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  #handOver(): void {
    if (this.#text === '') return
    // Encoded now: the text consists of thousands of pieces, which must not wait for the disk.
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    const { outstanding } = this.#options
    outstanding.add(1)
    this.#written = this.#written.then(async () => {
      await this.#told(async () => {
        if (this.#failure === undefined) await this.#file?.write(bytes)
      })
      outstanding.remove(1)
    })
  }

  /** Keeps the first refusal, and tells the job. */
  async #told(act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      const failure = writeFailure(error, this.#options.place)
      this.#failure ??= failure
      this.#options.fail(failure instanceof Error ? failure : new Error(String(failure)))
    }
  }
}
