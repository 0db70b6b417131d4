/**
 * What a process that died may have left to memory alone, written once more.
 *
 * A sync that fails says so once. From then on the system takes the bytes for written, shows them
 * to whoever reads, and a later sync does nothing about them; a power cut takes them away. Nobody
 * who opens the log can know whether the process before has met that, so the end of each partition
 * that no mark proves to be synced is written again: first all of them into one file, then each in
 * its place. That costs one sync for each partition and three more.
 *
 *     LOG/tails    tail │ tail │ …
 */

import { type Disk, DiskError, TopicFailure } from '@millrace/engine'
import { readFrame, toFrame } from '../frame.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { KIND } from './frame-kind.ts'
import { readWhole, writeWhole } from './stored-files.ts'

export const TAILS_FILE = 'tails'

/** The end of a file. */
export interface Tail {
  readonly path: string
  readonly fromBytes: number
  readonly bytes: Uint8Array
}

/** The files are as they were, and last through a power cut. */
export async function rescue(disk: Disk, folder: string, tails: readonly Tail[]): Promise<void> {
  if (tails.length === 0) return
  const writer = new ByteWriter()
  for (const tail of tails) writer.raw(tailFrame(folder, tail))
  await writeWhole(disk, folder, TAILS_FILE, writer.written())
  await putBack(disk, folder, tails)
}

/** Goes on where a process has died in the middle of it. */
export async function finishRescue(disk: Disk, folder: string): Promise<void> {
  const bytes = await readWhole(disk, `${folder}/${TAILS_FILE}`)
  if (bytes === undefined) return
  const tails: Tail[] = []
  for (let at = 0; at < bytes.length; ) {
    const frame = readFrame(bytes, at)
    if (typeof frame === 'string' || frame.payload[0] !== KIND.tail) throw broken(folder)
    tails.push(readTail(folder, frame.payload))
    at = frame.nextBytes
  }
  await putBack(disk, folder, tails)
}

/** Written behind what is cut off: bytes that are written in their own place could be torn. */
async function putBack(disk: Disk, folder: string, tails: readonly Tail[]): Promise<void> {
  for (const { path, fromBytes, bytes } of tails) {
    const file = await disk.open(path, 'append').catch((error: unknown) => {
      // Whoever opens the partition says that it is gone.
      if (error instanceof DiskError && error.code === 'not-found') return undefined
      throw error
    })
    if (file === undefined) continue
    try {
      if ((await file.sizeBytes()) < fromBytes) continue
      await file.truncate(fromBytes)
      await file.write(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  }
  await disk.remove(`${folder}/${TAILS_FILE}`)
  // Were it to come back after more was written, it would take that away.
  await disk.syncFolder(folder)
}

function tailFrame(folder: string, { path, fromBytes, bytes }: Tail): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(KIND.tail)
  writer.text(path.slice(folder.length + 1))
  writer.count(fromBytes)
  writer.raw(bytes)
  return toFrame(writer.written())
}

function readTail(folder: string, payload: Uint8Array): Tail {
  const reader = new ByteReader(payload, 1)
  const path = `${folder}/${reader.text()}`
  const fromBytes = reader.count()
  return { path, fromBytes, bytes: payload.subarray(reader.at) }
}

function broken(folder: string): TopicFailure {
  return new TopicFailure(
    'damaged',
    `The log in "${folder}" is not as it was written: "${TAILS_FILE}" is broken, and holds the ends ` +
      'of partitions. Restore the folder from a copy.',
  )
}
