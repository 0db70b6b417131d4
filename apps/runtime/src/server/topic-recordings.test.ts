/** Recordings of what topics hold: the range that was asked for, replayed as any other. */

import type { wire } from '@millrace/pipeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { numbers } from './testing/documents.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer
let pipelineId = ''

const WAIT = { timeout: 30_000 }
/** Numbers, each a second after the one before, over two partitions. */
const ALL = Array.from({ length: 12 }, (_, n) => n)

function summing(size: string) {
  const config = { topic: 'held', schema: { n: 'integer' } }
  const window = { size, aggregates: { sum: 'SUM(n)' } }
  return {
    ...{ format: 'millrace/1', name: 'Sums' },
    nodes: {
      in: { operator: 'topic-source', config },
      sum: { operator: 'tumbling-window', config: window },
      out: { operator: 'topic-sink', config: { topic: 'held-out' } },
    },
    edges: [
      { from: 'in', to: 'sum' },
      { from: 'sum', to: 'out' },
    ],
  }
}

beforeAll(async () => {
  server = await startTestServer()
  await server.ask('createTopic', '/topics', { topic: 'held', partitions: 2 })
  for (const n of ALL) {
    const value = { text: JSON.stringify({ n }) }
    const record = { key: null, value, partition: n % 2, timestampMs: n * 1000 }
    await server.ask('produceRecord', '/topics/held/records', record)
  }
  const made = await server.ask('createPipeline', '/pipelines', { document: summing('4s') })
  pipelineId = made.id
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function recorded(range: object, id = pipelineId): Promise<wire.WireRecording> {
  const path = `/pipelines/${id}/recordings`
  const { recordingId } = await server.ask('recordTopics', path, range)
  const get = () => server.ask('getRecording', `/recordings/${recordingId}`)
  await expect.poll(async () => (await get()).state, WAIT).toBe('ended')
  return get()
}

async function replayed(recordingId: string, document: object): Promise<wire.ReplayStatus> {
  const path = `/recordings/${recordingId}/replays`
  const { replayId } = await server.ask('startReplay', path, { document })
  const get = () => server.ask('getReplay', `${path}/${replayId}`)
  await expect.poll(async () => (await get()).state, WAIT).not.toBe('running')
  return get()
}

/** Sums by the start of their window, in seconds. */
function sums(of: readonly number[], size: number): ReadonlyMap<number, number> {
  const starts = [...new Set(of.map((n) => n - (n % size)))]
  const within = (start: number) => of.filter((n) => n >= start && n < start + size)
  return new Map(starts.map((start) => [start, within(start).reduce((sum, n) => sum + n, 0)]))
}

test.each([
  ['all of it', {}, ALL],
  ['from a time on', { from: { kind: 'timestamp', timestampMs: 4_500 } }, ALL.slice(5)],
  ['up to a time', { untilMs: 7_000 }, ALL.slice(0, 7)],
  [
    'from offsets to a time',
    {
      from: { kind: 'offsets', offsets: [{ topic: 'held', partition: 1, offset: 2 }] },
      untilMs: 9_500,
    },
    ALL.filter((n) => n < 10 && (n % 2 === 0 || n >= 5)),
  ],
])('topics are recorded and replayed: %s', async (_, range, expected) => {
  const recording = await recorded(range)
  expect(recording).toMatchObject({ records: expected.length, reason: 'job-ended', version: 1 })
  const other = await replayed(recording.recordingId, summing('3s'))
  const [oldRows, newRows] = [sums(expected, 4).size, sums(expected, 3).size]
  expect(other).toMatchObject({ state: 'done', records: expected.length })
  expect(other.result?.faithful).toMatchObject({ fault: null })
  expect(other.result?.sinks).toMatchObject([{ oldRows, newRows, onlyNew: newRows }])
  const found = (other.result?.sinks[0]?.first ?? []).flatMap(({ new: row }) =>
    row === null ? [] : [[Date.parse(`${row['window_start']}`) / 1000, row['sum']] as const],
  )
  expect(new Map(found)).toEqual(sums(expected, 3))
  const untouched = await server.fetch('GET', '/api/v1/topics/held-out')
  expect(untouched.status).toBe(404)
})

test('a recording of topics gives the same in the same version', async () => {
  const { recordingId } = await recorded({})
  const same = await replayed(recordingId, summing('4s'))
  expect(same).toMatchObject({ differences: 0, records: ALL.length })
  expect(same.result?.sinks).toMatchObject([{ identical: true }])
})

test('what a webhook holds is recorded, and is still there for the job', async () => {
  const document = {
    ...{ format: 'millrace/1', name: 'Copied' },
    nodes: {
      in: { operator: 'http-source', config: { path: 'sums', schema: { n: 'integer' } } },
      out: { operator: 'topic-sink', config: { topic: 'hook-out' } },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
  const { id } = await server.ask('createPipeline', '/pipelines', { document })
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId: id })
  await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'drain' })
  const ended = async () => (await server.ask('getJob', `/jobs/${jobId}`)).endedAtMs
  await expect.poll(ended, WAIT).not.toBeNull()
  const body = JSON.stringify(ALL.map((n) => ({ n })))
  const headers = { 'content-type': 'application/json' }
  const taken = await fetch(`${server.url}/hooks/sums`, { method: 'POST', headers, body })
  expect(taken.status).toBe(202)
  const recording = await recorded({}, id)
  expect(recording).toMatchObject({ records: ALL.length, reason: 'job-ended' })
  const same = await replayed(recording.recordingId, document)
  expect(same).toMatchObject({ differences: 0, records: ALL.length })
  await server.ask('startJob', '/jobs', { pipelineId: id })
  const copied = async () =>
    (await server.ask('readTopic', '/topics/hook-out/records')).records.map(({ value }) => value)
  await expect.poll(copied, WAIT).toEqual(ALL.map((n) => ({ text: JSON.stringify({ n }) })))
})

test('what reads no topic, or one that is not there, is refused by name', async () => {
  const other = await server.ask('createPipeline', '/pipelines', { document: numbers(3) })
  await expect(server.ask('recordTopics', `/pipelines/${other.id}/recordings`, {})).rejects.toThrow(
    'reads no topic, so there is nothing that it could read again.',
  )
  const text = JSON.stringify(summing('1s')).replaceAll('"held"', '"gone"')
  const document = JSON.parse(text) as Record<string, unknown>
  const gone = await server.ask('createPipeline', '/pipelines', { document })
  await expect(server.ask('recordTopics', `/pipelines/${gone.id}/recordings`, {})).rejects.toThrow(
    'There is no topic \\"gone\\".',
  )
})
