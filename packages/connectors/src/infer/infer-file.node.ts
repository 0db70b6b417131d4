/** Reads the beginning of a file and guesses the config of a source for it. */

import { type Disk, JobFailed } from '@millrace/engine'
import { type FilePlace, readFailure } from '../disk-failure.ts'
import { type ByteInput, gzipInput, plainInput } from '../reading/byte-input.node.ts'
import { type InferredSource, inferSource } from './infer-source.ts'

const SAMPLE_BYTES = 4 * 1024 * 1024

/** Fails with a `JobFailed` where the file cannot be read or nothing can be made of it. */
export async function inferFile(place: FilePlace, disk: Disk): Promise<InferredSource> {
  try {
    const packed = await isPacked(place, disk)
    const file = await disk.open(place.absolute, 'read')
    const input = packed ? gzipInput(file, place.written) : plainInput(file)
    const { text, whole } = await readSample(input).finally(() => input.close())
    const inferred = inferSource({ path: place.written, text, whole, packed })
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
): Promise<{ readonly text: string; readonly whole: boolean }> {
  const bytes = Buffer.alloc(SAMPLE_BYTES)
  let filled = 0
  while (filled < bytes.length) {
    const count = await input.read(bytes.subarray(filled))
    if (count === 0) return { text: bytes.toString('utf8', 0, filled), whole: true }
    filled += count
  }
  return { text: bytes.toString('utf8'), whole: false }
}
