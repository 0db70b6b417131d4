/** Reading topics: orders, positions and what is refused. */

import type { Saved, SourceChunk, TopicRecord } from '@millrace/engine'
import { toUtf8 } from '@millrace/engine'
import { seededRandom, VirtualEnv } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { topicSource } from './topic-source.ts'
import { createTopicReader } from './topics/topic-reader.ts'

const SCHEMA = { id: 'integer' }

function parse(config: object) {
  return topicSource.config.parse({ topic: 't', schema: SCHEMA, ...config })
}

function record(id: number, timestampMs: number, partition: number): TopicRecord {
  return { key: null, value: toUtf8(JSON.stringify({ id })), timestampMs, partition }
}

async function filled(seed: number, count: number, partitions: number): Promise<VirtualEnv> {
  const random = seededRandom(seed)
  const env = new VirtualEnv()
  await env.topics.create('t', { partitions })
  for (let id = 0; id < count; id++) {
    const at = id * 10 + random.integer(-500, 500)
    await env.topics.append('t', [record(id, at, random.integer(0, partitions - 1))])
  }
  return env
}

function ids({ rows }: SourceChunk): readonly number[] {
  return rows.map(([id]) => id as number)
}

/** Reads to the end, a random number of records at a time. */
async function readAll(env: VirtualEnv, seed: number): Promise<readonly number[]> {
  const random = seededRandom(seed)
  const reader = createTopicReader(parse({ bounded: true }), { env, position: undefined })
  const read: number[] = []
  for (;;) {
    const chunk = await reader.read(random.integer(1, 40))
    if (chunk === undefined) return read
    read.push(...ids(chunk))
  }
}

test.each([1, 2, 3])('a bounded topic is read in one order, seed %i', async (seed) => {
  const env = await filled(seed, 300, 4)
  const [first, ...others] = await Promise.all([1, 2, 3, 4].map((own) => readAll(env, own)))
  expect(first?.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, id) => id))
  for (const other of others) expect(other).toEqual(first)
})

test('a bounded topic is read by lowest watermark', async () => {
  const env = new VirtualEnv()
  await env.topics.create('t', { partitions: 2 })
  const times = [
    [0, 1000, 2000],
    [500, 1500, 900],
  ]
  for (const [partition, own] of times.entries()) {
    for (const [index, at] of own.entries()) {
      await env.topics.append('t', [record(partition * 10 + index, at, partition)])
    }
  }
  expect(await readAll(env, 1)).toEqual([0, 10, 1, 11, 2, 12])
})

describe.each([true, false])('bounded: %s', (bounded) => {
  test.each([1, 2, 3, 4, 5])('goes on from any position, seed %i', async (seed) => {
    const random = seededRandom(seed)
    const env = await filled(seed, 0, 3)
    let appended = 0
    const append = async (count: number) => {
      for (let left = count; left > 0; left--) {
        const at = appended * 10 + random.integer(-100, 100)
        await env.topics.append('t', [record(appended++, at, random.integer(0, 2))])
      }
    }
    await append(bounded ? 200 : 5)
    const handedOn: number[] = []
    let position: Saved
    let toSkip = 0
    while (handedOn.length < 200) {
      const reader = createTopicReader(parse({ bounded }), { env, position })
      // As the engine does: some records behind the position are handed on before it stops.
      for (let reads = random.integer(1, 6); reads > 0 && handedOn.length < 200; reads--) {
        if (!bounded && appended < 200) await append(Math.min(200 - appended, random.integer(1, 9)))
        const chunk = await reader.read(random.integer(1, 20))
        if (chunk === undefined) break
        const all = ids(chunk)
        if (all.length < toSkip) {
          toSkip -= all.length
          position = chunk.next
          continue
        }
        const fresh = all.slice(toSkip)
        if (reads === 1 && fresh.length > 0) {
          const some = random.integer(0, fresh.length - 1)
          handedOn.push(...fresh.slice(0, some))
          toSkip += some
        } else {
          handedOn.push(...fresh)
          toSkip = 0
          position = chunk.next
        }
      }
      await reader.close()
    }
    const expected = Array.from({ length: 200 }, (_, id) => id)
    expect(handedOn.toSorted((a, b) => a - b)).toEqual(expected)
  })
})

test('a live source waits for records, and reads what comes', async () => {
  const env = await filled(1, 0, 2)
  const reader = createTopicReader(parse({ start: 'latest' }), { env, position: undefined })
  const first = reader.read(10)
  await env.topics.append('t', [record(7, 0, 1)])
  const chunk = await first
  const read = [...(chunk?.rows ?? []), ...((await reader.read(10))?.rows ?? [])]
  expect(read).toEqual([[7]])
  expect(reader.partitions).toBe(2)
  await reader.close()
})

test('starts at an offset, a time or the end of the partitions that are named', async () => {
  const env = new VirtualEnv()
  await env.topics.create('t', { partitions: 2 })
  for (const [id, at] of [3000, 1000, 2000].entries()) {
    await env.topics.append('t', [record(id, at, 0), record(id + 10, at, 1)])
  }
  const read = async (config: object) => {
    const reader = createTopicReader(parse({ bounded: true, ...config }), {
      env,
      position: undefined,
    })
    const found: number[] = []
    for (let chunk = await reader.read(99); chunk !== undefined; chunk = await reader.read(99)) {
      found.push(...ids(chunk))
    }
    return found.toSorted((a, b) => a - b)
  }
  expect(await read({ start: 'offset', startOffset: 2 })).toEqual([2, 12])
  expect(await read({ start: 'latest' })).toEqual([])
  const time = { start: 'timestamp', startTimestamp: '1970-01-01T00:00:02.500Z' }
  expect(await read(time)).toEqual([0, 1, 2, 10, 11, 12])
  expect(await read({ partitions: [1] })).toEqual([10, 11, 12])
})

test.each([
  [
    { partitions: [2] },
    'Topic "t" has no partition 2: it has 2, counted from 0. Correct the field partitions.',
  ],
  [{ topic: 'other' }, 'There is no topic "other".'],
])('%j is refused when it is read', async (config, message) => {
  const env = await filled(1, 0, 2)
  const reader = createTopicReader(parse(config), { env, position: undefined })
  await expect(reader.read(1)).rejects.toThrow(message)
})

test('an offset behind the end of its partition is refused, and the end itself is none', async () => {
  const env = await filled(1, 5, 1)
  const first = (offset: number) => {
    const startOffsets = new Map([[0, offset]])
    const config = { ...parse({ bounded: true }), startOffsets }
    return createTopicReader(config, { env, position: undefined }).read(1)
  }
  await expect(first(6)).rejects.toThrow(
    'Topic "t", partition 0 has the offsets 0 up to 5, and its reading is to begin at 6. Correct where to start.',
  )
  expect(await first(5)).toBeUndefined()
  expect((await first(4))?.rows).toHaveLength(1)
})

test('without a log there are no topics', () => {
  const { topics: _, ...env } = new VirtualEnv()
  expect(() =>
    createTopicReader(parse({}), { env: env as VirtualEnv, position: undefined }),
  ).toThrow('There is no log here that topics could be in.')
})

test.each([
  [
    { start: 'timestamp' },
    'Start "timestamp" and the field "startTimestamp" go together. Give both, or neither.',
  ],
  [
    { startOffset: 3 },
    'Start "offset" and the field "startOffset" go together. Give both, or neither.',
  ],
  [
    { start: 'timestamp', startTimestamp: 'noon' },
    'Start timestamp "noon" is no time. Write it as "2026-01-01T00:00:00Z", for instance.',
  ],
  [{ key: 'user' }, 'Key "user" is no column of the schema. Add it there.'],
  [
    { topic: '../x' },
    'Topic must be 1 to 100 letters, digits, dots, hyphens and underscores, and begin with a letter or a digit.',
  ],
  [
    { topic: 'millrace.dead-letters' },
    'Topic is "millrace.dead-letters", and topics whose names begin with "millrace." are Millrace\'s own. Choose another name.',
  ],
])('the config %j is refused', (config, message) => {
  const parsed = topicSource.config.safeParse({ topic: 't', schema: SCHEMA, ...config })
  expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message])
})
