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
 * Rejects with a `DeliveryRefused`, which can be answered: what is left of the request is taken in
 * and forgotten. `onSent` gets the bytes as they came.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
  timers: Timers,
  onSent: (bytes: Uint8Array) => void = () => {},
): Promise<Uint8Array> {
  const stream = unpacked(request)
  const isPacked = stream !== request
  if (!isPacked && Number(request.headers['content-length'] ?? 0) > bytesMax) {
    throw tooLarge(bytesMax)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  const done = new Done()
  const taken = (chunk: Buffer): void => {
    bytes += chunk.length
    if (!isPacked) onSent(chunk)
    if (bytes > bytesMax) done.fail(tooLarge(bytesMax))
    else chunks.push(chunk)
  }
  const cancel = timers.after(BODY_WITHIN_MS, () => done.fail(tooSlow()))
  // Not by iteration: to leave that early would cut the connection, and nobody heard why.
  stream.on('data', taken).on('end', done.succeed)
  if (isPacked) {
    request.on('data', onSent)
    stream.on('error', () => done.fail(notGzip()))
  }
  request.on('error', done.fail).on('close', () => {
    if (!request.complete) done.fail(new Error('The request was broken off.'))
  })
  try {
    await done.reached
  } finally {
    cancel()
    stream.off('data', taken)
    if (isPacked) {
      request.off('data', onSent)
      request.unpipe()
      stream.destroy()
    }
    request.resume()
  }
  return Buffer.concat(chunks, bytes)
}

class Done {
  readonly reached: Promise<void>
  succeed: () => void = () => {}
  fail: (error: Error) => void = () => {}

  constructor() {
    this.reached = new Promise((resolve, reject) => {
      this.succeed = resolve
      this.fail = reject
    })
  }
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity') return request
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    const message = `The body is packed with "${encoding.slice(0, 50)}". Pack it with gzip, or not at all.`
    throw new DeliveryRefused(415, 'wrong-encoding', message)
  }
  return request.pipe(createGunzip())
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
