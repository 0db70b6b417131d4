/** Checks the ledger's balance and its shares. */

import { expect, test } from 'vitest'
import { toLedgerView } from './ledger-view.ts'
import { metricsOf } from './testing/wire-values.ts'

test('buckets that sum to what came in are balanced', () => {
  const view = toLedgerView(metricsOf({ in: 1_707, absorbed: 1_401, held: 92, late: 214 }))
  expect([view.balanced, view.sum]).toEqual([true, 1_707])
  expect(view.buckets.filter(({ records }) => records > 0)).toMatchObject([
    { bucket: 'absorbed', records: 1_401 },
    { bucket: 'held', records: 92 },
    { bucket: 'late', records: 214 },
  ])
  expect(view.buckets.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})

test('a record that is missing shows', () => {
  expect(toLedgerView(metricsOf({ in: 10, passed: 9 }))).toMatchObject({ balanced: false, sum: 9 })
})

test('a node that nothing reached has no shares', () => {
  const view = toLedgerView(metricsOf())
  expect([view.balanced, view.buckets.every(({ share }) => share === 0)]).toEqual([true, true])
})
