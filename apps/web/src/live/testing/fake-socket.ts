/**
 * Stands in for the socket: a test is the host, sees what the page asks and says what comes back.
 */

import type { WireSocket } from '../connection.ts'

export interface FakeSocket extends WireSocket {
  readonly sent: readonly { readonly event: string; readonly value: unknown }[]
  /** The values sent with this request so far. */
  valuesOf(event: string): readonly unknown[]
  /** Every further request of this name is answered so. */
  answer(event: string, reply: (value: unknown) => unknown): void
  open(): void
  drop(reason: string): void
  /** The host sends an event. */
  say(event: string, value: unknown): void
  /** How often the page asked for a connection. */
  connects(): number
}

export function createFakeSocket(): FakeSocket {
  const listeners = new Map<string, Set<(...values: unknown[]) => void>>()
  const replies = new Map<string, (value: unknown) => unknown>()
  const sent: { event: string; value: unknown }[] = []
  let connected = false
  let connects = 0

  function tell(event: string, ...values: unknown[]): void {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...values)
  }

  return {
    get connected() {
      return connected
    },
    connect: () => {
      connects++
    },
    disconnect: () => {
      connected = false
    },
    emit: (event, value, acknowledge) => {
      sent.push({ event, value })
      const reply = replies.get(event)
      if (reply !== undefined && typeof acknowledge === 'function') acknowledge(reply(value))
    },
    on: (event, listener) => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener))
    },
    off: (event, listener) => listeners.get(event)?.delete(listener),
    sent,
    valuesOf: (event) => sent.filter((one) => one.event === event).map(({ value }) => value),
    answer: (event, reply) => {
      replies.set(event, reply)
    },
    open: () => {
      connected = true
      tell('connect')
    },
    drop: (reason) => {
      connected = false
      tell('disconnect', reason)
    },
    say: (event, value) => tell(event, value),
    connects: () => connects,
  }
}
