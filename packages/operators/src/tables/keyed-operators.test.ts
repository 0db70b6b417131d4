/** What to-table, deduplicate and top-n refuse, forget and count. */

import { runOperator, type TestStream } from '@millrace/engine/testing'
import type { ExampleInput } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { deduplicate } from './deduplicate.ts'
import { toTable } from './to-table.ts'
import { topN } from './top-n.ts'

const bids = { auction: 'integer', bidder: 'string', price: 'integer' }
const table = { changes: 'retract', key: ['bidder'] } as const
const bid = (bidder: string, price: number) => ({ auction: 1, bidder, price })
const stream = columns(bids)
const prices: TestStream = { ...columns(bids), table }

describe('is refused with', () => {
  test.each([
    [
      'to-table: no key',
      toTable,
      { key: [] },
      stream,
      'wrong-count key Key names no column and needs at least 1. Add one.',
    ],
    [
      'to-table: a key that is not there',
      toTable,
      { key: ['bider'] },
      stream,
      'column-unknown key.0 There is no column "bider". Did you mean "bidder"? The columns are auction, bidder, price.',
    ],
    [
      'deduplicate: a table',
      deduplicate,
      { keys: ['bidder'] },
      prices,
      'append-stream-needed in A deduplicate takes records that stay as they are, and its input is a table (retract), whose rows replace each other. Put this node before the operator that makes the table.',
    ],
    [
      'deduplicate: results of windows that fire again',
      deduplicate,
      { keys: ['bidder'] },
      { ...prices, window: { endColumn: 'bidder', latenessMs: 5 } },
      'append-stream-needed in A deduplicate takes records that stay as they are, and its input is a table (retract), whose rows replace each other. Put a suppress before this node, which lets the last result of each window through.',
    ],
    [
      'deduplicate: within of last',
      deduplicate,
      { keys: ['bidder'], keep: 'last', within: '1h' },
      stream,
      'within-of-last within Within is for keep "first": of "last", every record takes the place of the one before, however long ago that was. Remove it, or forget keys with "stateTimeToLive".',
    ],
    [
      'top-n: nothing to rank by',
      topN,
      { orderBy: [], n: 3 },
      stream,
      'wrong-count orderBy Order by has no expression and needs at least 1. Add one.',
    ],
    [
      'top-n: none',
      topN,
      { orderBy: [{ expression: 'price' }], n: 0 },
      stream,
      'out-of-range n N must be a whole number from 1 to 10000.',
    ],
    [
      'top-n: a rank that is there',
      topN,
      { orderBy: [{ expression: 'price' }], n: 1, rank: 'price' },
      stream,
      'column-made-twice rank Column "price" comes in already. Give the rank another name.',
    ],
    [
      'top-n: an expression with a problem',
      topN,
      { orderBy: [{ expression: 'prise' }], n: 1 },
      stream,
      'column-unknown orderBy.0.expression There is no column "prise". Did you mean "price"? The columns are auction, bidder, price.',
    ],
  ])('%s', (_, operator, config, input, line) => {
    expect(refusals(operator, config, { in: input })).toEqual([line])
  })
})

describe('the books of', () => {
  test('a to-table: rows that leave have passed, those that change nothing are absorbed', () => {
    const { outputs, ledger } = runOperator(
      toTable,
      { key: ['bidder'] },
      {
        in: {
          ...prices,
          eventTime: false,
          elements: [
            { change: '+I', row: bid('ada', 5) },
            { change: '-U', row: bid('ada', 5) },
            { change: '+U', row: bid('ada', 5) },
            { change: '-D', row: bid('bob', 5) },
            { change: '-D', row: bid('ada', 5) },
          ],
        },
      },
    )
    expect(outputs.out).toEqual([
      { change: '+I', row: bid('ada', 5) },
      { change: '-D', row: bid('ada', 5) },
    ])
    expect(ledger).toMatchObject({ in: 5, passed: 2, absorbed: 2, dropped: 1 })
  })

  test('a top-n: rows of a table wait until they are among the first', () => {
    const config = { orderBy: [{ expression: 'price' }], n: 1 }
    const first: readonly ExampleInput[] = [
      { change: '+I', row: bid('ada', 5) },
      { change: '+I', row: bid('bob', 6) },
      { change: '+I', row: bid('eve', 7) },
    ]
    const run = (elements: readonly ExampleInput[]) =>
      runOperator(topN, config, { in: { ...prices, eventTime: false, elements } }).ledger
    expect(run(first)).toMatchObject({ in: 3, passed: 1, held: 2 })
    const gone = { change: '-D', row: bid('ada', 5) } as const
    expect(run([...first, gone])).toMatchObject({ in: 4, passed: 2, absorbed: 1, held: 1 })
    const unknown = { change: '-D', row: bid('ada', 9) } as const
    expect(run([...first, unknown])).toMatchObject({ in: 4, passed: 1, dropped: 1, held: 2 })
  })

  test('a top-n: records of a stream that are not among the first are filtered', () => {
    const config = { orderBy: [{ expression: '10 / price' }], n: 1 }
    const elements = [5, 1, 0].map((price) => ({ at: 0, row: bid('ada', price) }))
    const { ledger, outputs } = runOperator(topN, config, { in: { ...stream, elements } })
    expect(ledger).toMatchObject({ in: 3, passed: 1, filtered: 1, deadLettered: 1 })
    expect(outputs.errors).toHaveLength(1)
  })
})

describe('with a state time to live', () => {
  const wait = { clock: '2026-01-01T00:00:10Z' } as const
  const timeToLive = { stateTimeToLive: '10s' }
  const elements = [{ row: bid('ada', 5) }, wait, { row: bid('ada', 4) }]
  const untimed: TestStream = { schema: bids, eventTime: false, elements }

  test.each([
    ['deduplicate', deduplicate, { keys: ['bidder'] }, 'seen'],
    ['to-table', toTable, { key: ['bidder'] }, 'rows'],
    ['top-n', topN, { orderBy: [{ expression: 'price' }], n: 1 }, 'partitions'],
  ])('%s forgets, and begins anew', (_, operator, config, part) => {
    const { outputs } = runOperator(operator, { ...config, ...timeToLive }, { in: untimed })
    expect(outputs.out?.map((one) => 'row' in one && one.row)).toEqual([
      bid('ada', 5),
      bid('ada', 4),
    ])
    const waiting: TestStream = { ...untimed, elements: [{ row: bid('ada', 5) }, wait] }
    const { state, ledger } = runOperator(
      operator,
      { ...config, ...timeToLive },
      { in: waiting },
      { open: true },
    )
    expect(state.table(part).count(0)).toBe(0)
    expect(ledger.held).toBe(0)
  })

  test('rows of a top-n that never were among the first expire', () => {
    const config = { orderBy: [{ expression: 'price' }], n: 1, ...timeToLive }
    const rows = [5, 6, 7].map((price) => ({ change: '+I', row: bid(`b${price}`, price) }) as const)
    const { ledger } = runOperator(topN, config, {
      in: { ...prices, eventTime: false, elements: [...rows, wait] },
    })
    expect(ledger).toMatchObject({ in: 3, passed: 1, expired: 2, held: 0 })
  })
})

test('a deduplicate within a time forgets keys when the watermark has passed', () => {
  const { state, outputs } = runOperator(
    deduplicate,
    { keys: ['bidder'], within: '10ms' },
    {
      in: {
        schema: bids,
        elements: [
          { at: 100, row: bid('ada', 5) },
          { watermark: 108 },
          { at: 109, row: bid('ada', 5) },
          { watermark: 109 },
        ],
      },
    },
    { open: true },
  )
  expect(outputs.out).toHaveLength(3)
  expect(state.table('passed').count(0)).toBe(0)
})

test('a deduplicate without event time goes by the clock', () => {
  const clocked = [{ row: bid('ada', 1) }, { clock: '2026-01-01T00:00:09.999Z' }] as const
  const { outputs } = runOperator(
    deduplicate,
    { keys: ['bidder'], within: '10s' },
    {
      in: {
        schema: bids,
        eventTime: false,
        elements: [
          ...clocked,
          { row: bid('ada', 2) },
          { clock: '2026-01-01T00:00:10Z' },
          { row: bid('ada', 3) },
        ],
      },
    },
  )
  expect(outputs.out).toEqual([{ row: bid('ada', 1) }, { row: bid('ada', 3) }])
})

test('a top-n of windows that may fire again is a table until they no longer may', () => {
  const at = 99
  const result = (bidder: string, price: number) => ({
    bidder,
    price,
    window_end: '1970-01-01T00:00:00.100Z',
  })
  const { outputs, ledger } = runOperator(
    topN,
    { partitionBy: ['window_end'], orderBy: [{ expression: 'price', direction: 'desc' }], n: 1 },
    {
      in: {
        schema: { bidder: 'string', price: 'integer', window_end: 'timestamp' },
        table: { changes: 'retract', key: ['bidder', 'window_end'] },
        window: { endColumn: 'window_end', latenessMs: 50 },
        elements: [
          { at, change: '+I', row: result('ada', 5) },
          { watermark: 99 },
          { at, change: '+I', row: result('bob', 6) },
          { watermark: 149 },
          { at, change: '+I', row: result('eve', 7) },
        ],
      },
    },
  )
  expect(outputs.out).toEqual([
    { at, change: '+I', row: result('ada', 5) },
    { watermark: 99 },
    { at, change: '-U', row: result('ada', 5) },
    { at, change: '+U', row: result('bob', 6) },
    { watermark: 149 },
  ])
  expect(ledger).toMatchObject({ in: 3, absorbed: 2, late: 1, held: 0 })
})
