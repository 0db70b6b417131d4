/**
 * Opens the page's socket to the host that served it. The library for it comes after the first
 * canvas is painted; until then the socket is one that is not connected yet.
 */

import { loadPart } from '../parts/late-part.ts'
import { afterPaint } from '../workbench/after-paint.ts'
import type { WireSocket } from './connection.ts'

type Listener = (...values: unknown[]) => void

export function openSocket(): WireSocket {
  return new LateSocket()
}

class LateSocket implements WireSocket {
  #socket: WireSocket | undefined
  #wanted = false
  #listeners: readonly (readonly [event: string, listener: Listener])[] = []

  get connected(): boolean {
    return this.#socket?.connected ?? false
  }

  connect(): void {
    this.#wanted = true
    if (this.#socket !== undefined) this.#socket.connect()
    else void this.#load()
  }

  disconnect(): void {
    this.#wanted = false
    this.#socket?.disconnect()
  }

  emit(event: string, ...values: unknown[]): void {
    this.#socket?.emit(event, ...values)
  }

  on(event: string, listener: Listener): void {
    if (this.#socket !== undefined) this.#socket.on(event, listener)
    else this.#listeners = [...this.#listeners, [event, listener]]
  }

  off(event: string, listener: Listener): void {
    this.#socket?.off(event, listener)
    this.#listeners = this.#listeners.filter(
      ([otherEvent, other]) => otherEvent !== event || other !== listener,
    )
  }

  async #load(): Promise<void> {
    await afterPaint()
    const { io } = await loadPart(() => import('socket.io-client'))
    if (this.#socket !== undefined) return
    const socket: WireSocket = io({
      // Long polling would need its own limits on the host, and every browser that runs this page
      // has the other.
      transports: ['websocket'],
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      // Delays are spread over half to one and a half of their length.
      randomizationFactor: 0.5,
      timeout: 10_000,
    })
    this.#socket = socket
    for (const [event, listener] of this.#listeners) socket.on(event, listener)
    if (this.#wanted) socket.connect()
  }
}
