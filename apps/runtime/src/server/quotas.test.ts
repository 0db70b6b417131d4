/** Quotas of the server: what a job may take, and how it is told. */

import { expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { counts } from './testing/documents.ts'
import { start, startTestServer, TEST_LIMITS } from './testing/test-server.ts'

const { clock } = createNodeEnv()
const QUOTAS = { recordsPerSecond: null, stateBytes: null }

test('a job that would take in more than its rate waits, loses nothing, and its log says so', async () => {
  const quotas = { ...QUOTAS, recordsPerSecond: 100 }
  const serverLimits = { ...TEST_LIMITS, quotas }
  await using server = await startTestServer({ serverLimits })
  const socket = await server.connect()
  const began = clock.monotonicMs()
  const jobId = await start(server, counts(500))
  const { event } = await socket.next('jobLogged', ({ event: { kind } }) => kind === 'throttled')
  expect(event.message).toBe(
    'The job would take in more than 100 records a second, and this server lets no more into a job ' +
      '(--job-rate). Nothing is left out: its sources wait.',
  )
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'finished')
  // The first hundred at once, at the most.
  expect(clock.monotonicMs() - began).toBeGreaterThan(3_900)
  const { rows } = await server.ask('getView', `/jobs/${jobId}/views/results`)
  expect(rows.reduce((sum, row) => sum + Number(row.visits), 0)).toBe(500)
})

test('a job that keeps more state than its quota fails, and its failure names node and quota', async () => {
  const serverLimits = { ...TEST_LIMITS, quotas: { ...QUOTAS, stateBytes: 2 ** 20 } }
  await using server = await startTestServer({ serverLimits })
  const socket = await server.connect()
  const columns = { page: { type: 'sequence' } }
  const jobId = await start(server, counts(1_000_000, { columns }))
  const failed = await socket.next('jobChanged', (job) => {
    return job.jobId === jobId && job.state === 'failed'
  })
  expect(failed.failure).toMatchObject({ domain: 'user', retry: false })
  expect(failed.failure?.message).toMatch(
    /^The nodes of this job keep about .* of state, and this server allows a job 1 MB \(--job-state\)\. Most of it is in node "[a-z-]+", with .* keys\. .+, or ask whoever runs the server for more\.$/,
  )
})
