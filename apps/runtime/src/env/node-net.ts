/**
 * Requests as Node sends them. Every address is looked at where it is connected to, after its name
 * was looked up, so that a name cannot stand for one address when it is checked and for another
 * when it is used.
 */

import { lookup } from 'node:dns'
import { Agent as HttpAgent, type IncomingMessage, request as sendHttp } from 'node:http'
import { Agent as HttpsAgent, request as sendHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import {
  type Net,
  type NetAnswer,
  type NetExchange,
  NetFailure,
  type NetRequest,
} from '@millrace/engine'
import { type NetRule, refuseAddress } from './net-rules.ts'

/** Of names in tests; the system's otherwise. */
export type LookUp = (
  host: string,
  found: (error: Error | null, addresses: readonly { address: string; family: number }[]) => void,
) => void

const SOCKETS_MAX = 64
const SYSTEM: LookUp = (host, found) => lookup(host, { all: true }, found)

export function createNodeNet(rules: readonly NetRule[], lookUp: LookUp = SYSTEM): Net {
  const settings = { keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: 8 }
  const http = new HttpAgent(settings)
  const https = new HttpsAgent(settings)
  return {
    send: (given) => {
      const url = new URL(given.url)
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      const secure = url.protocol === 'https:'
      const place = { host, port: Number(url.port || (secure ? 443 : 80)) }
      // What is an address already is not looked up.
      const refusal = isIP(host) === 0 ? undefined : refuseAddress(host, place, rules)
      if (refusal !== undefined) return refusedExchange(refusal)
      return exchange(given, url, {
        agent: secure ? https : http,
        lookup: checkedLookup(place, rules, lookUp),
      })
    },
  }
}

interface Way {
  readonly agent: HttpAgent | HttpsAgent
  readonly lookup: LookupFunction
}

function exchange(given: NetRequest, url: URL, way: Way): NetExchange {
  const send = url.protocol === 'https:' ? sendHttps : sendHttp
  const request = send(url, {
    ...way,
    method: given.method,
    headers: {
      ...Object.fromEntries(given.headers),
      'Content-Length': given.body.length,
      'User-Agent': 'Millrace',
    },
  })
  const deadline = AbortSignal.timeout(given.timeoutMs)
  const late = () => request.destroy(new NetFailure('timed-out', timedOut(given)))
  deadline.addEventListener('abort', late)
  const answered = new Promise<NetAnswer>((resolve, reject) => {
    request.on('error', (error) => reject(failure(given, error)))
    request.on('response', (response) => {
      readAnswer(response, given.answerBytesMax).then(resolve, (error: unknown) =>
        reject(failure(given, error)),
      )
    })
  }).finally(() => deadline.removeEventListener('abort', late))
  request.end(given.body)
  return {
    answered,
    cancel: () => {
      answered.catch(() => {})
      request.destroy()
    },
  }
}

/** The rest of a longer answer is left, and with it the connection. */
async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<NetAnswer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, bytesMax - bytes))
    bytes += chunk.length
    if (bytes >= bytesMax) break
  }
  const headers = Object.entries(response.headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  return {
    status: response.statusCode ?? 0,
    headers: new Map(headers),
    body: Buffer.concat(chunks),
  }
}

function checkedLookup(
  place: { readonly host: string; readonly port: number },
  rules: readonly NetRule[],
  lookUp: LookUp,
): LookupFunction {
  return (host, { all }, found) => {
    lookUp(host, (error, addresses) => {
      const refusals = addresses?.map(({ address }) => refuseAddress(address, place, rules)) ?? []
      const refusal = refusals.find((one) => one !== undefined)
      const failed =
        refusal === undefined ? error : (new NetFailure('not-allowed', refusal) as Error)
      const [first = { address: '', family: 4 }] = addresses ?? []
      if (failed !== null) found(failed, '', 4)
      else if (all === true) found(null, [...addresses])
      else found(null, first.address, first.family)
    })
  }
}

function refusedExchange(message: string): NetExchange {
  return { answered: Promise.reject(new NetFailure('not-allowed', message)), cancel: () => {} }
}

function timedOut({ url, timeoutMs }: NetRequest): string {
  return `${url} gave no answer within ${timeoutMs / 1000} s.`
}

function failure({ url }: NetRequest, error: unknown): NetFailure {
  if (error instanceof NetFailure) return error
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const text = FACTS.get(code) ?? `gave no answer: ${message}`
  return new NetFailure('no-answer', `${url} ${text}.`, error)
}

const FACTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'takes no connections'],
  ['ECONNRESET', 'broke off the connection'],
  ['ENOTFOUND', 'has a name that nobody knows'],
  ['EAI_AGAIN', 'has a name that cannot be looked up now'],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached'],
  ['CERT_HAS_EXPIRED', 'has a certificate that has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'has a certificate that nobody vouches for'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'has a certificate that nobody vouches for'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'has a certificate for another name'],
])
