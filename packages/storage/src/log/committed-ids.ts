/** The ids of the transactions that were committed lately, in a file of their own. */

import { type Disk, type DiskFile, fromUtf8, toUtf8 } from '@millrace/engine'
import { toFrame } from '../frame.ts'
import { ByteWriter } from './byte-writer.ts'
import { rewriteWhole, scanFrames, writeWhole } from './stored-files.ts'

const NAME = 'committed'
const KNOWN_MAX = 10_000

export class CommittedIds {
  readonly #disk: Disk
  readonly #folder: string
  readonly #ids: Set<string>
  #file: DiskFile
  #sizeBytes: number
  #stored: number

  private constructor(
    disk: Disk,
    folder: string,
    ids: Set<string>,
    file: DiskFile,
    sizeBytes: number,
  ) {
    this.#disk = disk
    this.#folder = folder
    this.#ids = ids
    this.#file = file
    this.#sizeBytes = sizeBytes
    this.#stored = ids.size
  }

  /** `isSynced` where everything that can be read is known to last. */
  static async open(disk: Disk, folder: string, isSynced: boolean): Promise<CommittedIds> {
    const path = `${folder}/${NAME}`
    const ids = new Set<string>()
    let sizeBytes = 0
    if ((await disk.kindOf(path)) === 'file') {
      const file = await disk.open(path, 'read')
      const end = await scanFrames(file, 0, await file.sizeBytes(), (payload) => {
        note(ids, fromUtf8(payload) ?? '')
        return true
      })
      sizeBytes = end.atBytes
      await file.close()
      if (!isSynced) await rewriteWhole(disk, folder, NAME, sizeBytes)
    } else await writeWhole(disk, folder, NAME, new Uint8Array(0))
    const file = await disk.open(path, 'append')
    await file.truncate(sizeBytes)
    await file.sync()
    return new CommittedIds(disk, folder, ids, file, sizeBytes)
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** Known for good when it resolves. Where it fails the file is as it was. */
  async add(id: string): Promise<void> {
    const frame = toFrame(toUtf8(id))
    try {
      await this.#file.write(frame)
    } catch (error) {
      await this.#file.truncate(this.#sizeBytes)
      throw error
    }
    await this.#file.sync()
    this.#sizeBytes += frame.length
    note(this.#ids, id)
    if (++this.#stored > 2 * KNOWN_MAX) await this.#shorten()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #shorten(): Promise<void> {
    const writer = new ByteWriter()
    for (const id of this.#ids) writer.raw(toFrame(toUtf8(id)))
    await writeWhole(this.#disk, this.#folder, NAME, writer.written())
    await this.#file.close()
    this.#file = await this.#disk.open(`${this.#folder}/${NAME}`, 'append')
    this.#sizeBytes = writer.length
    this.#stored = this.#ids.size
  }
}

function note(ids: Set<string>, id: string): void {
  ids.add(id)
  if (ids.size <= KNOWN_MAX) return
  const [oldest] = ids
  if (oldest !== undefined) ids.delete(oldest)
}
