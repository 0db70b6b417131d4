/**
 * The queries of Nexmark with windows as one would write them by hand over events in memory. Like
 * their pipelines they follow a watermark, so that records may come out of order and results leave
 * when they are final, by the end of their window and then by group.
 */

import type { Row } from '../packages/pipeline/src/index.ts'
import {
  AUCTION,
  AUCTION_SELLER,
  BIDDER,
  type ByHand,
  DATE_TIME,
  type Events,
  type Leave,
  PERSON_ID,
  PERSON_NAME,
  PORT_AUCTION,
  PORT_PERSON,
  PRICE,
} from './nexmark-rows.ts'

const DELAY_MS = 4_000
const INTERVAL_MS = 200
const SIZE_MS = 10_000
const SLIDE_MS = 2_000
const GAP_MS = 10_000

/** As that of the source: it rises when it enters another interval. */
export class Watermark {
  ms = Number.NEGATIVE_INFINITY
  #nextMs = Number.NEGATIVE_INFINITY

  /** Whether the watermark has risen. */
  observe(timeMs: number): boolean {
    const ms = timeMs - DELAY_MS - 1
    if (ms < this.#nextMs) return false
    this.ms = ms
    this.#nextMs = (Math.floor((ms + 1) / INTERVAL_MS) + 1) * INTERVAL_MS - 1
    return true
  }
}

/** Counts per auction in parts of 2 s, five of which are a window. */
function hotItems({ rows }: Events, leave: Leave): void {
  const watermark = new Watermark()
  const panes = new Map<number, Map<number, number>>()
  let nextEndMs = Number.POSITIVE_INFINITY
  let lastPaneMs = Number.NEGATIVE_INFINITY
  const fire = (upToMs: number) => {
    for (; nextEndMs - 1 <= upToMs && nextEndMs <= lastPaneMs + SIZE_MS; nextEndMs += SLIDE_MS) {
      const counts = new Map<number, number>()
      for (let startMs = nextEndMs - SIZE_MS; startMs < nextEndMs; startMs += SLIDE_MS) {
        for (const [auction, count] of panes.get(startMs) ?? []) {
          counts.set(auction, (counts.get(auction) ?? 0) + count)
        }
      }
      const most = [...counts.values()].reduce((a, b) => Math.max(a, b), 0)
      const hottest = [...counts].filter(([, count]) => count === most)
      for (const [auction, count] of hottest.sort(([a], [b]) => a - b)) leave([auction, count])
      panes.delete(nextEndMs - SIZE_MS)
    }
  }
  for (const row of rows) {
    const timeMs = row[DATE_TIME] as number
    const auction = row[AUCTION] as number
    const startMs = timeMs - (timeMs % SLIDE_MS)
    if (startMs + SIZE_MS - 1 > watermark.ms) {
      let counts = panes.get(startMs)
      if (counts === undefined) {
        counts = new Map()
        panes.set(startMs, counts)
        nextEndMs = Math.min(nextEndMs, startMs + SLIDE_MS)
        lastPaneMs = Math.max(lastPaneMs, startMs)
      }
      counts.set(auction, (counts.get(auction) ?? 0) + 1)
    }
    if (watermark.observe(timeMs)) fire(watermark.ms)
  }
  fire(Number.POSITIVE_INFINITY)
}

/** The highest price of 10 s so far, and the bids that have it. */
interface Highest {
  price: number
  bids: Row[]
}

/**
 * A bid at the very end of a window counts for the window before, too, if it has its price. One
 * that is late can still be the highest of a window that is open, and then nobody has that price.
 */
function highestBid({ rows }: Events, leave: Leave): void {
  const watermark = new Watermark()
  const windows = new Map<number, Highest>()
  const atBoundary = new Map<number, Row[]>()
  let firedEndMs = Number.NaN
  let firedPrice = Number.NaN
  const fire = (upToMs: number) => {
    for (const startMs of [...windows.keys()].sort((a, b) => a - b)) {
      const endMs = startMs + SIZE_MS
      const highest = windows.get(startMs)
      if (endMs - 1 > upToMs || highest === undefined) break
      for (const bid of highest.bids) leave(bidRow(bid))
      for (const bid of atBoundary.get(endMs) ?? []) {
        if (bid[PRICE] === highest.price) leave(bidRow(bid))
      }
      windows.delete(startMs)
      atBoundary.delete(startMs)
      firedEndMs = endMs
      firedPrice = highest.price
    }
  }
  for (const bid of rows) {
    const timeMs = bid[DATE_TIME] as number
    const price = bid[PRICE] as number
    const intoMs = timeMs % SIZE_MS
    const startMs = timeMs - intoMs
    const isLate = timeMs <= watermark.ms
    if (intoMs === 0 && !isLate) {
      if (timeMs === firedEndMs && price === firedPrice) leave(bidRow(bid))
      atBoundary.set(startMs, [...(atBoundary.get(startMs) ?? []), bid])
    }
    if (startMs + SIZE_MS - 1 > watermark.ms) {
      const highest = windows.get(startMs)
      if (highest === undefined) windows.set(startMs, { price, bids: isLate ? [] : [bid] })
      else if (price > highest.price) {
        highest.price = price
        highest.bids = isLate ? [] : [bid]
      } else if (price === highest.price && !isLate) highest.bids.push(bid)
    }
    if (watermark.observe(timeMs)) fire(watermark.ms)
  }
  fire(Number.POSITIVE_INFINITY)
}

function bidRow(bid: Row): Row {
  return [bid[AUCTION], bid[BIDDER], bid[PRICE], bid[DATE_TIME], bid[6]] as Row
}

/** People and sellers of 10 s. */
interface Newcomers {
  readonly people: Map<number, string>
  readonly sellers: Set<number>
}

function newSellers({ rows, times, ports }: Events, leave: Leave): void {
  const watermark = new Watermark()
  const windows = new Map<number, Newcomers>()
  const fire = (upToMs: number) => {
    for (const startMs of [...windows.keys()].sort((a, b) => a - b)) {
      const window = windows.get(startMs)
      if (startMs + SIZE_MS - 1 > upToMs || window === undefined) break
      const ids = [...window.people.keys()].filter((id) => window.sellers.has(id))
      for (const id of ids.sort((a, b) => a - b)) {
        leave([id, window.people.get(id) ?? null, startMs])
      }
      windows.delete(startMs)
    }
  }
  for (let index = 0; index < rows.length; index++) {
    const timeMs = times[index] as number
    const startMs = timeMs - (timeMs % SIZE_MS)
    const port = ports[index]
    if ((port === PORT_PERSON || port === PORT_AUCTION) && startMs + SIZE_MS - 1 > watermark.ms) {
      const row = rows[index] as Row
      let window = windows.get(startMs)
      if (window === undefined) {
        window = { people: new Map(), sellers: new Set() }
        windows.set(startMs, window)
      }
      if (port === PORT_AUCTION) window.sellers.add(row[AUCTION_SELLER] as number)
      else window.people.set(row[PERSON_ID] as number, row[PERSON_NAME] as string)
    }
    if (watermark.observe(timeMs)) fire(watermark.ms)
  }
  fire(Number.POSITIVE_INFINITY)
}

interface Session {
  readonly bidder: number
  startMs: number
  endMs: number
  count: number
}

/** Sessions wait in a list for each second until they may be over, and move on if they are not. */
function userSessions({ rows }: Events, leave: Leave): void {
  const watermark = new Watermark()
  const open = new Map<number, Session[]>()
  const due = new Map<number, Session[]>()
  let dueSecond = Number.POSITIVE_INFINITY
  const wait = (session: Session) => {
    const second = Math.floor(session.endMs / 1000)
    const waiting = due.get(second)
    if (waiting === undefined) due.set(second, [session])
    else waiting.push(session)
    dueSecond = Math.min(dueSecond, second)
  }
  const fire = (upToMs: number) => {
    const over: Session[] = []
    for (; dueSecond <= (upToMs + 1) / 1000 && due.size > 0; dueSecond++) {
      const sessions = due.get(dueSecond) ?? []
      due.delete(dueSecond)
      let waits = false
      for (const session of sessions) {
        if (session.count > 0 && session.endMs - 1 <= upToMs) over.push(session)
        else if (session.count > 0) {
          waits ||= Math.floor(session.endMs / 1000) === dueSecond
          wait(session)
        }
      }
      if (waits) break
    }
    if (over.length === 0) return
    over.sort((a, b) => a.endMs - b.endMs || a.startMs - b.startMs || a.bidder - b.bidder)
    for (const session of over) {
      const { bidder, startMs, endMs, count } = session
      leave([bidder, startMs, endMs, count])
      const others = (open.get(bidder) ?? []).filter((other) => other !== session)
      if (others.length === 0) open.delete(bidder)
      else open.set(bidder, others)
    }
  }
  for (const bid of rows) {
    const timeMs = bid[DATE_TIME] as number
    const bidder = bid[BIDDER] as number
    const sessions = open.get(bidder)
    const session = sessions?.find(
      ({ startMs, endMs }) => timeMs < endMs && timeMs + GAP_MS > startMs,
    )
    if (session !== undefined) {
      session.count++
      if (timeMs < session.startMs) session.startMs = timeMs
      if (timeMs + GAP_MS > session.endMs) session.endMs = timeMs + GAP_MS
      if (sessions !== undefined && sessions.length > 1) join(sessions, session)
    } else if (timeMs + GAP_MS - 1 > watermark.ms) {
      const begun = { bidder, startMs: timeMs, endMs: timeMs + GAP_MS, count: 1 }
      if (sessions === undefined) open.set(bidder, [begun])
      else sessions.push(begun)
      wait(begun)
    }
    if (watermark.observe(timeMs)) fire(watermark.ms)
  }
  fire(Number.POSITIVE_INFINITY)
}

/** A session that has grown takes in those it overlaps now; they stay behind without bids. */
function join(sessions: Session[], grown: Session): void {
  for (const other of sessions.slice()) {
    if (other === grown || other.startMs >= grown.endMs || other.endMs <= grown.startMs) continue
    grown.startMs = Math.min(grown.startMs, other.startMs)
    grown.endMs = Math.max(grown.endMs, other.endMs)
    grown.count += other.count
    other.count = 0
    sessions.splice(sessions.indexOf(other), 1)
  }
}

/** The clock goes on while the loop runs, so it is asked now and then. */
function byTheClock({ rows }: Events, leave: Leave): void {
  const CLOCK_ROWS = 1024
  let counts = new Map<number, number>()
  let startMs = Number.NaN
  const fire = () => {
    for (const [bidder, count] of [...counts].sort(([a], [b]) => a - b)) {
      leave([bidder, startMs, startMs + SIZE_MS, count])
    }
    counts = new Map()
  }
  for (let index = 0; index < rows.length; index++) {
    if (index % CLOCK_ROWS === 0) {
      const nowMs = Date.now()
      if (nowMs - (nowMs % SIZE_MS) !== startMs) {
        fire()
        startMs = nowMs - (nowMs % SIZE_MS)
      }
    }
    const bidder = rows[index]?.[BIDDER] as number
    counts.set(bidder, (counts.get(bidder) ?? 0) + 1)
  }
  fire()
}

export const WINDOWS_BY_HAND: { readonly [query: string]: ByHand } = {
  q5: { reads: 'bids', loop: hotItems },
  q7: { reads: 'bids', loop: highestBid },
  q8: { reads: 'events', loop: newSellers },
  q11: { reads: 'bids', loop: userSessions },
  q12: { reads: 'bids', loop: byTheClock, alike: countsByBidder },
}

/** Which window the clock puts a bid into differs from run to run. */
function countsByBidder(rows: readonly Row[]): readonly Row[] {
  const counts = new Map<number, number>()
  for (const row of rows) {
    const bidder = row[0] as number
    counts.set(bidder, (counts.get(bidder) ?? 0) + (row[3] as number))
  }
  return [...counts].sort(([a], [b]) => a - b)
}
