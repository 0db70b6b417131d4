/** Which windows sliding ones are, and what they refuse. */

import { record, runOperator, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { columns, refusals } from '../testing/refusals.ts'
import { slidingWindow } from './sliding-window.ts'

const aggregates = { ids: 'COLLECT(id)' }

test('there is a window that ends with each time and one that begins after it, both ends within', () => {
  //  size 3    5     7
  //      [2    5]
  //         [4     7]
  //             [6    9]
  const elements = [record({ id: 1 }, 5), record({ id: 2 }, 7)]
  const input = stream({ id: 'integer' }, elements)
  const { outputs } = runOperator(slidingWindow, { size: '3ms', aggregates }, { in: input })
  const at = (ms: number) => new Date(ms).toISOString()
  const result = (startMs: number, found: readonly number[]) =>
    record({ window_start: at(startMs), window_end: at(startMs + 4), ids: found }, startMs + 3)
  expect(outputs['out']).toEqual([result(2, [1]), result(4, [1, 2]), result(6, [2])])
})

test('a record whose own window has closed is used by those that have not, then it is late', () => {
  const elements = [watermark(6), record({ id: 1 }, 5), watermark(8), record({ id: 2 }, 5)]
  const input = stream({ id: 'integer' }, [...elements, record({ id: 3 }, 9)])
  const { outputs, ledger } = runOperator(slidingWindow, { size: '3ms', aggregates }, { in: input })
  const found = (outputs['out'] ?? []).flatMap((one) => ('row' in one ? [one.row['ids']] : []))
  expect(found).toEqual([[3]])
  expect(ledger.toJson()).toMatchObject({ in: 3, late: 1, absorbed: 2 })
})

test.each([
  [{}, ['missing-field size Field "size" is required. Add it, for instance "size": "5s".']],
  [
    { size: '5s', early: { count: 1 }, accumulation: 'discarding' },
    [
      'sliding-window-in-parts accumulation Accumulation is "discarding", and a sliding window is made by a record out of those that were there before, so that there is no telling which of them are new in it. Choose "accumulating" or "retracting".',
    ],
  ],
])('%j is refused', (config, expected) => {
  const input = columns({ id: 'integer' })
  expect(refusals(slidingWindow, { aggregates, ...config }, { in: input })).toEqual(expected)
})
