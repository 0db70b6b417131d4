/**
 * Calls the host's HTTP API. The only file that fetches; every answer is checked against the
 * routes.
 */

import { wire } from '@millrace/pipeline'
import type * as z from 'zod'

type Input<Name extends wire.RouteName, Part extends string> =
  wire.Routes[Name] extends Readonly<Record<Part, infer Schema extends z.ZodType>>
    ? Readonly<Record<Part, z.input<Schema>>>
    : unknown

/** What a route takes: `params`, `query` and `body`, as far as it has them. */
export type ApiInput<Name extends wire.RouteName> = Input<Name, 'params'> &
  Input<Name, 'query'> &
  Input<Name, 'body'>

export type ApiReply<Name extends wire.RouteName> = z.output<wire.Routes[Name]['reply']>

/** A refusal is the host's answer; `away` means that no host answered. */
export type Answer<T> =
  | { readonly kind: 'done'; readonly reply: T }
  | { readonly kind: 'refused'; readonly status: number; readonly error: wire.ApiError }
  | { readonly kind: 'away'; readonly message: string }

/** What to say where a call brought nothing. */
export function messageOf(answer: Exclude<Answer<unknown>, { kind: 'done' }>): string {
  return answer.kind === 'away' ? answer.message : answer.error.message
}

export interface Api {
  call<Name extends wire.RouteName>(
    name: Name,
    input: ApiInput<Name>,
  ): Promise<Answer<ApiReply<Name>>>
}

export type Fetch = (url: string, request: RequestInit) => Promise<Response>

interface Parts {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

export const AWAY = 'The server does not answer. Start it with "npm start", or look at its output.'

export function createApi(send: Fetch, clientId: string): Api {
  return {
    async call<Name extends wire.RouteName>(name: Name, input: ApiInput<Name>) {
      const route = wire.routes[name]
      const { params = {}, query = {}, body } = input as Parts
      const request: RequestInit = {
        method: route.method.toUpperCase(),
        headers: {
          'X-Millrace-Client': clientId,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }
      return answer<Name>(await responseOf(send, urlOf(route.path, params, query), request), route)
    },
  }
}

interface Received {
  readonly status: number
  readonly json: unknown
}

async function responseOf(
  send: Fetch,
  url: string,
  request: RequestInit,
): Promise<Received | undefined> {
  try {
    const response = await send(url, request)
    const text = await response.text()
    return { status: response.status, json: jsonOf(text) }
  } catch {
    // No connection: the browser says no more than that.
    return undefined
  }
}

function answer<Name extends wire.RouteName>(
  received: Received | undefined,
  route: wire.Routes[Name],
): Answer<ApiReply<Name>> {
  if (received === undefined) return { kind: 'away', message: AWAY }
  const { status, json } = received
  if (status >= 200 && status < 300) {
    const read = route.reply.safeParse(json)
    if (read.success) return { kind: 'done', reply: read.data as ApiReply<Name> }
    return refusal(status, 'The answer of the server does not fit this page. Reload the page.')
  }
  const error = wire.apiError.safeParse(json)
  if (error.success) return { kind: 'refused', status, error: error.data }
  if (answersForIt(status)) return { kind: 'away', message: AWAY }
  return refusal(status, `The server answered with status ${status}. Look at its output.`)
}

/** A proxy in front of a host that is gone, or a host that is only starting. */
export function answersForIt(status: number): boolean {
  return status === 502 || status === 503 || status === 504
}

function refusal(status: number, message: string): Answer<never> {
  return { kind: 'refused', status, error: { code: 'foreign-answer', message } }
}

function urlOf(
  path: string,
  params: Readonly<Record<string, unknown>>,
  query: Readonly<Record<string, unknown>>,
): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(`${params[name]}`))
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, `${value}`]],
    ),
  ).toString()
  return `${wire.API_ROOT}${filled}${search === '' ? '' : `?${search}`}`
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
