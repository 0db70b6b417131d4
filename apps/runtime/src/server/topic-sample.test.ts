/** Which records of a topic are looked at. */

import { type TopicRecord, toUtf8 } from '@millrace/engine'
import { MemoryTopics } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { sampleTopic } from './topic-sample.ts'

function recordOf(n: number, partition: number): TopicRecord {
  const key = n % 2 === 0 ? toUtf8('even') : null
  return { key, value: toUtf8(`${n}`), timestampMs: n, headers: [], partition }
}

async function topicsWith(counts: readonly number[]) {
  const topics = new MemoryTopics()
  await topics.create('numbers', { partitions: counts.length })
  for (const [partition, count] of counts.entries()) {
    const records = Array.from({ length: count }, (_, n) => recordOf(n, partition))
    await topics.append('numbers', records)
  }
  return topics
}

test('the newest of each partition, in their order', async () => {
  const topics = await topicsWith([3000, 2, 0])
  const { partitions, keyed } = await sampleTopic(topics, 'numbers')
  const [long = [], short, none] = partitions
  expect(long.length).toBe(333)
  expect(long.at(0)).toBe('2667')
  expect(long.at(-1)).toBe('2999')
  expect(short).toEqual(['0', '1'])
  expect(none).toEqual([])
  const even = [...long, ...(short ?? [])].filter((value) => Number(value) % 2 === 0)
  expect(keyed).toBe(even.length)
})
