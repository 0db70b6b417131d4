/** Signatures of webhooks against HMACs that are made here, and requests that must not pass. */

import { createHmac } from 'node:crypto'
import { DeliveryRefused } from '@millrace/connectors/node'
import type { WebhookSignature } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { findSecret, secretVariable, withoutSecrets } from '../env/secrets.ts'
import { checkSignature } from './signature-check.ts'

const SECRET = "It's a Secret to Everybody"
const BODY = 'Hello, World!'
const NOW_S = 1_700_000_000
const FIVE_MINUTES_MS = 300_000

const GENERIC: WebhookSignature = {
  scheme: 'generic',
  secret: 'secret://hook',
  encoding: 'hex',
  toleranceMs: FIVE_MINUTES_MS,
}
const GITHUB: WebhookSignature = { ...GENERIC, scheme: 'github' }
const STRIPE: WebhookSignature = { ...GENERIC, scheme: 'stripe' }
const TIMED: WebhookSignature = { ...GENERIC, timestampHeader: 'X-Time' }

function sign(text: string, encoding: 'hex' | 'base64' = 'hex', secret = SECRET): string {
  return createHmac('sha256', secret).update(text).digest(encoding)
}

/** What the request is known by; else the status and the message. */
function check(
  wanted: WebhookSignature,
  headers: Readonly<Record<string, string>>,
  body = BODY,
  secretOf: () => string | undefined = () => SECRET,
) {
  const scene = { nowMs: NOW_S * 1000, secretOf }
  try {
    const found = checkSignature(wanted, new Map(Object.entries(headers)), scene)
    const bytes = Buffer.from(body)
    found.update(bytes.subarray(0, 3))
    found.update(bytes.subarray(3))
    return { known: found.finish() }
  } catch (error) {
    if (!(error instanceof DeliveryRefused)) throw error
    return [error.status, error.code, error.message] as const
  }
}

const stripe = (time: number | string, ...signatures: readonly string[]) => ({
  'stripe-signature': [`t=${time}`, ...signatures.map((one) => `v1=${one}`)].join(','),
})

test('the example of the documentation of GitHub is taken', () => {
  const written = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  expect(check(GITHUB, { 'x-hub-signature-256': written })).toEqual({ known: undefined })
})

test.each<[string, WebhookSignature, Readonly<Record<string, string>>]>([
  ['in hex', GENERIC, { 'x-signature': sign(BODY) }],
  ['in capital hex', GENERIC, { 'x-signature': sign(BODY).toUpperCase() }],
  ['with the name of the hash', GENERIC, { 'x-signature': `sha256=${sign(BODY)}` }],
  [
    'in Base64, in a header of its own',
    { ...GENERIC, encoding: 'base64', header: 'X-Shop-Hmac' },
    { 'x-shop-hmac': sign(BODY, 'base64') },
  ],
])('%s, the signature of the body is taken', (_, wanted, headers) => {
  expect(check(wanted, headers)).toEqual({ known: undefined })
})

describe('with a time', () => {
  const at = (time: number) => stripe(time, sign(`${time}.${BODY}`))

  test.each([0, -300, 300])('it is taken %d s from the time of the server', (offS) => {
    const known = sign(`${NOW_S + offS}.${BODY}`)
    expect(check(STRIPE, at(NOW_S + offS))).toEqual({ known })
  })

  test('a request that is sent again later is refused, whatever its signature', () => {
    expect(check(STRIPE, at(NOW_S - 301))).toEqual([
      401,
      'signature-too-old',
      'The request was signed 5m1s before the time of the server, and may be 5m off. Sign it anew, or set the clocks. ' +
        'Nothing of the request was kept.',
    ])
    expect(check(STRIPE, at(NOW_S + 301))).toEqual([401, 'signature-too-old', expect.any(String)])
  })

  test('another time than the one that was signed is refused', () => {
    const old = sign(`${NOW_S - 900}.${BODY}`)
    expect(check(STRIPE, stripe(NOW_S, old))).toEqual([401, 'wrong-signature', expect.any(String)])
    const headers = { 'x-signature': old, 'x-time': `${NOW_S}` }
    expect(check(TIMED, headers)).toEqual([401, 'wrong-signature', expect.any(String)])
  })

  test('while a secret is exchanged, one of the signatures is enough', () => {
    const text = `${NOW_S}.${BODY}`
    const both = stripe(NOW_S, sign(text, 'hex', 'the new one'), sign(text))
    expect(check(STRIPE, both)).toEqual({ known: sign(text) })
  })

  test('a header of its own is signed with the body', () => {
    const headers = { 'x-signature': sign(`${NOW_S}.${BODY}`), 'x-time': `${NOW_S}` }
    expect(check(TIMED, headers)).toEqual({ known: sign(`${NOW_S}.${BODY}`) })
    expect(check(TIMED, { 'x-signature': sign(BODY), 'x-time': `${NOW_S}` })).toEqual([
      401,
      'wrong-signature',
      expect.any(String),
    ])
  })

  test.each(['', 'soon', '1e9', '-5', ' 1', '17000000000000'])('no time is "%s"', (time) => {
    const [, code] = check(STRIPE, stripe(time, sign(`${time}.${BODY}`))) as readonly unknown[]
    expect(['bad-signature-time', 'bad-signature', 'signature-too-old']).toContain(code)
  })
})

test.each<[string, WebhookSignature, Readonly<Record<string, string>>, string, string]>([
  ['nothing', GITHUB, {}, 'signature-missing', 'has no header X-Hub-Signature-256'],
  ['an empty header', GENERIC, { 'x-signature': '  ' }, 'signature-missing', 'X-Signature'],
  [
    'no time',
    TIMED,
    { 'x-signature': sign(BODY) },
    'signature-missing',
    'X-Time with the time of sending',
  ],
  ['sha1', GITHUB, { 'x-hub-signature-256': `sha1=${sign(BODY)}` }, 'bad-signature', '"sha256="'],
  [
    'too little',
    GENERIC,
    { 'x-signature': sign(BODY).slice(1) },
    'bad-signature',
    'has 63 characters, and one is 64 hexadecimal digits',
  ],
  ['too much', GENERIC, { 'x-signature': `${sign(BODY)}00` }, 'bad-signature', 'has 66 characters'],
  ['what is no hex', GENERIC, { 'x-signature': 'z'.repeat(64) }, 'bad-signature', 'hexadecimal'],
  [
    'Base64 where hex is asked for',
    GENERIC,
    { 'x-signature': sign(BODY, 'base64') },
    'bad-signature',
    'has 44 characters, and one is 64',
  ],
  [
    'hex where Base64 is asked for',
    { ...GENERIC, encoding: 'base64' },
    { 'x-signature': sign(BODY) },
    'bad-signature',
    'one is 44 characters of Base64',
  ],
  ['two times', STRIPE, { 'stripe-signature': 't=1,t=2,v1=a' }, 'bad-signature', 'with one time'],
  ['no v1', STRIPE, { 'stripe-signature': `t=${NOW_S},v0=a` }, 'bad-signature', '"t=…,v1=…"'],
  [
    'very many',
    STRIPE,
    stripe(NOW_S, ...new Array<string>(9).fill(sign(BODY))),
    'bad-signature',
    'has 9 signatures, and may have 8',
  ],
  [
    'the signature of another secret',
    GENERIC,
    { 'x-signature': sign(BODY, 'hex', 'other') },
    'wrong-signature',
    'with the same secret',
  ],
  [
    'the signature of another body',
    GENERIC,
    { 'x-signature': sign(`${BODY} `) },
    'wrong-signature',
    'Sign the bytes as they are sent',
  ],
])('%s is refused with 401', (_, wanted, headers, code, words) => {
  const [status, found, message] = check(wanted, headers) as readonly unknown[]
  expect([status, found]).toEqual([401, code])
  expect(message).toContain(words)
  expect(message).toContain('Nothing of the request was kept.')
})

test('without its secret the server takes nothing, and says which variable is missing', () => {
  expect(check(GENERIC, { 'x-signature': sign(BODY) }, BODY, () => undefined)).toEqual([
    503,
    'secret-missing',
    expect.stringContaining('MILLRACE_SECRET_HOOK'),
  ])
})

test('secrets are found by their references, and nothing else is', () => {
  const variables = { MILLRACE_SECRET_SHOP_HOOK: 'abc', MILLRACE_SECRET_EMPTY: '', PATH: '/bin' }
  expect(secretVariable('secret://shop-hook')).toBe('MILLRACE_SECRET_SHOP_HOOK')
  expect(findSecret('secret://shop-hook', variables)).toBe('abc')
  expect(findSecret('secret://empty', variables)).toBeUndefined()
  expect(findSecret('secret://other', variables)).toBeUndefined()
  expect(findSecret('PATH', variables)).toBeUndefined()
  expect(findSecret('secret://../PATH', variables)).toBeUndefined()
})

test('engine hosts are given no secrets', () => {
  const variables = { MILLRACE_SECRET_HOOK: 'abc', Millrace_Secret_Other: 'd', PATH: '/bin' }
  expect(withoutSecrets(variables)).toEqual({ PATH: '/bin' })
})
