/** What the figures of topics say. */

import type { wire } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { AppendRates, inOrder, lagOf, mostBehind, settingWords, totalsOf } from './topic-figures.ts'

function topicOf(ends: readonly (readonly [start: number, end: number, atMs?: number])[]) {
  const topic: wire.WireTopic = {
    topic: 'orders',
    settings: {
      ...{ partitions: ends.length, compact: false, tombstoneRetentionMs: 86_400_000 },
      ...{ segmentBytes: 1024, recordBytesMax: 1024 },
    },
    partitions: ends.map(([startOffset, endOffset, appendedAtMs]) => ({
      ...{ startOffset, endOffset, bytes: 100 },
      ...(appendedAtMs === undefined ? {} : { appendedAtMs }),
    })),
  }
  return topic
}

function useOf(places: wire.TopicUse['places'], more: Partial<wire.TopicUse> = {}): wire.TopicUse {
  return {
    ...{ topic: 'orders', use: 'read', pipelineId: 'p', pipelineName: 'Orders' },
    ...{ nodeId: 'in', nodeTitle: 'In', job: { jobId: 'j', state: 'running' }, places },
    ...more,
  }
}

test('records are counted from the first that is there, and the newest of all partitions counts', () => {
  const topic = topicOf([
    [5, 8, 40],
    [0, 1, 70],
    [0, 0],
  ])
  expect(totalsOf(topic)).toEqual({ records: 4, bytes: 300, newestMs: 70 })
  expect(totalsOf(topicOf([[0, 0]]))).toMatchObject({ records: 0, newestMs: undefined })
})

describe('a reader', () => {
  const topic = topicOf([
    [0, 10],
    [0, 20],
  ])

  test('is behind by what it has not read of each partition', () => {
    const places = [
      { partition: 0, offset: 4 },
      { partition: 1, offset: 20 },
    ]
    expect(lagOf(topic, useOf(places))).toEqual({
      total: 6,
      byPartition: new Map([
        [0, 6],
        [1, 0],
      ]),
    })
  })

  test('is never ahead, though its place may be newer than the ends', () => {
    expect(lagOf(topic, useOf([{ partition: 0, offset: 12 }]))?.total).toBe(0)
  })

  test('that has not begun or does not run says nothing', () => {
    expect(lagOf(topic, useOf([]))).toBeUndefined()
    expect(lagOf(topic, useOf([{ partition: 0, offset: 1 }], { job: null }))).toBeUndefined()
    expect(lagOf(topic, useOf([{ partition: 0, offset: 1 }], { use: 'write' }))).toBeUndefined()
  })

  test('that is furthest behind is the one to look at', () => {
    const near = useOf([{ partition: 0, offset: 9 }])
    const far = useOf([{ partition: 0, offset: 2 }], { nodeId: 'far' })
    expect(mostBehind(topic, [near, far, useOf([])])?.use.nodeId).toBe('far')
    expect(mostBehind(topic, [useOf([])])).toBeUndefined()
  })
})

test('settings that differ are said in words', () => {
  const topic = topicOf([[0, 0]])
  expect(settingWords(topic)).toEqual(['1 partition', 'kept for ever'])
  const settings = { ...topic.settings, partitions: 4, retentionMs: 604_800_000 }
  expect(settingWords({ ...topic, settings: { ...settings, retentionBytes: 65_536 } })).toEqual([
    '4 partitions',
    'kept 7d',
    '64KB a partition at most',
  ])
  expect(settingWords({ ...topic, settings: { ...topic.settings, compact: true } })).toEqual([
    '1 partition',
    'newest of each key',
  ])
})

/** Rates after each answer, one every 2 s. */
function ratesOf(ends: readonly number[]): readonly (number | undefined)[] {
  const rates = new AppendRates()
  return ends.map((end, index) => {
    rates.take(index * 2_000, [topicOf([[0, end]])])
    expect(rates.perSecond('other')).toBeUndefined()
    return rates.perSecond('orders')
  })
}

test('a rate is known once the end has moved twice, and is 0 when it has stood for long', () => {
  const steady = [100, 300, 500, 700]
  expect(ratesOf(steady)).toEqual([undefined, undefined, 100, 100])
  const stopped = ratesOf([...steady, ...Array.from({ length: 7 }, () => 700)])
  expect(stopped.at(8)).toBe(100)
  expect(stopped.at(-1)).toBe(0)
  expect(ratesOf(Array.from({ length: 7 }, () => 700)).at(-2)).toBeUndefined()
  expect(ratesOf(Array.from({ length: 7 }, () => 700)).at(-1)).toBe(0)
})

test('what comes with a checkpoint every ten seconds has the same rate in between', () => {
  const burst = (count: number) => Array.from({ length: 5 }, () => count * 600)
  const rates = ratesOf([0, 1, 2, 3, 4].flatMap(burst))
  expect(new Set(rates.slice(0, 6))).toEqual(new Set([undefined]))
  // Once it is clear that nothing else came within twelve seconds.
  expect(new Set(rates.slice(6, 10))).toEqual(new Set([50]))
  expect(new Set(rates.slice(10))).toEqual(new Set([60]))
})

test('topics stand in the order of the numbers in their names', () => {
  const names = ['orders-10', 'orders-2', 'audit', 'orders-1', 'Billing']
  const topics = names.map((topic) => ({ ...topicOf([[0, 1]]), topic }))
  expect(inOrder(topics).map(({ topic }) => topic)).toEqual([
    'audit',
    'Billing',
    'orders-1',
    'orders-2',
    'orders-10',
  ])
})
