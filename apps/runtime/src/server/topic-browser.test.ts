/** Pages of topics, held against all records laid side by side and merged. */

import { type StoredRecord, TopicFailure, type Topics, toUtf8 } from '@millrace/engine'
import { type SeededRandom, seededRandom } from '@millrace/engine/testing'
import { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { browseTopic, PREVIEW_BYTES, preview } from './topic-browser.ts'

interface Stored {
  readonly startOffset: number
  readonly endOffset: number
  /** By offset, with gaps, as a compacted topic has them. */
  readonly records: readonly StoredRecord[]
}

type Place = readonly [partition: number, offset: number]

/** What browsing needs of the log. */
function topicsOf(partitions: readonly Stored[]): Topics {
  const topics: Pick<Topics, 'offsets' | 'read' | 'offsetAt'> = {
    offsets: async () => partitions,
    async read(_, partition, fromOffset, bytesMax) {
      const { records, startOffset, endOffset } = partitions[partition] as Stored
      if (fromOffset < startOffset || fromOffset > endOffset) {
        throw new TopicFailure('offset-out-of-range', `No ${fromOffset}.`)
      }
      const rest = records.filter(({ offset }) => offset >= fromOffset)
      const some = rest.slice(0, Math.max(1, Math.floor(bytesMax / 20_000)))
      const last = some.length < rest.length ? some.at(-1) : undefined
      const nextOffset = last === undefined ? endOffset : last.offset + 1
      return { records: some, nextOffset, endOffset }
    },
    async offsetAt(_, partition, timestampMs) {
      const { records, endOffset } = partitions[partition] as Stored
      return records.find((one) => one.timestampMs >= timestampMs)?.offset ?? endOffset
    },
  }
  return topics as Topics
}

/** Times rise within a partition where `inOrder`; offsets have gaps, and the first have gone. */
function randomPartitions(random: SeededRandom, inOrder: boolean): readonly Stored[] {
  return Array.from({ length: random.integer(1, 4) }, () => {
    const startOffset = random.integer(0, 2) * 7
    let offset = startOffset + random.integer(0, 2)
    let timestampMs = random.integer(0, 9)
    const records = Array.from({ length: random.integer(0, 29) }, () => {
      const record = { offset, timestampMs, key: null, value: null, headers: [] }
      offset += random.chance(0.25) ? random.integer(1, 40) : 1
      timestampMs = inOrder ? timestampMs + random.integer(0, 2) : random.integer(0, 39)
      return record
    })
    return { startOffset, endOffset: offset + random.integer(0, 2), records }
  })
}

/** Takes the earliest of what stands first, then the partition with the lower number. */
function merged(partitions: readonly Stored[]): readonly Place[] {
  const rest = partitions.map(({ records }) => [...records])
  const all: Place[] = []
  for (;;) {
    const heads = rest.flatMap(([head], partition) => (head ? [{ partition, head }] : []))
    const [first] = heads.sort((a, b) => a.head.timestampMs - b.head.timestampMs)
    if (first === undefined) return all
    rest[first.partition]?.shift()
    all.push([first.partition, first.head.offset])
  }
}

function ask(topics: Topics, query: object) {
  const asked = Object.entries(query).map(([name, value]) => [name, String(value)])
  return browseTopic(topics, 'orders', wire.browseTopicQuery.parse(Object.fromEntries(asked)))
}

function placesOf({ records }: wire.BrowsedTopic): readonly Place[] {
  return records.map(({ partition, offset }) => [partition, offset])
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'forwards page by page comes every record once, merged by time (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const partitions = randomPartitions(random, random.chance(0.5))
    const topics = topicsOf(partitions)
    let page = await ask(topics, { from: 'earliest', limit: random.integer(1, 9) })
    expect(page.older).toBe(0)
    const found = [...placesOf(page)]
    while (page.records.length > 0) {
      page = await ask(topics, { after: page.last, limit: random.integer(1, 9) })
      found.push(...placesOf(page))
    }
    expect(found).toEqual(merged(partitions))
    expect(page.newer).toBe(0)
  },
)

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'backwards page by page comes every record once, each partition in its order (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const inOrder = random.chance(0.5)
    const partitions = randomPartitions(random, inOrder)
    const topics = topicsOf(partitions)
    let page = await ask(topics, { limit: random.integer(1, 9) })
    expect(page.newer).toBe(0)
    let found = [...placesOf(page)]
    while (page.records.length > 0) {
      page = await ask(topics, { before: page.first, limit: random.integer(1, 9) })
      found = [...placesOf(page), ...found]
    }
    expect(page.older).toBe(0)
    for (const [index, { records }] of partitions.entries()) {
      const own = found.filter(([partition]) => partition === index).map(([, offset]) => offset)
      expect(own).toEqual(records.map(({ offset }) => offset))
    }
    // Where times rise, it is the same order as forwards.
    if (inOrder) expect(found).toEqual(merged(partitions))
  },
)

test('a page goes on where another one ended, also when records have come and gone', async () => {
  const record = (offset: number) => ({
    ...{ offset, timestampMs: offset, key: null, value: null, headers: [] },
  })
  const at = (startOffset: number, endOffset: number): Stored => ({
    ...{ startOffset, endOffset },
    records: Array.from({ length: endOffset - startOffset }, (_, index) =>
      record(startOffset + index),
    ),
  })
  const page = await ask(topicsOf([at(0, 10)]), { limit: 4 })
  expect(placesOf(page).map(([, offset]) => offset)).toEqual([6, 7, 8, 9])
  const newer = await ask(topicsOf([at(0, 12)]), { after: page.last })
  expect(placesOf(newer)).toEqual([
    [0, 10],
    [0, 11],
  ])
  const gone = await ask(topicsOf([at(8, 12)]), { before: page.first })
  expect(gone).toMatchObject({ records: [], older: 0, newer: 4 })
})

test('a page begins at an offset of a partition, or at a time in all of them', async () => {
  const record = (offset: number, timestampMs: number) => ({
    ...{ offset, timestampMs, key: null, value: null, headers: [] },
  })
  const topics = topicsOf([
    { startOffset: 0, endOffset: 3, records: [record(0, 5), record(1, 9), record(2, 20)] },
    { startOffset: 4, endOffset: 6, records: [record(4, 7), record(5, 8)] },
  ])
  expect(placesOf(await ask(topics, { partition: 0, offset: 1 }))).toEqual([
    [0, 1],
    [0, 2],
  ])
  const timed = await ask(topics, { at: 8 })
  expect(placesOf(timed)).toEqual([
    [1, 5],
    [0, 1],
    [0, 2],
  ])
  expect([timed.first, timed.older]).toEqual(['0:1,1:5', 2])
})

test.each([
  [{ from: 'earliest', at: 5 }, 'More than one of "from", "at"'],
  [{ offset: 1 }, 'An offset counts within a partition. Give "partition" too.'],
  [{ partition: 3 }, 'Topic "orders" has no partition 3: it has 1, counted from 0.'],
  [{ partition: 0, offset: 9 }, 'has the offsets 0 up to 1, and not 9. Choose one of these.'],
  [{ after: '0:1,x' }, '"x" is no place in a topic. Give one that an earlier answer gave.'],
  [{ after: '4:1' }, 'Topic "orders" has no partition 4: it has 1, counted from 0.'],
])('%j is refused in words', async (query, message) => {
  const stored = { offset: 0, timestampMs: 0, key: null, value: null, headers: [] }
  const topics = topicsOf([{ startOffset: 0, endOffset: 1, records: [stored] }])
  await expect(ask(topics, query)).rejects.toThrow(message)
})

test('of a long value its beginning is shown, with no character cut in two', () => {
  const whole = toUtf8('äöü'.repeat(1000))
  const shown = preview(whole.subarray(1))
  expect(shown).toMatchObject({ bytes: 5999, base64: expect.any(String) })
  const text = preview(toUtf8(`x${'€'.repeat(1000)}`))
  expect(text).toEqual({ text: `x${'€'.repeat(682)}`, bytes: 3001 })
  expect(1 + 682 * 3).toBeLessThanOrEqual(PREVIEW_BYTES)
})
