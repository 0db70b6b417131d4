/**
 * The queries of Nexmark that are tables as one would write them by hand over events in memory.
 * Like their pipelines they tell each change of a result, the row before and the row after, and
 * keep what may still match for ever.
 */

import type { Row, Value } from '../packages/pipeline/src/index.ts'
import { Watermark } from './by-hand-windows.ts'
import {
  AUCTION,
  AUCTION_CATEGORY,
  AUCTION_DATE_TIME,
  AUCTION_EXPIRES,
  AUCTION_ID,
  AUCTION_SELLER,
  BIDDER,
  type ByHand,
  CHANNEL,
  DATE_TIME,
  type Events,
  type Leave,
  PERSON_CITY,
  PERSON_ID,
  PERSON_NAME,
  PERSON_STATE,
  PORT_AUCTION,
  PORT_BID,
  PORT_PERSON,
  PRICE,
} from './nexmark-rows.ts'

const DAY_MS = 86_400_000
const CATEGORY = 10
const STATES = new Set(['OR', 'ID', 'CA'])
const SIDE_ROWS = 10_000

/** Auctions of category 10 with their sellers from three states. */
function localItems({ rows, ports }: Events, leave: Leave): void {
  const people = new Map<number, Row>()
  const auctions = new Map<number, Row[]>()
  const made = (person: Row, auction: Row): Row =>
    [person[PERSON_NAME], person[PERSON_CITY], person[PERSON_STATE], auction[AUCTION_ID]] as Row
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    if (ports[index] === PORT_PERSON) {
      if (!STATES.has(row[PERSON_STATE] as string)) continue
      const id = row[PERSON_ID] as number
      people.set(id, row)
      const waiting = auctions.get(id)?.toSorted(compareRows) ?? []
      for (const auction of waiting) leave(made(row, auction))
    } else if (ports[index] === PORT_AUCTION && row[AUCTION_CATEGORY] === CATEGORY) {
      const seller = row[AUCTION_SELLER] as number
      const person = people.get(seller)
      if (person !== undefined) leave(made(person, row))
      append(auctions, seller, row)
    }
  }
}

function append(lists: Map<number, Row[]>, key: number, row: Row): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [row])
  else list.push(row)
}

/**
 * Calls `take` with each bid that lies in the time of its auction, whichever of the two comes
 * first.
 */
function bidsInTime({ rows, ports }: Events, take: (auction: Row, bid: Row) => void): void {
  const auctions = new Map<number, Row>()
  const bids = new Map<number, Row[]>()
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    if (ports[index] === PORT_AUCTION) {
      const id = row[AUCTION_ID] as number
      auctions.set(id, row)
      for (const bid of bids.get(id)?.toSorted(compareRows) ?? []) {
        if (isInTime(row, bid)) take(row, bid)
      }
    } else if (ports[index] === PORT_BID) {
      const id = row[AUCTION] as number
      append(bids, id, row)
      const auction = auctions.get(id)
      if (auction !== undefined && isInTime(auction, row)) take(auction, row)
    }
  }
}

function isInTime(auction: Row, bid: Row): boolean {
  const timeMs = bid[DATE_TIME] as number
  const beginsMs = auction[AUCTION_DATE_TIME] as number
  return timeMs >= beginsMs && timeMs <= (auction[AUCTION_EXPIRES] as number)
}

/** The order in which rows leave that waited for another one: by all of their columns. */
function compareRows(a: Row, b: Row): number {
  for (let column = 0; column < a.length; column++) {
    const [one, other] = [a[column] as Value, b[column] as Value]
    if (one !== null && other !== null && one < other) return -1
    if (one !== null && other !== null && one > other) return 1
  }
  return 0
}

/** A sum over rows that come and go, and the row that told its mean last. */
interface Mean {
  sum: number
  count: number
  row: Row | undefined
}

class Means {
  readonly #means = new Map<number, Mean>()
  readonly #leave: Leave

  constructor(leave: Leave) {
    this.#leave = leave
  }

  change(key: number, sum: number, count: number): void {
    let mean = this.#means.get(key)
    if (mean === undefined) {
      mean = { sum: 0, count: 0, row: undefined }
      this.#means.set(key, mean)
    }
    mean.sum += sum
    mean.count += count
    const { row: before } = mean
    const now = mean.sum / mean.count
    if (before !== undefined && before[1] === now) return
    const row = [key, now]
    if (before !== undefined) this.#leave(before, '-U')
    this.#leave(row, before === undefined ? '+I' : '+U')
    mean.row = row
  }
}

function averagePrices(events: Events, leave: Leave): void {
  const highest = new Map<number, number>()
  const means = new Means(leave)
  bidsInTime(events, (auction, bid) => {
    const id = auction[AUCTION_ID] as number
    const price = bid[PRICE] as number
    const before = highest.get(id)
    if (before !== undefined && before >= price) return
    highest.set(id, price)
    const category = auction[AUCTION_CATEGORY] as number
    if (before === undefined) means.change(category, price, 1)
    else means.change(category, price - before, 0)
  })
}

/** Whether a bid comes before the one that has won so far. */
function wins(bid: Row, winner: Row): boolean {
  const [price, before] = [bid[PRICE] as number, winner[PRICE] as number]
  if (price !== before) return price > before
  return (bid[DATE_TIME] as number) < (winner[DATE_TIME] as number)
}

interface Sold {
  readonly id: number
  readonly price: number
  readonly timeMs: number
}

/** The last ten auctions of each seller by the time of their winning bid. */
function sellerAverages(events: Events, leave: Leave): void {
  const TEN = 10
  const winners = new Map<number, Row>()
  const sellers = new Map<number, Sold[]>()
  const means = new Means(leave)
  bidsInTime(events, (auction, bid) => {
    const id = auction[AUCTION_ID] as number
    const seller = auction[AUCTION_SELLER] as number
    const winner = winners.get(id)
    if (winner !== undefined && !wins(bid, winner)) return
    winners.set(id, bid)
    let sold = sellers.get(seller)
    if (sold === undefined) {
      sold = []
      sellers.set(seller, sold)
    }
    const oldPlace = winner === undefined ? -1 : sold.findIndex((one) => one.id === id)
    const old = sold[oldPlace]
    const tenth = sold[TEN - 1]
    const eleventh = sold[TEN]
    if (old !== undefined) sold.splice(oldPlace, 1)
    const now = { id, price: bid[PRICE] as number, timeMs: bid[DATE_TIME] as number }
    let place = sold.length
    while (place > 0 && isLater(now, sold[place - 1] as Sold)) place--
    sold.splice(place, 0, now)
    const leaves = oldPlace >= 0 && oldPlace < TEN ? old : undefined
    if (leaves !== undefined && place < TEN) means.change(seller, now.price - leaves.price, 0)
    else if (leaves !== undefined) {
      means.change(seller, -leaves.price, -1)
      if (eleventh !== undefined) means.change(seller, eleventh.price, 1)
    } else if (place < TEN) {
      if (tenth !== undefined) means.change(seller, -tenth.price, -1)
      means.change(seller, now.price, 1)
    }
  })
}

function isLater(a: Sold, b: Sold): boolean {
  return a.timeMs > b.timeMs || (a.timeMs === b.timeMs && a.id > b.id)
}

function winningBids(events: Events, leave: Leave): void {
  const winners = new Map<number, { bid: Row; row: Row }>()
  bidsInTime(events, (auction, bid) => {
    const id = auction[AUCTION_ID] as number
    const winner = winners.get(id)
    if (winner !== undefined && !wins(bid, winner.bid)) return
    const row = [...auction, bid[AUCTION], bid[BIDDER], bid[PRICE], bid[DATE_TIME], bid[6]] as Row
    if (winner === undefined) {
      winners.set(id, { bid, row })
      leave(row, '+I')
      return
    }
    leave(winner.row, '-U')
    leave(row, '+U')
    winner.bid = bid
    winner.row = row
  })
}

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

/** Every bid on an auction of category 10, with the auction. */
function bidsWithAuction({ rows, ports }: Events, leave: Leave): void {
  const auctions = new Map<number, Row>()
  const bids = new Map<number, Row[]>()
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    if (ports[index] === PORT_AUCTION) {
      if (row[AUCTION_CATEGORY] !== CATEGORY) continue
      const id = row[AUCTION_ID] as number
      auctions.set(id, row)
      for (const bid of bids.get(id)?.toSorted(compareRows) ?? []) leave(bidOf(row, bid))
    } else if (ports[index] === PORT_BID) {
      const id = row[AUCTION] as number
      append(bids, id, row)
      const auction = auctions.get(id)
      if (auction !== undefined) leave(bidOf(auction, row))
    }
  }
}

function bidOf(auction: Row, bid: Row): Row {
  const [, item, description, initial, reserve, dateTime, expires, seller, category, extra] =
    auction
  return [
    ...bid,
    item,
    description,
    initial,
    reserve,
    dateTime,
    expires,
    seller,
    category,
    extra,
  ] as Row
}

/** Rows that leave at one time do so by their key; the loop has no times at which they leave. */
function inOneOrder(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted(compareRows)
}

export const TABLES_BY_HAND: { readonly [query: string]: ByHand } = {
  q3: { reads: 'events', loop: localItems },
  q4: { reads: 'events', loop: averagePrices },
  q6: { reads: 'events', loop: sellerAverages },
  q9: { reads: 'events', loop: winningBids },
  q13: { reads: 'bids', loop: lookUp, alike: inOneOrder },
  q15: { reads: 'bids', loop: dailyStatistics },
  q16: { reads: 'bids', loop: channelStatistics },
  q17: { reads: 'bids', loop: auctionStatistics },
  q18: { reads: 'bids', loop: lastBids },
  q19: { reads: 'bids', loop: highestBids },
  q20: { reads: 'events', loop: bidsWithAuction },
}
