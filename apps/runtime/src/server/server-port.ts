/** The port that the server answers at, or why it cannot have it. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refusal } from '../supervision/refusal.ts'

export const ADDRESS = '127.0.0.1'
const PORT_MAX = 65_535

/** Resolves with the port, which is another one where 0 was asked for. */
export function listen(http: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const refusal = PORT_REFUSALS.get(error.code ?? '')
      reject(refusal === undefined ? error : refusal(port))
    })
    http.listen(port, ADDRESS, () => resolve((http.address() as AddressInfo).port))
  })
}

const PORT_REFUSALS: ReadonlyMap<string, (port: number) => Refusal> = new Map([
  ['EADDRINUSE', portTaken],
  ['EACCES', portNotAllowed],
])

function portNotAllowed(port: number): Refusal {
  const message =
    `The operating system does not let this user open port ${port}. Choose one above 1023 with ` +
    '--port, or in the environment as PORT.'
  return new Refusal('forbidden', 'port-not-allowed', message)
}

function portTaken(port: number): Refusal {
  const other = port === PORT_MAX ? port - 1 : port + 1
  const message =
    `Port ${port} on ${ADDRESS} is taken by another program. Stop that one, or choose another ` +
    `port with --port ${other}, or in the environment as PORT=${other}.`
  return new Refusal('conflict', 'port-taken', message)
}
