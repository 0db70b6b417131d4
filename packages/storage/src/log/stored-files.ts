/** Whole small files, files that are scanned frame by frame, and files that stay open. */

import { type Disk, DiskError, type DiskFile } from '@millrace/engine'
import { FRAME_HEADER_BYTES, frameBytesAt, type NoFrame, readFrame } from '../frame.ts'

/** Names that begin so are files that were being made; whoever opens the folder removes them. */
export const UNFINISHED = '~'

const SCAN_BYTES = 1024 * 1024
/** Of a file that is gone through for something that may not be there. */
const FIND_BYTES = 16 * 1024 * 1024
/** More than any file has that is read whole: what goes on behind it is not what was written. */
const WHOLE_BYTES_MAX = 1024 * 1024 * 1024

/** Undefined where it is not there. Of one that is longer than any of ours, its beginning. */
export async function readWhole(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  let file: DiskFile
  try {
    file = await disk.open(path, 'read')
  } catch (error) {
    if (error instanceof DiskError && error.code === 'not-found') return undefined
    throw error
  }
  try {
    return await readRange(file, 0, Math.min(await file.sizeBytes(), WHOLE_BYTES_MAX))
  } finally {
    await file.close()
  }
}

/** As many of these bytes as there are. */
export async function readRange(file: DiskFile, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  return bytes.subarray(0, await readInto(file, from, bytes))
}

/** Returns how many there are. */
async function readInto(file: DiskFile, from: number, bytes: Uint8Array): Promise<number> {
  let read = 0
  while (read < bytes.length) {
    const more = await file.read(bytes.subarray(read), from + read)
    if (more === 0) break
    read += more
  }
  return read
}

/**
 * The file is whole or it is the old one. Where it need not last (`synced` false), a power cut may
 * leave anything in its place.
 */
export async function writeWhole(
  disk: Disk,
  folder: string,
  name: string,
  bytes: Uint8Array,
  synced = true,
): Promise<void> {
  const unfinished = `${folder}/${UNFINISHED}${name}`
  const file = await disk.open(unfinished, 'create')
  try {
    await file.write(bytes)
    if (synced) await file.sync()
  } catch (error) {
    await file.close()
    await disk.remove(unfinished).catch(() => undefined)
    throw error
  }
  await file.close()
  await disk.rename(unfinished, `${folder}/${name}`)
  if (synced) await disk.syncFolder(folder)
}

/** Puts a copy of the first `sizeBytes` in the place of a file, so that they last for certain. */
export async function rewriteWhole(
  disk: Disk,
  folder: string,
  name: string,
  sizeBytes: number,
): Promise<void> {
  const path = `${folder}/${UNFINISHED}${name}`
  const [from, to] = [await disk.open(`${folder}/${name}`, 'read'), await disk.open(path, 'create')]
  try {
    for (let at = 0; at < sizeBytes; ) {
      const bytes = await readRange(from, at, Math.min(SCAN_BYTES, sizeBytes - at))
      if (bytes.length === 0) break
      await to.write(bytes)
      at += bytes.length
    }
    await to.sync()
  } finally {
    await from.close()
    await to.close()
  }
  await disk.rename(path, `${folder}/${name}`)
  await disk.syncFolder(folder)
}

/** What is looked for in a file: at each place where it may stand, `byte` stands `lead` behind. */
export interface Sought {
  readonly byte: number
  readonly lead: number
  /** How much `fits` looks at, from the place on. */
  readonly length: number
  fits(bytes: Uint8Array, at: number): boolean
}

/** The places from `fromBytes` on where something fits. A file may be long and have none. */
export async function* findPlaces(
  file: DiskFile,
  fromBytes: number,
  { byte, lead, length, fits }: Sought,
): AsyncGenerator<number, void> {
  const sizeBytes = await file.sizeBytes()
  const buffer = new Uint8Array(Math.min(FIND_BYTES + length, Math.max(0, sizeBytes - fromBytes)))
  for (let chunkAt = fromBytes; chunkAt < sizeBytes; chunkAt += FIND_BYTES) {
    const chunk = buffer.subarray(0, await readInto(file, chunkAt, buffer))
    const last = Math.min(FIND_BYTES - 1, chunk.length - length)
    // Many times as fast as to look at each place: most of what is long is zeros.
    let hit = chunk.indexOf(byte, lead)
    for (; hit >= 0 && hit - lead <= last; hit = chunk.indexOf(byte, hit + 1)) {
      if (fits(chunk, hit - lead)) yield chunkAt + hit - lead
    }
  }
}

export interface ScanEnd {
  /** Behind the last whole frame. */
  readonly atBytes: number
  /** Why there is no further frame; `end` where the range is over or the visitor has stopped. */
  readonly reason: NoFrame | 'end'
}

/** Visits the frames in `[fromBytes, toBytes)`; the visitor stops by returning false. */
export async function scanFrames(
  file: DiskFile,
  fromBytes: number,
  toBytes: number,
  visit: (payload: Uint8Array, atBytes: number, nextBytes: number) => boolean | undefined,
): Promise<ScanEnd> {
  let atBytes = fromBytes
  let wanted = SCAN_BYTES
  while (atBytes < toBytes) {
    const chunk = await readRange(file, atBytes, Math.min(wanted, toBytes - atBytes))
    const chunkAt = atBytes
    for (;;) {
      const frame = readFrame(chunk, atBytes - chunkAt)
      if (frame === 'broken') return { atBytes, reason: 'broken' }
      if (frame === 'short') break
      const nextBytes = chunkAt + frame.nextBytes
      const goesOn = visit(frame.payload, atBytes, nextBytes) !== false
      atBytes = nextBytes
      if (!goesOn) return { atBytes, reason: 'end' }
    }
    if (atBytes < toBytes && chunkAt + chunk.length >= toBytes) return { atBytes, reason: 'short' }
    // A file that is shorter than it should be.
    if (chunk.length < Math.min(wanted, toBytes - chunkAt)) return { atBytes, reason: 'short' }
    const rest = chunk.subarray(atBytes - chunkAt)
    const next = frameBytesAt(rest, 0)
    wanted = Math.max(SCAN_BYTES, typeof next === 'number' ? next : FRAME_HEADER_BYTES)
  }
  return { atBytes, reason: 'end' }
}

/** Files that are read again and again, the least recently used closed first. */
export class OpenFiles {
  readonly #disk: Disk
  readonly #countMax: number
  readonly #files = new Map<string, { readonly file: Promise<DiskFile>; users: number }>()

  constructor(disk: Disk, countMax: number) {
    this.#disk = disk
    this.#countMax = countMax
  }

  async use<T>(path: string, act: (file: DiskFile) => Promise<T>): Promise<T> {
    let entry = this.#files.get(path)
    if (entry === undefined) entry = { file: this.#disk.open(path, 'read'), users: 0 }
    else this.#files.delete(path)
    this.#files.set(path, entry)
    entry.users++
    try {
      return await act(await entry.file)
    } catch (error) {
      if (this.#files.get(path) === entry) this.#files.delete(path)
      throw error
    } finally {
      entry.users--
      if (this.#files.get(path) !== entry && entry.users === 0) await close(entry.file)
      await this.#closeOldest()
    }
  }

  /** Before a file is removed. Who reads it goes on reading. */
  async forget(path: string): Promise<void> {
    const entry = this.#files.get(path)
    this.#files.delete(path)
    if (entry !== undefined && entry.users === 0) await close(entry.file)
  }

  async close(): Promise<void> {
    for (const path of [...this.#files.keys()]) await this.forget(path)
  }

  async #closeOldest(): Promise<void> {
    for (const [path, entry] of this.#files) {
      if (this.#files.size <= this.#countMax) return
      if (entry.users > 0) continue
      this.#files.delete(path)
      await close(entry.file)
    }
  }
}

async function close(file: Promise<DiskFile>): Promise<void> {
  await file.then(
    (open) => open.close(),
    () => undefined,
  )
}
