/** Hosts that many jobs share: what becomes of them when one dies, fills up, or is crowded. */

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bomb, counts, endless } from './testing/documents.ts'
import { start, startTestServer, TEST_LIMITS, type TestServer } from './testing/test-server.ts'

const WAIT = { timeout: 50_000, interval: 100 }
/** As fast as its records say. */
const PACED = { pace: 'event-time' }
const MB = 2 ** 20

async function counted(server: TestServer, jobId: string): Promise<number> {
  const { rows } = await server.ask('getView', `/jobs/${jobId}/views/results`)
  return rows.reduce((sum, row) => sum + Number(row.visits), 0)
}

/** By the source, as the books of the job say. */
async function recordsMade(server: TestServer, pipelineId: string): Promise<number> {
  const metrics = await (await server.fetch('GET', '/metrics')).text()
  const line = metrics.split('\n').find((text) => {
    return (
      text.startsWith('millrace_events_in_total{') &&
      text.includes(`pipeline="${pipelineId}"`) &&
      text.includes('node="visits"')
    )
  })
  return Number(line?.split(' ').at(-1))
}

test('when a shared host is killed, every job in it goes on from its checkpoint and counts once', async () => {
  await using server = await startTestServer()
  const socket = await server.connect()
  const jobs = await Promise.all(
    [1, 2, 3, 4].map((seed) =>
      start(server, counts(900, { seed, rate: 120, ...PACED }, `Counts ${seed}`)),
    ),
  )
  for (const id of jobs) {
    await socket.next('jobChanged', ({ jobId, checkpoints }) => {
      return jobId === id && (checkpoints?.last?.id ?? 0) > 0
    })
  }
  server.engines[0]?.kill('SIGKILL')
  for (const id of jobs) {
    const finished = await socket.next('jobChanged', ({ jobId, state }) => {
      return jobId === id && state === 'finished'
    })
    expect(finished.restarts).toBe(1)
    expect(await counted(server, id)).toBe(900)
    const { events } = await server.ask('getJobLog', `/jobs/${id}/events`)
    expect(events.map(({ kind }) => kind)).toContain('continued')
  }
})

test('a heavy job is moved to a host of its own, counts every record once, and the API says why', async () => {
  const serverLimits = { ...TEST_LIMITS, crowdedShare: 0.5, settleMs: 500 }
  await using server = await startTestServer({ serverLimits })
  const socket = await server.connect()
  const light = await start(server, counts(100_000, { rate: 20, ...PACED }))
  // However fast the machine is, it runs until it is told to end.
  const heavy = await start(server, counts(1_000_000_000, {}, 'Heavy'))
  const moved = await socket.next('jobLogged', ({ event }) => event.kind === 'moved')
  expect(moved.jobId).toBe(heavy)
  expect(moved.event.message).toMatch(
    /^Engine host 2 runs it alone, since it took \d+% of the thread that it shared with others\.$/,
  )
  const { hosts, hostsMax } = await server.ask('listHosts', '/hosts')
  expect(hostsMax).toBe(TEST_LIMITS.hostsMax)
  expect(hosts.map(({ alone, jobs }) => [alone, jobs.map(({ jobId }) => jobId)])).toEqual([
    [false, [light]],
    [true, [heavy]],
  ])
  const job = await server.ask('getJob', `/jobs/${heavy}`)
  expect(job).toMatchObject({ restarts: 0, placement: { host: 2, alone: true, reason: 'busy' } })
  await server.ask('endJob', `/jobs/${heavy}/end`, { how: 'drain' })
  const { pipelineId } = await socket.next('jobChanged', ({ jobId, endedAtMs }) => {
    return jobId === heavy && endedAtMs !== null
  })
  const made = await recordsMade(server, pipelineId)
  expect(made).toBeGreaterThan(0)
  expect(await counted(server, heavy)).toBe(made)
  expect(await server.ask('getJob', `/jobs/${light}`)).toMatchObject({ restarts: 0 })
})

test('a job that fills its process with buffers is quarantined, and the others run on', async () => {
  const serverLimits = { ...TEST_LIMITS, memoryBytesMax: 400 * MB }
  await using server = await startTestServer({ serverLimits })
  const socket = await server.connect()
  const innocent = await start(server, endless())
  const offender = await start(server, bomb('buffers'))
  const failed = await socket.next('jobChanged', ({ jobId, state }) => {
    return jobId === offender && state === 'failed'
  })
  expect(failed.failure?.quarantined).toBe(true)
  expect(failed.failure?.message).toMatch(/its process held \d+ MiB .* 400 MiB are the limit/)
  const job = await server.ask('getJob', `/jobs/${innocent}`)
  expect(job).toMatchObject({ endedAtMs: null, restarts: 1 })
  const { hosts } = await server.ask('listHosts', '/hosts')
  expect(hosts.filter(({ jobs }) => jobs.some(({ jobId }) => jobId === offender))).toEqual([])
})

test('a turn that others wait for ends their host once, and counts only when its job is alone', async () => {
  const serverLimits = { ...TEST_LIMITS, turnMs: 1_500, sharedTurnMs: 1_000 }
  await using server = await startTestServer({ serverLimits })
  const socket = await server.connect()
  const innocent = await start(server, endless())
  const offender = await start(server, bomb('loop'))
  const ofOffender = ({ jobId }: { readonly jobId: string }) => jobId === offender
  await socket.next('jobChanged', (job) => ofOffender(job) && job.placement?.reason === 'suspect')
  const { failure } = await socket.next('jobChanged', (job) => {
    return ofOffender(job) && job.state === 'failed'
  })
  expect(failure?.message).toContain('The engine has stopped 3 times because of this job')
  expect(failure?.message).toContain('one turn took more than 1500 ms.')
  const { events } = await server.ask('getJobLog', `/jobs/${offender}/events`)
  const restarts = events.filter(({ kind }) => kind === 'restarting')
  expect(restarts).toHaveLength(3)
  // Three tenths of the limit, since the job is new, and something for the heap.
  const among = /: one turn took more than [34]\d{2} ms, for which all others had to wait\. /
  expect(restarts.filter(({ message }) => among.test(message))).toHaveLength(1)
  const job = await server.ask('getJob', `/jobs/${innocent}`)
  expect(job).toMatchObject({ endedAtMs: null, restarts: 1 })
})

test('a hostile job that is new leaves the host of those alone that ran before', async () => {
  const serverLimits = { ...TEST_LIMITS, turnMs: 1_000, newMs: 1_000, spareAfterMs: 100 }
  await using server = await startTestServer({ serverLimits })
  const socket = await server.connect()
  const innocent = await start(server, endless())
  const hosts = async () => (await server.ask('listHosts', '/hosts')).hosts
  const isReady = async () => {
    const [first, spare] = await hosts()
    return first?.jobs[0]?.new === false && spare?.spare === true && spare.threadShare !== null
  }
  await expect.poll(isReady, WAIT).toBe(true)
  const offender = await start(server, bomb('loop'))
  const { placement } = await server.ask('getJob', `/jobs/${offender}`)
  expect(placement).toMatchObject({ host: 2, alone: false, reason: 'new' })
  await socket.next('jobChanged', ({ jobId, state }) => {
    return jobId === offender && state === 'restarting'
  })
  const job = await server.ask('getJob', `/jobs/${innocent}`)
  expect(job).toMatchObject({ restarts: 0, placement: { host: 1, reason: 'new' } })
  expect((await hosts())[0]?.pid).toBe(server.engines[0]?.pid)
})

test('a server that is stopped repeats and loses nothing of jobs in several hosts', async () => {
  await using server = await startTestServer({
    serverLimits: { ...TEST_LIMITS, jobsMax: 2 },
  })
  const names = [1, 2, 3, 4].map((number) => `tally-${number}.txt`)
  const lines = (name: string) => {
    return readFileSync(path.join(server.folder, name), 'utf8').trim().split('\n').map(Number)
  }
  for (const name of names) await start(server, tallying(name))
  const { hosts } = await server.ask('listHosts', '/hosts')
  expect(hosts.map(({ jobs }) => jobs.length)).toEqual([2, 2])
  await expect
    .poll(() => Math.min(...names.map((name) => lines(name).length)), WAIT)
    .toBeGreaterThan(9)
  await server.restart()
  const before = names.map((name) => lines(name).length)
  await expect
    .poll(() => names.every((name, index) => lines(name).length > (before[index] ?? 0) + 9), WAIT)
    .toBe(true)
  for (const name of names) {
    const numbers = lines(name)
    expect(numbers).toEqual(numbers.map((_, index) => index))
  }
})

/** Writes each record down at once, so that one that comes again is seen. */
function tallying(name: string): Record<string, unknown> {
  const columns = { n: { type: 'sequence' } }
  const config = { columns, rate: 50 }
  return {
    format: 'millrace/1',
    name,
    nodes: {
      numbers: { operator: 'generator-source', config },
      tally: { operator: 'tally', config: { path: name } },
    },
    edges: [{ from: 'numbers', to: 'tally' }],
  }
}
