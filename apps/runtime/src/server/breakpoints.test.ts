/** Breakpoints over the socket, with real engine hosts; who leaves a job alone, without. */

import { VirtualEnv } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobNews } from '../supervision/messages.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import { ALONE_MS, Breakpoints } from './breakpoints.ts'
import type { Viewer } from './outbox.ts'
import { counts, endless, numbers } from './testing/documents.ts'
import {
  reply,
  start,
  startTestServer,
  type TestServer,
  type TestSocket,
} from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function startPaused(document: Record<string, unknown>): Promise<string> {
  const { id } = await server.ask('createPipeline', '/pipelines', { document })
  const job = await server.ask('startJob', '/jobs', { pipelineId: id, paused: true })
  expect(job.state).toBe('paused')
  return job.jobId
}

/** Where it stands for the nth time. */
async function stands(socket: TestSocket, jobId: string, times = 1): Promise<wire.BreakpointHit> {
  const all = () => [
    ...new Map(
      socket
        .heard('jobChanged')
        .flatMap(({ jobId: of, breakpoint }) => {
          return of === jobId && breakpoint !== undefined ? [breakpoint] : []
        })
        .map((hit) => [`${hit.breakpointId} ${hit.record.number}`, hit]),
    ).values(),
  ]
  await socket.next('jobChanged', () => all().length >= times)
  const hit = all()[times - 1]
  if (hit === undefined) throw new Error('It stands nowhere.')
  return hit
}

async function entered(jobId: string, nodeId: string): Promise<number> {
  const socket = await server.connect()
  await socket.ask('watchJob', { jobId })
  const { nodes } = await socket.next('jobMeasured', ({ base }) => base === 0)
  return nodes[nodeId]?.in ?? 0
}

test('a job stands behind the record, goes on, and stands again', async () => {
  const socket = await server.connect()
  const jobId = await startPaused(numbers(10_000))
  const place = { jobId, nodeId: 'odd', port: 'out' }
  const wish = { ...place, where: 'n = 1', skip: 2 }
  const { breakpointId } = reply(await socket.ask('setBreakpoint', wish))
  reply(await socket.ask('controlJob', { jobId, action: 'resume' }))
  expect(await stands(socket, jobId)).toEqual({
    breakpointId,
    nodeId: 'odd',
    port: 'out',
    where: 'n = 1',
    record: {
      number: 3,
      eventTime: 15,
      seenAtMs: expect.any(Number),
      change: null,
      row: { n: 1 },
    },
  })
  expect(await entered(jobId, 'odd')).toBe(16)
  reply(await socket.ask('controlJob', { jobId, action: 'resume' }))
  expect((await stands(socket, jobId, 2)).record.number).toBe(4)
  expect(await entered(jobId, 'odd')).toBe(23)
  reply(await socket.ask('clearBreakpoint', { breakpointId }))
  reply(await socket.ask('controlJob', { jobId, action: 'resume' }))
  await socket.next('jobChanged', (job) => job.jobId === jobId && job.state === 'finished')
})

test('what does not fit is refused, and what is of another page is not touched', async () => {
  const [own, other] = [await server.connect(), await server.connect()]
  const jobId = await startPaused(endless())
  const place = { jobId, nodeId: 'odd', port: 'out' }
  const refusal = async (wish: object) => {
    const answer = await own.ask('setBreakpoint', { ...place, ...wish })
    return answer.ok ? 'set' : answer.message
  }
  expect(await refusal({ where: 'm > 1' })).toContain('m')
  expect(await refusal({ port: 'late' })).toContain('has no output "late". It has out, errors.')
  expect(await refusal({ nodeId: 'gone' })).toContain('has no node "gone"')
  expect(await refusal({ skip: -1 })).toContain('skip')
  const { breakpointId } = reply(await own.ask('setBreakpoint', place))
  expect(await other.ask('clearBreakpoint', { breakpointId })).toMatchObject({
    ok: false,
    code: 'no-such-breakpoint',
  })
  for (let count = 1; count < 16; count++) reply(await own.ask('setBreakpoint', place))
  expect(await refusal({})).toContain('16 breakpoints')
})

test('its job log says where it stands, and a job that stands there can be told to end', async () => {
  const socket = await server.connect()
  const jobId = await startPaused(counts(50))
  const wish = { jobId, nodeId: 'per-page', port: 'out', where: 'visits = 2' }
  reply(await socket.ask('setBreakpoint', wish))
  reply(await socket.ask('controlJob', { jobId, action: 'resume' }))
  const hit = await stands(socket, jobId)
  expect(hit.record).toMatchObject({ number: 1, row: { visits: 2 } })
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  const told = events.filter(({ kind }) => kind === 'breakpoint').map(({ message }) => message)
  expect(told).toEqual([
    'A record for which visits = 2 has come to the breakpoint at "per-page", out: the job stands ' +
      'behind it. Resume it, or let single records through.',
  ])
  reply(await socket.ask('controlJob', { jobId, action: 'stop' }))
  const ended = await socket.next('jobChanged', (job) => {
    return job.jobId === jobId && job.endedAtMs !== null
  })
  expect(ended.state).toBe('stopped')
  expect(ended.breakpoint).toBeUndefined()
})

test('breakpoints are set again in a new host', async () => {
  await using own = await startTestServer()
  const socket = await own.connect()
  const jobId = await start(own, endless())
  // Few have come by until then, and the new host counts from the beginning.
  const wish = { jobId, nodeId: 'odd', port: 'out', where: 'n = 1', skip: 100 }
  reply(await socket.ask('setBreakpoint', wish))
  own.engines[0]?.kill('SIGKILL')
  await socket.next('jobChanged', ({ restarts }) => restarts === 1)
  expect((await stands(socket, jobId)).record.row).toEqual({ n: 1 })
})

test('breakpoints of jobs that have ended are not counted', async () => {
  const { breakpoints } = alone()
  for (let job = 0; job < 40; job++) {
    await breakpoints.set(PAGE, { ...WISH, jobId: `job-${job}` })
    breakpoints.jobEnded(`job-${job}`)
  }
  for (let count = 0; count < 16; count++) await breakpoints.set(PAGE, WISH)
  await expect(breakpoints.set(PAGE, WISH)).rejects.toThrow('16 breakpoints')
})

const HIT = { breakpointId: '', nodeId: 'a', port: 'out', where: null } as wire.BreakpointHit

/** A job that stands at the breakpoint that was set last, in virtual time. */
function alone() {
  const env = new VirtualEnv()
  const acts: string[] = []
  let watched = false
  let hit = HIT
  const supervisor = {
    ask: async (_: string, name: string, body: { readonly breakpointId: string }) => {
      acts.push(name)
      if (name === 'setBreakpoint') hit = { ...HIT, breakpointId: body.breakpointId }
      return {}
    },
    control: async ({ action }: { readonly action: string }) => {
      acts.push(action)
    },
    status: () => ({ breakpoint: hit }),
  } as unknown as Supervisor
  const noted: JobNews[] = []
  const breakpoints = new Breakpoints({
    env,
    supervisor: () => supervisor,
    isWatched: () => watched,
    noted: (_, news) => noted.push(news),
    onFault: (error) => {
      throw error
    },
  })
  const watch = (isWatched: boolean) => {
    watched = isWatched
  }
  return { env, acts, noted, breakpoints, watch }
}

const PAGE = { id: 'page' } as Viewer
const WISH = { jobId: 'job', nodeId: 'a', port: 'out', skip: 0 }

test('a job that stands for a page which does not come back goes on after a minute', async () => {
  const { env, acts, noted, breakpoints } = alone()
  await breakpoints.set(PAGE, WISH)
  await breakpoints.leave(PAGE)
  env.advance(ALONE_MS - 1)
  expect(acts).toEqual(['setBreakpoint', 'clearBreakpoint'])
  env.advance(1)
  expect(acts).toEqual(['setBreakpoint', 'clearBreakpoint', 'resume'])
  expect(noted.map(({ message }) => message).join()).toContain('is resumed')
})

test('it stands on while somebody looks, or has come back and waits there', async () => {
  const { env, acts, breakpoints, watch } = alone()
  await breakpoints.set(PAGE, WISH)
  await breakpoints.leave(PAGE)
  watch(true)
  env.advance(ALONE_MS)
  await breakpoints.set({ ...PAGE, id: 'again' }, WISH)
  watch(false)
  breakpoints.unwatched('job')
  env.advance(ALONE_MS)
  expect(acts).not.toContain('resume')
  await breakpoints.leave({ ...PAGE, id: 'again' })
  env.advance(ALONE_MS)
  expect(acts).toContain('resume')
})
