/**
 * The HTTP API: puts a handler behind each route of the registry, and checks what goes in and out.
 */

import { isUtf8 } from 'node:buffer'
import { wire } from '@millrace/pipeline'
import express, { type NextFunction, type Request, type Response, Router } from 'express'
import type * as z from 'zod'
import { Refusal, type RefusalKind } from '../supervision/refusal.ts'
import { checkRequest } from './request-check.ts'
import type { RouteHandlers } from './route-handlers.ts'

export const BODY_BYTES_MAX = 5 * 1024 * 1024
const DEPTH_MAX = 100

const STATUS: Readonly<Record<RefusalKind, number>> = {
  'bad-request': 400,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  problems: 422,
  unavailable: 503,
}

interface AnyRoute {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  readonly path: string
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly reply: z.ZodType
}

type AnyHandler = (request: {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
  readonly client: string
}) => unknown

/** `onFault` hears of what is our bug. */
export function createHttpApi(handlers: RouteHandlers, onFault: (error: unknown) => void): Router {
  const router = Router()
  router.use((_, response, next) => {
    response.set('Cache-Control', 'no-store')
    next()
  })
  router.use(express.json({ limit: BODY_BYTES_MAX, verify: checkUtf8 }))
  for (const name of Object.keys(wire.routes) as wire.RouteName[]) {
    const route: AnyRoute = wire.routes[name]
    // The types of route and handler belong together by name, which a loop cannot say.
    const handle = handlers[name] as AnyHandler
    router[route.method](route.path, async (request, response) => {
      response.json(await answer(route, handle, request))
    })
  }
  router.use((request, response) => {
    const message = `There is no ${request.method} ${request.baseUrl}${request.path}. docs/openapi.json lists what there is.`
    sendError(response, 404, { code: 'no-such-route', message })
  })
  router.use((error: unknown, _: Request, response: Response, next: NextFunction) => {
    sendFault(error, response, next, onFault)
  })
  return router
}

/** The parser would put other characters in the place of bytes that are none. */
function checkUtf8(_: unknown, __: unknown, body: Buffer, encoding: string): void {
  if (encoding !== 'utf-8' || isUtf8(body)) return
  const message = 'The body is not UTF-8. Encode it so; bytes in a record can be "base64".'
  throw new Refusal('bad-request', 'not-utf-8', message)
}

/** Says what has become of a request; where something was sent already, it breaks off. */
export function sendFault(
  error: unknown,
  response: Response,
  next: NextFunction,
  onFault: (error: unknown) => void,
): void {
  if (response.headersSent) next(error)
  else sendError(response, ...toError(error, onFault))
}

export function sendError(response: Response, status: number, error: wire.ApiError): void {
  response.status(status).json(error)
}

async function answer(route: AnyRoute, handle: AnyHandler, request: Request): Promise<unknown> {
  if (route.body !== undefined && !request.is('application/json')) {
    const message = 'The body is not JSON. Send it with "Content-Type: application/json".'
    throw new NotJson(message)
  }
  const reply = await handle({
    params: check(route.params, request.params, 'path'),
    query: check(route.query, request.query, 'query'),
    body: check(route.body, request.body, 'body'),
    client: (request.get('X-Millrace-Client') ?? '').slice(0, 100),
  })
  return route.reply.parse(reply)
}

class NotJson extends Error {}

function check(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return {}
  if (isDeeper(value, DEPTH_MAX)) {
    const message = `The ${where} is nested more than ${DEPTH_MAX} levels deep. Make it flatter.`
    throw new Refusal('bad-request', 'too-deep', message)
  }
  return checkRequest(schema, value, `the ${where} of the request`)
}

/** Without recursion, for what is asked may be deeper than the stack. */
function isDeeper(value: unknown, levelsMax: number): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levelsMax) return true
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    )
  }
  return false
}

function toError(
  error: unknown,
  onFault: (error: unknown) => void,
): readonly [status: number, wire.ApiError] {
  if (error instanceof Refusal) {
    const { code, message, problems } = error
    const found = problems === undefined ? {} : { problems: [...problems] }
    return [STATUS[error.kind], { code, message, ...found }]
  }
  if (error instanceof NotJson) return [415, { code: 'not-json', message: error.message }]
  const { type, message: text } = error as { type?: unknown; message?: unknown }
  if (type === 'entity.too.large') {
    const message = 'The request has more than 5 MB, and may have no more. Divide the pipeline.'
    return [413, { code: 'request-too-large', message }]
  }
  if (type === 'entity.parse.failed') {
    const message = `The body is not JSON: ${String(text)}. Correct it and send it again.`
    return [400, { code: 'not-json', message }]
  }
  const status = (error as { status?: unknown }).status
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const message = `The request cannot be read: ${String(text)}. Correct it and send it again.`
    return [status, { code: 'request-not-readable', message }]
  }
  onFault(error)
  const message = 'Millrace has a bug here. Its log says more; report it with what you did.'
  return [500, { code: 'internal', message }]
}
