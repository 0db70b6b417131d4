/**
 * A recording as one file to take away: a tar archive of its folder, which `millrace replay` reads
 * once it is unpacked. Results of replays stay behind.
 */

import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Disk } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { Request, Response } from 'express'
import { Refusal } from '../supervision/refusal.ts'
import type { RecordingDesk } from './recording-desk.ts'

const BLOCK_BYTES = 512
const CHUNK_BYTES = 64 * 1024
const FOLDERS_LEFT_OUT: ReadonlySet<string> = new Set(['replays'])

/** Sends it; rejects with a `Refusal` before anything is sent. */
export async function sendArchive(
  { recordings, disk }: { readonly recordings: RecordingDesk; readonly disk: Disk },
  request: Request<{ id: string }>,
  response: Response,
): Promise<void> {
  const recording = await recordings.get(request.params.id)
  if (recording.state === 'recording') {
    const message = 'The recording is being written. Stop it, then take it away.'
    throw new Refusal('conflict', 'recording-runs', message)
  }
  const name = archiveName(recording)
  response.set('Content-Type', 'application/x-tar').set('Cache-Control', 'no-store')
  response.set('Content-Disposition', `attachment; filename="${name}.tar"`)
  const folder = recordings.shelf.folderOf(recording.recordingId)
  const seconds = Math.floor(recording.startedAtMs / 1000)
  // Whoever goes away in between has an archive that breaks off, and knows it.
  await pipeline(Readable.from(archive(disk, folder, name, seconds)), response).catch(() => {})
}

/** A file name everywhere: `clicks-2026-03-01T12-00-07`. */
function archiveName({ name, startedAtMs }: wire.WireRecording): string {
  const word = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
  const when = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(':', '-')
  return `${word === '' ? 'recording' : word}-${when}`
}

async function* archive(
  disk: Disk,
  folder: string,
  name: string,
  seconds: number,
): AsyncGenerator<Uint8Array> {
  yield* folderBlocks(disk, folder, name, seconds)
  yield new Uint8Array(2 * BLOCK_BYTES)
}

async function* folderBlocks(
  disk: Disk,
  folder: string,
  name: string,
  seconds: number,
): AsyncGenerator<Uint8Array> {
  yield tarHeader({ name: `${name}/`, sizeBytes: 0, seconds })
  for (const entry of await disk.list(folder)) {
    const path = `${folder}/${entry}`
    if ((await disk.kindOf(path)) !== 'folder') {
      yield* fileBlocks(disk, path, `${name}/${entry}`, seconds)
    } else if (!FOLDERS_LEFT_OUT.has(entry)) {
      yield* folderBlocks(disk, path, `${name}/${entry}`, seconds)
    }
  }
}

async function* fileBlocks(
  disk: Disk,
  path: string,
  name: string,
  seconds: number,
): AsyncGenerator<Uint8Array> {
  const file = await disk.open(path, 'read')
  try {
    const sizeBytes = await file.sizeBytes()
    yield tarHeader({ name, sizeBytes, seconds })
    for (let at = 0; at < sizeBytes; ) {
      const bytes = new Uint8Array(Math.min(CHUNK_BYTES, sizeBytes - at))
      const read = await file.read(bytes, at)
      if (read === 0) throw new Error(`${path} has become shorter while it was sent.`)
      yield bytes.subarray(0, read)
      at += read
    }
    yield new Uint8Array((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES)
  } finally {
    await file.close()
  }
}

interface TarEntry {
  /** Below 100 characters, as all of a recording are; of a folder, with a slash at its end. */
  readonly name: string
  readonly sizeBytes: number
  readonly seconds: number
}

/** As POSIX has it ("ustar"). */
function tarHeader({ name, sizeBytes, seconds }: TarEntry): Uint8Array {
  const header = Buffer.alloc(BLOCK_BYTES)
  const isFolder = name.endsWith('/')
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  header.write(name, 0, 100, 'utf8')
  header.write(isFolder ? '0000755' : '0000644', 100)
  header.write('0000000', 108)
  header.write('0000000', 116)
  header.write(octal(sizeBytes, 11), 124)
  header.write(octal(seconds, 11), 136)
  header.write('        ', 148)
  header.write(isFolder ? '5' : '0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\u0000 `, 148)
  return header
}
