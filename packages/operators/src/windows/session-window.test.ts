/** How sessions begin, grow, merge and end, and which records come too late for them. */

import { record, runOperator, stream, type TestElement, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { sessionWindow } from './session-window.ts'

const aggregates = { ids: 'COLLECT(id)' }

function run(elements: readonly TestElement[], options = {}) {
  const input = stream({ user: 'string', id: 'integer' }, elements)
  const config = { gap: '10ms', groupBy: ['user'], aggregates }
  return runOperator(sessionWindow, config, { in: input }, options)
}

function at(timeMs: number, id: number, user: string | null = 'a'): TestElement {
  return record({ user, id }, timeMs)
}

/** The result of the session [startMs, endMs). */
function result(startMs: number, endMs: number, ids: readonly number[], user: string | null = 'a') {
  const iso = (ms: number) => new Date(ms).toISOString()
  return record({ user, window_start: iso(startMs), window_end: iso(endMs), ids }, endMs - 1)
}

test('records closer than the gap are one session, and one exactly a gap later is another', () => {
  //  1........
  //       2.........         [0, 15)
  //                 3.........   touches it at 15
  const { outputs } = run([at(0, 1), at(5, 2), at(15, 3)])
  expect(outputs['out']).toEqual([result(0, 15, [1, 2]), result(15, 25, [3])])
})

test('a record may extend a session backwards', () => {
  //         1.........
  //  2.........
  const { outputs } = run([at(9, 1), at(0, 2)])
  expect(outputs['out']).toEqual([result(0, 19, [2, 1])])
})

test('a record between two sessions joins them, and with it all their records', () => {
  //  1.........
  //                  2.........
  //          3.........
  const { outputs, ledger } = run([at(0, 1), at(16, 2), at(8, 3)])
  expect(outputs['out']).toEqual([result(0, 26, [1, 3, 2])])
  expect(ledger.toJson()).toMatchObject({ in: 3, absorbed: 3 })
})

test('one that touches both leaves them apart', () => {
  //  1.........3.........2.........
  const { outputs } = run([at(0, 1), at(20, 2), at(10, 3)])
  expect(outputs['out']).toEqual([result(0, 10, [1]), result(10, 20, [3]), result(20, 30, [2])])
})

test('sessions merge within a group only', () => {
  const { outputs } = run([at(0, 1), at(5, 2, null), at(9, 3)])
  expect(outputs['out']).toEqual([result(5, 15, [2], null), result(0, 19, [1, 3])])
})

test('a session fires at its own end, not at the one it had before it grew', () => {
  //  1.........
  //        2.........   [0, 16)
  const { outputs } = run([at(0, 1), at(6, 2), watermark(9), watermark(14), watermark(15)], {
    open: true,
  })
  expect(outputs['out']).toEqual([
    watermark(9),
    watermark(14),
    result(0, 16, [1, 2]),
    watermark(15),
  ])
})

test('a record behind the watermark belongs to the open session that it overlaps', () => {
  //  1.........
  //         3.........      late by itself at W=17, but [0, 18) is open until then
  //        2.........
  const { outputs, ledger } = run([at(0, 1), at(8, 2), watermark(16), at(-5, 3)], { open: true })
  expect(outputs['late']).toEqual([watermark(16)])
  expect(ledger.toJson()).toMatchObject({ held: 3, late: 0 })
})

test('it is late where it would only touch that session, or the session has fired', () => {
  const { outputs, ledger } = run(
    [at(0, 1), at(8, 2), watermark(16), at(-10, 3), watermark(17), at(5, 4)],
    { open: true },
  )
  expect(outputs['out']).toEqual([watermark(16), result(0, 18, [1, 2]), watermark(17)])
  expect(outputs['late']).toEqual([watermark(16), at(-10, 3), watermark(17), at(5, 4)])
  expect(ledger.toJson()).toMatchObject({ absorbed: 2, late: 2 })
})

test('sessions that end together leave by start, then by group, however they came about', () => {
  //  b  . . 2.........    was [8, 18) and began at 0 in the end
  //  b  3.........
  //  a    . 1.........    [7, 17) and 4 makes it [7, 18)
  const { outputs } = run([at(8, 2, 'b'), at(7, 1), at(8, 4), at(0, 3, 'b'), at(8, 5, null)])
  expect(outputs['out']).toEqual([
    result(0, 18, [3, 2], 'b'),
    result(7, 18, [1, 4]),
    result(8, 18, [5], null),
  ])
})

test('a record for which an aggregate has no value begins no session and joins none', () => {
  const input = stream({ n: 'integer' }, [
    record({ n: 1 }, 0),
    record({ n: 0 }, 9),
    record({ n: 1 }, 18),
    record({ n: 0 }, 50),
  ])
  const config = { gap: '10ms', aggregates: { sum: 'SUM(6 / n)' } }
  const { outputs, ledger } = runOperator(sessionWindow, config, { in: input })
  expect(outputs['out']).toMatchObject([
    { at: 9, row: { sum: 6 } },
    { at: 27, row: { sum: 6 } },
  ])
  expect(ledger.toJson()).toMatchObject({ in: 4, absorbed: 2, deadLettered: 2 })
})

test('a sum that leaves exact integers where sessions merge stops the job by group', () => {
  const big = Number.MAX_SAFE_INTEGER
  const input = stream({ n: 'integer' }, [
    record({ n: big }, 0),
    record({ n: big }, 16),
    record({ n: 0 }, 8),
  ])
  const config = { gap: '10ms', groupBy: ['n'], aggregates: { sum: 'SUM(n)' } }
  expect(runOperator(sessionWindow, config, { in: input }).failure).toBeUndefined()
  const { failure } = runOperator(sessionWindow, { ...config, groupBy: [] }, { in: input })
  expect(failure).toMatchObject({ domain: 'user', nodeId: 'tested' })
  expect(failure?.message).toContain('A SUM of integers left the range')
})

test.each([
  [{}, ['missing-field gap Field "gap" is required. Add it, for instance "gap": "5s".']],
  [
    { gap: '10' },
    [
      'bad-duration gap "10" has no unit. Write a whole number and a unit, for instance "250ms", "5s", "1m30s", "2h" or "7d".',
    ],
  ],
  [
    { gap: '1m', offset: '5s' },
    [
      'unknown-field offset Field "offset" is not known to operator "session-window". Its fields are "gap", "groupBy", "aggregates", "time", "allowedLateness", "early", "accumulation" and "onError". Remove it.',
    ],
  ],
])('%j is refused', (config, expected) => {
  const input = columns({ user: 'string', id: 'integer' })
  expect(refusals(sessionWindow, { aggregates, ...config }, { in: input })).toEqual(expected)
})
