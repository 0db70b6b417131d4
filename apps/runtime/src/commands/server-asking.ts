/** How the command line asks a server over its API. */

import { wire } from '@millrace/pipeline'
import type * as z from 'zod'
import { Refusal } from '../supervision/refusal.ts'

/** Rejects with a `Refusal` in the server's words, or where there is no Millrace. */
export type Ask = <Schema extends z.ZodType>(
  method: string,
  path: string,
  reply: Schema,
  body?: unknown,
) => Promise<z.output<Schema>>

export function createAsk(server: string): Ask {
  return async (method, path, reply, body) => {
    const url = `${server.replace(/\/+$/, '')}${wire.API_ROOT}${path}`
    const response = await send(url, method, body)
    const json: unknown = await response.json().catch(() => undefined)
    if (response.ok) return reply.parse(json)
    const told = wire.apiError.safeParse(json)
    const message = told.success
      ? told.data.message
      : `"${url}" answered ${response.status}, and not as a Millrace does. Correct --server.`
    throw new Refusal('unavailable', 'server-refused', message)
  }
}

async function send(url: string, method: string, body: unknown): Promise<Response> {
  const content =
    body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  try {
    return await fetch(url, { method, ...content })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `There is no answer from "${url}" (${why}). Start the server, or correct --server.`
    throw new Refusal('unavailable', 'no-server', message)
  }
}
