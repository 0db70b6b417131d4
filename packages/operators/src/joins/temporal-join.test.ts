/** What a temporal join takes from its table, and when. */

import {
  clock,
  record,
  runOperator,
  stream,
  type TestElement,
  type TestStream,
  watermark,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { temporalJoin } from './temporal-join.ts'

const orders = { id: 'integer', code: 'string' }
const rates = { key: 'string', rate: 'integer', at: 'timestamp' }
const config = {
  on: [['code', 'key']],
  columns: { id: 'stream.id', rate: 'table.rate' },
}

function run(given: object, ones: readonly TestElement[], table: TestStream, open = true) {
  const inputs = { stream: stream(orders, ones), table }
  return runOperator(temporalJoin, { ...config, ...given }, inputs, { open })
}

const order = (id: number, at: number) => record({ id, code: 'a' }, at)
const version = (rate: number | null, at: number) => record({ key: 'a', rate, at }, at)
const result = (id: number, rate: number | null, at: number) => record({ id, rate }, at)

test('a version holds from its time on, that time included, and records leave in the order of time', () => {
  const { outputs } = run(
    {},
    [order(1, 9), order(2, 4), order(3, 5), watermark(8), watermark(9)],
    stream(rates, [version(20, 5), version(10, 2), watermark(9)]),
  )
  expect(outputs.out).toEqual([
    result(2, 10, 4),
    result(3, 20, 5),
    watermark(8),
    result(1, 20, 9),
    watermark(9),
  ])
})

test('the last version before the watermark is kept, and only that one', () => {
  const { outputs, ledger } = run(
    {},
    [watermark(50), watermark(50), watermark(50), order(1, 60), watermark(60)],
    stream(rates, [version(10, 2), version(20, 5), version(30, 99), watermark(50), watermark(60)]),
  )
  expect(outputs.out).toEqual([watermark(50), result(1, 20, 60), watermark(60)])
  expect(ledger.toJson()).toMatchObject({ in: 4, held: 2, expired: 1, absorbed: 1 })
})

test('a version that comes out of order counts by its time, and an older one than the watermark is late', () => {
  const { outputs, ledger } = run(
    {},
    [watermark(3), order(1, 6), watermark(9)],
    stream(rates, [watermark(3), version(20, 7), version(10, 4), version(5, 3), watermark(9)]),
  )
  expect(outputs.out).toEqual([watermark(3), result(1, 10, 6), watermark(9)])
  expect(outputs.late).toEqual([
    watermark(3),
    record(
      {
        side: 'table',
        stream: null,
        table: { key: 'a', rate: 5, at: '1970-01-01T00:00:00.003Z' },
      },
      3,
    ),
    watermark(9),
  ])
  expect(ledger.late).toBe(1)
})

test('a row with nothing but key and event time deletes; one with another time does not', () => {
  const gone = run(
    { type: 'left' },
    [order(1, 9)],
    stream(rates, [version(10, 2), version(null, 5)]),
    false,
  )
  expect(gone.outputs.out).toEqual([result(1, null, 9)])
  expect(gone.ledger.toJson()).toMatchObject({ held: 0, absorbed: 2, expired: 1 })
  const other = record({ key: 'a', rate: null, at: 6 }, 5)
  const kept = run({}, [order(1, 9)], stream(rates, [version(10, 2), other]), false)
  expect(kept.outputs.out).toEqual([result(1, null, 9)])
  const only = { ...config, columns: { id: 'stream.id' } }
  const inputs = {
    stream: stream(orders, [order(1, 9)]),
    table: stream({ key: 'string' }, [record({ key: 'a' }, 2)]),
  }
  expect(runOperator(temporalJoin, only, inputs).outputs.out).toEqual([record({ id: 1 }, 9)])
})

test('a table replaces and deletes by its changes', () => {
  const table: TestStream = {
    schema: rates,
    table: { changes: 'retract', key: ['key'] },
    elements: [
      { ...version(10, 2), change: '+I' },
      { ...version(10, 2), change: '-U' },
      { ...version(20, 4), change: '+U' },
      { ...version(20, 6), change: '-D' },
    ],
  }
  const ones = [order(1, 3), order(2, 5), order(3, 7)]
  const { outputs, ledger } = run({ onError: 'fail', type: 'left' }, ones, table, false)
  expect(outputs.out).toEqual([result(1, 10, 3), result(2, 20, 5), result(3, null, 7)])
  expect(ledger.toJson()).toMatchObject({ in: 7, held: 0, absorbed: 7 })
})

test('as of latest, a record leaves as it arrives with what the table has then, in the order of arrival', () => {
  const { outputs } = run(
    { asOf: 'latest', type: 'left' },
    [order(1, 3), order(2, 9), order(3, 1)],
    stream(rates, [version(10, 8), version(20, 2), version(null, 5)]),
  )
  expect(outputs.out).toEqual([result(1, null, 3), result(2, 10, 9), result(3, 20, 1)])
})

test('a record whose expression has no value goes to errors with its version', () => {
  const { outputs, ledger } = run(
    { columns: { q: '1 / table.rate' } },
    [order(1, 9)],
    stream(rates, [version(0, 2)]),
    false,
  )
  expect(outputs.errors).toMatchObject([
    {
      row: {
        raw: '{"stream":{"id":1,"code":"a"},"table":{"key":"a","rate":0,"at":"1970-01-01T00:00:00.002Z"}}',
      },
    },
  ])
  expect(ledger.toJson()).toMatchObject({ deadLettered: 2, held: 0 })
})

test.each(['event-time', 'latest'])(
  'as of %s, what the table has is forgotten after its time to live',
  (asOf) => {
    const at = Date.UTC(2026, 0, 1)
    const nothing = watermark(Number.NEGATIVE_INFINITY)
    const forgotten = (waitMs: number) =>
      runOperator(
        temporalJoin,
        { ...config, asOf, type: 'left', stateTimeToLive: '1m' },
        {
          stream: stream(orders, [nothing, nothing, order(1, 9)]),
          table: { ...stream(rates, []), elements: [version(10, 2), clock(at + waitMs)] },
        },
      )
    expect(forgotten(59_999).outputs.out).toEqual([result(1, 10, 9)])
    const late = forgotten(60_000)
    expect(late.outputs.out).toEqual([result(1, null, 9)])
    expect(late.ledger.toJson()).toMatchObject({ held: 0, expired: 1, absorbed: 1 })
  },
)

describe('refuses', () => {
  const table = { ...columns(rates), table: { changes: 'retract' as const, key: ['key'] } }
  const given = { ...config, onError: 'fail' }

  test.each<[string, object, object, readonly string[]]>([
    [
      'a table as the stream',
      given,
      { stream: { ...columns(orders), table: { changes: 'retract', key: ['id'] } }, table },
      [
        'temporal-join-stream-is-table stream Input "stream" is a table (retract), whose rows replace each other, and a ' +
          'temporal join gives rows to the records of a stream. Use a table-join for two tables, or put this node before ' +
          'the operator that makes the table.',
      ],
    ],
    [
      'inputs without event time',
      given,
      { stream: columns(orders, false), table: columns(rates, false) },
      ['stream', 'table'].map(
        (port) =>
          `needs-event-time ${port} A temporal join as of event time goes by the times of both inputs, and input ` +
          `"${port}" has none. Put an assign-time before the operator that makes it, or set "asOf" to "latest".`,
      ),
    ],
    [
      'nothing of these as of latest',
      { ...given, asOf: 'latest' },
      { stream: columns(orders, false), table: columns(rates, false) },
      [],
    ],
    [
      'a table with another key',
      given,
      {
        stream: columns(orders),
        table: { ...table, table: { changes: 'retract', key: ['key', 'at'] } },
      },
      [
        'temporal-join-key-not-of-table on The table\'s key is "key" and "at", and "on" compares "key", for which it may ' +
          'have several rows at a time. Compare all columns of the key and no others, or put a to-table with the key ' +
          '"key" before this input.',
      ],
    ],
    [
      'unequal key types',
      { ...given, on: [['id', 'key']] },
      { stream: columns(orders), table },
      [
        'join-key-types on.0 stream.id is integer and table.key is string, and only columns of the same type can be ' +
          'compared here. CAST one of them in a select before the join.',
      ],
    ],
  ])('%s', (_, refused, inputs, expected) => {
    expect(refusals(temporalJoin, refused, inputs as { [port: string]: TestStream })).toEqual(
      expected,
    )
  })
})
