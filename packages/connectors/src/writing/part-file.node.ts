/**
 * A file that appears whole or not at all: what is written goes to `path.part`, which is renamed
 * when all input has ended and every sink of the job has everything on the disk. A checkpoint
 * holds how long the part was; a restart cuts it there and goes on.
 */

import type { PreparedOutput, TransactionalSink } from '@millrace/engine'
import { type Disk, DiskError, type Saved, type SinkCut } from '@millrace/engine'
import { PART_ENDING } from '../file-format.ts'
import { folderOf } from '../file-place.ts'
import { BlockFile, type BlockFileOptions } from './block-file.node.ts'
import { type CountedFile, openPart, reopenComplete, takeBackPart } from './complete-file.ts'
import { makeKeptFolder } from './kept-folder.ts'

export interface PartFileOptions extends BlockFileOptions {
  readonly disk: Disk
  /** What stands before the first record. */
  readonly head: string
  /** Whether `recover` will be called; otherwise the file is begun at once. */
  readonly checkpointed: boolean
}

/** What a checkpoint holds of it. */
interface PreparedPart {
  readonly bytes: number
  readonly isLast: boolean
}

export class PartFile implements TransactionalSink {
  readonly #options: PartFileOptions
  readonly #file: BlockFile
  /** Where the file ends up: behind links, if the path is one. */
  #target: string
  #committed = false
  /** Up to there it was whole already at the checkpoint that the job went on from. */
  #wholeBytes: number | undefined
  #opened = false
  /** All that comes has been cut. */
  #ended = false
  #nameIsKept = false

  /**
   * Creates the file at once, so that a place that cannot be written is known before any record
   * is read.
   */
  constructor(options: PartFileOptions) {
    this.#options = options
    this.#target = options.place.absolute
    this.#file = new BlockFile(options)
    if (!options.checkpointed) this.#begin()
  }

  get #partPath(): string {
    return `${this.#target}${PART_ENDING}`
  }

  write(text: string): void {
    const bytes = this.#wholeBytes
    this.#wholeBytes = undefined
    // The file was complete, and an edit brings more.
    if (bytes !== undefined) this.#goOn(bytes, reopenComplete)
    this.#file.write(text)
  }

  async recover(prepared: Saved): Promise<void> {
    const part = prepared as unknown as PreparedPart | undefined
    if (part === undefined) {
      this.#begin()
      await this.#file.settle()
      return
    }
    this.#file.queue(() => this.#findTarget())
    await this.#file.settle()
    if (part.isLast) {
      const { disk } = this.#options
      this.#file.queue(() => takeBackPart(disk, this.#counted(part.bytes)))
      await this.#rename()
      this.#wholeBytes = part.bytes
    } else this.#goOn(part.bytes, openPart)
    await this.#file.settle()
  }

  cut({ isLast }: SinkCut): PreparedOutput {
    // An edit lets others go on: what was whole stays whole.
    const bytes = this.#wholeBytes
    if (bytes !== undefined) return { prepare: async () => ({ bytes, isLast: true }) }
    this.#file.handOver()
    this.#ended = isLast
    const prepared = { bytes: this.#file.bytes, isLast }
    return {
      prepare: async () => {
        await this.#file.sync()
        if (this.#options.checkpointed) await this.#keepName()
        if (isLast) await this.#file.close()
        return { ...prepared }
      },
    }
  }

  async commit(prepared: Saved): Promise<void> {
    // One that was whole already may have been opened again since the cut.
    if (this.#ended && (prepared as unknown as PreparedPart).isLast) await this.#rename()
  }

  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    if (this.#committed || !this.#opened) return
    // What is left of it may stay if the disk does not let go of it: nobody reads a part.
    await this.#options.disk.remove(this.#partPath).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  #begin(): void {
    const { disk, head } = this.#options
    this.#file.begin(async () => {
      await this.#findTarget()
      await makeKeptFolder(disk, folderOf(this.#target))
      const file = await disk.open(this.#partPath, 'create')
      this.#opened = true
      return file
    })
    this.#file.write(head)
  }

  /** Behind so many bytes, which a checkpoint counts on. */
  #goOn(bytes: number, open: typeof openPart): void {
    this.#file.begin(async () => {
      const file = await open(this.#options.disk, this.#counted(bytes))
      this.#opened = true
      return file
    }, bytes)
  }

  #counted(bytes: number): CountedFile {
    const anew = `, so that "${this.#options.place.absolute}" is written from the beginning`
    return { path: this.#target, partPath: this.#partPath, bytes, anew }
  }

  /** A checkpoint counts on the part, so its name must last as long as what is in it. */
  async #keepName(): Promise<void> {
    if (this.#nameIsKept) return
    this.#file.queue(() => this.#options.disk.syncFolder(folderOf(this.#target)))
    await this.#file.settle()
    this.#nameIsKept = true
  }

  /** Done already where the part is gone: a restart does not know. */
  async #rename(): Promise<void> {
    const { disk } = this.#options
    this.#file.queue(async () => {
      if ((await disk.kindOf(this.#partPath)) === 'file') {
        await disk.rename(this.#partPath, this.#target)
      }
      this.#committed = true
      await disk.syncFolder(folderOf(this.#target))
    })
    await this.#file.settle()
  }

  async #findTarget(): Promise<void> {
    const { disk, place } = this.#options
    await this.#refuseOthers()
    this.#target = await disk.realPath(place.absolute)
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
}
