/**
 * The connections of clients: how many there may be, how long each may keep others waiting, and
 * their end with the server.
 */

import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Timers } from '@millrace/engine'

const FAREWELL_MS = 500
/** Each takes memory, and one of the files that a process may have open. */
const CONNECTIONS_MAX = 1000
/** Nothing of an answer is taken in, or nothing is asked at all. */
const SILENT_MS = 60_000

/** In milliseconds, of a server of HTTP. */
export const HTTP_TIMES = {
  /** Longer than clients keep a connection: who closes first must not be the one that is asked. */
  keepAliveTimeout: 75_000,
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5000,
} as const satisfies ServerOptions

export class OpenConnections {
  readonly #http: Server
  readonly #countMax: number
  /** The answers that each waits for; of those that wait for none, the longest silent first. */
  readonly #open = new Map<Socket, number>()

  constructor(http: Server, countMax = CONNECTIONS_MAX) {
    this.#http = http
    this.#countMax = countMax
    http.on('connection', (connection) => this.#opened(connection))
    http.on('request', ({ socket }, response) => this.#asked(socket, response))
    http.setTimeout(SILENT_MS, (connection) => this.#silent(connection))
  }

  /** What becomes a socket is no longer silent when nothing is asked. */
  keepUpgraded(): void {
    this.#http.on('upgrade', ({ socket }: IncomingMessage) => this.#count(socket, 1))
  }

  /** Clients may take in what they were sent; one that does not is cut off. */
  async end(
    timers: Timers,
    closeSockets: () => Promise<void>,
    farewellMs = FAREWELL_MS,
  ): Promise<void> {
    const cancel = timers.after(farewellMs, () => {
      for (const connection of this.#open.keys()) connection.destroy()
    })
    this.#http.closeIdleConnections()
    await closeSockets()
    cancel()
  }

  /** Of too many, the one goes that has been silent longest. */
  #opened(connection: Socket): void {
    connection.on('close', () => this.#open.delete(connection))
    if (this.#open.size >= this.#countMax) {
      const silent = this.#longestSilent()
      if (silent === undefined) {
        connection.end(tooMany(this.#countMax))
        connection.destroySoon()
        return
      }
      silent.destroy()
      this.#open.delete(silent)
    }
    this.#open.set(connection, 0)
  }

  #longestSilent(): Socket | undefined {
    for (const [connection, answers] of this.#open) if (answers === 0) return connection
    return undefined
  }

  #asked(connection: Socket, response: ServerResponse): void {
    this.#count(connection, 1)
    response.on('close', () => this.#count(connection, -1))
  }

  #count(connection: Socket, change: 1 | -1): void {
    const before = this.#open.get(connection)
    if (before === undefined) return
    this.#open.delete(connection)
    this.#open.set(connection, before + change)
  }

  /** While an answer is worked out, nothing is expected of the client. */
  #silent(connection: Socket): void {
    const waits = (this.#open.get(connection) ?? 0) > 0
    if (!waits || connection.writableLength > 0) connection.destroy()
  }
}

function tooMany(countMax: number): string {
  const message = `There are ${countMax} connections, and no more may be. Try again in a moment.`
  const body = JSON.stringify({ code: 'too-many-connections', message })
  const head = [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Retry-After: 1',
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
