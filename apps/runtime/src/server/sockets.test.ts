/** In what order a client is told, and what may wait for one that takes nothing in. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket as Connection } from 'node:net'
import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import type { Viewer } from './outbox.ts'
import { type SocketHandlers, type SocketOptions, Sockets } from './sockets.ts'
import { TestSocket } from './testing/test-server.ts'

const MEGABYTE = 1024 * 1024
const EVENT_LENGTH = 64 * 1024
/** Far more than systems keep of what is on its way. */
const SENT_MAX = 1000
const WATCHERS: SocketOptions['watchers'] = {
  drained: () => {},
  leave: async () => {},
  tapAnswered: () => {},
}

/** Sockets that listen, and where. */
async function listening(options: Pick<SocketOptions, 'watchers' | 'handlers'>) {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const sockets = new Sockets(http, {
    env: createNodeEnv(),
    allowedHosts: [],
    ...options,
    onFault: (error) => {
      throw error
    },
  })
  return { sockets, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }
}

test('the records of a tap come after the answer that names it', async () => {
  const told: string[] = []
  const { sockets, url } = await listening({
    handlers: { openTap: () => ({ tapId: 'tap' }) } as unknown as SocketHandlers,
    watchers: {
      ...WATCHERS,
      tapAnswered: (viewer, tapId) => {
        viewer.send('tapFilled', { tapId, records: [], seen: 1, unsent: 1 })
      },
    },
  })
  const page = await TestSocket.open(url)
  await new Promise<void>((resolve) => {
    page.socket.on('tapFilled', ({ tapId }) => {
      told.push(`records of ${tapId}`)
      resolve()
    })
    const place = { jobId: 'job', nodeId: 'node', port: 'out' }
    page.socket.emit(
      'openTap',
      place,
      ({ reply }: wire.Acknowledgement<'openTap'> & { ok: true }) => {
        told.push(`answer with ${reply.tapId}`)
      },
    )
  })
  expect(told).toEqual(['answer with tap', 'records of tap'])
  page.close()
  await sockets.close()
})

test('who takes nothing in is cut before much more than 1 MB waits, and who does hears all', async () => {
  const viewers: Viewer[] = []
  const handlers = {
    unwatchJob: (_: unknown, viewer: Viewer) => {
      viewers.push(viewer)
      return {}
    },
  } as unknown as SocketHandlers
  const { sockets, url } = await listening({ handlers, watchers: WATCHERS })
  const reading = await TestSocket.open(url)
  const stalled = await TestSocket.open(url)
  expect(await stalled.ask('unwatchJob', { jobId: 'x' })).toMatchObject({ ok: true })
  // The transport's own socket, which stops reading as a suspended browser does.
  const { transport } = stalled.socket.io.engine as unknown as {
    transport: { ws: { _socket: Connection } }
  }
  transport.ws._socket.pause()
  const text = 'x'.repeat(EVENT_LENGTH)
  let version = 0
  let lastLeft = 0
  while (sockets.count === 2 && version < SENT_MAX) {
    version++
    if (viewers[0]?.writable === true) lastLeft = version
    sockets.send('pipelineSaved', { pipelineId: text, version, client: '' })
    await reading.next('pipelineSaved', (saved) => saved.version === version)
  }
  const waited = (version - lastLeft) * EVENT_LENGTH
  expect(waited).toBeGreaterThanOrEqual(MEGABYTE - 2 * EVENT_LENGTH)
  expect(waited).toBeLessThan(MEGABYTE + 2 * EVENT_LENGTH)
  expect(sockets.count).toBe(1)
  expect(reading.heard('pipelineSaved')).toHaveLength(version)
  stalled.close()
  reading.close()
  await sockets.close()
})
