/**
 * The one socket between page and host: typed requests with a time limit, checked events, and a
 * state to show.
 *
 * Whatever arrives is checked before anybody sees it. What does not fit is counted and left out: a
 * page that is older than its host must not show nonsense. Reconnecting is left to socket.io, whose
 * delays are jittered; only where the host itself closed the socket, which socket.io takes as
 * final, this asks again.
 */

import { wire } from '@millrace/pipeline'
import type { LiveEnv } from './env.ts'
import { createValueStore, type ReadableValue } from './value-store.ts'

/** The part of socket.io's client that is used, so that tests can stand in for it. */
export interface WireSocket {
  readonly connected: boolean
  connect(): unknown
  disconnect(): unknown
  emit(event: string, ...values: unknown[]): unknown
  on(event: string, listener: (...values: unknown[]) => void): unknown
  off(event: string, listener: (...values: unknown[]) => void): unknown
}

export type ConnectionKind = 'connecting' | 'live' | 'reconnecting' | 'gone'

export interface ConnectionState {
  readonly kind: ConnectionKind
  /** When it became so, on this machine's clock. */
  readonly sinceMs: number
  /** Messages that did not fit what this page knows; the page is probably older than the host. */
  readonly unreadable: number
}

export interface Connection {
  readonly state: ReadableValue<ConnectionState>
  /** Never rejects: what went wrong is an acknowledgement with `ok: false` and words for people. */
  request<Name extends wire.SocketRequestName>(
    name: Name,
    request: wire.SocketRequest<Name>,
  ): Promise<wire.Acknowledgement<Name>>
  on<Name extends wire.SocketEventName>(
    name: Name,
    listener: (event: wire.SocketEvents[Name]) => void,
  ): () => void
  /**
   * Called after every connect, also the first: what the host knew of this page is gone by then.
   */
  onConnected(listener: () => void): () => void
  /** Tries at once instead of waiting for the next attempt. */
  retry(): void
  close(): void
}

const ACKNOWLEDGED_WITHIN_MS = 10_000
/** A restart of the server takes less; after it people are told that it is gone. */
const GONE_AFTER_MS = 8_000
const RECONNECT_MS = 1_000

export function createConnection(socket: WireSocket, env: LiveEnv): Connection {
  return new Connector(socket, env)
}

class Connector implements Connection {
  readonly state
  readonly #socket: WireSocket
  readonly #env: LiveEnv
  readonly #connected = new Set<() => void>()
  readonly #stops: (() => void)[] = []
  #closed = false
  #cancelGone = () => {}

  constructor(socket: WireSocket, env: LiveEnv) {
    this.#socket = socket
    this.#env = env
    this.state = createValueStore<ConnectionState>({
      kind: 'connecting',
      sinceMs: env.nowMs(),
      unreadable: 0,
    })
    this.#listen('connect', () => this.#onConnect())
    this.#listen('disconnect', (reason) => this.#onDisconnect(reason))
    this.#waitForGone()
    if (!socket.connected) socket.connect()
    else this.#onConnect()
  }

  request<Name extends wire.SocketRequestName>(
    name: Name,
    request: wire.SocketRequest<Name>,
  ): Promise<wire.Acknowledgement<Name>> {
    if (!this.#socket.connected) return Promise.resolve(refusal(NOT_CONNECTED))
    return new Promise((resolve) => {
      const cancel = this.#env.after(ACKNOWLEDGED_WITHIN_MS, () => resolve(refusal(NO_ANSWER)))
      this.#socket.emit(name, request, (answer: unknown) => {
        cancel()
        resolve(readAcknowledgement(name, answer))
      })
    })
  }

  on<Name extends wire.SocketEventName>(
    name: Name,
    listener: (event: wire.SocketEvents[Name]) => void,
  ): () => void {
    const schema = wire.socketEvents[name]
    return this.#listen(name, (value) => {
      const read = schema.safeParse(value)
      // The schema was looked up by the same name, which the type checker cannot follow.
      if (read.success) listener(read.data as wire.SocketEvents[Name])
      else this.#countUnreadable()
    })
  }

  onConnected(listener: () => void): () => void {
    this.#connected.add(listener)
    if (this.#socket.connected) listener()
    return () => {
      this.#connected.delete(listener)
    }
  }

  retry(): void {
    if (!this.#socket.connected) this.#socket.connect()
  }

  close(): void {
    this.#closed = true
    this.#cancelGone()
    for (const stop of this.#stops) stop()
    this.#connected.clear()
    this.#socket.disconnect()
  }

  #listen(event: string, listener: (value: unknown) => void): () => void {
    this.#socket.on(event, listener)
    const stop = () => {
      this.#socket.off(event, listener)
    }
    this.#stops.push(stop)
    return stop
  }

  #onConnect(): void {
    this.#cancelGone()
    this.#become('live')
    for (const listener of [...this.#connected]) listener()
  }

  #onDisconnect(reason: unknown): void {
    if (this.#closed) return
    this.#become('reconnecting')
    this.#waitForGone()
    if (reason !== 'io server disconnect') return
    // Up to twice the delay: pages that were sent away together must not come back together.
    this.#env.after(RECONNECT_MS * (1 + this.#env.random()), () => {
      if (!this.#closed) this.retry()
    })
  }

  #waitForGone(): void {
    this.#cancelGone()
    this.#cancelGone = this.#env.after(GONE_AFTER_MS, () => this.#become('gone'))
  }

  #become(kind: ConnectionKind): void {
    const before = this.state.get()
    if (before.kind !== kind) this.state.set({ ...before, kind, sinceMs: this.#env.nowMs() })
  }

  #countUnreadable(): void {
    const before = this.state.get()
    this.state.set({ ...before, unreadable: before.unreadable + 1 })
  }
}

interface Refusal {
  readonly code: string
  readonly message: string
}

const NOT_CONNECTED: Refusal = {
  code: 'not-connected',
  message: 'The server cannot be reached at the moment. It is tried again by itself.',
}

const NO_ANSWER: Refusal = {
  code: 'no-answer',
  message: 'The server has not answered within 10 s. Try again, or look at its output.',
}

const NOT_UNDERSTOOD: Refusal = {
  code: 'answer-not-understood',
  message: 'The server answered in a form that this page does not know. Reload the page.',
}

function refusal(because: Refusal): { readonly ok: false } & Refusal {
  return { ok: false, ...because }
}

function readAcknowledgement<Name extends wire.SocketRequestName>(
  name: Name,
  answer: unknown,
): wire.Acknowledgement<Name> {
  if (typeof answer !== 'object' || answer === null || !('ok' in answer)) {
    return refusal(NOT_UNDERSTOOD)
  }
  if (answer.ok === true && 'reply' in answer) {
    const read = wire.socketRequests[name].reply.safeParse(answer.reply)
    // As above: the reply's schema was looked up by the same name.
    if (read.success) return { ok: true, reply: read.data as wire.SocketReply<Name> }
  }
  const words = wire.apiError.safeParse(answer)
  return words.success ? refusal(words.data) : refusal(NOT_UNDERSTOOD)
}
