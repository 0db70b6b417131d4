/**
 * A node's ledger as people read it: the buckets that hold something, and whether they sum to what
 * came in.
 */

import type { wire } from '@millrace/pipeline'

export type BucketName =
  | 'passed'
  | 'absorbed'
  | 'held'
  | 'filtered'
  | 'late'
  | 'deadLettered'
  | 'dropped'
  | 'expired'
  | 'inFlight'

export interface BucketView {
  readonly bucket: BucketName
  readonly label: string
  /** What it means, for somebody who reads it the first time. */
  readonly meaning: string
  readonly records: number
  /** Of what came in, 0 to 1. */
  readonly share: number
}

export interface LedgerView {
  readonly in: number
  readonly sum: number
  readonly balanced: boolean
  readonly buckets: readonly BucketView[]
}

/** In the order in which they are drawn: what went on first, what did not last. */
const BUCKETS: readonly (readonly [BucketName, string, string])[] = [
  ['passed', 'passed on', 'left by an output, as they came or as the row made of them'],
  ['absorbed', 'in results', 'used by a result that was sent on'],
  ['held', 'held', 'in state: a later result may still use them'],
  ['inFlight', 'in flight', 'waiting in front of this node'],
  ['filtered', 'filtered', 'not wanted by a condition, or in no window'],
  ['late', 'late', 'came after their windows had closed'],
  ['expired', 'expired', 'left state without being used'],
  ['dropped', 'dropped', 'let go by a policy of this node'],
  ['deadLettered', 'dead letters', 'could not be read or calculated with'],
]

export function toLedgerView(metrics: wire.NodeMetrics): LedgerView {
  const sum = BUCKETS.reduce((total, [bucket]) => total + metrics[bucket], 0)
  return {
    in: metrics.in,
    sum,
    balanced: sum === metrics.in,
    buckets: BUCKETS.map(([bucket, label, meaning]) => ({
      bucket,
      label,
      meaning,
      records: metrics[bucket],
      share: sum === 0 ? 0 : metrics[bucket] / sum,
    })),
  }
}
