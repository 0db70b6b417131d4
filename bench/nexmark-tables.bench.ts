/** Measures the queries of Nexmark that are tables against loops written by hand. */
// node-flags: --expose-gc --max-semi-space-size=4 --disallow-code-generation-from-strings

import { TABLES_BY_HAND } from './by-hand-tables.ts'
import { bidsOf, makeEvents, measureQuery, type Target } from './nexmark-queries.ts'

export const name = 'Nexmark as tables, over events in memory, one core'

const EVENTS = 600_000
const TARGETS: ReadonlyMap<string, Target> = new Map([
  ['q17', { ratio: 0.66 }],
  ['q18', { ratio: 0.66 }],
])

export async function run() {
  const events = makeEvents(EVENTS)
  const bids = bidsOf(events)
  const measured = []
  for (const [query, byHand] of Object.entries(TABLES_BY_HAND)) {
    const target = TARGETS.get(query) ?? { ratio: 0.5 }
    const read = byHand.reads === 'bids' ? bids : events
    measured.push(...(await measureQuery({ name: query, byHand, target }, read)))
  }
  return measured
}
