/** Reads the body of a request, packed or not, up to a limit of what it is unpacked. */

import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DeliveryRefused } from '@millrace/connectors/node'
import type { Timers } from '@millrace/engine'
import { sizeText } from '@millrace/pipeline'

/** Whoever sends more slowly holds a place that others wait for. */
const BODY_WITHIN_MS = 30_000

/**
 * Throws a `DeliveryRefused`; then what is left of the request has not been read. `onSent` gets the
 * bytes as they came.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
  timers: Timers,
  onSent: (bytes: Uint8Array) => void = () => {},
): Promise<Uint8Array> {
  const stream = unpacked(request)
  const isPacked = stream !== request
  if (isPacked) request.on('data', onSent)
  if (!isPacked && Number(request.headers['content-length'] ?? 0) > bytesMax) {
    throw tooLarge(bytesMax)
  }
  let isLate = false
  const cancel = timers.after(BODY_WITHIN_MS, () => {
    isLate = true
    stream.destroy(new Error('The time is over.'))
  })
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (!isPacked) onSent(chunk)
      if (bytes > bytesMax) throw tooLarge(bytesMax)
      chunks.push(chunk)
    }
  } catch (error) {
    if (isLate) throw tooSlow()
    if (error instanceof DeliveryRefused || !isPacked) throw error
    throw notGzip()
  } finally {
    cancel()
  }
  return Buffer.concat(chunks, bytes)
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return request
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    const message = `The body is packed with "${encoding.slice(0, 50)}". Pack it with gzip, or not at all.`
    throw new DeliveryRefused(415, 'wrong-encoding', message)
  }
  const gunzip = createGunzip()
  request.on('error', (error) => gunzip.destroy(error))
  request.on('aborted', () => gunzip.destroy(new Error('The request was broken off.')))
  return request.pipe(gunzip)
}

function tooLarge(bytesMax: number): DeliveryRefused {
  const message = `The body has more than ${sizeText(bytesMax)}, and may have no more. Divide it.`
  return new DeliveryRefused(413, 'too-large', message)
}

function tooSlow(): DeliveryRefused {
  const message = `The body took longer than ${BODY_WITHIN_MS / 1000} s. Send less at once.`
  return new DeliveryRefused(408, 'too-slow', message)
}

function notGzip(): DeliveryRefused {
  const message = 'The body is not gzip as its Content-Encoding says, or ends early. Pack it again.'
  return new DeliveryRefused(400, 'not-gzip', message)
}
