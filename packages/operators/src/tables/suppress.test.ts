/** What the suppress refuses, when rows leave, and what becomes of those beyond its limit. */

import { runOperator, type TestStream } from '@millrace/engine/testing'
import type { ExampleInput } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { suppress } from './suppress.ts'

const schema = { item: 'string', price: 'integer' }
const table = { changes: 'upsert', key: ['item'] } as const
const change = (kind: '+I' | '+U' | '-D', at: number, item: string, price: number) =>
  ({ at, change: kind, row: { item, price } }) as const

function prices(elements: readonly ExampleInput[], eventTime = true): TestStream {
  return { schema, table, eventTime, elements }
}

describe('is refused', () => {
  const window = { endColumn: 'price', latenessMs: 5 }
  test.each([
    [
      'on a stream',
      {},
      columns(schema),
      'suppress-of-stream in A suppress holds back the updates of a table, and its input is an append stream, whose rows are final already. Take this node out.',
    ],
    [
      'for no time',
      { until: '0s' },
      prices([]),
      'bad-until until Until is "0s", and it is either "window-close" or a duration longer than 0s. Write, for instance, "10s".',
    ],
    [
      'where there is no window to close',
      {},
      prices([]),
      'window-end-missing until Until is "window-close", and the rows of the input are not results of windows that show their end. Set "until" to a duration, such as "10s", or keep the column window_end on the way here.',
    ],
    [
      'where final results would leave early',
      { whenFull: 'emit' },
      { ...prices([]), window },
      'final-results-early whenFull Until is "window-close", and when full is "emit", which would let results out before they are final. Set "whenFull" to "fail".',
    ],
  ])('%s', (_, config, input, line) => {
    expect(refusals(suppress, config, { in: input })).toEqual([line])
  })
})

describe('with a duration', () => {
  test('an update that comes meanwhile takes the place of the first, and not its time', () => {
    const { outputs, ledger } = runOperator(
      suppress,
      { until: '10ms' },
      {
        in: prices([
          change('+I', 100, 'tea', 1),
          { watermark: 105 },
          change('+U', 108, 'tea', 2),
          { watermark: 108 },
          { watermark: 109 },
        ]),
      },
    )
    expect(outputs.out).toEqual([
      { watermark: 95 },
      { watermark: 98 },
      { at: 108, change: '+I', row: { item: 'tea', price: 2 } },
      { watermark: 99 },
    ])
    expect(ledger).toMatchObject({ in: 2, absorbed: 1, passed: 1, held: 0 })
  })

  test('rows leave by the time of their first change, then by key', () => {
    const { outputs } = runOperator(
      suppress,
      { until: '10ms' },
      {
        in: prices([
          change('+I', 3, 'b', 1),
          change('+I', 3, 'a', 1),
          change('+I', 1, 'c', 1),
          change('+U', 9, 'c', 2),
        ]),
      },
    )
    expect(outputs.out?.map((one) => 'row' in one && one.row.item)).toEqual(['c', 'a', 'b'])
  })

  test('what comes and goes meanwhile never leaves, and what has left is deleted later', () => {
    const { outputs, ledger, state } = runOperator(
      suppress,
      { until: '10ms' },
      {
        in: prices([
          change('+I', 1, 'tea', 1),
          change('+I', 1, 'cup', 5),
          change('-D', 2, 'tea', 1),
          { watermark: 50 },
          change('-D', 60, 'cup', 5),
          change('-D', 60, 'jug', 5),
        ]),
      },
    )
    expect(outputs.out).toEqual([
      { at: 1, change: '+I', row: { item: 'cup', price: 5 } },
      { watermark: 40 },
      { at: 1, change: '-D', row: { item: 'cup', price: 5 } },
    ])
    expect(ledger).toMatchObject({ in: 5, passed: 2, absorbed: 2, dropped: 1, held: 0 })
    expect(state.table('entries').count(0)).toBe(0)
  })

  const three = prices(
    ['a', 'b', 'c'].map((item, index) => change('+I', index, item, index)),
    false,
  )

  test('beyond the limit the row that has waited longest leaves early', () => {
    const { outputs } = runOperator(
      suppress,
      { until: '10s', limit: 2 },
      { in: three },
      { open: true },
    )
    expect(outputs.out).toEqual([{ change: '+I', row: { item: 'a', price: 0 } }])
  })

  test('by the clock rows leave as they came, however many come at one reading of it', () => {
    const items = ['c', 'a', 'd', 'b']
    const input = prices(
      items.map((item, index) => change('+I', index, item, index)),
      false,
    )
    const left = (config: object) => {
      const { outputs } = runOperator(suppress, config, { in: input })
      return outputs.out?.map((element) => 'row' in element && element.row.item)
    }
    expect(left({ until: '1h' })).toEqual(items)
    expect(left({ until: '1h', limit: 1 })).toEqual(items)
  })

  test('beyond the limit the job fails where it should', () => {
    const config = { until: '10s', limit: 2, whenFull: 'fail' }
    const { failure } = runOperator(suppress, config, { in: three })
    expect(failure).toMatchObject({
      domain: 'user',
      message:
        'Node "tested" holds back 3 rows, and its limit is 2. Raise the limit, choose a shorter duration, or set "whenFull" to "emit".',
    })
  })

  test('rows that have left are forgotten after the time to live', () => {
    const { outputs, state } = runOperator(
      suppress,
      { until: '1s', stateTimeToLive: '10s' },
      {
        in: prices(
          [
            change('+I', 0, 'tea', 1),
            { clock: '2026-01-01T00:00:10Z' },
            change('+U', 0, 'tea', 2),
            { clock: '2026-01-01T00:00:20Z' },
          ],
          false,
        ),
      },
      { open: true },
    )
    expect(outputs.out).toEqual([
      { change: '+I', row: { item: 'tea', price: 1 } },
      { change: '+I', row: { item: 'tea', price: 2 } },
    ])
    expect(state.table('entries').count(0)).toBe(0)
  })
})

describe('until windows close', () => {
  const at = 99
  const result = (kind: '+I' | '+U' | '-D', page: string, views: number) =>
    ({ at, change: kind, row: { page, views, window_end: '1970-01-01T00:00:00.100Z' } }) as const
  const results = (elements: readonly ExampleInput[]): TestStream => ({
    schema: { page: 'string', views: 'integer', window_end: 'timestamp' },
    table: { changes: 'upsert', key: ['page', 'window_end'] },
    window: { endColumn: 'window_end', latenessMs: 20 },
    elements,
  })

  test('a result that is deleted does not leave, and what comes too late is late', () => {
    const { outputs, ledger } = runOperator(
      suppress,
      {},
      {
        in: results([
          result('+I', 'b', 1),
          result('+I', 'a', 2),
          result('+I', 'c', 3),
          { watermark: 118 },
          result('+U', 'b', 4),
          result('-D', 'c', 3),
          { watermark: 119 },
          result('+U', 'b', 5),
        ]),
      },
    )
    expect(outputs.out).toEqual([
      { watermark: 98 },
      { at, row: result('+I', 'a', 2).row },
      { at, row: result('+I', 'b', 4).row },
      { watermark: 99 },
    ])
    expect(ledger).toMatchObject({ in: 6, passed: 2, absorbed: 3, late: 1, held: 0 })
  })

  test('beyond the limit the job fails', () => {
    const { failure } = runOperator(
      suppress,
      { limit: 1 },
      {
        in: results([result('+I', 'a', 1), result('+U', 'a', 2), result('+I', 'b', 1)]),
      },
    )
    expect(failure?.message).toBe(
      'Node "tested" holds back 2 results, and its limit is 1. Raise the limit, or let the windows close sooner.',
    )
  })
})
