/** What count windows count, and what they leave. */

import {
  record,
  runOperator,
  seededRandom,
  stream,
  type TestElement,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { countWindow } from './count-window.ts'

const schema = { k: 'string', n: 'integer' }
const aggregates = { ids: 'COLLECT(n)' }

function ids(
  config: object,
  rows: readonly (readonly [k: string | null, n: number])[],
  options = {},
) {
  const elements = rows.map(([k, n]) => record({ k, n }))
  const input = stream(schema, elements, false)
  return runOperator(countWindow, { groupBy: ['k'], aggregates, ...config }, { in: input }, options)
}

function results(elements: readonly TestElement[] | undefined) {
  return (elements ?? []).flatMap((element) =>
    'row' in element ? [[element.row['k'], element.row['ids']]] : [],
  )
}

test('a result is made of the last records up to size, after every slide', () => {
  const rows = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ['a', n] as const)
  const { outputs, ledger } = ids({ size: 6, slide: 4 }, rows)
  expect(results(outputs['out'])).toEqual([
    ['a', [1, 2, 3, 4]],
    ['a', [3, 4, 5, 6, 7, 8]],
  ])
  expect(ledger.toJson()).toMatchObject({ in: 9, absorbed: 8, expired: 1, held: 0 })
})

test('records between two windows are filtered', () => {
  const rows = [1, 2, 3, 4, 5, 6].map((n) => ['a', n] as const)
  const { outputs, ledger } = ids({ size: 2, slide: 3 }, rows)
  expect(results(outputs['out'])).toEqual([
    ['a', [2, 3]],
    ['a', [5, 6]],
  ])
  expect(ledger.toJson()).toMatchObject({ in: 6, absorbed: 4, filtered: 2 })
})

test('a row has the latest event time of its records, also of those that come late', () => {
  const elements = [record({ k: 'a', n: 1 }, 9), record({ k: 'a', n: 2 }, 4)]
  const input = stream(schema, elements)
  const { outputs } = runOperator(countWindow, { size: 2, aggregates }, { in: input })
  expect(outputs['out']).toEqual([record({ ids: [2, 1] }, 9)])
})

test('a record without a value is refused and not counted, and so is a result', () => {
  const input = stream(schema, [
    record({ k: 'a', n: 0 }, 1),
    record({ k: 'a', n: 2 }, 2),
    record({ k: 'a', n: null }, 3),
  ])
  const config = { size: 1, groupBy: ['k'], aggregates: { s: 'SUM(4 / n)', t: '1 / COUNT(n)' } }
  const { outputs, ledger } = runOperator(countWindow, config, { in: input })
  expect(outputs['out']).toEqual([record({ k: 'a', s: 2, t: 1 }, 2)])
  expect(outputs['errors']).toMatchObject([
    { row: { raw: '{"k":"a","n":0}' } },
    { row: { raw: '{"k":"a"}' } },
  ])
  expect(ledger.toJson()).toMatchObject({ in: 3, deadLettered: 1, absorbed: 2 })
})

/** More on demand. */
const STREAMS = streamCount(2000)

test('count windows give what their definition says, over 2,000 random streams', () => {
  overSeeds(countWindow, STREAMS, (seed) => {
    const random = seededRandom(seed)
    const size = random.integer(1, 7)
    const slide = random.integer(1, 7)
    const keys = ['a', 'b', null]
    const rows = Array.from({ length: random.integer(0, 30) }, (_, n) => {
      return [random.pick(keys), n] as const
    })
    const batchSizes = seed % 10 === 0 ? [1, 7, 1000] : [[1, 7, 1000][seed % 3] ?? 1]
    for (const batchRows of batchSizes) {
      const about = `Seed ${seed}, size ${size}, slide ${slide}, batches of ${batchRows}`
      checkSmallest(about, rows, (some) => {
        const { expected, used } = countedByHand(some, size, slide)
        const { outputs, ledger } = ids({ size, slide }, some, { batchRows })
        const { absorbed, held } = ledger
        expectSame([results(outputs['out']), absorbed, held], [expected, used, 0])
      })
    }
  })
})

/** The results, and how many records are in one of them. */
function countedByHand(
  rows: readonly (readonly [k: string | null, n: number])[],
  size: number,
  slide: number,
) {
  const byKey = new Map<string | null, number[]>()
  const expected: unknown[] = []
  const used = new Set<number>()
  for (const [k, n] of rows) {
    const all = [...(byKey.get(k) ?? []), n]
    byKey.set(k, all)
    if (all.length % slide !== 0) continue
    expected.push([k, all.slice(-size)])
    for (const one of all.slice(-size)) used.add(one)
  }
  return { expected, used: used.size }
}

test.each([
  [{ size: 0 }, ['out-of-range size Size must be a whole number of at least 1.']],
  [
    { size: 1_000_001, slide: 7 },
    [
      'too-many-parts slide With size 1000001 and slide 7 each result would be put together from 1000001 parts, and the limit is 100000. Choose a slide that has a larger divisor in common with the size, or a smaller size.',
    ],
  ],
  [
    { size: 3, groupBy: ['k'], aggregates: { k: 'COUNT(*)' } },
    [
      'column-made-twice aggregates.k Column "k" is also grouped by. Give the aggregate another name.',
    ],
  ],
])('the answer to %j is %j', (config, expected) => {
  expect(refusals(countWindow, { aggregates, ...config }, { in: columns(schema) })).toEqual(
    expected,
  )
})

test('a table is refused, since its rows could not be taken back', () => {
  const table = { ...columns(schema), table: { changes: 'retract', key: ['k'] } } as const
  expect(refusals(countWindow, { size: 3, aggregates }, { in: table })).toEqual([
    'append-stream-needed in A count window takes appended records, and its input is a table (retract), whose rows replace each other: one that is taken back would have made windows that are no more. Let the windows before this node fire once, put a suppress before it, or put it before the operator that makes the table.',
  ])
})
