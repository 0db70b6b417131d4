/** What the loops by hand and the benchmark of Nexmark know of each other, and of the events. */

import type { Change } from '../packages/engine/src/index.ts'
import type { Row } from '../packages/pipeline/src/index.ts'

export interface Events {
  readonly rows: readonly Row[]
  readonly times: readonly number[]
  /** For each row, the position of its port in `NEXMARK_PORTS`. */
  readonly ports: readonly number[]
}

/** Takes a row that leaves, and how it changes the table where the results are one. */
export type Leave = (row: Row, change?: Change) => void

export interface ByHand {
  /** All events, or the bids alone. */
  readonly reads: 'events' | 'bids'
  /** Results leave in the order in which they leave the pipeline. */
  loop(events: Events, leave: Leave): void
  /** What is the same for both, where not every row is. */
  readonly alike?: (rows: readonly Row[]) => readonly Row[]
}

export const PORT_PERSON = 0
export const PORT_AUCTION = 1
export const PORT_BID = 2

export const PERSON_ID = 0
export const PERSON_NAME = 1
export const PERSON_CITY = 4
export const PERSON_STATE = 5

export const AUCTION_ID = 0
export const AUCTION_DATE_TIME = 5
export const AUCTION_EXPIRES = 6
export const AUCTION_SELLER = 7
export const AUCTION_CATEGORY = 8

export const AUCTION = 0
export const BIDDER = 1
export const PRICE = 2
export const CHANNEL = 3
export const ADDRESS = 4
export const DATE_TIME = 5
export const EXTRA = 6
