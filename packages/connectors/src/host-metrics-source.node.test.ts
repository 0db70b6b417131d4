/** A machine's readings, of one made up and of this one. */

import { Job, type SourceChunk, toJobPlan } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import { checkPipeline, parseDocument } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { createHostMetricsReader, type HostCounters } from './host-metrics-source.node.ts'
import { HOST_METRICS_COLUMNS } from './host-metrics-source.ts'
import { runnableConnectors } from './node.ts'

const START_MS = Date.UTC(2026, 0, 1)

/** A machine whose one processor is busy for 30 % of each second, by the clock of the test. */
function countersOf(env: VirtualEnv): HostCounters {
  return {
    hostName: 'mill',
    cpu: () => {
      const totalMs = env.clock.monotonicMs()
      return { count: 1, busyMs: totalMs * 0.3, totalMs }
    },
    load: () => [1, 2, 3],
    memory: () => ({ totalBytes: 1000, freeBytes: 400 }),
    uptimeSeconds: () => env.clock.monotonicMs() / 1000,
  }
}

function network(received: number, sent: number): Uint8Array {
  const counts = (first: number, ninth: number) => `${first} 1 0 0 0 0 0 0 ${ninth} 1 0 0 0 0 0 0`
  const lines = [
    'Inter-| Receive',
    ' face |bytes',
    `    lo: ${counts(9, 9)}`,
    `  eth0: ${counts(received, sent)}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n`)
}

async function next(env: VirtualEnv, read: Promise<SourceChunk | undefined>): Promise<unknown> {
  // Whoever reads the network count first gets it before time goes on.
  for (let round = 0; round < 20; round++) await Promise.resolve()
  env.advance(1000)
  const chunk = await read
  const [row = []] = chunk?.rows ?? []
  expect(chunk?.times).toEqual([env.clock.nowMs()])
  return Object.fromEntries(HOST_METRICS_COLUMNS.map(({ name }, index) => [name, row[index]]))
}

test('each interval gives a reading, with shares and counts of that interval', async () => {
  const env = new VirtualEnv(START_MS)
  env.disk.files.set('/proc/net/dev', network(100, 10))
  const reader = createHostMetricsReader(1000, { env }, countersOf(env))
  const first = reader.read(100)
  for (let round = 0; round < 20; round++) await Promise.resolve()
  env.disk.files.set('/proc/net/dev', network(150, 17))
  expect(await next(env, Promise.resolve(first))).toEqual({
    at: START_MS + 1000,
    host: 'mill',
    cpus: 1,
    cpu_busy: 0.3,
    load_1m: 1,
    load_5m: 2,
    load_15m: 3,
    memory_used: 600,
    memory_total: 1000,
    uptime: 1,
    network_received: 50,
    network_sent: 7,
  })
  expect(await next(env, Promise.resolve(reader.read(100)))).toMatchObject({
    at: START_MS + 2000,
    network_received: 0,
  })
})

test('where the system keeps no network counts, they are NULL', async () => {
  const env = new VirtualEnv(START_MS)
  const reader = createHostMetricsReader(1000, { env }, countersOf(env))
  const reading = await next(env, Promise.resolve(reader.read(100)))
  expect(reading).toMatchObject({ network_received: null, network_sent: null })
})

test('closing it cancels the reading that is due', async () => {
  const env = new VirtualEnv(START_MS)
  const reader = createHostMetricsReader(1000, { env }, countersOf(env))
  void reader.read(100)
  await reader.close()
  expect(env.advanceToNextTimer()).toBe(false)
})

test('this machine can be read: a live source, whose columns are all there', async () => {
  const nodes = { m: { operator: 'host-metrics-source', config: { interval: '250ms' } } }
  const { pipeline } = parseDocument(JSON.stringify({ format: 'millrace/1', name: 'Host', nodes }))
  if (pipeline === undefined) throw new Error('The document has problems.')
  const registry = new Map(runnableConnectors.map((operator) => [operator.id, operator]))
  const env = new VirtualEnv(START_MS)
  const job = new Job(toJobPlan(checkPipeline(pipeline, registry)), {
    env,
    resolvePath: (path) => path,
    deadLetters: () => {},
  })
  expect(job.live).toBe(true)
  const rows: (readonly unknown[])[] = []
  job.tap('m', 'out').subscribe((element) => {
    if (element.kind === 'batch') rows.push(...element.rows)
  })
  while (rows.length < 3) {
    job.runSlice()
    for (let round = 0; round < 50; round++) await Promise.resolve()
    env.advanceToNextTimer()
    for (let round = 0; round < 50; round++) await Promise.resolve()
  }
  expect(rows.map(([at]) => at)).toEqual([START_MS + 250, START_MS + 500, START_MS + 750])
  expect(rows.every((row) => row.length === HOST_METRICS_COLUMNS.length)).toBe(true)
  job.drain()
  while (job.runSlice() !== 'done');
  expect(await job.finish()).toBeUndefined()
  expect(job.state).toBe('finished')
})
