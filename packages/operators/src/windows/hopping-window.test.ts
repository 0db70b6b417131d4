/**
 * What hopping windows do where they overlap, where they do not meet, and with records that only
 * some still take.
 */

import { record, runOperator, stream, type TestElement, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { hoppingWindow } from './hopping-window.ts'

const aggregates = { n: 'COUNT(*)', ids: 'COLLECT(id)' }

function run(config: object, elements: readonly TestElement[], options = {}) {
  const input = stream({ id: 'integer' }, elements)
  return runOperator(hoppingWindow, { aggregates, ...config }, { in: input }, options)
}

/** The result of the window [startMs, endMs). */
function result(startMs: number, endMs: number, ids: readonly number[]): TestElement {
  const iso = (ms: number) => new Date(ms).toISOString()
  const row = { window_start: iso(startMs), window_end: iso(endMs), n: ids.length, ids }
  return record(row, endMs - 1)
}

test('a record counts in every window that contains it', () => {
  //  [-5      5)
  //       [0      10)
  //            [5      15)
  //         1    2
  const elements = [record({ id: 1 }, 2), record({ id: 2 }, 7)]
  const { outputs, ledger } = run({ size: '10ms', slide: '5ms' }, elements)
  expect(outputs['out']).toEqual([result(-5, 5, [1]), result(0, 10, [1, 2]), result(5, 15, [2])])
  expect(ledger.toJson()).toMatchObject({ in: 2, absorbed: 2, out: 3 })
})

test('a slide that does not divide the size is as good as one that does', () => {
  //  [-3       2)
  //        [0       5)
  //              [3       8)
  //  1 at 1, 2 at 2, 3 at 4
  const elements = [record({ id: 1 }, 1), record({ id: 2 }, 2), record({ id: 3 }, 4)]
  const { outputs } = run({ size: '5ms', slide: '3ms' }, elements)
  expect(outputs['out']).toEqual([result(-3, 2, [1]), result(0, 5, [1, 2, 3]), result(3, 8, [3])])
})

test('a record between two windows is filtered, and is never late', () => {
  //  [0 3)       [10 13)
  //   1    2  W=20  3
  const { outputs, ledger } = run({ size: '3ms', slide: '10ms' }, [
    record({ id: 1 }, 1),
    record({ id: 2 }, 5),
    watermark(20),
    record({ id: 3 }, 5),
  ])
  expect(outputs['out']).toEqual([result(0, 3, [1]), watermark(20)])
  expect(outputs['late']).toEqual([watermark(20)])
  expect(ledger.toJson()).toMatchObject({ in: 3, filtered: 2, late: 0, absorbed: 1 })
})

test('a record loses only the windows that have fired, also where its pane is new', () => {
  //  [-5      5)         has fired
  //       [0      10)    takes 2
  //     2  W=4
  const { outputs, ledger } = run({ size: '10ms', slide: '5ms' }, [
    record({ id: 1 }, 7),
    watermark(4),
    record({ id: 2 }, 2),
  ])
  expect(outputs['out']).toEqual([watermark(4), result(0, 10, [2, 1]), result(5, 15, [1])])
  expect(ledger.toJson()).toMatchObject({ in: 2, late: 0, absorbed: 2 })
})

test('a record added to a pane that a fired window has read does not change what it gave', () => {
  //  [-5      5)         fires with 1
  //       [0      10)    fires with 1 and 2
  //     1 W=4 2
  const { outputs } = run({ size: '10ms', slide: '5ms' }, [
    record({ id: 1 }, 2),
    watermark(4),
    record({ id: 2 }, 3),
  ])
  expect(outputs['out']).toEqual([result(-5, 5, [1]), watermark(4), result(0, 10, [1, 2])])
})

test('a record is late when its last window has fired, and held until then', () => {
  //  [0      10) is the last window of 2
  const steps = [record({ id: 1 }, 2), watermark(4), watermark(8)]
  const before = run({ size: '10ms', slide: '5ms' }, steps, { open: true })
  expect(before.ledger.toJson()).toMatchObject({ held: 1, absorbed: 0 })
  const after = run(
    { size: '10ms', slide: '5ms' },
    [...steps, watermark(9), record({ id: 2 }, 4)],
    { open: true },
  )
  expect(after.ledger.toJson()).toMatchObject({ held: 0, absorbed: 1, late: 1 })
  expect(after.outputs['late']?.at(-1)).toEqual(record({ id: 2 }, 4))
})

test('one watermark far ahead fires window by window, those without records left out', () => {
  //  [-5 5) [0 10)   nothing in between   [995 1005) [1000 1010)
  const { outputs } = run({ size: '10ms', slide: '5ms' }, [
    record({ id: 2 }, 1001),
    record({ id: 1 }, 1),
    watermark(5000),
  ])
  expect(outputs['out']).toEqual([
    result(-5, 5, [1]),
    result(0, 10, [1]),
    result(995, 1005, [2]),
    result(1000, 1010, [2]),
    watermark(5000),
  ])
})

test('a lone record in a window of a day every second costs its 86,400 results and no more', () => {
  const config = { size: '1d', slide: '1s', aggregates: { n: 'COUNT(*)' } }
  const { ledger } = run(config, [record({ id: 1 }, 0)])
  expect(ledger.toJson()).toMatchObject({ in: 1, absorbed: 1, out: 86_400 })
})

test('a sum that leaves exact integers only where panes come together stops the job by group', () => {
  const { failure } = run({ size: '10ms', slide: '5ms', aggregates: { sum: 'SUM(id)' } }, [
    record({ id: Number.MAX_SAFE_INTEGER }, 1),
    record({ id: Number.MAX_SAFE_INTEGER }, 6),
  ])
  expect(failure).toMatchObject({ domain: 'user' })
  expect(failure?.message).toContain('A SUM of integers left the range')
})

test.each([
  [
    { size: '1m' },
    ['missing-field slide Field "slide" is required. Add it, for instance "slide": "5s".'],
  ],
  [
    { size: '1m', slide: '-5s' },
    ['bad-duration slide Slide is -5s and must be longer than 0s. Choose at least "1ms".'],
  ],
  [
    { size: '365d', slide: '1ms' },
    [
      'too-many-windows slide With size 365d and slide 1ms a record would be in up to 31536000000 windows, and the limit is 100000. Choose a slide of at least 5m15s360ms, or a smaller size.',
    ],
  ],
  [{ size: '100s', slide: '1ms' }, []],
  [
    { size: '100001ms', slide: '1ms' },
    [
      'too-many-windows slide With size 1m40s1ms and slide 1ms a record would be in up to 100001 windows, and the limit is 100000. Choose a slide of at least 2ms, or a smaller size.',
    ],
  ],
])('the answer to %j is %j', (config, expected) => {
  const input = columns({ id: 'integer' })
  expect(refusals(hoppingWindow, { aggregates, ...config }, { in: input })).toEqual(expected)
})
