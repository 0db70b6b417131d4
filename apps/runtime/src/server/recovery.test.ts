/** Hosts that die, jobs that fail for reasons outside, and servers that stop. */

import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bomb, endless, flaky } from './testing/documents.ts'
import {
  reply,
  start,
  startTestServer,
  TEST_LIMITS,
  type TestServer,
  type TestSocket,
} from './testing/test-server.ts'

/** For jobs that get into trouble by themselves; whoever kills hosts has a server of its own. */
let shared: TestServer

beforeAll(async () => {
  shared = await startTestServer()
})

afterAll(async () => {
  await shared[Symbol.asyncDispose]()
})

async function finished(socket: TestSocket, of: string): Promise<void> {
  await socket.next('jobLogged', ({ jobId, event }) => jobId === of && event.kind === 'finished')
}

test('an engine host that is killed costs a restart: clients see it, and taps go on', async () => {
  await using server = await startTestServer()
  const socket = await server.connect()
  const jobId = await start(server, endless())
  await socket.ask('watchJob', { jobId })
  const place = { jobId, nodeId: 'numbers', port: 'out' }
  const { tapId } = reply(await socket.ask('openTap', place))
  await socket.next('tapFilled')
  server.engines[0]?.kill('SIGKILL')
  await socket.next('jobChanged', ({ state }) => state === 'restarting')
  const again = await socket.next('jobChanged', ({ state, restarts }) => {
    return state === 'running' && restarts === 1
  })
  expect(again.failure).toBeNull()
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.slice(0, 3).map(({ kind, message }) => [kind, message])).toEqual([
    ['started', 'Version 1 was started.'],
    [
      'restarting',
      'The engine host that ran the job has stopped: it ended with SIGKILL. The job starts over from ' +
        'its sources in a moment, since it has no checkpoint yet. This is restart 1.',
    ],
    ['restarted', 'The job runs again. It begins anew: each source starts where it is set to.'],
  ])
  const heard = socket.heard('tapFilled').length
  await socket.next('tapFilled', (filled) => {
    return socket.heard('tapFilled').indexOf(filled) >= heard && filled.tapId === tapId
  })
})

test('a job that takes its host down three times is given up, and the others run on', async () => {
  await using server = await startTestServer()
  const socket = await server.connect()
  const innocent = await start(server, endless())
  const offender = await start(server, bomb('kill'))
  const failed = await socket.next('jobChanged', ({ jobId, state }) => {
    return jobId === offender && state === 'failed'
  })
  expect(failed.failure?.message).toBe(
    'The engine has stopped 3 times because of this job; the last time, it ended with SIGKILL. The ' +
      'job is quarantined: it is not started again by itself, and the others run on. Look for a node ' +
      'that holds much in memory or computes very long for one record, change it, and start the ' +
      'pipeline again.',
  )
  expect(failed.failure?.quarantined).toBe(true)
  const { events } = await server.ask('getJobLog', `/jobs/${offender}/events`)
  expect(events.map(({ kind }) => kind)).toContain('quarantined')
  const job = await server.ask('getJob', `/jobs/${innocent}`)
  expect(job).toMatchObject({ endedAtMs: null, restarts: 1 })
})

test('a turn that never ends is killed after its limit, and the job is named', async () => {
  await using server = await startTestServer({
    serverLimits: { ...TEST_LIMITS, turnMs: 1_600, sharedTurnMs: 1_600 },
  })
  const socket = await server.connect()
  const jobId = await start(server, bomb('loop'))
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.restarts === 1)
  expect(server.logged.join('\n')).toContain('one turn took more than 1600 ms')
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  const [restarting] = events.filter(({ kind }) => kind === 'restarting')
  expect(restarting?.message).toMatch(/ has stopped: one turn took more than 1600 ms\. /)
})

test('a server that stops tells its clients, and runs the same jobs after its next start', async () => {
  await using server = await startTestServer()
  const socket = await server.connect()
  const jobId = await start(server, endless())
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'running')
  await server.restart()
  expect(socket.heard('serverDraining')).toHaveLength(1)
  expect(await server.ask('getJob', `/jobs/${jobId}`)).toMatchObject({
    endedAtMs: null,
    restarts: 0,
  })
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.map(({ kind, message }) => [kind, message])).toEqual(
    expect.arrayContaining([
      ['started', 'Version 1 was started.'],
      ['restarted', 'The server was started again, and with it what ran before.'],
    ]),
  )
})

test('what something outside made fail is started again, and the log says why', async () => {
  const server = shared
  const socket = await server.connect()
  const jobId = await start(server, flaky('answer.txt'))
  const restarting = await socket.next('jobChanged', (job) => {
    return job.jobId === jobId && job.state === 'restarting'
  })
  const message = 'There is no answer from "answer.txt". Look after it.'
  const failure = { domain: 'external', retry: true, nodeId: 'flaky', message }
  expect(restarting).toMatchObject({ restarts: 1, endedAtMs: null, failure })
  writeFileSync(path.join(server.folder, 'answer.txt'), '')
  await finished(socket, jobId)
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events[1]).toMatchObject({
    kind: 'restarting',
    severity: 'warning',
    nodeId: 'flaky',
    message:
      `${message} The job starts over from its sources in a moment, since it has no checkpoint yet. ` +
      'This is restart 1.',
  })
  expect(await server.ask('getJob', `/jobs/${jobId}`)).toMatchObject({
    state: 'finished',
    failure: null,
  })
})

test('what goes on failing is given up after eight restarts', async () => {
  const server = shared
  const socket = await server.connect()
  const jobId = await start(server, flaky('never.txt'))
  const failed = await socket.next('jobChanged', (job) => {
    return job.jobId === jobId && job.state === 'failed'
  })
  expect(failed.restarts).toBe(8)
  expect(failed.failure?.message).toBe(
    'There is no answer from "never.txt". Look after it. The job was started again 8 times within ' +
      '10 minutes, and is not started again by itself.',
  )
})

test('a job that waits to be started again can be stopped', async () => {
  await using server = await startTestServer({ backoff: { firstMs: 1e9, maxMs: 1e9 } })
  const socket = await server.connect()
  const jobId = await start(server, flaky('never.txt'))
  await socket.next('jobChanged', (job) => job.state === 'restarting')
  const stopped = reply(await socket.ask('controlJob', { jobId, action: 'stop' }))
  expect(stopped).toMatchObject({ state: 'stopped', restarts: 1 })
  const logged = await socket.next('jobLogged', ({ event }) => event.kind === 'stopped')
  expect(logged.event.message).toBe('The job was stopped.')
})

test('a paused job is paused again after its host has died', async () => {
  await using server = await startTestServer()
  const socket = await server.connect()
  const jobId = await start(server, endless())
  reply(await socket.ask('controlJob', { jobId, action: 'pause' }))
  await socket.next('jobChanged', ({ state }) => state === 'paused')
  server.engines[0]?.kill('SIGKILL')
  await socket.next('jobChanged', ({ state, restarts }) => restarts === 1 && state === 'paused')
})

test('the log has the outputs that were completed, and the records that could not be read', async () => {
  const server = shared
  writeFileSync(path.join(server.folder, 'in.jsonl'), '{"n":1}\nnothing\n{"n":2}\n')
  const socket = await server.connect()
  const source = { path: 'in.jsonl', format: 'jsonl', schema: { n: 'integer' } }
  const jobId = await start(server, {
    format: 'millrace/1',
    name: 'Copy',
    nodes: {
      in: { operator: 'file-source', config: source },
      out: {
        operator: 'file-sink',
        title: 'Copied',
        config: { path: 'out.jsonl', format: 'jsonl' },
      },
    },
    edges: [{ from: 'in', to: 'out' }],
  })
  await finished(socket, jobId)
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.map(({ kind, nodeId, message }) => [kind, nodeId, message])).toEqual([
    ['started', undefined, 'Version 1 was started.'],
    ['dead-letters', 'in', expect.stringMatching(/^A record could not be processed. Why: /)],
    ['output-completed', 'out', '"Copied" has completed its output: "out.jsonl".'],
    ['finished', undefined, 'All sources have ended, and all results are there.'],
  ])
})
