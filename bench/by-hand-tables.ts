/**
 * The queries of Nexmark that are tables as one would write them by hand over events in memory.
 * Like their pipelines they tell each change of a result, the row before and the row after, and
 * keep their groups for ever.
 */

import type { Row, Value } from '../packages/pipeline/src/index.ts'
import { append, compareRows, JOINS_BY_HAND } from './by-hand-joins.ts'
import { Watermark } from './by-hand-windows.ts'
import {
  AUCTION,
  BIDDER,
  type ByHand,
  CHANNEL,
  DATE_TIME,
  type Events,
  type Leave,
  PRICE,
} from './nexmark-rows.ts'

const DAY_MS = 86_400_000
const SIDE_ROWS = 10_000

/**
 * Each bid with the value for its auction out of a side input of 10,000 rows, which the loop knows
 * to be complete. Bids wait in slices of time until they are due, and leave in the order of time.
 */
function lookUp({ rows }: Events, leave: Leave): void {
  const SLICE_MS = 200
  const watermark = new Watermark()
  const values = new Map<number, string>()
  for (let key = 0; key < SIDE_ROWS; key++) values.set(key, String(key))
  const waiting = new Map<number, Row[]>()
  let firstMs = Number.POSITIVE_INFINITY
  const fire = (upToMs: number) => {
    for (; firstMs <= upToMs && waiting.size > 0; firstMs += SLICE_MS) {
      const bids = waiting.get(firstMs) ?? []
      const due = bids.filter((bid) => (bid[DATE_TIME] as number) <= upToMs)
      for (const bid of due.sort(compareTimes)) {
        const auction = bid[AUCTION] as number
        const value = values.get(auction % SIDE_ROWS)
        if (value === undefined) continue
        leave([auction, bid[BIDDER], bid[PRICE], bid[DATE_TIME], value] as Row)
      }
      if (due.length < bids.length) {
        waiting.set(
          firstMs,
          bids.filter((bid) => (bid[DATE_TIME] as number) > upToMs),
        )
        return
      }
      waiting.delete(firstMs)
    }
  }
  for (const bid of rows) {
    const timeMs = bid[DATE_TIME] as number
    if (timeMs > watermark.ms) {
      const sliceMs = timeMs - (timeMs % SLICE_MS)
      append(waiting, sliceMs, bid)
      if (sliceMs < firstMs) firstMs = sliceMs
    }
    if (watermark.observe(timeMs)) fire(watermark.ms)
  }
  fire(Number.POSITIVE_INFINITY)
}

function compareTimes(a: Row, b: Row): number {
  return (a[DATE_TIME] as number) - (b[DATE_TIME] as number)
}

/** Neighbouring bids are of the same day. */
function createDays(): (timeMs: number) => string {
  let startMs = Number.NaN
  let text = ''
  return (timeMs) => {
    const dayMs = timeMs - (timeMs % DAY_MS)
    if (dayMs !== startMs) {
      startMs = dayMs
      text = new Date(dayMs).toISOString().slice(0, 10)
    }
    return text
  }
}

/** What q15 and q16 count: all, and three levels of price. */
class Statistics {
  row: Row | undefined
  minute = ''
  readonly #bids = [0, 0, 0, 0]
  readonly #bidders = [0, 1, 2, 3].map(() => new Set<number>())
  readonly #auctions = [0, 1, 2, 3].map(() => new Set<number>())

  add(bid: Row): void {
    const price = bid[PRICE] as number
    this.#addTo(0, bid)
    this.#addTo(price < 10_000 ? 1 : price < 1_000_000 ? 2 : 3, bid)
  }

  #addTo(level: number, bid: Row): void {
    this.#bids[level] = (this.#bids[level] ?? 0) + 1
    this.#bidders[level]?.add(bid[BIDDER] as number)
    this.#auctions[level]?.add(bid[AUCTION] as number)
  }

  /** The row that leaves begins with these columns. */
  rowBehind(...columns: Value[]): Row {
    for (const count of this.#bids) columns.push(count)
    for (const { size } of this.#bidders) columns.push(size)
    for (const { size } of this.#auctions) columns.push(size)
    return columns
  }
}

/** Tells the row of a group again, and what it was before. */
function tell(group: { row: Row | undefined }, row: Row, leave: Leave): void {
  const before = group.row
  if (before !== undefined) leave(before, '-U')
  leave(row, before === undefined ? '+I' : '+U')
  group.row = row
}

function dailyStatistics({ rows }: Events, leave: Leave): void {
  const dayOf = createDays()
  const days = new Map<string, Statistics>()
  for (const bid of rows) {
    const day = dayOf(bid[DATE_TIME] as number)
    let statistics = days.get(day)
    if (statistics === undefined) {
      statistics = new Statistics()
      days.set(day, statistics)
    }
    statistics.add(bid)
    tell(statistics, statistics.rowBehind(day), leave)
  }
}

function channelStatistics({ rows }: Events, leave: Leave): void {
  const MINUTE_MS = 60_000
  const dayOf = createDays()
  const channels = new Map<string, Map<string, Statistics>>()
  let minuteMs = Number.NaN
  let minute = ''
  for (const bid of rows) {
    const timeMs = bid[DATE_TIME] as number
    const day = dayOf(timeMs)
    const startMs = timeMs - (timeMs % MINUTE_MS)
    if (startMs !== minuteMs) {
      minuteMs = startMs
      minute = new Date(startMs).toISOString().slice(11, 16)
    }
    const channel = bid[CHANNEL] as string
    let days = channels.get(channel)
    if (days === undefined) {
      days = new Map()
      channels.set(channel, days)
    }
    let statistics = days.get(day)
    if (statistics === undefined) {
      statistics = new Statistics()
      days.set(day, statistics)
    }
    statistics.add(bid)
    if (minute > statistics.minute) statistics.minute = minute
    tell(statistics, statistics.rowBehind(channel, day, statistics.minute), leave)
  }
}

interface Prices {
  row: Row | undefined
  bids: number
  low: number
  middle: number
  high: number
  least: number
  most: number
  sum: number
}

function auctionStatistics({ rows }: Events, leave: Leave): void {
  const dayOf = createDays()
  const days = new Map<string, Map<number, Prices>>()
  for (const bid of rows) {
    const day = dayOf(bid[DATE_TIME] as number)
    const auction = bid[AUCTION] as number
    const price = bid[PRICE] as number
    let auctions = days.get(day)
    if (auctions === undefined) {
      auctions = new Map()
      days.set(day, auctions)
    }
    let prices = auctions.get(auction)
    if (prices === undefined) {
      const none = { bids: 0, low: 0, middle: 0, high: 0, sum: 0 }
      prices = { row: undefined, ...none, least: price, most: price }
      auctions.set(auction, prices)
    }
    prices.bids++
    if (price < 10_000) prices.low++
    else if (price < 1_000_000) prices.middle++
    else prices.high++
    if (price < prices.least) prices.least = price
    if (price > prices.most) prices.most = price
    prices.sum += price
    const { bids, low, middle, high, least, most, sum } = prices
    tell(prices, [auction, day, bids, low, middle, high, least, most, sum / bids, sum], leave)
  }
}

function lastBids({ rows }: Events, leave: Leave): void {
  const bidders = new Map<number, Map<number, Row>>()
  for (const bid of rows) {
    const bidder = bid[BIDDER] as number
    const auction = bid[AUCTION] as number
    let bids = bidders.get(bidder)
    if (bids === undefined) {
      bids = new Map()
      bidders.set(bidder, bids)
    }
    const before = bids.get(auction)
    if (before !== undefined) {
      if ((before[DATE_TIME] as number) > (bid[DATE_TIME] as number)) continue
      leave(before, '-U')
    }
    leave(bid, before === undefined ? '+I' : '+U')
    bids.set(auction, bid)
  }
}

function highestBids({ rows }: Events, leave: Leave): void {
  const TEN = 10
  const auctions = new Map<number, Row[]>()
  for (const bid of rows) {
    const auction = bid[AUCTION] as number
    const price = bid[PRICE] as number
    const highest = auctions.get(auction)
    if (highest === undefined) {
      auctions.set(auction, [bid])
      leave([...bid, 1], '+I')
      continue
    }
    let place = highest.length
    while (place > 0 && price > (highest[place - 1]?.[PRICE] as number)) place--
    if (place === TEN) continue
    highest.splice(place, 0, bid)
    const tenth = highest[TEN]
    if (tenth !== undefined) highest.pop()
    for (let index = place; index < highest.length; index++) {
      const now = highest[index] as Row
      const before = highest[index + 1] ?? tenth
      if (before === undefined) leave([...now, index + 1], '+I')
      else {
        leave([...before, index + 1], '-U')
        leave([...now, index + 1], '+U')
      }
    }
  }
}

/** Rows that leave at one time do so by their key; the loop has no times at which they leave. */
function inOneOrder(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted(compareRows)
}

const { q20, ...joins } = JOINS_BY_HAND

export const TABLES_BY_HAND: { readonly [query: string]: ByHand } = {
  ...joins,
  q13: { reads: 'bids', loop: lookUp, alike: inOneOrder },
  q15: { reads: 'bids', loop: dailyStatistics },
  q16: { reads: 'bids', loop: channelStatistics },
  q17: { reads: 'bids', loop: auctionStatistics },
  q18: { reads: 'bids', loop: lastBids },
  q19: { reads: 'bids', loop: highestBids },
  q20,
}
