/**
 * Holds a request to the signature that its webhook asks for: an HMAC with SHA-256 over the body as
 * it was sent, and over the time of sending where the scheme has one.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { DeliveryRefused } from '@millrace/connectors/node'
import { durationText, type WebhookSignature } from '@millrace/pipeline'
import { findSecret, secretVariable } from '../env/secrets.ts'

const HASH_BYTES = 32
/** While a secret is exchanged, a sender signs with both. */
const SIGNATURES_MAX = 8
const LENGTHS = { hex: 2 * HASH_BYTES, base64: 44 } as const

export interface SignatureCheck {
  /** Bytes of the body as they came, before they are unpacked. */
  update(bytes: Uint8Array): void
  /**
   * Throws a `DeliveryRefused` where none of the signatures is that of the body. Else the same for
   * the same request, where its time is signed too; undefined where it is not.
   */
  finish(): string | undefined
}

export interface SignatureScene {
  readonly nowMs: number
  /** By reference. */
  secretOf?(reference: string): string | undefined
}

/** `headers` by lower-case name. Throws where the body need not even be read. */
export function checkSignature(
  wanted: WebhookSignature,
  headers: ReadonlyMap<string, string>,
  { nowMs, secretOf = findSecret }: SignatureScene,
): SignatureCheck {
  const secret = secretOf(wanted.secret)
  if (secret === undefined) throw secretMissing(wanted.secret)
  const { signatures, time } = readSigned(wanted, headers)
  if (time !== undefined) refuseTime(time, nowMs, wanted.toleranceMs)
  const given = signatures.map((text) => decode(text, wanted))
  const hmac = createHmac('sha256', secret)
  if (time !== undefined) hmac.update(`${time}.`)
  return {
    update: (bytes) => hmac.update(bytes),
    finish: () => {
      const expected = hmac.digest()
      // All of them are compared, so that time says nothing of which one it was.
      const fits = given.map((one) => timingSafeEqual(one, expected))
      if (fits.includes(true)) return time === undefined ? undefined : expected.toString('hex')
      throw refused(
        'wrong-signature',
        'The signature is not that of this body with the secret of the webhook. Sign the bytes as they are sent, ' +
          'with the same secret.',
      )
    },
  }
}

interface Signed {
  readonly signatures: readonly string[]
  /** As it was signed, in seconds. */
  readonly time: string | undefined
}

const HEADERS = {
  github: 'X-Hub-Signature-256',
  stripe: 'Stripe-Signature',
  generic: 'X-Signature',
} as const

function readSigned(wanted: WebhookSignature, headers: ReadonlyMap<string, string>): Signed {
  const { scheme, header = HEADERS[scheme], timestampHeader } = wanted
  const written = requireHeader(headers, header, 'a signature')
  if (scheme === 'stripe') return readParts(written, header)
  const time = timestampHeader && requireHeader(headers, timestampHeader, 'the time of sending')
  if (scheme === 'generic') return { signatures: [written.replace(/^sha256=/, '')], time }
  if (!written.startsWith('sha256=')) {
    throw refused('bad-signature', `${header} does not begin with "sha256=". Send it so.`)
  }
  return { signatures: [written.slice('sha256='.length)], time }
}

/** `t=1700000000,v1=5257a8…,v1=…` */
function readParts(written: string, header: string): Signed {
  const parts = written.split(',').map((part) => part.trim().split('=', 2))
  const all = (name: string) => parts.flatMap(([key, value = '']) => (key === name ? [value] : []))
  const [time, ...others] = all('t')
  const signatures = all('v1')
  if (time !== undefined && others.length === 0 && signatures.length > 0) {
    if (signatures.length <= SIGNATURES_MAX) return { signatures, time }
    const fact = `${header} has ${signatures.length} signatures, and may have ${SIGNATURES_MAX}.`
    throw refused('bad-signature', `${fact} Send those of the secrets in use.`)
  }
  throw refused('bad-signature', `${header} is not "t=…,v1=…" with one time. Send it so.`)
}

function requireHeader(headers: ReadonlyMap<string, string>, name: string, what: string): string {
  const written = headers.get(name.toLowerCase())?.trim()
  if (written !== undefined && written !== '') return written
  throw refused('signature-missing', `The request has no header ${name} with ${what}. Sign it.`)
}

function refuseTime(time: string, nowMs: number, toleranceMs: number): void {
  if (!/^\d{1,12}$/.test(time)) {
    const fact = `The time of sending is "${time.slice(0, 40)}", and no number of seconds.`
    throw refused('bad-signature-time', `${fact} Send seconds since 1970.`)
  }
  const offMs = Number(time) * 1000 - nowMs
  if (Math.abs(offMs) <= toleranceMs) return
  const side = offMs < 0 ? 'before' : 'after'
  throw refused(
    'signature-too-old',
    `The request was signed ${durationText(Math.abs(Math.round(offMs / 1000)) * 1000)} ${side} the time of the ` +
      `server, and may be ${durationText(toleranceMs)} off. Sign it anew, or set the clocks.`,
  )
}

/** Of the right length, which is no secret. */
function decode(text: string, { encoding }: WebhookSignature): Uint8Array {
  const pattern = encoding === 'hex' ? /^[0-9a-f]*$/i : /^[A-Za-z0-9+/]*={0,2}$/
  const bytes = Buffer.from(text, encoding)
  if (text.length === LENGTHS[encoding] && pattern.test(text) && bytes.length === HASH_BYTES) {
    return bytes
  }
  const kind = encoding === 'hex' ? 'hexadecimal digits' : 'characters of Base64'
  throw refused(
    'bad-signature',
    `The signature has ${text.length} characters, and one is ${LENGTHS[encoding]} ${kind}. Send it so.`,
  )
}

function secretMissing(reference: string): DeliveryRefused {
  const message =
    `The server does not have "${reference}", by which the request would be checked. Whoever runs it can set ` +
    `${secretVariable(reference)} and start it again.`
  return new DeliveryRefused(503, 'secret-missing', message)
}

function refused(code: string, message: string): DeliveryRefused {
  return new DeliveryRefused(401, code, `${message} Nothing of the request was kept.`)
}
