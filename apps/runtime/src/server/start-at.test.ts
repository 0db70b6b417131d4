/** Jobs whose sources begin elsewhere than the pipeline says. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { numbers } from './testing/documents.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer
let pipelineId = ''

const schema = { n: 'integer' }
const READING = {
  ...{ format: 'millrace/1', name: 'Read', settings: { checkpointInterval: '20ms' } },
  nodes: {
    in: { operator: 'topic-source', config: { topic: 'numbers', schema, bounded: true } },
    out: { operator: 'inspect-sink', config: {} },
  },
  edges: [{ from: 'in', to: 'out' }],
}

/** Record n of partition n % 2 has time n seconds. */
beforeAll(async () => {
  server = await startTestServer()
  await server.ask('createTopic', '/topics', { topic: 'numbers', partitions: 2 })
  for (let n = 0; n < 10; n++) {
    const value = { text: JSON.stringify({ n }) }
    const record = { key: null, value, partition: n % 2, timestampMs: n * 1000 }
    await server.ask('produceRecord', '/topics/numbers/records', record)
  }
  pipelineId = await created(READING)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function created(document: object): Promise<string> {
  return (await server.ask('createPipeline', '/pipelines', { document })).id
}

/** What the log of each job says of its start. */
const started: (string | undefined)[] = []

/** What comes out. */
async function read(from: object): Promise<readonly number[]> {
  const { jobId } = await server.ask('startJob', '/jobs', { pipelineId, from })
  const state = async () => (await server.ask('getJob', `/jobs/${jobId}`)).state
  await expect.poll(state, { timeout: 30_000 }).toBe('finished')
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  started.push(events.find(({ kind }) => kind === 'started')?.message)
  const { rows } = await server.ask('getView', `/jobs/${jobId}/views/out`)
  return rows.map(({ n }) => n as number).sort((a, b) => a - b)
}

const ALL = Array.from({ length: 10 }, (_, n) => n)
const at = (partition: number, offset: number) => ({ topic: 'numbers', partition, offset })

test('the sources of topics begin where the start says', async () => {
  expect(await read({ kind: 'earliest' })).toEqual(ALL)
  expect(await read({ kind: 'latest' })).toEqual([])
  const timestampMs = 6_500
  const since = ALL.filter((n) => n * 1000 >= timestampMs)
  expect(await read({ kind: 'timestamp', timestampMs })).toEqual(since)
  // The n-th record of partition p is 2n + p; partitions that are not named begin at the beginning.
  const named = ALL.filter((n) => n % 2 === 0 || (n - 1) / 2 >= 3)
  expect(await read({ kind: 'offsets', offsets: [at(1, 3)] })).toEqual(named)
  const both = ALL.filter((n) => (n - (n % 2)) / 2 >= (n % 2 === 0 ? 4 : 2))
  expect(await read({ kind: 'offsets', offsets: [at(1, 2), at(0, 4)] })).toEqual(both)
  expect(started).toEqual([
    'Version 1 was started anew, at the earliest records of its topics.',
    'Version 1 was started anew, behind the latest records of its topics.',
    'Version 1 was started anew, at the first records from 1970-01-01T00:00:06.500Z on.',
    'Version 1 was started anew, at offsets that were named.',
    'Version 1 was started anew, at offsets that were named.',
  ])
  await read({ kind: 'beginning' })
  expect(started.at(-1)).toBe('Version 1 was started anew, without what was kept before.')
})

test('a source that cannot begin there is refused with the choices', async () => {
  const other = await created(numbers(10))
  const start = (id: string, from: object) =>
    server.ask('startJob', '/jobs', { pipelineId: id, from })
  await expect(start(other, { kind: 'latest' })).rejects.toThrow(
    'cannot begin behind its latest record: only sources of topics and webhooks can.',
  )
  await expect(start(other, { kind: 'timestamp', timestampMs: 0 })).rejects.toThrow(
    'Begin at the earliest record, name offsets of topics, or go on from a checkpoint',
  )
  const offsets = [{ ...at(0, 0), topic: 'letters' }]
  await expect(start(pipelineId, { kind: 'offsets', offsets })).rejects.toThrow(
    'No source of this pipeline reads topic \\"letters\\". It reads numbers. Correct the name.',
  )
  const { jobId } = await start(pipelineId, { kind: 'offsets', offsets: [at(7, 0)] })
  const failure = async () => (await server.ask('getJob', `/jobs/${jobId}`)).failure?.message
  await expect
    .poll(failure, { timeout: 30_000 })
    .toBe('Topic "numbers" has no partition 7: it has 2, counted from 0. Correct where to start.')
})
