/**
 * Reads the file of a checkpoint block by block, and lets nothing pass that was not written there.
 */

import type { Disk, DiskFile, StateChange } from '@millrace/engine'
import {
  BLOCK_HEAD_BYTES,
  BLOCK_KINDS,
  blockChecksum,
  type CheckpointHeader,
  lookAtEntries,
  PREFIX_BYTES,
  prefixFault,
  prefixSalt,
  readEnd,
  readEntries,
  readHeader,
  saltOf,
} from './checkpoint-format.ts'
import { DamagedFile } from './damaged-file.ts'

/** Of a file of which only the header may be wanted. */
const FIRST_READ_BYTES = 64 * 1024
/** Then, so that a large file does not wait for each of its blocks. */
const READ_BYTES = 1024 * 1024
/** A block has an entry that is as large as any at the most. */
const BLOCK_BYTES_MAX = 1024 * 1024 * 1024

/** The header of a file, and how long it is. */
export async function readCheckpointHeader(
  disk: Disk,
  path: string,
): Promise<{ readonly header: CheckpointHeader; readonly bytes: number }> {
  const file = await disk.open(path, 'read')
  try {
    const blocks = new BlockReader(file, path)
    const header = await blocks.header()
    return { header, bytes: blocks.sizeBytes }
  } finally {
    await file.close()
  }
}

/** All entries of a file. Fails with `DamagedFile` at the first block that is not as it was. */
export async function* readCheckpointEntries(
  disk: Disk,
  path: string,
  expected: CheckpointHeader,
): AsyncGenerator<readonly StateChange[]> {
  for await (const { payload } of readCheckpointBlocks(disk, path, expected)) {
    yield [...readEntries(payload)]
  }
}

export interface EntriesBlock {
  /** For `readEntries`. */
  readonly payload: Uint8Array
  /** Whether it says of an entry that it is gone. */
  readonly hasGone: boolean
}

/** The same as the blocks that they stand in; nobody else writes to these bytes. */
export async function* readCheckpointBlocks(
  disk: Disk,
  path: string,
  expected: CheckpointHeader,
): AsyncGenerator<EntriesBlock> {
  const file = await disk.open(path, 'read')
  try {
    const blocks = new BlockReader(file, path)
    const header = await blocks.header()
    if (header.stamp !== expected.stamp) throw blocks.damaged('Another file stands in its place.')
    let count = 0
    for (;;) {
      const payload = await blocks.next()
      if (payload === undefined) throw blocks.damaged('Its end is missing.')
      if (payload[0] === BLOCK_KINDS.end) {
        const written = readEnd(payload)
        if (written !== count) {
          throw blocks.damaged(`It has ${count} entries, and ${written} were written.`)
        }
        if (!blocks.ended) throw blocks.damaged('Something stands behind its end.')
        return
      }
      if (payload[0] !== BLOCK_KINDS.entries) throw blocks.damaged('It has two headers.')
      const entries = lookAtEntries(payload)
      count += entries.count
      yield { payload, hasGone: entries.hasGone }
    }
  } finally {
    await file.close()
  }
}

class BlockReader {
  sizeBytes = 0
  readonly #file: DiskFile
  readonly #path: string
  /** What has been read from `#offset` on. */
  #buffer = new Uint8Array(0)
  #offset = 0
  #at = 0
  #salt = 0
  #index = 0

  constructor(file: DiskFile, path: string) {
    this.#file = file
    this.#path = path
  }

  get ended(): boolean {
    return this.#at >= this.sizeBytes
  }

  damaged(reason: string): DamagedFile {
    return new DamagedFile(this.#path, reason)
  }

  async header(): Promise<CheckpointHeader> {
    this.sizeBytes = await this.#file.sizeBytes()
    const prefix = await this.#bytes(Math.min(PREFIX_BYTES, this.sizeBytes))
    const fault = prefixFault(prefix)
    if (fault !== undefined) throw this.damaged(fault)
    this.#salt = prefixSalt(prefix)
    const payload = await this.next()
    const header = payload === undefined ? undefined : readHeader(payload)
    if (header === undefined) throw this.damaged('Its header is missing.')
    this.#salt = saltOf(header.stamp)
    return header
  }

  /** The payload of the next block; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const start = this.#at
    const left = this.sizeBytes - start
    if (left === 0) return undefined
    if (left <= BLOCK_HEAD_BYTES) throw this.damaged(`It ends within the block at byte ${start}.`)
    const head = await this.#bytes(BLOCK_HEAD_BYTES)
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    const [length, checksum] = [view.getUint32(0, true), view.getUint32(4, true)]
    if (length === 0) throw this.damaged(`The block at byte ${start} is empty.`)
    if (length > BLOCK_BYTES_MAX) {
      throw this.damaged(`The block at byte ${start} says that it has ${length} bytes.`)
    }
    if (length > left - BLOCK_HEAD_BYTES) {
      throw this.damaged(`It ends within the block at byte ${start}.`)
    }
    const payload = await this.#bytes(length)
    if (blockChecksum(payload, 0, length, this.#salt, this.#index++) !== checksum) {
      throw this.damaged(`The block at byte ${start} does not match its checksum.`)
    }
    return payload
  }

  async #bytes(count: number): Promise<Uint8Array> {
    const from = this.#at - this.#offset
    if (from + count > this.#buffer.length) {
      const ahead = this.#at === 0 ? FIRST_READ_BYTES : READ_BYTES
      const wanted = Math.min(Math.max(count, ahead), this.sizeBytes - this.#at)
      const buffer = new Uint8Array(wanted)
      let filled = 0
      while (filled < wanted) {
        const read = await this.#file.read(buffer.subarray(filled), this.#at + filled)
        if (read === 0) throw this.damaged('It became shorter while it was read.')
        filled += read
      }
      this.#buffer = buffer
      this.#offset = this.#at
    }
    const start = this.#at - this.#offset
    this.#at += count
    return this.#buffer.subarray(start, start + count)
  }
}
