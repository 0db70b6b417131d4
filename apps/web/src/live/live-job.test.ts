/** Checks how a job is followed: frames, gaps, reconnects, other tabs, and one commit a paint. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { createConnection } from './connection.ts'
import { NO_LOG } from './job-log.ts'
import { createLiveJob } from './live-job.ts'
import { createFakeSocket } from './testing/fake-socket.ts'
import { createManualEnv } from './testing/manual-env.ts'
import { eventOf, frameOf, metricsOf, statusOf } from './testing/wire-values.ts'

async function follow(...jobs: readonly wire.JobStatus[]) {
  const socket = createFakeSocket()
  const env = createManualEnv()
  const listed = [...jobs]
  const connection = createConnection(socket, env)
  const reader = {
    newestJob: async (pipelineId: string) =>
      listed
        .filter((job) => job.pipelineId === pipelineId)
        .toSorted((a, b) => b.startedAtMs - a.startedAtMs)[0],
    readLog: () => Promise.resolve({ events: [eventOf(1), eventOf(2)], dropped: 0 }),
  }
  const live = createLiveJob(connection, reader, env)
  socket.answer('watchJob', (value) => ({
    ok: true,
    reply: listed.find(({ jobId }) => jobId === (value as { jobId: string }).jobId),
  }))
  for (const name of ['acknowledgeFrame', 'resyncJob', 'unwatchJob']) {
    socket.answer(name, () => ({ ok: true, reply: {} }))
  }
  live.follow('clicks')
  socket.open()
  await settle()
  return { socket, env, live, listed }
}

/** Lets what has been promised happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

test("the pipeline's newest job is watched", async () => {
  const { socket, live } = await follow(
    statusOf({ jobId: 'old', startedAtMs: 1 }),
    statusOf({ jobId: 'job-1', startedAtMs: 9 }),
    statusOf({ jobId: 'other', pipelineId: 'other', startedAtMs: 99 }),
  )
  expect(socket.valuesOf('watchJob')).toEqual([{ jobId: 'job-1' }])
  expect(live.status.get()?.jobId).toBe('job-1')
})

test('frames are acknowledged when they come and committed once a paint', async () => {
  const { socket, env, live } = await follow(statusOf())
  let told = 0
  live.metrics.subscribe('a', () => told++)
  socket.say('jobMeasured', frameOf({ sequence: 1, nodes: { a: metricsOf({ in: 1 }) } }))
  socket.say('jobMeasured', frameOf({ sequence: 2, base: 1, nodes: { a: { in: 2 } } }))
  socket.say('jobMeasured', frameOf({ sequence: 3, base: 2, nodes: { a: { in: 3 } } }))
  expect(socket.valuesOf('acknowledgeFrame')).toHaveLength(3)
  expect([told, live.metrics.get('a')]).toEqual([0, undefined])
  env.paint()
  expect([told, live.metrics.get('a')?.in]).toEqual([1, 3])
})

test('a gap asks for a full frame once, and the full frame mends it', async () => {
  const { socket, env, live } = await follow(statusOf())
  socket.say('jobMeasured', frameOf({ sequence: 5, base: 4 }))
  socket.say('jobMeasured', frameOf({ sequence: 6, base: 4 }))
  await settle()
  expect(socket.valuesOf('resyncJob')).toEqual([{ jobId: 'job-1' }])
  expect(socket.valuesOf('acknowledgeFrame')).toEqual([])
  socket.say('jobMeasured', frameOf({ sequence: 7, nodes: { a: metricsOf({ in: 4 }) } }))
  env.paint()
  expect(live.metrics.get('a')?.in).toBe(4)
})

test('frames of another job are left out', async () => {
  const { socket, env, live } = await follow(statusOf())
  socket.say('jobMeasured', frameOf({ jobId: 'job-9', sequence: 1, nodes: { a: metricsOf() } }))
  env.paint()
  expect(live.metrics.get('a')).toBeUndefined()
})

test('after a reconnect the job is watched again, and what was on screen stays meanwhile', async () => {
  const { socket, env, live } = await follow(statusOf())
  socket.say('jobMeasured', frameOf({ sequence: 8, nodes: { a: metricsOf({ in: 1 }) } }))
  env.paint()
  socket.drop('transport close')
  expect(live.metrics.get('a')?.in).toBe(1)
  socket.open()
  await settle()
  expect(socket.valuesOf('watchJob')).toHaveLength(2)
  socket.say('jobMeasured', frameOf({ sequence: 1, nodes: { a: metricsOf({ in: 2 }) } }))
  env.paint()
  expect(live.metrics.get('a')?.in).toBe(2)
})

test('a job that another tab starts is followed, an older one is not', async () => {
  const { socket, env, live, listed } = await follow(statusOf({ state: 'finished' }))
  socket.say('jobMeasured', frameOf({ sequence: 1, nodes: { a: metricsOf({ in: 1 }) } }))
  env.paint()
  const next = statusOf({ jobId: 'job-2', startedAtMs: 2_000_000 })
  listed.push(next)
  socket.say('jobChanged', next)
  await settle()
  expect(live.status.get()?.jobId).toBe('job-2')
  expect(live.metrics.get('a')).toBeUndefined()
  socket.say('jobChanged', statusOf({ jobId: 'job-0', startedAtMs: 5 }))
  expect(live.status.get()?.jobId).toBe('job-2')
})

test('an answer that comes late takes back nothing that was told since the start', async () => {
  const { socket, live, listed } = await follow()
  const started = statusOf({ state: 'running' })
  listed.push(started)
  socket.say('jobChanged', started)
  await settle()
  socket.say('jobChanged', { ...started, state: 'paused' })
  live.takeStarted(started)
  expect(live.status.get()?.state).toBe('paused')
})

test('a host that has forgotten the job leaves it stopped, with its last numbers', async () => {
  const { socket, env, live, listed } = await follow(statusOf())
  socket.say('jobMeasured', frameOf({ sequence: 1, nodes: { a: metricsOf({ in: 6 }) } }))
  env.paint()
  listed.length = 0
  socket.drop('transport close')
  socket.open()
  await settle()
  expect([live.status.get()?.state, live.metrics.get('a')?.in]).toEqual(['stopped', 6])
})

test('a node whose input lags is held back by it, on the clock of the host', async () => {
  const { socket, env, live } = await follow(statusOf())
  const inputs = [
    { watermark: 10, idle: false },
    { watermark: 90, idle: false },
  ]
  const nodes = { join: metricsOf({ inputs, watermark: 10 }) }
  socket.say('jobMeasured', frameOf({ sequence: 1, atMs: 5_000, nodes }))
  env.paint()
  socket.say('jobMeasured', frameOf({ sequence: 2, base: 1, atMs: 53_000 }))
  env.paint()
  expect(live.heldBack.get('join')).toEqual({ input: 0, sinceMs: 5_000 })
  expect(live.surface.get()).toEqual({ atMs: 53_000, scale: { highMs: 10, spanMs: 5_000 } })
})

test('the log is what the host kept, and what it says from then on about this job', async () => {
  const { socket, live } = await follow(statusOf())
  socket.say('jobLogged', { jobId: 'job-1', event: eventOf(3) })
  socket.say('jobLogged', { jobId: 'job-1', event: eventOf(2) })
  socket.say('jobLogged', { jobId: 'job-9', event: eventOf(4) })
  expect(live.log.get().events.map(({ number }) => number)).toEqual([1, 2, 3])
  socket.say('jobChanged', statusOf({ jobId: 'job-2', startedAtMs: 2_000_000 }))
  expect(live.log.get()).toEqual(NO_LOG)
  await settle()
  expect(live.log.get().events.map(({ number }) => number)).toEqual([1, 2])
})

test('following another pipeline leaves nothing of the first behind', async () => {
  const { socket, env, live } = await follow(statusOf())
  socket.say('jobMeasured', frameOf({ sequence: 1, nodes: { a: metricsOf() } }))
  live.follow('orders')
  env.paint()
  await settle()
  expect(socket.valuesOf('unwatchJob')).toEqual([{ jobId: 'job-1' }])
  expect([live.status.get(), live.metrics.get('a'), live.log.get()]).toEqual([
    ...[undefined, undefined, NO_LOG],
  ])
})

test('a large pipeline is brought up to date over some paints, and nobody is left behind', async () => {
  const { socket, env, live } = await follow(statusOf())
  const ids = Array.from({ length: 60 }, (_, index) => `n${index}`)
  const nodesOf = (value: number) =>
    Object.fromEntries(ids.map((id) => [id, metricsOf({ in: value })]))
  const shown = (value: number) =>
    ids.filter((id) => live.metrics.get(id)?.in === value && live.levels.get(id)).length
  socket.say('jobMeasured', frameOf({ sequence: 1, nodes: nodesOf(1) }))
  env.paint()
  expect(shown(1)).toBe(25)
  socket.say('jobMeasured', frameOf({ sequence: 2, base: 1, nodes: nodesOf(2) }))
  env.paint()
  env.paint()
  expect([shown(1), shown(2)]).toEqual([10, 50])
  env.paint()
  env.paint()
  expect(shown(2)).toBe(60)
})
