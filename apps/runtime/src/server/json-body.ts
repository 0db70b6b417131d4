/** The body of a request of the API: JSON in which nothing is lost, within limits. */

import { isUtf8 } from 'node:buffer'
import { DeliveryRefused } from '@millrace/connectors/node'
import type { Timers } from '@millrace/engine'
import { type Problem, readJson } from '@millrace/pipeline'
import type { Request } from 'express'
import { readBody } from '../hooks/request-body.ts'
import { Refusal } from '../supervision/refusal.ts'

export const BODY_BYTES_MAX = 5 * 1024 * 1024
/** Whoever says that it is no more may send it beside any number of others. */
const SMALL_BYTES = 64 * 1024
/** Of others: together they must not fill the memory, however slowly each of them comes. */
const LARGE_BODIES_MAX = 16

export class JsonBodies {
  readonly #timers: Timers
  #largeCount = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Rejects with a `Refusal` or a `DeliveryRefused`. */
  async read(request: Request): Promise<unknown> {
    requireJson(request)
    if (isSmall(request)) return parse(await readBody(request, BODY_BYTES_MAX, this.#timers))
    if (this.#largeCount >= LARGE_BODIES_MAX) {
      const message =
        `The server reads ${LARGE_BODIES_MAX} large requests just now, and no more at once. Send this one ` +
        'again in a moment.'
      throw new Refusal('unavailable', 'too-many-large-requests', message)
    }
    this.#largeCount++
    try {
      return parse(await readBody(request, BODY_BYTES_MAX, this.#timers))
    } finally {
      this.#largeCount--
    }
  }
}

function requireJson(request: Request): void {
  const [, charset = 'utf-8'] =
    /;\s*charset="?([^\s;"]{1,40})/i.exec(request.get('content-type') ?? '') ?? []
  if (request.is('application/json') && charset.toLowerCase() === 'utf-8') return
  const message = 'The body is not JSON. Send it with "Content-Type: application/json", as UTF-8.'
  throw new DeliveryRefused(415, 'not-json', message)
}

function isSmall({ headers }: Request): boolean {
  const encoding = headers['content-encoding'] ?? 'identity'
  return encoding === 'identity' && Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES
}

function parse(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) {
    const message = 'The body is not UTF-8. Encode it so; bytes in a record can be "base64".'
    throw new Refusal('bad-request', 'not-utf-8', message)
  }
  const text = new TextDecoder().decode(bytes)
  if (text.trim() === '') return {}
  const { value, problems } = readJson(text)
  if (value !== undefined) return value
  throw refusalOf(problems)
}

function refusalOf([first]: readonly Problem[]): Refusal {
  const { code = '', message = '' } = first ?? {}
  if (code === 'broken-json') {
    const whole = `The body is not JSON: ${message} Correct it and send it again.`
    return new Refusal('bad-request', 'not-json', whole)
  }
  const told = code === 'json-too-deep' ? 'too-deep' : code
  return new Refusal('bad-request', told, `The body cannot be kept as it is: ${message}`)
}
