/**
 * The queries of Nexmark that join two streams into a table, as one would write them by hand over
 * events in memory. Like their pipelines they keep what may still match for ever. They know that
 * the number of a person or an auction comes once.
 */

import type { Row, Value } from '../packages/pipeline/src/index.ts'
import {
  AUCTION,
  AUCTION_CATEGORY,
  AUCTION_DATE_TIME,
  AUCTION_EXPIRES,
  AUCTION_ID,
  AUCTION_SELLER,
  BIDDER,
  type ByHand,
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

const CATEGORY = 10
const STATES = new Set(['OR', 'ID', 'CA'])

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

export function append(lists: Map<number, Row[]>, key: number, row: Row): void {
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
export function compareRows(a: Row, b: Row): number {
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

export const JOINS_BY_HAND = {
  q3: { reads: 'events', loop: localItems },
  q4: { reads: 'events', loop: averagePrices },
  q6: { reads: 'events', loop: sellerAverages },
  q9: { reads: 'events', loop: winningBids },
  q20: { reads: 'events', loop: bidsWithAuction },
} satisfies { readonly [query: string]: ByHand }
