/** What Nexmark's events are like in a proof: one for each seed, and then from the first again. */

import type { NexmarkSettings } from './run-example.ts'

export const VARIATIONS: readonly NexmarkSettings[] = [
  // Many windows and sessions, across midnight.
  { rate: 100, start: '2026-01-01T23:59:50Z' },
  // Many events in a short time, 2 s out of order, across the hour at which the day begins in q14.
  { rate: 1000, outOfOrderGroup: 2000, start: '2026-03-01T07:59:58Z' },
  // So few in each window that several auctions have as many bids, and times below 0.
  { rate: 1, start: '1969-12-31T23:45:00Z' },
]
