/** Which rows an inspect-sink keeps. */

import { record, runOperator, runPipeline, stream } from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { generatorSource } from '../sources/generator-source.ts'
import { columns, refusals } from '../testing/refusals.ts'
import { inspectSink, readInspected } from './inspect-sink.ts'

function kept(count: number, rows: number, batchRows: number) {
  const elements = Array.from({ length: count }, (_, n) => record({ n }, n * 10))
  const input = stream({ n: 'integer' }, elements)
  const { state, ledger } = runOperator(inspectSink, { rows }, { in: input }, { batchRows })
  expect(ledger.toJson()).toMatchObject({ in: count, passed: count, held: 0 })
  return readInspected(state).map(({ row, timeMs, number }) => ({ n: row[0], timeMs, number }))
}

describe.each([1, 7, 1000])('in batches of %i', (batchRows) => {
  test.each([0, 1, 5, 9, 10, 11, 25, 100])('the last 10 of %i rows stay, in order', (count) => {
    const first = Math.max(0, count - 10)
    const expected = Array.from({ length: count - first }, (_, index) => {
      const n = first + index
      return { n, timeMs: n * 10, number: n }
    })
    expect(kept(count, 10, batchRows)).toEqual(expected)
  })
})

test.each([
  [4, 3, [1, 2, 3]],
  [25, 3, [22, 23, 24]],
  [25, 50, [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]],
  [0, 3, []],
])('of %i rows, 10 of which stay, the newest %i are read', (count, limit, expected) => {
  const input = stream(
    { n: 'integer' },
    Array.from({ length: count }, (_, n) => record({ n }, n)),
  )
  const { state } = runOperator(inspectSink, { rows: 10 }, { in: input })
  expect(inspectSink.inspectRows?.(state, limit)).toEqual({
    rows: expected.map((n) => [n]),
    changes: expected.map(() => '+I'),
    total: count,
  })
})

test('changes of a table are kept as they came', () => {
  const table = { changes: 'retract' as const, key: ['n'] }
  const elements = [
    { change: '+I' as const, row: { n: 1 } },
    { change: '-D' as const, row: { n: 1 } },
  ]
  const input = { schema: { n: 'integer' }, table, eventTime: false, elements }
  const { state } = runOperator(inspectSink, {}, { in: input })
  expect(readInspected(state)).toEqual([
    { row: [1], timeMs: undefined, change: '+I', number: 0 },
    { row: [1], timeMs: undefined, change: '-D', number: 1 },
  ])
})

test('a running job shows the rows of its node', async () => {
  const document = {
    format: 'millrace/1',
    name: 'Looked at',
    nodes: {
      made: {
        operator: 'generator-source',
        config: { count: 5, pace: 'event-time', columns: { n: { type: 'sequence' } } },
      },
      seen: { operator: 'inspect-sink', config: { rows: 2 } },
    },
    edges: [{ from: 'made', to: 'seen' }],
  }
  const operators = [generatorSource, inspectSink]
  const seen: unknown[] = []
  await runPipeline(document, {
    operators,
    onSlice: (job) => {
      const state = job.stateOf('seen')
      if (state !== undefined) seen.push(readInspected(state).map(({ row }) => row))
    },
  })
  expect(seen).toEqual([[[0]], [[0], [1]], [[1], [2]], [[2], [3]]])
})

test.each([0, 100_001])('%d rows are refused', (rows) => {
  expect(refusals(inspectSink, { rows }, { in: columns({ n: 'integer' }) })).toEqual([
    'out-of-range rows Rows must be a whole number from 1 to 100000.',
  ])
})
