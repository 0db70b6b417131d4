/**
 * The HTTP API: puts a handler behind each route of the registry, and checks what goes in and out.
 */

import { DeliveryRefused } from '@millrace/connectors/node'
import type { Timers } from '@millrace/engine'
import { wire } from '@millrace/pipeline'
import { type NextFunction, type Request, type Response, Router } from 'express'
import type * as z from 'zod'
import { type RefusalKind, toRefusal } from '../supervision/refusal.ts'
import { ignoredFields } from './ignored-fields.ts'
import { JsonBodies } from './json-body.ts'
import { checkRequest } from './request-check.ts'
import type { RouteHandlers } from './route-handlers.ts'

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

export interface HttpApiOptions {
  readonly handlers: RouteHandlers
  readonly timers: Timers
  /** Hears of what is our bug. */
  onFault(error: unknown): void
}

export function createHttpApi({ handlers, timers, onFault }: HttpApiOptions): Router {
  const router = Router()
  const bodies = new JsonBodies(timers)
  router.use((_, response, next) => {
    response.set('Cache-Control', 'no-store')
    next()
  })
  for (const name of Object.keys(wire.routes) as wire.RouteName[]) {
    const route: AnyRoute = wire.routes[name]
    // The types of route and handler belong together by name, which a loop cannot say.
    const handle = handlers[name] as AnyHandler
    router[route.method](route.path, async (request, response) => {
      const body = route.body === undefined ? undefined : await bodies.read(request)
      response.json(await answer(route, handle, request, body))
    })
  }
  router.use((request, response) => {
    const message = `There is no ${request.method} ${request.baseUrl}${request.path}. docs/openapi.json lists what there is.`
    sendError(response, 404, { code: 'no-such-route', message })
  })
  router.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    // Whoever has broken off the request hears nothing, and it is nobody's fault.
    if (!request.destroyed || request.complete) sendFault(error, response, next, onFault)
  })
  return router
}

/** Says what has become of a request; where something was sent already, it breaks off. */
export function sendFault(
  error: unknown,
  response: Response,
  next: NextFunction,
  onFault: (error: unknown) => void,
): void {
  if (response.headersSent) {
    next(error)
    return
  }
  // Who has not sent all of it by now may never do so.
  if (error instanceof DeliveryRefused && error.status === 408) response.set('Connection', 'close')
  sendError(response, ...toError(error, onFault))
}

export function sendError(response: Response, status: number, error: wire.ApiError): void {
  response.status(status).json(error)
}

async function answer(
  route: AnyRoute,
  handle: AnyHandler,
  request: Request,
  sent: unknown,
): Promise<unknown> {
  const body = check(route.body, sent, 'body')
  const reply = await handle({
    params: check(route.params, request.params, 'path'),
    query: check(route.query, request.query, 'query'),
    body,
    client: (request.get('X-Millrace-Client') ?? '').slice(0, 100),
  })
  const warnings = route.body === undefined ? [] : ignoredFields(route.body, sent, body)
  const told = route.reply.parse(reply)
  // Of those who send nothing beside what is known, none sees a field that was not there before.
  return warnings.length === 0 ? told : { ...(told as object), warnings }
}

function check(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  return schema === undefined ? {} : checkRequest(schema, value, `the ${where} of the request`)
}

function toError(
  error: unknown,
  onFault: (error: unknown) => void,
): readonly [status: number, wire.ApiError] {
  const refusal = toRefusal(error)
  if (refusal !== undefined) {
    const { kind, code, message, problems } = refusal
    const found = problems === undefined ? {} : { problems: [...problems] }
    return [STATUS[kind], { code, message, ...found }]
  }
  if (error instanceof DeliveryRefused) return [error.status, toldOf(error)]
  const text = (error as { message?: unknown }).message
  const status = (error as { status?: unknown }).status
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const message = `The request cannot be read: ${String(text)}. Correct it and send it again.`
    return [status, { code: 'request-not-readable', message }]
  }
  onFault(error)
  const message = 'Millrace has a bug here. Its log says more; report it with what you did.'
  return [500, { code: 'internal', message }]
}

function toldOf({ code, message }: DeliveryRefused): wire.ApiError {
  if (code !== 'too-large') return { code, message }
  const told = 'The request has more than 5 MB, and may have no more. Divide the pipeline.'
  return { code: 'request-too-large', message: told }
}
