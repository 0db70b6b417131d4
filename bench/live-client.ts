/** For benchmarks: a client of the live values, as the page is one. */

import { createRequire } from 'node:module'
import path from 'node:path'
import type { wire } from '../packages/pipeline/src/index.ts'

/** As much of socket.io's client as is used here. */
interface Socket {
  on(name: string, listener: (event: never) => void): void
  once(name: string, listener: (event: never) => void): void
  emit(name: string, request: unknown, answer?: (acknowledgement: never) => void): void
  disconnect(): void
  readonly io: {
    readonly engine: {
      readonly transport: { readonly ws: { pause(): void; resume(): void } }
    }
  }
}

type Connect = (url: string, options: object) => Socket

export class LiveClient {
  readonly #socket: Socket

  static async open(url: string): Promise<LiveClient> {
    // It cannot be bundled with a benchmark, since the root declares no library.
    const { io } = createRequire(path.resolve('apps/runtime/package.json'))('socket.io-client') as {
      readonly io: Connect
    }
    const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve())
      socket.once('connect_error', reject)
    })
    return new LiveClient(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  on<Name extends wire.SocketEventName>(
    name: Name,
    listener: (event: wire.SocketEvents[Name]) => void,
  ): void {
    this.#socket.on(name, listener)
  }

  ask<Name extends wire.SocketRequestName>(
    name: Name,
    request: wire.SocketRequest<Name>,
  ): Promise<wire.SocketReply<Name>> {
    return new Promise((resolve, reject) => {
      this.#socket.emit(name, request, (answer: wire.Acknowledgement<Name>) => {
        if (answer.ok) resolve(answer.reply)
        else reject(new Error(answer.message))
      })
    })
  }

  /** Watches a job and acknowledges each frame, as the page does. */
  async watch(jobId: string, onFrame: (frame: wire.Frame) => void = () => {}): Promise<void> {
    this.on('jobMeasured', (frame) => {
      this.#socket.emit('acknowledgeFrame', { jobId, sequence: frame.sequence })
      onFrame(frame)
    })
    await this.ask('watchJob', { jobId })
  }

  /** Reads nothing more from its connection, as a browser that hangs. */
  stall(): void {
    this.#socket.io.engine.transport.ws.pause()
  }

  resume(): void {
    this.#socket.io.engine.transport.ws.resume()
  }

  close(): void {
    this.#socket.disconnect()
  }
}
