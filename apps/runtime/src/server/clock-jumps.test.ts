/**
 * The wall clock of the machine is set, forward and back, while real processes run: nothing that
 * waits, is paced or is watched may go by it.
 */

import { fork } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { toArgument } from '../supervision/host-settings.ts'
import { engineFile, start, startTestServer, type TestServer } from './testing/test-server.ts'

const HOUR_MS = 3_600_000
const WAIT = { timeout: 60_000, interval: 100 }

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-clock-'))
const file = path.join(folder, 'offset')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let offsetMs = 0

/** For the server and its engine hosts. */
function setClock(ms: number): void {
  offsetMs = ms
  // Never half of it.
  writeFileSync(`${file}.new`, String(ms))
  renameSync(`${file}.new`, file)
}

async function startServer(): Promise<TestServer> {
  setClock(0)
  const engine = await engineFile()
  const env = createNodeEnv()
  const { clock } = env
  return startTestServer({
    env: { ...env, clock: { ...clock, nowMs: () => clock.nowMs() + offsetMs } },
    // A restart that waited by the wall clock would wait for hours.
    backoff: { firstMs: 200, maxMs: 400 },
    startEngineProcess: ({ noteFd, settings }) =>
      fork(engine, [toArgument(settings)], {
        env: { ...process.env, MILLRACE_TEST_CLOCK: file },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc', noteFd ?? 'ignore'],
      }),
  })
}

/** Hands on a record each 10 ms for as long as the test takes, and counts by the clock, too. */
function ticking(): Record<string, unknown> {
  const columns = { n: { type: 'sequence' } }
  const idle = { maxOutOfOrderness: '0s', idleTimeout: '10m' }
  return {
    format: 'millrace/1',
    name: 'Ticking',
    nodes: {
      ticks: { operator: 'generator-source', config: { columns, rate: 100, watermark: idle } },
      counted: {
        operator: 'group-aggregate',
        config: { groupBy: [], aggregates: { n: 'COUNT(*)' } },
      },
      count: { operator: 'view-sink', config: {} },
      'by-clock': {
        operator: 'tumbling-window',
        config: { size: '1s', time: 'processing', aggregates: { n: 'COUNT(*)' } },
      },
      windows: { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: 'ticks', to: 'counted' },
      { from: 'counted', to: 'count' },
      { from: 'ticks', to: 'by-clock' },
      { from: 'by-clock', to: 'windows' },
    ],
    settings: { checkpointInterval: '1s' },
  }
}

test('a clock that is set forward and back stops no job, no checkpoint and no restart', async () => {
  await using server = await startServer()
  const jobId = await start(server, ticking())
  const count = async () => {
    const { rows } = await server.ask('getView', `/jobs/${jobId}/views/count`)
    return Number(rows[0]?.n ?? 0)
  }
  const job = () => server.ask('getJob', `/jobs/${jobId}`)
  const lastId = async () => (await job()).checkpoints?.last?.id ?? 0
  const goesOn = async () => {
    const [counted, id] = [await count(), await lastId()]
    await expect.poll(count, WAIT).toBeGreaterThan(counted + 50)
    await expect.poll(lastId, WAIT).toBeGreaterThan(id + 1)
  }
  await goesOn()
  for (const ms of [30 * 24 * HOUR_MS, 0, -24 * HOUR_MS, HOUR_MS]) {
    setClock(ms)
    await goesOn()
  }
  expect(await job()).toMatchObject({ state: 'running', restarts: 0 })
  // Windows by the clock go by it, and one that has been is not opened again.
  const { rows } = await server.ask('getView', `/jobs/${jobId}/views/windows?limit=10000`)
  const starts = rows.map((row) => Date.parse(String(row.window_start)))
  expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b))
  expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(29 * 24 * HOUR_MS)
  // A host that has died is waited for by no wall clock either.
  setClock(-48 * HOUR_MS)
  for (const { pid = 0 } of server.server.engines) process.kill(pid, 'SIGKILL')
  await expect.poll(async () => (await job()).restarts, WAIT).toBe(1)
  await expect.poll(async () => (await job()).state, WAIT).toBe('running')
  await goesOn()
  expect(server.logged.filter((line) => line.includes('sign of life'))).toEqual([])
})
