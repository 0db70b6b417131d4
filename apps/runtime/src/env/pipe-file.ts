/**
 * Reads a named pipe or a terminal as its bytes come. Node reads files in threads that cannot be
 * called back: one that waits at a silent pipe would take one of the few threads from all others,
 * and keep the process from ending. Here closing ends the wait.
 */

import { constants, open } from 'node:fs'
import { Socket } from 'node:net'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import type { DiskFile } from '@millrace/engine'

/** Does not wait until somebody writes; `read` does. */
export async function openPipe(path: string): Promise<DiskFile> {
  const descriptor = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const stream = isatty(descriptor)
    ? new ReadStream(descriptor)
    : new Socket({ fd: descriptor, readable: true, writable: false })
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>
  let chunk: Uint8Array = new Uint8Array(0)
  let closed = false
  const writesNothing = async () => {
    throw new Error(`"${path}" is open for reading only.`)
  }
  return {
    read: async (into) => {
      while (chunk.length === 0) {
        const next = await chunks.next().catch((error: unknown) => {
          if (!closed) throw error
        })
        if (next === undefined || next.done === true) return 0
        chunk = next.value
      }
      const count = Math.min(chunk.length, into.length)
      into.set(chunk.subarray(0, count))
      chunk = chunk.subarray(count)
      return count
    },
    write: writesNothing,
    truncate: writesNothing,
    sync: writesNothing,
    close: async () => {
      closed = true
      stream.destroy()
    },
    sizeBytes: async () => 0,
  }
}
