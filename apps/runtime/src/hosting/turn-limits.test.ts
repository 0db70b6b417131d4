/** How long a turn may take, among others and alone. */

import { expect, test } from 'vitest'
import { TurnLimits } from './turn-limits.ts'

const MB = 2 ** 20
const ALONE = { ms: 3_000, shared: false }
const USUAL = { patient: false, isOnProbation: false, nodeCount: 5 }

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
  expect(limits(jobCount, heapBytes).of({ ...USUAL, patient })).toEqual(limit)
})

test.each([
  ['of a few nodes', 5, 2, 60 * MB, { ms: 215, shared: true }],
  ['of many nodes, each of which has code of its own', 200, 2, 60 * MB, { ms: 410, shared: true }],
  ['never longer than others', 2_000, 2, 60 * MB, { ms: 560, shared: true }],
  ['alone, where nobody waits for it', 5, 1, 60 * MB, ALONE],
  ['where a collection may take longer than any turn', 5, 2, 4_000 * MB, ALONE],
])('a job on probation %s', (_, nodeCount, jobCount, heapBytes, limit) => {
  const taker = { patient: false, isOnProbation: true, nodeCount }
  expect(limits(jobCount, heapBytes).of(taker)).toEqual(limit)
  expect(limits(jobCount, heapBytes).of({ ...taker, patient: true })).toEqual(ALONE)
})

test('who was among others and is left alone may take longer again', () => {
  const all = limits(2, 0)
  all.update({ jobCount: 1, heapBytes: 0 })
  expect(all.of(USUAL)).toEqual(ALONE)
})
