/** Reads the beginning of a file and guesses the config of a source for it. */

import { isUtf8 } from 'node:buffer'
import { type Disk, JobFailed } from '@millrace/engine'
import { type FilePlace, readFailure } from '../disk-failure.ts'
import { type ByteInput, gzipInput, plainInput } from '../reading/byte-input.node.ts'
import { type InferredSource, inferSource } from './infer-source.ts'

const SAMPLE_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a

/** Fails with a `JobFailed` where the file cannot be read or nothing can be made of it. */
export async function inferFile(place: FilePlace, disk: Disk): Promise<InferredSource> {
  if (place.written.startsWith('secret://')) {
    const message = `"${place.written}" names a secret, which is no file. Name a file.`
    throw new JobFailed({ domain: 'user', retry: false, message })
  }
  try {
    const packed = await isPacked(place, disk)
    const file = await disk.open(place.absolute, 'read')
    const input = packed ? gzipInput(file, place.written) : plainInput(file)
    const { bytes, whole } = await readSample(input).finally(() => input.close())
    const sample = { text: bytes.toString('utf8'), whole, brokenLines: brokenLines(bytes) }
    const inferred = inferSource({ path: place.written, packed, ...sample })
    if ('config' in inferred) return inferred
    throw new JobFailed({ domain: 'user', retry: false, message: inferred.message })
  } catch (error) {
    throw readFailure(error, place)
  }
}

/** By the first two bytes, since a name may say anything. */
async function isPacked({ absolute }: FilePlace, disk: Disk): Promise<boolean> {
  const file = await disk.open(absolute, 'read')
  try {
    const into = new Uint8Array(2)
    return (await file.read(into, 0)) === 2 && into[0] === 0x1f && into[1] === 0x8b
  } finally {
    await file.close()
  }
}

async function readSample(
  input: ByteInput,
): Promise<{ readonly bytes: Buffer; readonly whole: boolean }> {
  const bytes = Buffer.alloc(SAMPLE_BYTES)
  let filled = 0
  while (filled < bytes.length) {
    const count = await input.read(bytes.subarray(filled))
    if (count === 0) return { bytes: bytes.subarray(0, filled), whole: true }
    filled += count
  }
  return { bytes, whole: false }
}

/** The lines, from 0, that are not UTF-8. */
function brokenLines(bytes: Buffer): ReadonlySet<number> {
  const broken = new Set<number>()
  if (isUtf8(bytes)) return broken
  for (let line = 0, from = 0; from < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, from)
    const to = newline < 0 ? bytes.length : newline
    if (!isUtf8(bytes.subarray(from, to))) broken.add(line)
    from = to + 1
  }
  return broken
}
