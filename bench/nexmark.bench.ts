/** Measures the queries of Nexmark without state against loops written by hand over bids. */
// node-flags: --expose-gc --max-semi-space-size=4 --disallow-code-generation-from-strings

import { BY_HAND } from './nexmark-by-hand.ts'
import { bidsOf, makeEvents, measureQuery, type Target } from './nexmark-queries.ts'
import type { ByHand } from './nexmark-rows.ts'

export const name = 'Nexmark without state, over bids in memory, one core'

const EVENTS = 300_000
const REPEATS = 8
const RATE_MIN: ReadonlyMap<string, number> = new Map([
  ['q1', 1_000_000],
  ['q2', 1_000_000],
])

export async function run() {
  const bids = bidsOf(makeEvents(EVENTS), REPEATS)
  const measured = []
  for (const [query, loop] of Object.entries(BY_HAND)) {
    const byHand: ByHand = { reads: 'bids', loop: ({ rows }, leave) => loop(rows, leave) }
    const target: Target = { ratio: 0.66, rate: RATE_MIN.get(query) ?? 0 }
    measured.push(...(await measureQuery({ name: query, byHand, target }, bids)))
  }
  return measured
}
