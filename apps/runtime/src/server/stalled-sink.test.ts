/** A sink writes to an endpoint that takes requests and does not answer, as long as it likes. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { netVariables } from '../env/allowed-net.ts'
import { toArgument } from '../supervision/host-settings.ts'
import { counts } from './testing/documents.ts'
import { engineFile, start, startTestServer, type TestServer } from './testing/test-server.ts'

const WAIT = { timeout: 60_000, interval: 100 }
const RECORDS = 2_000

/** Answers nothing until it is opened, and then everything. */
async function startEndpoint() {
  const keys: string[] = []
  const waiting: ServerResponse[] = []
  let isOpen = false
  const http = createServer((request, response) => {
    keys.push(String(request.headers['idempotency-key']))
    request.resume()
    if (isOpen) response.end()
    else waiting.push(response)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/records`,
    keys,
    open: () => {
      isOpen = true
      for (const response of waiting) response.end()
    },
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      http.close()
    },
  }
}

async function startServer(): Promise<TestServer> {
  const engine = await engineFile()
  return startTestServer({
    startEngineProcess: ({ noteFd, settings }) =>
      fork(engine, [toArgument(settings)], {
        env: { ...process.env, ...netVariables(['127.0.0.1']) },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc', noteFd ?? 'ignore'],
      }),
  })
}

function sending(url: string): Record<string, unknown> {
  const columns = { n: { type: 'sequence' } }
  return {
    format: 'millrace/1',
    name: 'Sending',
    nodes: {
      numbers: { operator: 'generator-source', config: { columns, count: RECORDS } },
      out: { operator: 'http-sink', title: 'Orders', config: { url, timeout: '10m' } },
    },
    edges: [{ from: 'numbers', to: 'out' }],
    settings: { checkpointInterval: '1s' },
  }
}

test('sources wait for an endpoint that does not answer, the log says so, and all goes on after it', async () => {
  await using endpoint = await startEndpoint()
  await using server = await startServer()
  const socket = await server.connect()
  const other = await start(server, counts(1_000_000, { rate: 100, pace: 'event-time' }))
  const jobId = await start(server, sending(endpoint.url))
  const job = () => server.ask('getJob', `/jobs/${jobId}`)
  const { event } = await socket.next('jobLogged', (logged) => {
    return logged.jobId === jobId && logged.event.kind === 'held'
  })
  expect(event.nodeId).toBe('out')
  expect(event.message).toMatch(
    /^What "Orders" writes to has taken nothing for \d+ s, and no more may be on its way\. So sources wait, and nothing is lost\. /,
  )
  // Only what may be under way has been sent, and it waits without being sent again.
  const sent = endpoint.keys.length
  expect(sent).toBeGreaterThan(0)
  expect(sent).toBeLessThan(50)
  // Checkpoints go on, with what is under way in them, and so do others.
  const last = async () => (await job()).checkpoints?.last?.id ?? 0
  const counted = async () => {
    const { rows } = await server.ask('getView', `/jobs/${other}/views/results`)
    return rows.reduce((sum, row) => sum + Number(row.visits), 0)
  }
  const [id, count] = [await last(), await counted()]
  await expect.poll(last, WAIT).toBeGreaterThan(id)
  await expect.poll(counted, WAIT).toBeGreaterThan(count)
  expect(await job()).toMatchObject({ state: 'running', restarts: 0, failure: null })
  expect(endpoint.keys.length).toBe(sent)

  endpoint.open()
  await socket.next('jobChanged', (changed) => {
    return changed.jobId === jobId && changed.state === 'finished'
  })
  expect(endpoint.keys.length).toBe(RECORDS)
  expect(new Set(endpoint.keys).size).toBe(RECORDS)
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.filter(({ kind }) => kind === 'held')).toHaveLength(1)
})
