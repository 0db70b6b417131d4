/**
 * Live values over socket.io: requests are checked and always answered, events go to whoever looks.
 */

import type { Server as HttpServer } from 'node:http'
import type { Env } from '@millrace/engine'
import { wire } from '@millrace/pipeline'
import { Server, type Socket } from 'socket.io'
import { Refusal, toRefusal } from '../supervision/refusal.ts'
import { refuseCaller } from './allowed-callers.ts'
import type { JobWatchers } from './job-watchers.ts'
import type { Viewer } from './outbox.ts'
import { checkRequest } from './request-check.ts'
import { TokenBucket } from './token-bucket.ts'

const MESSAGE_BYTES_MAX = 64 * 1024
const MESSAGES = { perSecond: 50, burst: 200 }
const SOCKETS_MAX = 200
/** Of whatever kind, also what is no request. Whoever sends more is cut off. */
const PACKETS = { perSecond: 200, burst: 1000 }
/** What waits for a client that takes nothing in, beside what is sent only to those that do. */
const WAITING_LENGTH_MAX = 1024 * 1024
/** Of a packet, beside its text. */
const PACKET_LENGTH = 100

type Request<Name extends wire.SocketRequestName> = ReturnType<
  wire.SocketRequests[Name]['request']['parse']
>

export type SocketHandlers = {
  readonly [Name in wire.SocketRequestName]: (
    request: Request<Name>,
    viewer: Viewer,
  ) => wire.SocketReply<Name> | Promise<wire.SocketReply<Name>>
}

type Answer = (acknowledgement: wire.Acknowledgement<wire.SocketRequestName>) => void

export interface SocketOptions {
  readonly env: Env
  readonly allowedHosts: readonly string[]
  readonly watchers: Pick<JobWatchers, 'drained' | 'leave' | 'tapAnswered'>
  readonly handlers: SocketHandlers
  onFault(error: unknown): void
}

export class Sockets {
  readonly #options: SocketOptions
  readonly #server: Server

  constructor(http: HttpServer, options: SocketOptions) {
    this.#options = options
    this.#server = new Server(http, {
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      allowRequest: ({ headers }, callback) => {
        const refusal = refuseCaller(headers, options.allowedHosts)
        const full = this.#server.engine.clientsCount >= SOCKETS_MAX
        callback(refusal?.message ?? (full ? tooMany() : null), refusal === undefined && !full)
      },
    })
    this.#server.engine.on('connection', (below: Socket['conn']) => this.#bound(below))
    this.#server.on('connection', (socket) => this.#connected(socket))
  }

  get count(): number {
    return this.#server.engine.clientsCount
  }

  /** To every client. */
  send<Name extends wire.SocketEventName>(name: Name, event: wire.SocketEvents[Name]): void {
    this.#server.emit(name, event)
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  /** Holds the connection below to its limits; beyond them it is cut, for nothing else gets by. */
  #bound(below: Socket['conn']): void {
    const cut = () => below.request.socket.destroy()
    const packets = new TokenBucket(this.#options.env.clock, PACKETS)
    below.on('packet', () => {
      if (!packets.take()) cut()
    })
    let waitingLength = 0
    below.on('packetCreate', ({ data }: { readonly data?: string | Uint8Array }) => {
      waitingLength += PACKET_LENGTH + (data?.length ?? 0)
      if (waitingLength > WAITING_LENGTH_MAX && !below.transport.writable) cut()
    })
    below.on('flush', () => {
      waitingLength = 0
    })
  }

  #connected(socket: Socket): void {
    const { env, watchers, handlers, onFault } = this.#options
    const viewer = toViewer(socket)
    const bucket = new TokenBucket(env.clock, MESSAGES)
    socket.onAny((name: unknown, body: unknown, answer: unknown) => {
      const reply: Answer = typeof answer === 'function' ? (answer as Answer) : () => {}
      if (bucket.take()) void this.#answer(handlers, viewer, { name, body, reply })
      else reply(tooFast())
    })
    // That of the transport: the socket's own says only that the transport has been given all. And
    // not its "drain", which comes while the transport is not yet writable again.
    socket.conn.transport.on('ready', () => watchers.drained(viewer))
    socket.on('disconnect', () => {
      watchers.leave(viewer).catch(onFault)
    })
  }

  async #answer(
    handlers: SocketHandlers,
    viewer: Viewer,
    { name, body, reply }: { name: unknown; body: unknown; reply: Answer },
  ): Promise<void> {
    try {
      const answered = await handle(handlers, viewer, name, body)
      reply({ ok: true, reply: answered })
      if ('tapId' in answered) this.#options.watchers.tapAnswered(viewer, answered.tapId)
    } catch (error) {
      const refusal = toRefusal(error)
      if (refusal !== undefined) {
        reply({ ok: false, code: refusal.code, message: refusal.message })
        return
      }
      this.#options.onFault(error)
      const message = 'Millrace has a bug here. Its log says more; report it with what you did.'
      reply({ ok: false, code: 'internal', message })
    }
  }
}

function handle(handlers: SocketHandlers, viewer: Viewer, name: unknown, body: unknown) {
  if (typeof name !== 'string' || !Object.hasOwn(wire.socketRequests, name)) {
    const message = `There is no request "${String(name).slice(0, 60)}". Load the page again.`
    throw new Refusal('bad-request', 'no-such-request', message)
  }
  const request = name as wire.SocketRequestName
  const checked = checkRequest(wire.socketRequests[request].request, body, `the request "${name}"`)
  // Name, request and handler belong together, which a look-up cannot say.
  const act = handlers[request] as (
    request: unknown,
    viewer: Viewer,
  ) => wire.SocketReply<wire.SocketRequestName> | Promise<wire.SocketReply<wire.SocketRequestName>>
  return act(checked, viewer)
}

function toViewer(socket: Socket): Viewer {
  return {
    id: socket.id,
    get writable() {
      return socket.conn.transport.writable
    },
    send: (name, event) => {
      socket.emit(name, event)
    },
    sendVolatile: (name, event) => {
      socket.volatile.emit(name, event)
    },
  }
}

function tooMany(): string {
  return `There are ${SOCKETS_MAX} pages connected, and no more may be. Close some of them.`
}

function tooFast(): wire.Acknowledgement<wire.SocketRequestName> {
  const message = `This page sends more than ${MESSAGES.perSecond} requests a second. Wait a moment.`
  return { ok: false, code: 'too-many-requests', message }
}
