/**
 * A file that appears whole or not at all: what is written goes to `path.part`, which is renamed
 * when all input has ended and every sink of the job has everything on the disk. A checkpoint
 * holds how long the part was; a restart cuts it there and goes on.
 */

import type { PreparedOutput, TransactionalSink } from '@millrace/engine'
import { type Disk, DiskError, JobFailed, type Saved, type SinkCut } from '@millrace/engine'
import { PART_ENDING } from '../file-format.ts'
import { folderOf } from '../file-place.ts'
import { BlockFile, type BlockFileOptions } from './block-file.node.ts'
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
  #opened = false
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
    if (part.isLast) await this.#rename()
    else this.#goOn(part.bytes)
    await this.#file.settle()
  }

  cut({ isLast }: SinkCut): PreparedOutput {
    this.#file.handOver()
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
    if ((prepared as unknown as PreparedPart).isLast) await this.#rename()
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

  #goOn(bytes: number): void {
    const { disk, place } = this.#options
    this.#file.begin(async () => {
      const file = await disk.open(this.#partPath, 'append')
      this.#opened = true
      const found = await file.sizeBytes()
      if (found < bytes) {
        await file.close()
        const message =
          `"${this.#partPath}" has ${found} bytes, and the checkpoint that the job goes on from ` +
          `says ${bytes}: it was changed since. Start the job without its checkpoints, so that ` +
          `"${place.absolute}" is written from the beginning.`
        throw new JobFailed({ domain: 'external', retry: false, message })
      }
      await file.truncate(bytes)
      return file
    }, bytes)
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
