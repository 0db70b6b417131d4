/** What a view-sink's view has in it, and what it refuses. */

import {
  record,
  runOperator,
  seededRandom,
  stream,
  type TestStream,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { overSeeds } from '../testing/random-streams.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { readView, viewSink } from './view-sink.ts'

function view(config: object, input: TestStream, batchRows = 1000) {
  const { state, ledger } = runOperator(viewSink, config, { in: input }, { batchRows })
  return { rows: readView(state).map(({ row }) => row), ledger: ledger.toJson() }
}

const rows = (values: readonly (readonly [string | null, number])[]) =>
  stream(
    { k: 'string', n: 'integer' },
    values.map(([k, n], index) => record({ k, n }, index)),
  )

test('a stream stays as it is, without its oldest rows beyond the limit', () => {
  const input = rows([
    ['a', 1],
    ['a', 2],
    ['b', 3],
  ])
  expect(view({ limit: 2 }, input)).toMatchObject({
    rows: [
      ['a', 2],
      ['b', 3],
    ],
    ledger: { in: 3, held: 2, dropped: 1 },
  })
})

test('with a key, the latest row of each key stays, and what changed last is last', () => {
  const input = rows([
    ['a', 1],
    [null, 2],
    ['b', 3],
    ['a', 4],
    ['c', 5],
  ])
  expect(view({ key: ['k'], limit: 3 }, input)).toMatchObject({
    rows: [
      ['b', 3],
      ['a', 4],
      ['c', 5],
    ],
    ledger: { in: 5, held: 3, absorbed: 1, dropped: 1 },
  })
})

test('the newest rows are read alone, without a look at the others', () => {
  const input = stream(
    { k: 'integer', n: 'integer' },
    Array.from({ length: 5000 }, (_, n) => record({ k: n % 4000, n }, n)),
  )
  const { state } = runOperator(viewSink, { key: ['k'] }, { in: input })
  const read = state.table('rows')
  let looks = 0
  const get = read.get.bind(read)
  read.get = (namespace, key) => {
    looks++
    return get(namespace, key)
  }
  const { rows, total } = viewSink.inspectRows?.(state, 3) ?? { rows: [], total: 0 }
  expect(rows).toEqual([
    [997, 4997],
    [998, 4998],
    [999, 4999],
  ])
  expect([total, looks]).toEqual([4000, 3])
})

test('a view whose oldest row is missing fails by name, where making room would never end', () => {
  const config = { key: ['k'], limit: 2 }
  const before = rows([
    ['a', 1],
    ['b', 2],
  ])
  const { state } = runOperator(viewSink, config, { in: before })
  state.table('rows').delete(0, 'a')
  const { failure } = runOperator(viewSink, config, { in: rows([['c', 3]]) }, { state })
  expect(failure).toMatchObject({
    domain: 'internal',
    message: expect.stringContaining(
      'The view counts 2 rows, and the oldest of them is not there. What was stored of it does ' +
        'not belong together: begin with another checkpoint. Report it with',
    ),
  })
  // Nor does who reads it, where rows stand in a circle.
  state.table<{ older: string }>('rows').put(0, 'b', { older: 'b' })
  expect(readView(state)).toHaveLength(2)
})

describe('a table', () => {
  const schema = { k: 'string', n: 'integer' }

  test('has the rows that it has now', () => {
    const input: TestStream = {
      schema,
      table: { changes: 'retract', key: ['k'] },
      elements: [
        { change: '+I', row: { k: 'a', n: 1 } },
        { change: '+I', row: { k: 'b', n: 1 } },
        { change: '-U', row: { k: 'a', n: 1 } },
        { change: '+U', row: { k: 'a', n: 2 } },
        { change: '-D', row: { k: 'b', n: 1 } },
      ],
    }
    expect(view({}, input)).toMatchObject({
      rows: [['a', 2]],
      ledger: { in: 5, held: 1, absorbed: 4 },
    })
  })

  test('of 2,000 random ones equals a Map, whatever the batch size', () => {
    overSeeds(viewSink, streamCount(2_000), (seed) => {
      const random = seededRandom(seed)
      const expected = new Map<string, readonly [string, number]>()
      const limit = random.pick([3, 1000])
      const elements = Array.from({ length: random.integer(0, 60) }, (_, n) => {
        const k = `${random.integer(0, 8)}`
        const old = expected.get(k)
        expected.delete(k)
        if (old !== undefined && random.chance(0.3)) {
          return { change: '-D' as const, row: { k, n: old[1] } }
        }
        if (expected.size === limit) expected.delete([...expected.keys()][0] ?? '')
        expected.set(k, [k, n])
        return { change: old === undefined ? ('+I' as const) : ('+U' as const), row: { k, n } }
      })
      const input: TestStream = { schema, table: { changes: 'upsert', key: ['k'] }, elements }
      for (const batchRows of [1, 7, 1000]) {
        const seen = view({ limit }, input, batchRows).rows
        expectSame(seen, [...expected.values()], `seed ${seed}, batches of ${batchRows}`)
      }
    })
  })

  test('is found again by its own key only', () => {
    const input: TestStream = { ...columns(schema), table: { changes: 'upsert', key: ['k'] } }
    expect(refusals(viewSink, { key: ['n'] }, { in: input })).toEqual([
      'view-key-not-of-table key The key is "n", and the input is a table with the key "k". Rows that are taken back ' +
        'would not be found. Remove the key.',
    ])
    expect(refusals(viewSink, { key: ['k'] }, { in: input })).toEqual([])
  })
})

test.each<[object, readonly string[]]>([
  [
    { key: ['kk'] },
    ['column-unknown key.0 There is no column "kk". Did you mean "k"? The columns are k, n.'],
  ],
  [{ key: [] }, ['wrong-count key Key names no column and needs at least 1. Add one.']],
  [{ limit: 0 }, ['out-of-range limit Limit must be a whole number from 1 to 10000000.']],
])('%j is refused', (config, expected) => {
  const input = columns({ k: 'string', n: 'integer' })
  expect(refusals(viewSink, config, { in: input })).toEqual(expected)
})
