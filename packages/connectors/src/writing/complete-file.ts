/**
 * A file that is a part until it is complete, and of which an edited job may have more to write
 * then. It stays as it is until it is complete again: what comes is written behind a copy, which
 * becomes a part when all of it lasts. So whatever stands in a part up to where the file was
 * complete is that file.
 */

import { type Disk, type DiskFile, JobFailed } from '@millrace/engine'
import { PART_ENDING } from '../file-format.ts'

const COPY_BYTES = 1024 * 1024

/** A file, its part, and how many bytes a checkpoint counts on. */
export interface CountedFile {
  readonly path: string
  readonly partPath: string
  readonly bytes: number
  /** What starting without the checkpoints does to the file, behind "without its checkpoints". */
  readonly anew: string
}

/** Its part, cut there. Throws where the disk does not, and a `JobFailed` if it is shorter. */
export async function openPart(disk: Disk, counted: CountedFile): Promise<DiskFile> {
  const file = await disk.open(counted.partPath, 'append')
  try {
    await refuseShorter(counted, counted.partPath, file)
    await file.truncate(counted.bytes)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Behind a copy of what was complete. Throws as `openPart` does. */
export async function reopenComplete(disk: Disk, counted: CountedFile): Promise<DiskFile> {
  const { path, partPath, bytes } = counted
  if ((await disk.kindOf(path)) === 'nothing') throw isGone(counted)
  const whole = await disk.open(path, 'read')
  try {
    await refuseShorter(counted, path, whole)
    const copy = await disk.open(copyPath(path), 'create')
    try {
      await copyBytes(whole, copy, bytes)
      await copy.sync()
    } finally {
      await copy.close()
    }
  } finally {
    await whole.close()
  }
  await disk.rename(copyPath(path), partPath)
  return disk.open(partPath, 'append')
}

/** What was written behind it since goes; the part, if there is one, is the file as it was. */
export async function takeBackPart(disk: Disk, counted: CountedFile): Promise<void> {
  const { path, partPath } = counted
  if ((await disk.kindOf(copyPath(path))) === 'file') await disk.remove(copyPath(path))
  if ((await disk.kindOf(partPath)) !== 'file') return
  const file = await openPart(disk, counted)
  await file.sync()
  await file.close()
}

function copyPath(path: string): string {
  return `${path}.copy${PART_ENDING}`
}

function isGone({ path, anew }: CountedFile): JobFailed {
  const message =
    `"${path}" was complete, and now more comes behind it; but it is not there any more. Put it ` +
    `back, or start the job without its checkpoints${anew}.`
  return new JobFailed({ domain: 'external', retry: false, message })
}

async function refuseShorter(
  { bytes, anew }: CountedFile,
  path: string,
  file: DiskFile,
): Promise<void> {
  const found = await file.sizeBytes()
  if (found >= bytes) return
  const message =
    `"${path}" has ${found} bytes, and the checkpoint that the job goes on from says ${bytes}: ` +
    `it was changed since. Start the job without its checkpoints${anew}.`
  throw new JobFailed({ domain: 'external', retry: false, message })
}

async function copyBytes(from: DiskFile, to: DiskFile, bytes: number): Promise<void> {
  const block = new Uint8Array(Math.min(COPY_BYTES, bytes))
  for (let at = 0; at < bytes; ) {
    const read = await from.read(block.subarray(0, Math.min(block.length, bytes - at)), at)
    if (read === 0) throw new Error(`The file ends after ${at} of ${bytes} bytes.`)
    await to.write(block.subarray(0, read))
    at += read
  }
}
