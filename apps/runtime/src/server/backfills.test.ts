/** Backfills on a real server: what sinks hold after a switch is what a recomputation says. */

import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { seededRandom } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { start, startTestServer, TEST_LIMITS, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  // No spare engine is started: the next one is that of the backfill.
  server = await startTestServer({ serverLimits: TEST_LIMITS })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const WAIT = { timeout: 120_000 }
const BEGIN_MS = Date.UTC(2026, 0, 1)
const MINUTE_MS = 60_000
const WINDOW_MS = 10 * MINUTE_MS

interface Click {
  readonly at: number
  readonly user: string
  readonly n: number
}

/** Sums of windows go to a topic, and sums of all times to a view. */
function sums(topic: string, { each = 'n', more = {} }: { each?: string; more?: object } = {}) {
  const schema = { at: 'timestamp', user: 'string', n: 'integer' }
  const bad = { watermark: { maxOutOfOrderness: '1s', idleTimeout: '1d' }, onError: 'fail' }
  const window = { size: '10m', groupBy: ['user'], aggregates: { sum: `SUM(${each})` } }
  const total = { groupBy: ['user'], aggregates: { sum: `SUM(${each})` } }
  return {
    ...{ format: 'millrace/1', name: `Sums ${topic}`, settings: { checkpointInterval: '1s' } },
    nodes: {
      in: { operator: 'topic-source', config: { topic, schema, eventTime: 'at', ...bad } },
      windows: { operator: 'tumbling-window', config: window },
      out: { operator: 'topic-sink', config: { topic: `${topic}-out` } },
      totals: { operator: 'group-aggregate', config: total },
      view: { operator: 'view-sink', config: {} },
      ...more,
    },
    edges: [
      { from: 'in', to: 'windows' },
      { from: 'windows', to: 'out' },
      { from: 'in', to: 'totals' },
      { from: 'totals', to: 'view' },
    ],
  }
}

/** One a minute; the last one of each partition is much later, so that all windows close. */
function clicksOf(seed: number, count: number): readonly Click[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, n) => {
    return { at: BEGIN_MS + n * MINUTE_MS, user: random.pick(['ada', 'bob', 'cleo']), n }
  })
}

async function produce(topic: string, click: Click, partition = click.n % 2): Promise<void> {
  const record = { key: null, value: { text: JSON.stringify(click) }, partition }
  await server.ask('produceRecord', `/topics/${topic}/records`, record)
}

async function close(topic: string): Promise<void> {
  for (const partition of [0, 1]) {
    const last = { at: BEGIN_MS + 1000 * 24 * 60 * MINUTE_MS, user: 'last', n: 0 }
    await produce(topic, last, partition)
  }
}

interface Sum {
  readonly user: string
  readonly startMs: number
  readonly sum: number
}

async function written(topic: string): Promise<readonly Sum[]> {
  const response = await server.fetch('GET', `/api/v1/topics/${topic}-out/records?limit=1000`)
  if (!response.ok) return []
  const { records } = (await response.json()) as { records: { value: { text: string } }[] }
  return records.map(({ value }) => {
    const row = JSON.parse(value.text) as { user: string; window_start: string; sum: number }
    return { user: row.user, startMs: Date.parse(row.window_start), sum: row.sum }
  })
}

/** By user and window. */
function naive(clicks: readonly Click[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const { user, at, n } of clicks) {
    const key = `${user} ${Math.floor(at / WINDOW_MS) * WINDOW_MS}`
    found.set(key, (found.get(key) ?? 0) + n)
  }
  return found
}

async function save(jobId: string, document: object): Promise<string> {
  const { pipelineId } = await server.ask('getJob', `/jobs/${jobId}`)
  const { version } = await server.ask('getPipeline', `/pipelines/${pipelineId}`)
  const body = { document, baseVersion: version }
  await server.ask('savePipeline', `/pipelines/${pipelineId}`, body)
  return pipelineId
}

async function backfillOf(pipelineId: string): Promise<wire.BackfillStatus | null> {
  return (await server.ask('getBackfill', `/pipelines/${pipelineId}/backfill`)).backfill
}

/** A job that has read some clicks, and an edited version that is saved. */
async function running(
  topic: string,
  clicks: readonly Click[],
  edited: object = sums(topic, EDIT),
) {
  await server.ask('createTopic', '/topics', { topic, partitions: 2 })
  await server.ask('createTopic', '/topics', { topic: `${topic}-out` })
  const jobId = await start(server, sums(topic))
  for (const click of clicks) await produce(topic, click)
  const pipelineId = await save(jobId, edited)
  return { jobId, pipelineId }
}

/** Those of switches that have been made, as long as they are needed. */
function savepointCount(): number {
  const folder = path.join(server.folder, 'data', 'savepoints')
  return existsSync(folder) ? readdirSync(folder).length : 0
}

const EDIT = { each: 'n * 1000' }

test('the new version takes over where the job stands, with neither a hole nor a double', async () => {
  const topic = 'switched'
  const clicks = clicksOf(7, 240)
  const before = clicks.slice(0, 120)
  const { jobId, pipelineId } = await running(topic, before)
  await expect.poll(async () => (await written(topic)).length, WAIT).toBeGreaterThan(3)

  let producing = true
  const producer = (async () => {
    for (const click of clicks.slice(120)) await produce(topic, click)
    producing = false
  })()
  const body = { automatic: true, recordsBehindMax: 5 }
  const begun = await server.ask('startBackfill', `/pipelines/${pipelineId}/backfills`, body)
  expect(begun).toMatchObject({ jobId, fromVersion: 1, version: 2, automatic: true })
  const state = async () => (await backfillOf(pipelineId))?.state
  await expect.poll(state, WAIT).not.toMatch(/running|switching/)
  expect(await backfillOf(pipelineId)).toMatchObject({ state: 'done', recordsBehindMax: 5 })
  await producer
  expect(producing).toBe(false)
  await close(topic)

  const job = await server.ask('getJob', `/jobs/${jobId}`)
  expect(job).toMatchObject({ jobId, version: 2, state: 'running', endedAtMs: null, restarts: 0 })
  const all = naive(clicks)
  await expect
    .poll(async () => (await written(topic)).length, WAIT)
    .toBeGreaterThanOrEqual(all.size)
  const rows = await written(topic)
  expect(rows.map(({ user, startMs }) => `${user} ${startMs}`).sort()).toEqual(
    [...all.keys()].sort(),
  )
  const kinds = rows.map(({ user, startMs, sum }) => {
    const own = all.get(`${user} ${startMs}`) ?? Number.NaN
    expect([own, own * 1000]).toContain(sum)
    return own === 0 ? 'either' : sum === own ? 'old' : 'new'
  })
  // The old version's rows, then the new one's: also of windows that were half full at the switch.
  expect(kinds).toEqual(expect.arrayContaining(['old', 'new']))
  expect(kinds.lastIndexOf('old')).toBeLessThan(kinds.indexOf('new'))
  // Rows that are part of the job are those of the new version from the first record on.
  const view = async () => {
    const { rows: shown } = await server.ask('getView', `/jobs/${jobId}/views/view?limit=100`)
    return Object.fromEntries(shown.map(({ user, sum }) => [user, sum]))
  }
  const totals = (user: string) =>
    clicks.filter((one) => one.user === user).reduce((sum, { n }) => sum + n * 1000, 0)
  const expected = { ada: totals('ada'), bob: totals('bob'), cleo: totals('cleo'), last: 0 }
  await expect.poll(view, WAIT).toEqual(expected)
}, 300_000)

test('what a webhook has received is read again, and goes on where the job stands', async () => {
  const topic = 'hooked'
  const schema = { at: 'timestamp', user: 'string', n: 'integer' }
  const over = (given: ReturnType<typeof sums>) => {
    const hook = { operator: 'http-source', config: { path: topic, schema, eventTime: 'at' } }
    return { ...given, nodes: { ...given.nodes, in: hook } }
  }
  const send = async (sent: readonly Click[]) => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(sent)
    const answer = await fetch(`${server.url}/hooks/${topic}`, { method: 'POST', headers, body })
    expect(answer.status).toBe(202)
  }
  await server.ask('createTopic', '/topics', { topic: `${topic}-out` })
  const clicks = clicksOf(9, 120)
  const jobId = await start(server, over(sums(topic)))
  await send(clicks.slice(0, 60))
  await expect.poll(async () => (await written(topic)).length, WAIT).toBeGreaterThan(3)
  const pipelineId = await save(jobId, over(sums(topic, EDIT)))
  await server.ask('startBackfill', `/pipelines/${pipelineId}/backfills`, { automatic: true })
  await send(clicks.slice(60, 90))
  const state = async () => (await backfillOf(pipelineId))?.state
  await expect.poll(state, WAIT).not.toMatch(/running|switching/)
  expect(await backfillOf(pipelineId)).toMatchObject({ state: 'done' })
  await send(clicks.slice(90))
  const shown = async () => {
    const { rows } = await server.ask('getView', `/jobs/${jobId}/views/view?limit=100`)
    return Object.fromEntries(rows.map(({ user, sum }) => [user, sum]))
  }
  const expected: Record<string, number> = {}
  for (const { user, n } of clicks) expected[user] = (expected[user] ?? 0) + n * 1000
  await expect.poll(shown, WAIT).toEqual(expected)
}, 300_000)

test('the engine of a backfill is killed, and the job goes on as it was', async () => {
  const topic = 'killed'
  const clicks = clicksOf(8, 40)
  const { jobId, pipelineId } = await running(topic, clicks, sums(topic, EDIT))
  const known = server.engines.length
  await server.ask('startBackfill', `/pipelines/${pipelineId}/backfills`, {})
  const [engine] = server.engines.slice(known)
  engine?.kill('SIGKILL')
  await expect.poll(async () => (await backfillOf(pipelineId))?.state, WAIT).toBe('failed')
  expect((await backfillOf(pipelineId))?.message).toBe(
    'The engine of the backfill has stopped: it ended with SIGKILL. The job goes on as it was.',
  )
  await close(topic)
  const all = naive(clicks)
  await expect.poll(async () => (await written(topic)).length, WAIT).toBe(all.size)
  for (const { user, startMs, sum } of await written(topic)) {
    expect(sum).toBe(all.get(`${user} ${startMs}`))
  }
  const job = await server.ask('getJob', `/jobs/${jobId}`)
  expect(job).toMatchObject({ version: 1, state: 'running', restarts: 0 })
}, 300_000)

test('the job ends by itself meanwhile, and nothing is switched', async () => {
  const topic = 'ended'
  const { jobId, pipelineId } = await running(topic, clicksOf(9, 20))
  await server.ask('startBackfill', `/pipelines/${pipelineId}/backfills`, {})
  const bad = { key: null, value: { text: 'no JSON' } }
  await server.ask('produceRecord', `/topics/${topic}/records`, bad)
  await expect.poll(async () => (await backfillOf(pipelineId))?.state, WAIT).toBe('failed')
  const message = (await backfillOf(pipelineId))?.message
  expect(message).toMatch(/^The job has failed: .+ Nothing was switched\.$/)
  const job = await server.ask('getJob', `/jobs/${jobId}`)
  expect(job).toMatchObject({ version: 1, state: 'failed' })
}, 300_000)

test('a new version that cannot begin gives the place back, and nothing is lost', async () => {
  const before = savepointCount()
  const topic = 'given-back'
  const clicks = clicksOf(12, 60)
  const edited = sums(topic, EDIT)
  const outside = { operator: 'file-sink', config: { path: '../outside.jsonl', format: 'jsonl' } }
  const { jobId, pipelineId } = await running(topic, clicks.slice(0, 40), {
    ...edited,
    nodes: { ...edited.nodes, outside },
    edges: [...edited.edges, { from: 'windows', to: 'outside' }],
  })
  const begun = await server.ask('startBackfill', `/pipelines/${pipelineId}/backfills`, {})
  expect(begun.state).toBe('running')
  const caughtUp = async () => (await backfillOf(pipelineId))?.caughtUp
  await expect.poll(caughtUp, WAIT).toBe(true)
  const place = `/pipelines/${pipelineId}/backfill/switch`
  const ended = await server.ask('switchBackfill', place, {})
  expect(ended.state).toBe('failed')
  expect(ended.message).toMatch(/outside.+ The job goes on as it was\. Nothing was switched\.$/)
  for (const click of clicks.slice(40)) await produce(topic, click)
  await close(topic)
  const all = naive(clicks)
  await expect
    .poll(async () => (await written(topic)).length, WAIT)
    .toBeGreaterThanOrEqual(all.size)
  const rows = await written(topic)
  expect(new Map(rows.map(({ user, startMs, sum }) => [`${user} ${startMs}`, sum]))).toEqual(all)
  expect(rows.length).toBe(all.size)
  const job = await server.ask('getJob', `/jobs/${jobId}`)
  expect(job).toMatchObject({ version: 1, state: 'running', endedAtMs: null })
  const { savepoints } = await server.ask('listCheckpoints', `/pipelines/${pipelineId}/checkpoints`)
  expect(savepoints).toEqual([])
  expect(savepointCount()).toBeLessThanOrEqual(before)
}, 300_000)

test('what cannot be backfilled is refused by name, before anything is started', async () => {
  const topic = 'refused'
  const { jobId, pipelineId } = await running(topic, clicksOf(10, 10))
  const plan = async (document: object) => {
    const place = `/pipelines/${pipelineId}/backfill-plan`
    return server.ask('planBackfill', place, { document })
  }
  const base = sums(topic, EDIT)
  expect(await plan(base)).toEqual({
    nodes: [
      { nodeId: 'in', title: 'in', kind: 'kept' },
      { nodeId: 'totals', title: 'totals', kind: 'anew' },
      { nodeId: 'view', title: 'view', kind: 'anew' },
      { nodeId: 'windows', title: 'windows', kind: 'anew' },
      { nodeId: 'out', title: 'out', kind: 'sink' },
    ],
    ...{ reasons: [], notices: [] },
  })
  const out = { operator: 'topic-sink', config: { topic: `${topic}-other` } }
  const more = { ...base, nodes: { ...base.nodes, out } }
  expect((await plan(more)).reasons).toEqual([
    'Sink "out" (Topic sink) was edited, and a switch needs sinks that go on as they are. Take that edit ' +
      'back and deploy it by itself, before or afterwards.',
  ])
  const others = base.edges.filter(({ to }) => to !== 'out')
  const table = { ...base, edges: [...others, { from: 'totals', to: 'out' }] }
  expect((await plan(table)).reasons).toEqual([
    'Sink "out" (Topic sink) takes a table, and rows that it has written before would stay as the old ' +
      'version gave them. Write the table into a view, which is made anew, or give the new version a sink ' +
      'of its own and run it as a pipeline of its own from the earliest record.',
  ])
  expect((await plan(sums(topic))).reasons).toEqual([
    'The version is what runs already, so there is nothing to make anew. Edit the pipeline, or stop the job ' +
      'and start it at the earliest record.',
  ])
  const far = { kind: 'offsets', offsets: [{ topic, partition: 1, offset: 1_000_000 }] }
  const refusal = async (body: object) => {
    const place = `/api/v1/pipelines/${pipelineId}/backfills`
    const response = await server.fetch('POST', place, body)
    expect(response.status).toBe(409)
    return ((await response.json()) as { message: string }).message
  }
  expect(await refusal({ from: far })).toMatch(
    /^Source "in" would begin at offset 1000000 of refused:1, and the running job stands at \d+, before it\. /,
  )
  await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'checkpoint' })
  expect(await refusal({})).toBe(
    'The pipeline is not running, so there is nothing to switch from. Start the new version at the earliest ' +
      'record.',
  )
}, 300_000)

test('a server that is stopped in the middle leaves the job and nothing else', async () => {
  const before = savepointCount()
  const topic = 'stopped'
  const { jobId, pipelineId } = await running(topic, clicksOf(11, 20))
  await server.ask('startBackfill', `/pipelines/${pipelineId}/backfills`, {})
  const engine = server.engines.at(-1)
  await server.restart()
  await expect.poll(() => engine?.exitCode ?? engine?.signalCode, WAIT).toBe('SIGKILL')
  expect(await backfillOf(pipelineId)).toBeNull()
  const state = async () => (await server.ask('getJob', `/jobs/${jobId}`)).state
  await expect.poll(state, WAIT).toBe('running')
  expect(await server.ask('getJob', `/jobs/${jobId}`)).toMatchObject({ version: 1 })
  const { savepoints } = await server.ask('listCheckpoints', `/pipelines/${pipelineId}/checkpoints`)
  expect(savepoints).toEqual([])
  expect(savepointCount()).toBeLessThanOrEqual(before)
}, 300_000)
