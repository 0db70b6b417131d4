/** The bytes of a file in their order, unpacked where it is compressed. */

import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type DiskFile, JobFailed } from '@millrace/engine'

export interface ByteInput {
  /** Fills the beginning of `into`; returns how many bytes there were, 0 at the end. */
  read(into: Uint8Array): Promise<number>
  /** Also in the middle of reading. */
  close(): Promise<void>
}

const PACKED_BYTES = 256 * 1024
/** What unzipping holds at a time, however far a few bytes unfold. */
const UNPACKED_BYTES = 256 * 1024

export function plainInput(file: DiskFile, fromBytes = 0): ByteInput {
  let offsetBytes = fromBytes
  return {
    read: async (into) => {
      const count = await file.read(into, offsetBytes)
      offsetBytes += count
      return count
    },
    close: () => file.close(),
  }
}

export function memoryInput(bytes: Uint8Array): ByteInput {
  let left = bytes
  return {
    read: async (into) => {
      const part = left.subarray(0, into.length)
      into.set(part)
      left = left.subarray(part.length)
      return part.length
    },
    close: async () => {},
  }
}

/** `name` stands in the failure for what is not gzip or ends too early. */
export function gzipInput(file: DiskFile, name: string): ByteInput {
  const packed = Readable.from(packedBytes(file), { objectMode: false })
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES })
  // A refusal of the disk must reach whoever reads, not only the packed end.
  packed.on('error', (error) => gunzip.destroy(error))
  const chunks = packed.pipe(gunzip)[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array(0)
  return {
    read: async (into) => {
      while (chunk.length === 0) {
        const next = await nextChunk(chunks, name)
        if (next === undefined) return 0
        chunk = next
      }
      const count = Math.min(chunk.length, into.length)
      into.set(chunk.subarray(0, count))
      chunk = chunk.subarray(count)
      return count
    },
    close: async () => {
      packed.destroy()
      gunzip.destroy()
      await file.close()
    },
  }
}

/** Begins later; what is packed can only be read from its beginning. */
export async function skipBytes(input: ByteInput, count: number): Promise<ByteInput> {
  const buffer = Buffer.allocUnsafe(Math.min(count, UNPACKED_BYTES))
  for (let left = count; left > 0; ) {
    const read = await input.read(buffer.subarray(0, Math.min(left, buffer.length)))
    if (read === 0) break
    left -= read
  }
  return input
}

async function* packedBytes(file: DiskFile): AsyncGenerator<Uint8Array> {
  for (let offsetBytes = 0; ; ) {
    const buffer = Buffer.allocUnsafe(PACKED_BYTES)
    const count = await file.read(buffer, offsetBytes)
    if (count === 0) return
    offsetBytes += count
    yield buffer.subarray(0, count)
  }
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  name: string,
): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await chunks.next()
    return done === true ? undefined : value
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? `${error.code}` : ''
    if (!code.startsWith('Z_')) throw error
    const fact =
      code === 'Z_BUF_ERROR'
        ? `The gzip data of "${name}" stops before its end, so the file is not whole.`
        : `"${name}" is not gzip data, or it is damaged.`
    const message = `${fact} Fetch the file again, or set compression to "none" if it is plain text.`
    throw new JobFailed({ domain: 'user', retry: false, message, cause: error })
  }
}
