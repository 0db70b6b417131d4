/** How long a turn may take, among others and alone. */

import { expect, test } from 'vitest'
import { TurnLimits } from './turn-limits.ts'

const MB = 2 ** 20
const ALONE = { ms: 3_000, shared: false }

function limits(jobCount: number, heapBytes: number) {
  const all = new TurnLimits({ turnMs: 3_000, sharedTurnMs: 500 })
  all.update({ jobCount, heapBytes })
  return all
}

test.each([
  ['alone', 1, 60 * MB, false, ALONE],
  ['before anything is known', 0, 0, false, ALONE],
  ['among others', 2, 60 * MB, false, { ms: 560, shared: true }],
  ['among others in a large heap, which takes long to collect', 9, 900 * MB, false],
  ['where a collection may take longer than any turn', 2, 4_000 * MB, false, ALONE],
  ['among others, where it has shown that it needs long turns', 2, 60 * MB, true, ALONE],
])('%s', (_, jobCount, heapBytes, patient, limit = { ms: 1_400, shared: true }) => {
  expect(limits(jobCount, heapBytes).of(patient)).toEqual(limit)
})

test('who was among others and is left alone may take longer again', () => {
  const all = limits(2, 0)
  all.update({ jobCount: 1, heapBytes: 0 })
  expect(all.of(false)).toEqual(ALONE)
})
