/** The server's HTTP side: who may ask, health, metrics, the API and the designer's files. */

import type { Env } from '@millrace/engine'
import { wire } from '@millrace/pipeline'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import { HOOKS_ROOT, type HookReceiver } from '../hooks/hook-receiver.ts'
import { refuseCaller } from './allowed-callers.ts'
import { createDesignerFiles } from './designer-files.ts'
import { createHttpApi, sendError, sendFault } from './http-api.ts'
import type { Metrics } from './metrics.ts'
import type { RouteHandlers } from './route-handlers.ts'
import { securityHeaders } from './security-headers.ts'

/** Everything on this machine shares one address, so this stops a runaway script and no person. */
const REQUESTS_MAX = 600
const REQUESTS_WITHIN_MS = 10_000

export interface HttpAppOptions {
  readonly env: Pick<Env, 'timers'>
  readonly allowedHosts: readonly string[]
  readonly designerFolder: string
  readonly handlers: RouteHandlers
  readonly metrics: Metrics
  readonly hooks: HookReceiver
  /** A recording as a file, which no route of JSON can be. Rejects with a `Refusal`. */
  sendArchive(request: Request<{ id: string }>, response: Response): Promise<void>
  newNonce(): string
  /** What keeps the server from being ready, in full sentences; none where it is. */
  notReadyBecause(): readonly string[]
  onFault(error: unknown): void
}

export function createHttpApp(options: HttpAppOptions): Express {
  const { allowedHosts, designerFolder, handlers, metrics, onFault } = options
  const { timers } = options.env
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(securityHeaders(() => options.newNonce()))
  app.use((request, response, next) => {
    const refusal = refuseCaller(request.headers, allowedHosts)
    if (refusal === undefined) next()
    else sendError(response, 403, refusal)
  })
  app.get('/livez', (_, response) => {
    response.set('Cache-Control', 'no-store').json({ alive: true })
  })
  app.get('/readyz', (_, response) => {
    const reasons = options.notReadyBecause()
    const status = reasons.length === 0 ? 200 : 503
    response.set('Cache-Control', 'no-store').status(status)
    response.json({ ready: reasons.length === 0, reasons })
  })
  app.get('/metrics', async (_, response) => {
    const text = await metrics.text()
    response.set('Cache-Control', 'no-store').type(metrics.contentType).send(text)
  })
  // Outside of the API's limit: each webhook has a rate of its own.
  app.all(`${HOOKS_ROOT}/:path`, (request, response) =>
    options.hooks.receive(request.params.path, request, response),
  )
  app.use(wire.API_ROOT, limitRequests())
  app.get(`${wire.API_ROOT}/recordings/:id/archive`, (request, response, next) => {
    options.sendArchive(request, response).catch((error: unknown) => {
      sendFault(error, response, next, onFault)
    })
  })
  app.use(wire.API_ROOT, createHttpApi({ handlers, timers, onFault }))
  app.use(createDesignerFiles(designerFolder))
  app.use((request: Request, response: Response) => {
    const message = `There is nothing at ${request.path}. Open "/" for the designer.`
    sendError(response, 404, { code: 'not-found', message })
  })
  // Express would answer with the places in our code at which the request went wrong.
  app.use((error: unknown, _: Request, response: Response, next: NextFunction) => {
    sendFault(error, response, next, onFault)
  })
  return app
}

function limitRequests() {
  return rateLimit({
    windowMs: REQUESTS_WITHIN_MS,
    limit: REQUESTS_MAX,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_, response) => {
      const message =
        `There were more than ${REQUESTS_MAX} requests within ${REQUESTS_WITHIN_MS / 1000} s. ` +
        'Wait some seconds and go on more slowly.'
      sendError(response, 429, { code: 'too-many-requests', message })
    },
  })
}
