/** Replays over the API: they differ in what a naive recomputation says and touch nothing. */

import { seededRandom } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { start, startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const WAIT = { timeout: 60_000 }
const BEGIN_MS = Date.UTC(2026, 0, 1)

interface Click {
  readonly at: number
  readonly user: string
  readonly n: number
}

function counting(topic: string, { size = '10s', where = 'n >= 0', sink = 'out' } = {}) {
  const schema = { at: 'timestamp', user: 'string', n: 'integer' }
  const aggregates = { clicks: 'COUNT(*)', sum: 'SUM(n)' }
  return {
    ...{ format: 'millrace/1', name: `Count ${topic}`, settings: { checkpointInterval: '1s' } },
    nodes: {
      in: { operator: 'topic-source', config: { topic, schema, eventTime: 'at' } },
      some: { operator: 'filter', config: { where } },
      count: { operator: 'tumbling-window', config: { size, groupBy: ['user'], aggregates } },
      [sink]: { operator: 'topic-sink', config: { topic: `${topic}-out` } },
    },
    edges: [
      { from: 'in', to: 'some' },
      { from: 'some', to: 'count' },
      { from: 'count', to: sink },
    ],
  }
}

/** Clicks of a minute, and one much later, at which all windows of that minute close. */
function clicksOf(seed: number): readonly Click[] {
  const random = seededRandom(seed)
  const clicks = Array.from({ length: 30 }, (_, n) => {
    return { at: BEGIN_MS + n * 2000, user: random.pick(['ada', 'bob', 'cleo']), n }
  })
  return [...clicks, { at: BEGIN_MS + 3_600_000, user: 'ada', n: 30 }]
}

/** A recording of a job that counts these clicks. */
async function recorded(topic: string, clicks: readonly Click[]): Promise<wire.WireRecording> {
  await server.ask('createTopic', '/topics', { topic })
  const jobId = await start(server, counting(topic))
  const { recordingId } = await server.ask('startRecording', `/jobs/${jobId}/recordings`, {})
  for (const click of clicks) {
    const record = { key: null, value: { text: JSON.stringify(click) } }
    await server.ask('produceRecord', `/topics/${topic}/records`, record)
  }
  const records = async () => {
    return (await server.ask('getRecording', `/recordings/${recordingId}`)).records
  }
  await expect.poll(records, WAIT).toBe(clicks.length)
  // All windows but that of the last click, in a checkpoint.
  const rows = naive(clicks, 10_000, () => true).size
  await expect.poll(() => endOf(`${topic}-out`), WAIT).toBeGreaterThanOrEqual(rows)
  return server.ask('stopRecording', `/recordings/${recordingId}/stop`, {})
}

async function endOf(topic: string): Promise<number> {
  const response = await server.fetch('GET', `/api/v1/topics/${topic}`)
  if (response.status === 404) return 0
  const { partitions } = (await response.json()) as { partitions: { endOffset: number }[] }
  return partitions.reduce((sum, { endOffset }) => sum + endOffset, 0)
}

async function replayed(recordingId: string, body: object): Promise<wire.ReplayStatus> {
  const path = `/recordings/${recordingId}/replays`
  const { replayId } = await server.ask('startReplay', path, body)
  const get = () => server.ask('getReplay', `${path}/${replayId}`)
  await expect.poll(async () => (await get()).state, WAIT).not.toBe('running')
  return get()
}

/** By user and window, for windows that have closed. */
function naive(clicks: readonly Click[], sizeMs: number, keeps: (click: Click) => boolean) {
  const counts = new Map<string, string>()
  const own = clicks.filter(({ at }) => at < BEGIN_MS + 60_000).filter(keeps)
  for (const { user, at } of own) {
    const start = Math.floor(at / sizeMs) * sizeMs
    const inWindow = own.filter((one) => {
      return one.user === user && one.at >= start && one.at < start + sizeMs
    })
    const sum = inWindow.reduce((total, { n }) => total + n, 0)
    counts.set(`${user} ${start} ${sizeMs}`, `${inWindow.length} ${sum}`)
  }
  return counts
}

function compared(old: ReadonlyMap<string, string>, next: ReadonlyMap<string, string>) {
  const both = [...old.keys()].filter((key) => next.has(key))
  return {
    oldRows: old.size,
    newRows: next.size,
    onlyOld: old.size - both.length,
    onlyNew: next.size - both.length,
    changed: both.filter((key) => old.get(key) !== next.get(key)).length,
  }
}

test('rows are paired by columns of sinks that both versions have, and by nothing else', async () => {
  const { recordingId } = await recorded('paired', clicksOf(3))
  const path = `/api/v1/recordings/${recordingId}/replays`
  const document = counting('paired', { where: 'n > 1' })
  for (const [keys, message] of [
    [{ outt: ['user'] }, /^There is no sink "outt" in both versions, .* Choose of "out"\.$/],
    [{ out: ['usr'] }, /^Sink "out" has no column "usr" in both versions\. Did you mean "user"\?$/],
    [{ some: ['user'] }, /^There is no sink "some" in both versions/],
  ] as const) {
    for (const body of [{ keys }, { keys, document }]) {
      const response = await server.fetch('POST', path, body)
      expect(response.status).toBe(400)
      const expected = { code: 'not-paired', message: expect.stringMatching(message) }
      expect(await response.json()).toEqual(expected)
    }
  }
})

test.each([1, 2])('versions differ in what a recomputation says, seed %i', async (seed) => {
  const topic = `clicks-${seed}`
  const clicks = clicksOf(seed)
  const { recordingId } = await recorded(topic, clicks)
  const before = await endOf(`${topic}-out`)
  const all = naive(clicks, 10_000, () => true)

  const same = await replayed(recordingId, { document: counting(topic) })
  expect(same).toMatchObject({ state: 'done', differences: 0, records: 31, recordsTotal: 31 })
  expect(same.result?.faithful.fault).toBeNull()
  expect(same.result?.sinks).toMatchObject([
    { nodeId: 'out', title: 'Topic sink', identical: true, ...compared(all, all) },
  ])

  const where = 'MOD(n, 5) <> 0'
  const filtered = await replayed(recordingId, { document: counting(topic, { where }) })
  expect(filtered.difference?.nodes).toMatchObject([
    { nodeId: 'some', settings: [{ names: 'Where', before: 'n >= 0', after: where }] },
  ])
  const some = naive(clicks, 10_000, ({ n }) => n % 5 !== 0)
  const [sink] = filtered.result?.sinks ?? []
  expect(sink).toMatchObject({ identical: false, ...compared(all, some) })
  expect(sink?.changed).toBeGreaterThan(0)
  for (const { kind, columns, old, new: next } of sink?.first ?? []) {
    if (kind !== 'changed') continue
    const key = [old?.['user'], Date.parse(String(old?.['window_start'])), 10_000].join(' ')
    expect(all.get(key)).toBe(`${old?.['clicks']} ${old?.['sum']}`)
    expect(some.get(key)).toBe(`${next?.['clicks']} ${next?.['sum']}`)
    expect(columns.length).toBeGreaterThan(0)
  }

  const wider = await replayed(recordingId, { document: counting(topic, { size: '20s' }) })
  const wide = naive(clicks, 20_000, () => true)
  expect(wider.result?.sinks).toMatchObject([{ identical: false, ...compared(all, wide) }])
  expect(wider.differences).toBe(all.size + wide.size)
  expect(await endOf(`${topic}-out`)).toBe(before)
})

test('results are kept with the recording, and what cannot be compared is refused', async () => {
  const { recordingId, jobId, pipelineId } = await recorded('kept', clicksOf(3))
  const alone = await replayed(recordingId, {})
  expect(alone).toMatchObject({ title: null, state: 'done', differences: 0 })
  const saved = await replayed(recordingId, { pipelineId })
  expect(saved).toMatchObject({ title: 'Count kept, version 1', version: 1, differences: 0 })
  const other = await replayed(recordingId, { document: counting('kept', { sink: 'elsewhere' }) })
  expect(other.result?.sinks.map(({ nodeId, title, sides }) => [nodeId, title, sides])).toEqual([
    ['out', 'Topic sink', 'old'],
    ['elsewhere', 'Topic sink', 'new'],
  ])
  const path = `/recordings/${recordingId}/replays`
  const listed = async () => {
    return (await server.ask('listReplays', path)).map(({ replayId }) => replayId)
  }
  const ids = [other, saved, alone].map(({ replayId }) => replayId)
  expect(await listed()).toEqual(ids)
  await server.restart()
  expect(await listed()).toEqual(ids)
  expect(await server.ask('getReplay', `${path}/${other.replayId}`)).toEqual(other)
  await server.ask('deleteReplay', `${path}/${other.replayId}`)
  expect(await listed()).toEqual(ids.slice(1))

  const renamed = counting('kept') as { nodes: Record<string, object>; edges: object[] }
  const { in: source, ...others } = renamed.nodes
  const moved = {
    ...renamed,
    nodes: { ...others, elsewhere: source },
    edges: [{ from: 'elsewhere', to: 'some' }, ...renamed.edges.slice(1)],
  }
  await expect(server.ask('startReplay', path, { document: moved })).rejects.toThrow(
    'Source \\"elsewhere\\" is not in the recording, which has \\"in\\".',
  )
  const wrong = counting('kept', { where: 'm > 1' })
  await expect(server.ask('startReplay', path, { document: wrong })).rejects.toThrow(
    'The other version has errors, so nothing was replayed.',
  )
  const running = await server.ask('startRecording', `/jobs/${jobId}/recordings`, {})
  await expect(
    server.ask('startReplay', `/recordings/${running.recordingId}/replays`, {}),
  ).rejects.toThrow('The recording is being written.')
})

test('a replay is stopped at once, and leaves its recording as it was', async () => {
  const recording = await recorded('stopped', clicksOf(4))
  const path = `/recordings/${recording.recordingId}`
  const { replayId } = await server.ask('startReplay', `${path}/replays`, {})
  await expect(server.ask('startReplay', `${path}/replays`, {})).rejects.toThrow(
    'Another replay is running.',
  )
  await expect(server.ask('deleteRecording', path)).rejects.toThrow('is being replayed')
  const stopped = await server.ask('stopReplay', `${path}/replays/${replayId}/stop`, {})
  expect(stopped).toMatchObject({ state: 'stopped', message: 'It was stopped.', result: null })
  expect(await server.ask('getRecording', path)).toEqual(recording)
  const { state } = await replayed(recording.recordingId, {})
  expect(state).toBe('done')
  await server.ask('deleteRecording', path)
  await expect(server.ask('getReplay', `${path}/replays/${replayId}`)).rejects.toThrow('404')
})
