/**
 * Keeps the records that could not be read or calculated with and that no edge takes: a line of
 * JSON each, in a file beside the document that belongs to the last run.
 */

import { dirname } from 'node:path'
import { openPart, reopenComplete, takeBackPart } from '@millrace/connectors/node'
import {
  type DeadLetter,
  type Disk,
  DiskError,
  type DiskFile,
  JobFailed,
  type Outstanding,
  type PreparedOutput,
  type Saved,
  type SinkCut,
  type TransactionalSink,
} from '@millrace/engine'
import { isoTimestamp } from '@millrace/pipeline'

/** In UTF-16 code units. */
const BLOCK_LENGTH = 64 * 1024

/** What a checkpoint holds of it. */
interface PreparedLetters {
  readonly count: number
  readonly firstReason: string | undefined
  readonly bytes: number
  readonly isLast: boolean
}

export class DeadLetterLog implements TransactionalSink {
  count = 0
  /** Of the first record. */
  firstReason: string | undefined
  readonly path: string
  /** Why the file of an earlier run is still there although this run had no dead letters. */
  leftOver: string | undefined
  readonly #disk: Disk
  #file: DiskFile | undefined
  #text = ''
  #written: Promise<void> = Promise.resolve()
  #failure: JobFailed | undefined

  constructor(path: string, disk: Disk) {
    this.path = path
    this.#disk = disk
  }

  /** Why letters could not be kept. */
  get failure(): JobFailed | undefined {
    return this.#failure
  }

  /** What is not written yet counts as outstanding, so that the job waits before it piles up. */
  add(letters: readonly DeadLetter[], outstanding: Outstanding): void {
    if (this.#failure !== undefined) throw this.#failure
    for (const letter of letters) {
      if (this.count === 0) this.firstReason = letter.reason
      this.count++
      this.#text += `${letterLine(letter)}\n`
    }
    if (this.#text.length >= BLOCK_LENGTH) this.#handOver(outstanding)
  }

  async recover(prepared: Saved): Promise<void> {
    const saved = prepared as unknown as PreparedLetters | undefined
    if (saved === undefined) return
    this.count = saved.count
    this.firstReason = saved.firstReason
    this.#bytes = saved.bytes
    if (saved.isLast) {
      await this.#told(() => this.#takeBack(saved.bytes))
      await this.#finish(saved.bytes)
      this.#completeBytes = saved.bytes
    } else if (saved.bytes > 0) {
      await this.#told(async () => {
        this.#file = await openPart(this.#disk, this.#counted(saved.bytes))
      })
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Written before any sink commits. */
  cut({ isLast }: SinkCut): PreparedOutput {
    this.#handOver({ add: () => {}, remove: () => {} })
    const { count, firstReason } = this
    const isComplete = this.#completeBytes !== undefined
    this.#ended = isLast && !isComplete
    const bytes = this.#bytes
    const prepared: PreparedLetters = { count, firstReason, bytes, isLast: isLast || isComplete }
    const written = this.#written
    return {
      prepare: async () => {
        await written
        await this.#told(async () => {
          await this.#file?.sync()
          if (this.#file !== undefined) await this.#keepName()
        })
        if (this.#failure !== undefined) throw this.#failure
        return { ...prepared }
      },
    }
  }

  /** A run without dead letters removes the file of the run before. */
  async commit(prepared: Saved): Promise<void> {
    // One that was complete already may have been opened again since the cut.
    if (this.#ended) await this.#finish((prepared as unknown as PreparedLetters).bytes)
  }

  async #finish(bytes: number): Promise<void> {
    await this.close()
    if (bytes > 0) await this.#rename()
    else await this.#removeOlder()
  }

  /** What a failed run could not process is kept too. */
  async abort(): Promise<void> {
    this.#handOver({ add: () => {}, remove: () => {} })
    await this.close()
    if (this.#bytes > 0) await this.#rename().catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#written
    const file = this.#file
    this.#file = undefined
    await this.#told(async () => file?.close())
  }

  #bytes = 0
  #nameIsKept = false
  /** With so many it was complete, at the checkpoint that the job went on from. */
  #completeBytes: number | undefined
  /** All letters have been cut. */
  #ended = false

  async #takeBack(bytes: number): Promise<void> {
    await takeBackPart(this.#disk, this.#counted(bytes))
    // There was no file, so what stands in a part came since.
    if (bytes > 0 || (await this.#disk.kindOf(this.#partPath)) !== 'file') return
    await this.#disk.remove(this.#partPath)
  }

  /** Done already where the part is gone: a restart does not know. */
  async #rename(): Promise<void> {
    await this.#told(async () => {
      if ((await this.#disk.kindOf(this.#partPath)) === 'file') {
        await this.#disk.rename(this.#partPath, this.path)
      }
      await this.#disk.syncFolder(dirname(this.path))
    })
    if (this.#failure !== undefined) throw this.#failure
  }

  /** A checkpoint counts on the part, so its name must last as long as what is in it. */
  async #keepName(): Promise<void> {
    if (this.#nameIsKept) return
    await this.#disk.syncFolder(dirname(this.path))
    this.#nameIsKept = true
  }

  async #removeOlder(): Promise<void> {
    if ((await this.#disk.kindOf(this.path)) !== 'file') return
    try {
      await this.#disk.remove(this.path)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.leftOver = `"${this.path}" is of an earlier run and could not be removed: ${error.message}`
    }
  }

  get #partPath(): string {
    return `${this.path}.part`
  }

  #handOver(outstanding: Outstanding): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    const bytes = Buffer.from(text)
    this.#bytes += bytes.length
    const complete = this.#completeBytes
    this.#completeBytes = undefined
    outstanding.add(1)
    this.#written = this.#written.then(async () => {
      await this.#told(async () => {
        this.#file ??= await this.#open(complete)
        await this.#file.write(bytes)
      })
      outstanding.remove(1)
    })
  }

  /** Behind what was complete with so many bytes. */
  async #open(bytes = 0): Promise<DiskFile> {
    const kind = await this.#disk.kindOf(this.path)
    if (kind !== 'file' && kind !== 'nothing') {
      throw new DiskError('other', this.path, `"${this.path}" is there and is no file.`)
    }
    if (bytes > 0) return reopenComplete(this.#disk, this.#counted(bytes))
    return this.#disk.open(this.#partPath, 'create')
  }

  #counted(bytes: number) {
    return { path: this.path, partPath: this.#partPath, bytes, anew: '' }
  }

  async #told(act: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return
    try {
      await act()
    } catch (error) {
      if (!(error instanceof DiskError || error instanceof JobFailed)) throw error
      this.#failure ??= error instanceof JobFailed ? error : this.#cannotKeep(error)
    }
  }

  #cannotKeep(error: DiskError): JobFailed {
    return new JobFailed({
      domain: 'external',
      retry: true,
      message:
        `Records that could not be read cannot be kept: ${error.message} Make room for ` +
        `"${this.path}", or connect the errors ports of the pipeline.`,
      cause: error,
    })
  }
}

/**
 * The columns of `errors` ports first, then what is known beside them. Not when it was refused: the
 * same input gives the same file.
 */
function letterLine(letter: DeadLetter): string {
  const { raw, reason, nodeId: node, line, offsetBytes: offset, code, operator, place } = letter
  const { bytes, truncated, eventTimeMs, column } = letter
  return JSON.stringify({
    ...{ raw, reason, node, line, offset, code, operator },
    ...(column === undefined ? {} : { column }),
    ...(eventTimeMs === undefined ? {} : { eventTime: isoTimestamp(eventTimeMs) }),
    ...(bytes === undefined ? {} : { base64: Buffer.from(bytes).toString('base64') }),
    ...(truncated === true ? { truncated } : {}),
    ...(place === undefined ? {} : { place }),
  })
}
