/**
 * Queries of Nexmark as one would write them by hand over bids in memory: one loop each, which
 * makes the same rows as the pipeline under examples/nexmark. Integers are doubles here and nobody
 * checks their range; a bid has no NULL.
 */

import type { Row } from '../packages/pipeline/src/index.ts'

/** Takes the rows that leave. */
export type Leave = (row: Row) => void

export type ByHand = (bids: readonly Row[], leave: Leave) => void

const AUCTION = 0
const BIDDER = 1
const PRICE = 2
const CHANNEL = 3
const ADDRESS = 4
const DATE_TIME = 5
const EXTRA = 6

const HOUR_MS = 3_600_000
const CHANNEL_ID = /(&|^)channel_id=([^&]*)/
const KNOWN = new Map([
  ['apple', '0'],
  ['google', '1'],
  ['facebook', '2'],
  ['baidu', '3'],
])

export const BY_HAND: { readonly [query: string]: ByHand } = {
  q0: (bids, leave) => {
    for (const bid of bids) {
      leave([bid[AUCTION], bid[BIDDER], bid[PRICE], bid[DATE_TIME], bid[EXTRA]] as Row)
    }
  },
  q1: (bids, leave) => {
    for (const bid of bids) {
      const price = 0.908 * (bid[PRICE] as number)
      leave([bid[AUCTION], bid[BIDDER], price, bid[DATE_TIME], bid[EXTRA]] as Row)
    }
  },
  q2: (bids, leave) => {
    for (const bid of bids) {
      if ((bid[AUCTION] as number) % 123 === 0) leave([bid[AUCTION], bid[PRICE]] as Row)
    }
  },
  q14: (bids, leave) => {
    for (const bid of bids) {
      const price = 0.908 * (bid[PRICE] as number)
      if (!(price > 1_000_000 && price < 50_000_000)) continue
      const hour = Math.floor((bid[DATE_TIME] as number) / HOUR_MS) % 24
      const time =
        hour >= 8 && hour <= 18 ? 'dayTime' : hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime'
      const extra = bid[EXTRA] as string
      const letters = extra.length - extra.replaceAll('c', '').length
      leave([bid[AUCTION], bid[BIDDER], price, time, bid[DATE_TIME], extra, letters] as Row)
    }
  },
  q21: (bids, leave) => {
    for (const bid of bids) {
      const found = CHANNEL_ID.exec(bid[ADDRESS] as string)?.[2]
      const known = KNOWN.get((bid[CHANNEL] as string).toLowerCase())
      const id = known ?? found
      if (id === undefined) continue
      leave([bid[AUCTION], bid[BIDDER], bid[PRICE], bid[CHANNEL], id] as Row)
    }
  },
  q22: (bids, leave) => {
    for (const bid of bids) {
      const parts = (bid[ADDRESS] as string).split('/')
      const [, , , one = null, two = null, three = null] = parts
      leave([bid[AUCTION], bid[BIDDER], bid[PRICE], bid[CHANNEL], one, two, three] as Row)
    }
  },
}
