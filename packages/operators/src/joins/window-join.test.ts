/** What leaves a window join besides matches, and what it refuses. */

import {
  record,
  runOperator,
  stream,
  type TestElement,
  VirtualEnv,
  watermark,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { windowJoin } from './window-join.ts'

const window = { type: 'tumbling', size: '10ms' }
const left = { id: 'string', n: 'integer' }
const right = { key: 'string', m: 'integer' }

function run(config: object, ones: readonly TestElement[], others: readonly TestElement[]) {
  const inputs = { left: stream(left, ones), right: stream(right, others) }
  return runOperator(windowJoin, { window, on: [['id', 'key']], ...config }, inputs)
}

test('results leave before the watermark that causes them, at the last millisecond of the window', () => {
  const { outputs } = run(
    {},
    [record({ id: 'a', n: 1 }, 3), watermark(12)],
    [record({ key: 'a', m: 2 }, 9), watermark(9)],
  )
  expect(outputs.out).toEqual([record({ id: 'a', n: 1, key: 'a', m: 2 }, 9), watermark(9)])
})

test('window bounds can be columns, also where a side has columns of these names', () => {
  const { outputs, outputSchemas } = runOperator(
    windowJoin,
    {
      window,
      columns: { start: 'window_start', end: ' window_end', of: 'left.window_start' },
    },
    {
      left: stream({ window_start: 'integer' }, [record({ window_start: 5 }, 13)]),
      right: stream(right, [record({ key: 'a' }, 11)]),
    },
  )
  expect(outputSchemas.out?.window).toEqual({ endColumn: 'end', latenessMs: 0 })
  expect(outputs.out).toEqual([
    record({ start: '1970-01-01T00:00:00.010Z', end: '1970-01-01T00:00:00.020Z', of: 5 }, 19),
  ])
})

test('a late record leaves with its side, as a record', () => {
  const { outputs, ledger } = run(
    {},
    [record({ id: 'a', n: 1 }, 1), watermark(9), record({ id: 'a', n: 2 }, 4)],
    [watermark(9), record({ key: 'a', m: 3 }, 2)],
  )
  expect(outputs.late).toEqual([
    watermark(9),
    record({ side: 'right', left: null, right: { key: 'a', m: 3 } }, 2),
    record({ side: 'left', left: { id: 'a', n: 2 }, right: null }, 4),
  ])
  expect(ledger.late).toBe(2)
})

describe('a pair that has no value', () => {
  const ones = [record({ id: 'a', n: 0 }, 1), record({ id: 'a', n: 5 }, 2)]
  const others = [record({ key: 'a', m: 10 }, 1)]

  test('leaves a row in errors, and neither record counts as alone', () => {
    const { outputs, ledger } = run({ type: 'full', where: 'm / n = 3' }, ones, others)
    expect(outputs.errors).toMatchObject([
      { row: { raw: '{"left":{"id":"a","n":0},"right":{"key":"a","m":10}}', node: 'tested' } },
    ])
    expect(outputs.out).toEqual([record({ id: 'a', n: 5, key: null, m: null }, 9)])
    expect(ledger.toJson()).toMatchObject({ absorbed: 1, deadLettered: 2, expired: 0 })
  })

  test('does not keep its records out of other results', () => {
    const { outputs, ledger } = run({ columns: { q: 'right.m / left.n' } }, ones, others)
    expect(outputs.out).toEqual([record({ q: 2 }, 9)])
    expect(ledger.toJson()).toMatchObject({ absorbed: 2, deadLettered: 1 })
  })

  test.each([
    ['semi', [record({ id: 'a', n: 5 }, 9)], { absorbed: 2, deadLettered: 1 }],
    ['anti', [], { absorbed: 0, deadLettered: 2, expired: 1 }],
  ])('is no answer to %s', (type, expected, books) => {
    const { outputs, ledger } = run({ type, where: 'm / n = 2' }, ones, others)
    expect(outputs.out).toEqual(expected)
    expect(ledger.toJson()).toMatchObject(books)
  })

  test('stops the job with onError "fail"', () => {
    const { failure } = run({ where: 'm / n = 2', onError: 'fail' }, ones, others)
    expect(failure?.domain).toBe('user')
    expect(failure?.message).toContain(
      'The records are {"left":{"id":"a","n":0},"right":{"key":"a","m":10}}.',
    )
  })

  test('shows of long records the beginning and the length', () => {
    const id = 'a'.repeat(500)
    const config = { where: 'm / n = 2', onError: 'fail' }
    const { failure } = run(config, [record({ id, n: 0 }, 1)], [record({ key: id, m: 10 }, 1)])
    expect(failure?.message).toContain(
      `The records are {"left":{"id":"${'a'.repeat(185)}… (1050 characters).`,
    )
  })

  test('of a record that leaves alone is shown without the other side', () => {
    const { outputs } = run({ type: 'left', columns: { q: '1 / left.n' } }, ones, [])
    expect(outputs.errors).toMatchObject([
      { row: { raw: '{"left":{"id":"a","n":0},"right":null}' } },
    ])
    expect(outputs.out).toEqual([record({ q: 0 }, 9)])
  })
})

test('a record in no window is filtered', () => {
  const hopping = { type: 'hopping', size: '5ms', slide: '10ms' }
  const { ledger } = run({ window: hopping }, [record({ id: 'a' }, 7)], [])
  expect(ledger.toJson()).toMatchObject({ in: 1, filtered: 1, held: 0 })
})

test('what waits for its window is held', () => {
  const inputs = {
    left: stream(left, [record({ id: 'a' }, 7), record({}, 8)]),
    right: stream(right, [record({ key: 'b' }, 7)]),
  }
  const config = { window, on: [['id', 'key']] }
  const { ledger } = runOperator(windowJoin, config, inputs, { open: true })
  expect(ledger.toJson()).toMatchObject({ in: 3, held: 2, expired: 1 })
})

test('the thread can be given back in the middle of a million pairs', () => {
  const env = new VirtualEnv()
  const ones = Array.from({ length: 1000 }, (_, n) => record({ id: 'a', n }, 1))
  const others = Array.from({ length: 1000 }, (_, m) => record({ key: 'a', m }, 1))
  let looks = 0
  const clock = {
    nowMs: () => env.clock.nowMs(),
    monotonicMs: () => {
      looks++
      return 0
    },
  }
  const inputs = { left: stream(left, ones), right: stream(right, others) }
  const config = { window, on: [['id', 'key']], where: 'n + m = 3' }
  const watched = Object.assign(Object.create(env), { clock })
  const { outputs } = runOperator(windowJoin, config, inputs, { env: watched })
  expect(outputs.out).toHaveLength(4)
  // The clock is read at every eighth point at which the thread could be given back.
  expect(looks).toBeGreaterThan(1_000_000 / 64 / 8)
})

const config = { window, on: [['id', 'key']] }

test.each<[object, readonly string[]]>([
  [{}, ['missing-field window Field "window" is required. Add it.']],
  [
    { ...config, window: { type: 'cumulate', size: '10s', step: '3s' } },
    [
      'cumulate-step-not-divisor window.step Size 10s is not a multiple of step 3s. Choose a step that divides the ' +
        'size.',
    ],
  ],
  [
    { ...config, window: { type: 'hopping', size: '365d', slide: '1ms' } },
    [
      'too-many-windows window.slide With size 365d and slide 1ms a record would be in up to 31536000000 windows, and ' +
        'the limit is 100000. Choose a slide of at least 5m15s360ms, or a smaller size.',
    ],
  ],
  [
    { ...config, window: { type: 'cumulate', size: '1d', step: '1ms' } },
    [
      'too-many-windows window.step With size 1d and step 1ms a record would be in up to 86400000 windows, and ' +
        'the limit is 100000. Choose a step of at least 864ms, or a smaller size.',
    ],
  ],
  [
    { ...config, on: [['idd', 'm']] },
    [
      'column-unknown on.0.0 There is no column "idd" in left. Did you mean "id"? Its columns are "id", "n".',
    ],
  ],
  [
    { ...config, on: [['id', 'm']] },
    [
      'join-key-types on.0 left.id is string and right.m is integer, and only columns of the same type can be compared ' +
        'here. CAST one of them in a select before the join.',
    ],
  ],
  [
    { ...config, where: 'left.n' },
    [
      'expression-type where The expression is integer, but boolean is needed. Write a condition, such as a comparison.',
    ],
  ],
  [
    { ...config, columns: { x: 'right.n' } },
    [
      'column-unknown columns.x There is no column "n" in right. Did you mean "m"? The columns are key, m.',
    ],
  ],
  [
    { ...config, columns: { x: 'NULL' } },
    [
      'column-type columns.x NULL alone has no type. Write CAST(NULL AS STRING), with the type of the column.',
    ],
  ],
])('%j is refused', (given, expected) => {
  const inputs = { left: columns(left), right: columns(right) }
  expect(refusals(windowJoin, given, inputs)).toEqual(expected)
})

test('a semi join has left columns only', () => {
  const inputs = { left: columns(left), right: columns(right) }
  const given = { ...config, type: 'semi', columns: { x: 'right.m' } }
  expect(refusals(windowJoin, given, inputs)[0]).toContain('column-unknown columns.x')
})

test('columns of one name on both sides are refused, unless the output is listed', () => {
  const inputs = {
    left: columns({ id: 'string', 'a b': 'integer' }),
    right: columns({ 'a b': 'string' }),
  }
  expect(refusals(windowJoin, { window }, inputs)).toEqual([
    'column-on-both-sides columns Column "a b" is on both sides, and the output cannot have two of one name. List the ' +
      'output in "columns", for instance "a b": "left.`a b`".',
  ])
  expect(refusals(windowJoin, { window, type: 'anti' }, inputs)).toEqual([])
  const listed = { window, columns: { 'a b': 'left.`a b`' } }
  expect(refusals(windowJoin, listed, inputs)).toEqual([])
})

test('a table and a stream without event time are refused', () => {
  const inputs = {
    left: columns(left, false),
    right: { ...columns(right), table: { changes: 'upsert' as const, key: ['key'] } },
  }
  expect(refusals(windowJoin, { ...config, onError: 'fail' }, inputs)).toEqual([
    'needs-event-time left Windows go by event time, and the records of input "left" have none. Put an assign-time ' +
      'before this node.',
    'window-join-of-table right Input "right" is a table (upsert), whose rows replace each other, and a window join ' +
      'takes append streams. Use a table-join, or put this node before the operator that makes the table.',
  ])
})
