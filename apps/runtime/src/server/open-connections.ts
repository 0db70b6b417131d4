/** The connections of clients, so that none of them keeps the server from its end. */

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Timers } from '@millrace/engine'

const FAREWELL_MS = 500

export class OpenConnections {
  readonly #http: Server
  readonly #open = new Set<Socket>()

  constructor(http: Server) {
    this.#http = http
    http.on('connection', (connection) => {
      this.#open.add(connection)
      connection.on('close', () => this.#open.delete(connection))
    })
  }

  /** Clients may take in what they were sent; one that does not is cut off. */
  async end(timers: Timers, closeSockets: () => Promise<void>): Promise<void> {
    const cancel = timers.after(FAREWELL_MS, () => {
      for (const connection of this.#open) connection.destroy()
    })
    this.#http.closeIdleConnections()
    await closeSockets()
    cancel()
  }
}
