/** Writing topics: once with every crash between checkpoints, at least once without them. */

import { fromUtf8, type Saved, scopedTopics, TopicFailure, toUtf8 } from '@millrace/engine'
import { runOperator, seededRandom, VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { topicSink } from './topic-sink.ts'
import { TopicWriter } from './topics/topic-writer.ts'

function writer(env: VirtualEnv, checkpointed: boolean, failed: unknown[] = []): TopicWriter {
  return new TopicWriter({
    config: topicSink.config.parse({ topic: 't', partitions: 3 }),
    isTable: false,
    env,
    topics: env.topics,
    nodeId: 'out',
    checkpointed,
    outstanding: { add: () => {}, remove: () => {} },
    fail: (error) => failed.push(error),
  })
}

async function values(env: VirtualEnv): Promise<readonly string[]> {
  const found: string[] = []
  for (const partition of [0, 1, 2]) {
    const { records } = await env.topics.read('t', partition, 0, Number.POSITIVE_INFINITY)
    found.push(...records.map(({ value }) => fromUtf8(value ?? new Uint8Array(0)) ?? ''))
  }
  return found.toSorted((a, b) => Number(a) - Number(b))
}

const value = (id: number) => ({ key: null, value: toUtf8(`${id}`), timestampMs: 0 })

test.each([1, 2, 3, 4, 5, 6])('each record is there once, seed %i', async (seed) => {
  const random = seededRandom(seed)
  const env = new VirtualEnv()
  /** What is stored: where the source is, and what the sink has prepared. */
  let stored: { readonly next: number; readonly prepared: Saved } | undefined
  let checkpointId = 0
  while ((stored?.next ?? 0) < 200) {
    const sink = writer(env, true)
    await sink.recover(stored?.prepared)
    let next = stored?.next ?? 0
    for (let checkpoints = random.integer(1, 4); checkpoints > 0; checkpoints--) {
      for (let left = random.integer(0, 9); left > 0; left--) sink.write(value(next++))
      const output = sink.cut()
      const at = next
      for (let left = random.integer(0, 5); left > 0; left--) sink.write(value(next++))
      if (random.chance(0.2)) break
      const prepared = await output.prepare()
      if (random.chance(0.2)) break
      stored = { next: at, prepared }
      checkpointId++
      if (random.chance(0.2)) break
      await sink.commit(prepared)
    }
  }
  const last = writer(env, true)
  await last.recover(stored?.prepared)
  expect(await values(env)).toEqual(Array.from({ length: stored?.next ?? 0 }, (_, id) => `${id}`))
  expect(await env.topics.openTransactions('')).toEqual([])
  expect(checkpointId).toBeGreaterThan(10)
})

test('without checkpoints records are there as they come, and stay when the job is given up', async () => {
  const env = new VirtualEnv()
  const sink = writer(env, false)
  for (let id = 0; id < 3; id++) sink.write(value(id))
  await sink.cut().prepare()
  await sink.abort()
  expect(await values(env)).toEqual(['0', '1', '2'])
})

test('a log without space is asked again until there is some', async () => {
  const env = new VirtualEnv()
  const failed: unknown[] = []
  const sink = writer(env, false, failed)
  sink.write(value(1))
  const output = sink.cut()
  env.topics.failure = new TopicFailure('no-space', 'There is no space.')
  const prepared = output.prepare()
  for (let round = 0; round < 10; round++) await Promise.resolve()
  env.topics.failure = undefined
  let done = false
  const settled = Promise.resolve(prepared).then(() => {
    done = true
  })
  while (!done) {
    env.advance(250)
    await Promise.resolve()
  }
  await settled
  expect([failed, await values(env)]).toEqual([[], ['1']])
})

test('a log that has stopped fails the job', async () => {
  const env = new VirtualEnv()
  env.topics.failure = new TopicFailure('stopped', 'The log has stopped.')
  const failed: unknown[] = []
  const sink = writer(env, false, failed)
  await expect(sink.cut().prepare()).rejects.toThrow('The log has stopped.')
  expect(failed).toHaveLength(1)
})

test('a topic that is made for a table is compacted', async () => {
  const { env, sinks } = runOperator(
    topicSink,
    { topic: 'stock', partitions: 2 },
    {
      in: {
        schema: { item: 'string' },
        table: { changes: 'retract', key: ['item'] },
        elements: [{ at: 1, change: '+I', row: { item: 'tea' } }],
      },
    },
  )
  for (const sink of sinks) await sink.cut({ checkpointId: 1, isLast: true }).prepare()
  expect((await env.topics.describe('stock')).settings).toMatchObject({
    compact: true,
    partitions: 2,
  })
})

test.each([
  [{ key: ['shop'] }, 'There is no column "shop". The columns are item, stock.'],
  [
    { key: ['stock'] },
    'The rows of a table are written by its key, item, and Key says stock. Leave Key out.',
  ],
])('%j is refused for a table', (config, message) => {
  const schema = { item: 'string', stock: 'integer' }
  const table = { changes: 'retract', key: ['item'] } as const
  const input = { schema, table, elements: [] }
  expect(() => runOperator(topicSink, { topic: 't', ...config }, { in: input })).toThrow(message)
})

test.each([
  [
    { compact: true, retention: '7d' },
    'A compacted topic keeps the newest record of each key for ever, and "retention" would take it. Remove one of them.',
  ],
  [{ partitions: 257 }, 'A topic has at most 256 partitions. Choose fewer.'],
])('the config %j is refused', (config, message) => {
  const parsed = topicSink.config.safeParse({ topic: 't', ...config })
  expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message])
})

test('two jobs whose nodes have one name do not touch what the other has staged', async () => {
  const { topics } = new VirtualEnv()
  await topics.create('t', {})
  const [one, two] = ['one', 'two'].map((job) => scopedTopics(topics, job))
  await one?.stage('out/1', 't', [value(1)])
  await two?.stage('out/1', 't', [value(2)])
  await one?.abort('out/1')
  expect(await two?.openTransactions('out/')).toEqual([{ id: 'out/1', prepared: false }])
  await two?.prepare('out/1')
  await two?.commit('out/1')
  expect((await topics.read('t', 0, 0, 1)).records).toHaveLength(1)
})
