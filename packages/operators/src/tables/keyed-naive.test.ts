/**
 * Goal: to-table, deduplicate, top-n and suppress give the tables that a naive recomputation gives,
 * by changes that are well formed at every step. Method: random streams and tables; every one in
 * several batch sizes, byte for byte.
 */

import {
  type SeededRandom,
  seededRandom,
  type TestElement,
  type TestStream,
} from '@millrace/engine/testing'
import type { Value } from '@millrace/pipeline'
import { compareValues } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { streamCount } from '../testing/stream-count.node.ts'
import { deduplicate } from './deduplicate.ts'
import { suppress } from './suppress.ts'
import { checkTable } from './testing/changelog.ts'
import {
  asStream,
  asTable,
  checkRandomly,
  type Happening,
  ITEM_COLUMNS,
  type Item,
  outputOf,
  remaining,
} from './testing/random-tables.ts'
import { toTable } from './to-table.ts'
import { topN } from './top-n.ts'

type Name = 'id' | 'k' | 'g' | 'n'
interface Timed {
  readonly item: Item
  readonly atMs: number
}

const STREAMS = streamCount(1_000)

function streamOf(list: readonly Happening[], eventTime = true): TestStream {
  return { schema: ITEM_COLUMNS, eventTime, elements: asStream(list) }
}

function tableOf(list: readonly Happening[]): TestStream {
  const table = { changes: 'retract', key: ['id'] } as const
  return { schema: ITEM_COLUMNS, eventTime: false, table, elements: asTable(list) }
}

function arrivals(list: readonly Happening[]): readonly Timed[] {
  return list.filter((one) => 'item' in one)
}

/** The items that are there at the end, in the order in which each last came or changed. */
function remainingInOrder(list: readonly Happening[]): readonly Item[] {
  const there = new Map<number, Item>()
  for (const one of list) {
    if ('gone' in one) there.delete(one.gone)
    if (!('item' in one)) continue
    there.delete(one.item.id)
    there.set(one.item.id, one.item)
  }
  return [...there.values()]
}

/** The last item of each key, in any order. */
function latest(items: readonly Item[], key: readonly Name[]): Item[] {
  return [...new Map(items.map((item) => [textOf(item, key), item])).values()]
}

function textOf(item: Item, names: readonly Name[]): string {
  return JSON.stringify(names.map((name) => item[name]))
}

const KEYS: readonly (readonly Name[])[] = [['id'], ['k'], ['k', 'g'], ['n']]

describe('to-table', () => {
  test('of a stream has the row of each key that came last', () => {
    checkRandomly(toTable, STREAMS, (list, random) => {
      const key = random.pick(KEYS)
      const out = outputOf(toTable, { key }, streamOf(list))
      const came = arrivals(list)
      checkTable(
        out,
        key,
        latest(
          came.map(({ item }) => item),
          key,
        ),
      )
      const times = out.flatMap((one) =>
        'row' in one && one.change !== '-U'
          ? [[textOf(one.row as Item, key), one.at] as const]
          : [],
      )
      const expected = came.map(({ item, atMs }) => [textOf(item, key), atMs] as const)
      expect(new Map(times)).toEqual(new Map(expected))
    })
  })

  test('of a table, by whatever key, has the last of the rows that are there', () => {
    checkRandomly(toTable, STREAMS, (list, random) => {
      const key = random.pick(KEYS)
      const input = tableOf(list)
      checkTable(outputOf(toTable, { key }, input), key, latest(remainingInOrder(list), key))
      const elements = input.elements.filter((one) => !('change' in one && one.change === '-U'))
      const upserts: TestStream = { ...input, elements, table: { changes: 'upsert', key: ['id'] } }
      checkTable(outputOf(toTable, { key }, upserts), key, latest(remainingInOrder(list), key))
    })
  })
})

describe('deduplicate', () => {
  test('lets the first record of each key through', () => {
    checkRandomly(deduplicate, STREAMS, (list, random) => {
      const keys = random.pick(KEYS)
      const out = rowsOf(outputOf(deduplicate, { keys }, streamOf(list)))
      const seen = new Set<string>()
      const expected = arrivals(list).filter(({ item }) => {
        const isNew = !seen.has(textOf(item, keys))
        seen.add(textOf(item, keys))
        return isNew
      })
      expect(out).toEqual(expected.map(({ item }) => JSON.stringify(item)))
    })
  })

  test('within a time, lets a record through that is far enough from all it let through', () => {
    checkRandomly(deduplicate, STREAMS, (list, random) => {
      const keys = random.pick(KEYS)
      const withinMs = random.integer(1, 40)
      // Without watermarks nothing is forgotten; that this changes nothing on time is tested below.
      const timely = random.chance(0.5) ? inOrder(list) : list.filter((one) => 'item' in one)
      const config = { keys, within: `${withinMs}ms` }
      const out = rowsOf(outputOf(deduplicate, config, streamOf(timely)))
      const passed: Timed[] = []
      for (const one of arrivals(timely)) {
        const isRepeat = passed.some(
          ({ item, atMs }) =>
            textOf(item, keys) === textOf(one.item, keys) && Math.abs(atMs - one.atMs) < withinMs,
        )
        if (!isRepeat) passed.push(one)
      }
      expect(out).toEqual(passed.map(({ item }) => JSON.stringify(item)))
    })
  })

  test('keeps the last record of each key by event time, of equal times the last to come', () => {
    checkRandomly(deduplicate, STREAMS, (list, random) => {
      const keys = random.pick(KEYS)
      const eventTime = random.chance(0.8)
      const out = outputOf(deduplicate, { keys, keep: 'last' }, streamOf(list, eventTime))
      const sorted = [...arrivals(list)].sort((a, b) => (eventTime ? a.atMs - b.atMs : 0))
      checkTable(
        out,
        keys,
        latest(
          sorted.map(({ item }) => item),
          keys,
        ),
      )
    })
  })
})

/** By event time, with watermarks that are true. */
function inOrder(list: readonly Happening[]): readonly Happening[] {
  const sorted = [...arrivals(list)].sort((a, b) => a.atMs - b.atMs)
  return sorted.flatMap((one) => [one, { watermarkMs: one.atMs - 1 }])
}

describe('top-n', () => {
  for (const kind of ['stream', 'table'] as const) {
    test(`of a ${kind} has the first rows of each partition, ties by arrival`, () => {
      checkRandomly(topN, STREAMS, (list, random) => {
        const settings = randomRanking(random)
        const { partitionBy, n, rank } = settings
        const items =
          kind === 'stream'
            ? arrivals(list).map(({ item }, arrival) => ({ ...item, id: arrival }))
            : remainingInOrder(list)
        // Records of a stream are told apart by their number, so that no two are equal.
        const input = kind === 'stream' ? streamOf(numbered(list)) : tableOf(list)
        const out = outputOf(topN, settings, input)
        const first = firstOf(items, settings)
        const key = rank !== undefined ? [...partitionBy, rank] : n === 1 ? partitionBy : ['id']
        checkTable(out, key, first)
      })
    })
  }

  test.each([2, 40])('ranks thousands of rows of %i prices that come and go', (prices) => {
    const random = seededRandom(prices)
    const list: Happening[] = []
    for (let step = 0; step < 24_000; step++) {
      const id = random.integer(1, 8_000)
      const item = { id, k: 'a', g: true, n: random.integer(1, prices), d: null }
      const atMs = step
      list.push(random.chance(step < 12_000 ? 0.1 : 0.75) ? { gone: id, atMs } : { item, atMs })
    }
    const orderBy = [{ expression: 'n', direction: 'desc' }] as const
    const settings: Ranking = { partitionBy: [], orderBy, n: 20, rank: 'place' }
    const out = outputOf(topN, settings, tableOf(list))
    checkTable(out, ['place'], firstOf(remainingInOrder(list), settings))
  })
})

function numbered(list: readonly Happening[]): readonly Happening[] {
  let arrival = 0
  return list.map((one) => ('item' in one ? { ...one, item: { ...one.item, id: arrival++ } } : one))
}

interface Ranking {
  readonly partitionBy: readonly Name[]
  readonly orderBy: readonly { readonly expression: Name; readonly direction: 'asc' | 'desc' }[]
  readonly n: number
  readonly rank?: string
}

function randomRanking(random: SeededRandom): Ranking {
  const names: readonly Name[] = random.pick([['n'], ['k'], ['g', 'n'], ['n', 'k']])
  return {
    partitionBy: random.pick([[], ['k'], ['g']]),
    orderBy: names.map((expression) => ({ expression, direction: random.pick(['asc', 'desc']) })),
    n: random.integer(1, 4),
    ...(random.chance(0.5) ? { rank: 'place' } : {}),
  }
}

function firstOf(items: readonly Item[], { partitionBy, orderBy, n, rank }: Ranking) {
  const partitions = new Map<string, Item[]>()
  for (const item of items) {
    const key = textOf(item, partitionBy)
    partitions.set(key, [...(partitions.get(key) ?? []), item])
  }
  return [...partitions.values()].flatMap((partition) =>
    partition
      .toSorted((a, b) => {
        for (const { expression, direction } of orderBy) {
          const order = compareValues(a[expression] as Value, b[expression] as Value)
          if (order !== 0) return direction === 'asc' ? order : -order
        }
        return 0
      })
      .slice(0, n)
      .map((item, index) => (rank === undefined ? { ...item } : { ...item, [rank]: index + 1 })),
  )
}

describe('suppress', () => {
  test('with a duration gives the table in the end, whatever the limit', () => {
    checkRandomly(suppress, STREAMS * 2, (list, random) => {
      const config = { until: `${random.integer(1, 40)}ms`, limit: random.pick([1, 3, 100]) }
      const input = { ...tableOf(list), eventTime: random.chance(0.5) }
      const out = outputOf(suppress, config, input)
      checkTable(out, ['id'], remaining(list))
      const changes = out.filter((element) => 'row' in element).length
      expect(changes).toBeLessThanOrEqual(input.elements.length)
    })
  })
})

function rowsOf(elements: readonly TestElement[]): readonly string[] {
  return elements.flatMap((element) => ('row' in element ? [JSON.stringify(element.row)] : []))
}
