/** Opens the page's socket to the host that served it. */

import { io } from 'socket.io-client'
import type { WireSocket } from './connection.ts'

export function openSocket(): WireSocket {
  return io({
    // Long polling would need its own limits on the host, and every browser that runs this page has
    // the other.
    transports: ['websocket'],
    autoConnect: false,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000,
    // Delays are spread over half to one and a half of their length.
    randomizationFactor: 0.5,
    timeout: 10_000,
  })
}
