/**
 * Takes what is sent to webhooks. `202` is said when it is in the log for good, and whatever is
 * refused has left nothing behind.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { DeliveryRefused, readDelivery, requireWebhookTopic } from '@millrace/connectors/node'
import { type Appended, type Env, TopicFailure, type Topics } from '@millrace/engine'
import { sizeText } from '@millrace/pipeline'
import type { OpenWebhook, OpenWebhooks } from './open-webhooks.ts'
import { readBody } from './request-body.ts'
import { checkSignature } from './signature-check.ts'

export const HOOKS_ROOT = '/hooks'

/** Of one webhook, each with a body in memory. */
const ACTIVE_MAX = 64
/** Until there may be room: after a second for rates, later for what somebody must look after. */
const SOON_S = 1
const LATER_S = 15

export interface HookReceiverOptions {
  readonly env: Pick<Env, 'clock' | 'timers'>
  readonly topics: Topics
  readonly webhooks: OpenWebhooks
  /** By reference; out of the environment if absent. */
  secretOf?(reference: string): string | undefined
  onFault(error: unknown): void
}

/** Beside what `DeliveryRefused` says, when to try again. */
class Busy extends DeliveryRefused {
  readonly retryAfterS: number

  constructor(status: 429 | 503, code: string, message: string, retryAfterS: number) {
    super(status, code, message)
    this.retryAfterS = retryAfterS
  }
}

export class HookReceiver {
  readonly #options: HookReceiverOptions

  constructor(options: HookReceiverOptions) {
    this.#options = options
  }

  /** Answers in any case; `path` is what stands behind the root. */
  async receive(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      refuseMethod(request, response)
      refusePages(request)
      const open = this.#find(path)
      const appended = await this.#takeTurn(open, request)
      const [range] = appended.partitions
      const accepted = range === undefined ? 0 : range.endOffset - range.startOffset
      if (appended.duplicate) response.setHeader('Idempotent-Replayed', 'true')
      answer(response, 202, { accepted, ...(range && { offset: range.startOffset }) })
    } catch (error) {
      this.#refuse(error, request, response)
    }
  }

  #find(path: string): OpenWebhook {
    const { webhooks } = this.#options
    const open = webhooks.find(path)
    if (open === undefined) {
      const message = `There is no webhook "${path.slice(0, 100)}". Start the pipeline that has it, or correct the path.`
      throw new DeliveryRefused(404, 'no-such-webhook', message)
    }
    if (open.webhook.whileStopped === 'refuse' && !webhooks.isRead(open)) {
      const message = `No job reads webhook "${path}" now. Send it again when its pipeline runs.`
      throw new Busy(503, 'not-running', message, LATER_S)
    }
    return open
  }

  async #takeTurn(open: OpenWebhook, request: IncomingMessage): Promise<Appended> {
    const { path, requestsPerSecond } = open.webhook
    if (!open.bucket.take()) {
      const message = `Webhook "${path}" takes ${requestsPerSecond} requests per second. Send it again more slowly.`
      throw new Busy(429, 'too-many-requests', message, SOON_S)
    }
    if (open.active >= ACTIVE_MAX) {
      const message = `Webhook "${path}" has ${ACTIVE_MAX} requests in work. Send it again when they are answered.`
      throw new Busy(429, 'too-many-at-once', message, SOON_S)
    }
    open.active++
    try {
      return await this.#take(open, request)
    } finally {
      open.active--
    }
  }

  async #take({ webhook }: OpenWebhook, request: IncomingMessage): Promise<Appended> {
    const { env, topics } = this.#options
    const { path, topic, requestBytesMax, unreadBytesMax } = webhook
    if ((await this.#unreadBytes(topic)) > unreadBytesMax) {
      const message =
        `Webhook "${path}" has ${sizeText(unreadBytesMax)} that no job has read yet, and takes no more. ` +
        'Let its pipeline catch up and send it again.'
      throw new Busy(429, 'backlog-full', message, LATER_S)
    }
    const headers = headersOf(request)
    const { signature: wanted } = webhook
    const { secretOf } = this.#options
    const scene = { nowMs: env.clock.nowMs(), ...(secretOf === undefined ? {} : { secretOf }) }
    const signature = wanted && checkSignature(wanted, headers, scene)
    const body = await readBody(request, requestBytesMax, env.timers, signature?.update)
    const signed = signature?.finish()
    const { records, key = signed && `s ${signed}` } = readDelivery(headers, body)
    if (records.length === 0) return { partitions: [], duplicate: false }
    const timestampMs = env.clock.nowMs()
    const kept = records.map((value) => ({ key: null, value, timestampMs }))
    return topics.append(topic, kept, key === undefined ? {} : { idempotencyKey: key })
  }

  /** It is made with the first request, where its job was not quicker. */
  async #unreadBytes(topic: string): Promise<number> {
    const { topics } = this.#options
    try {
      const [partition] = (await topics.describe(topic)).partitions
      return partition?.unreadBytes ?? partition?.bytes ?? 0
    } catch (error) {
      if (!(error instanceof TopicFailure) || error.code !== 'unknown-topic') throw error
      await requireWebhookTopic(topics, topic)
      return 0
    }
  }

  #refuse(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (request.destroyed && !request.complete) return
    const refused = error instanceof TopicFailure ? ofLog(error) : error
    if (!(refused instanceof DeliveryRefused)) {
      this.#options.onFault(error)
      const message = 'Millrace has a bug here. Its log says more; report it with what you sent.'
      answer(response, 500, { code: 'internal', message })
      return
    }
    const { status, code, message } = refused
    // Who has not sent all of it by now may never do so.
    if (status === 408) response.setHeader('Connection', 'close')
    if (refused instanceof Busy) response.setHeader('Retry-After', String(refused.retryAfterS))
    answer(response, status, { code, message })
  }
}

function refuseMethod({ method }: IncomingMessage, response: ServerResponse): void {
  if (method === 'POST') return
  response.setHeader('Allow', 'POST')
  throw new DeliveryRefused(405, 'wrong-method', `A webhook takes POST, and this is ${method}.`)
}

/** A browser says where a request comes from; a page of somebody else's must not send records. */
function refusePages({ headers }: IncomingMessage): void {
  const from = headers['sec-fetch-site']
  if (from === undefined || from === 'same-origin' || from === 'none') return
  const message = 'A page from elsewhere has sent this, and webhooks take nothing from such pages.'
  throw new DeliveryRefused(403, 'page-from-elsewhere', message)
}

function ofLog(failure: TopicFailure): DeliveryRefused {
  const { code, message } = failure
  if (code === 'busy') return new Busy(429, 'log-busy', message, SOON_S)
  if (code === 'refused') return new DeliveryRefused(413, 'record-refused', message)
  return new Busy(503, `log-${code}`, message, LATER_S)
}

function headersOf({ headers }: IncomingMessage): ReadonlyMap<string, string> {
  const found = Object.entries(headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')] as const,
  )
  return new Map(found)
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Cache-Control', 'no-store')
  response.end(JSON.stringify(body))
}
