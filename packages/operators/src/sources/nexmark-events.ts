/**
 * The events of Nexmark: people who sell, auctions, and bids. Of every 50 events the first is a
 * person, the next three are auctions and the others are bids.
 *
 * What an event is follows from its number and the seed alone, so a reader can begin anywhere. Ids
 * follow from the number: the n-th auction has id 1000 + n. An auction belongs to a person, and a
 * bid to an auction and a person, most of whom are among the latest ones and a few of whom only
 * come with one of the next events. Many belong to a hot one: the last whose id is a multiple of
 * 100.
 *
 * The distributions are those of the published generator (nexmark/nexmark at 6b3646c3), which draws
 * without a seed, so that its own records cannot be repeated.
 */

import type { Row } from '@millrace/pipeline'
import { Dice } from './dice.ts'
import { below, NexmarkTexts } from './nexmark-texts.ts'

export const NEXMARK_PORTS = ['person', 'auction', 'bid'] as const

/** Positions in `NEXMARK_PORTS`. */
const PERSON = 0
const AUCTION = 1
const BID = 2

const EVENTS_PER_EPOCH = 50
const PEOPLE_PER_EPOCH = 1
const AUCTIONS_PER_EPOCH = 3

const FIRST_ID = 1000
const FIRST_CATEGORY = 10
const CATEGORIES = 5
/** Hot ones are at each multiple of this. */
const HOT_STEP = 100
const AUCTIONS_IN_FLIGHT = 100
const ACTIVE_PEOPLE = 1000
/** How many ids ahead of the last one may be drawn. */
const LEAD = 10

const PERSON_BYTES = 200
const AUCTION_BYTES = 500
const BID_BYTES = 100

/** Within a group, the n-th event is the one with number (n * 953) mod the group's size. */
export const DISORDER_STEP = 953

export interface NexmarkSettings {
  readonly seed: number
  readonly startMs: number
  readonly eventsPerSecond: number
  /** Events come in another order within each group of so many; 1 for none. */
  readonly groupSize: number
}

export interface NexmarkEvents {
  readonly rows: Row[]
  readonly times: number[]
  /** For each row, the position of its port in `NEXMARK_PORTS`. */
  readonly rowPorts: number[]
}

export class NexmarkGenerator {
  readonly #settings: NexmarkSettings
  readonly #dice: Dice
  readonly #texts: NexmarkTexts

  constructor(settings: NexmarkSettings) {
    this.#settings = settings
    this.#dice = new Dice(settings.seed, 'events')
    this.#texts = new NexmarkTexts((name) => new Dice(settings.seed, name))
  }

  /** The events from the n-th one to arrive, counted from 0, to before another one. */
  make(from: number, to: number): NexmarkEvents {
    const events: NexmarkEvents = { rows: [], times: [], rowPorts: [] }
    for (let arrival = from; arrival < to; arrival++) {
      const number = this.#numberOf(arrival)
      const timeMs = this.#timeOf(number)
      const offset = number % EVENTS_PER_EPOCH
      this.#dice.moveTo(number)
      events.times.push(timeMs)
      if (offset < PEOPLE_PER_EPOCH) {
        events.rows.push(this.#person(number, timeMs))
        events.rowPorts.push(PERSON)
      } else if (offset < PEOPLE_PER_EPOCH + AUCTIONS_PER_EPOCH) {
        events.rows.push(this.#auction(number, timeMs))
        events.rowPorts.push(AUCTION)
      } else {
        events.rows.push(this.#bid(number, timeMs))
        events.rowPorts.push(BID)
      }
    }
    return events
  }

  /** No time of an event that arrives before the n-th one is later, those within rows included. */
  latestMs(to: number): number {
    const number = to + this.#settings.groupSize
    const timeMs = this.#timeOf(number)
    return timeMs + this.#longestMs(number, timeMs) + 2
  }

  #numberOf(arrival: number): number {
    const { groupSize } = this.#settings
    if (groupSize === 1) return arrival
    const within = arrival % groupSize
    const groupStart = arrival - within
    return groupStart + (((arrival % groupSize) * (DISORDER_STEP % groupSize)) % groupSize)
  }

  #timeOf(number: number): number {
    const { startMs, eventsPerSecond } = this.#settings
    return startMs + Math.floor((number * 1000) / eventsPerSecond)
  }

  #person(number: number, timeMs: number): Row {
    const dice = this.#dice
    const texts = this.#texts
    const name = texts.personName(dice)
    const email = texts.email(dice)
    const card = texts.creditCard(dice)
    const city = texts.city(dice)
    const state = texts.state(dice)
    const used = 8 + name.length + email.length + card.length + city.length + state.length
    const extra = texts.filling(dice, used, PERSON_BYTES)
    return [FIRST_ID + lastPerson(number), name, email, card, city, state, timeMs, extra]
  }

  #auction(number: number, timeMs: number): Row {
    const dice = this.#dice
    const texts = this.#texts
    // Three sellers of four are the hot one.
    const last = lastPerson(number)
    const seller = below(dice, 4) > 0 ? last - (last % HOT_STEP) : activePerson(last, dice)
    const category = FIRST_CATEGORY + below(dice, CATEGORIES)
    const initialBid = price(dice)
    const expiresMs = timeMs + 1 + below(dice, this.#longestMs(number, timeMs))
    const item = texts.words(dice, 20)
    const description = texts.words(dice, 100)
    const reserve = initialBid + price(dice)
    const used = 48 + item.length + description.length
    const extra = texts.filling(dice, used, AUCTION_BYTES)
    const id = FIRST_ID + lastAuction(number)
    const sellerId = FIRST_ID + seller
    return [
      id,
      item,
      description,
      initialBid,
      reserve,
      timeMs,
      expiresMs,
      sellerId,
      category,
      extra,
    ]
  }

  #bid(number: number, timeMs: number): Row {
    const dice = this.#dice
    const lastSold = lastAuction(number)
    const auction =
      below(dice, 2) > 0 ? lastSold - (lastSold % HOT_STEP) : auctionInFlight(lastSold, dice)
    // The hot bidder stands beside the hot seller.
    const last = lastPerson(number)
    const bidder = below(dice, 4) > 0 ? last - (last % HOT_STEP) + 1 : activePerson(last, dice)
    const amount = price(dice)
    const { name, url } = this.#texts.channel(dice)
    const extra = this.#texts.filling(dice, 32, BID_BYTES)
    return [FIRST_ID + auction, FIRST_ID + bidder, amount, name, url, timeMs, extra]
  }

  /** Twice the time in which as many auctions begin as are in flight. */
  #longestMs(number: number, timeMs: number): number {
    const events = Math.floor((AUCTIONS_IN_FLIGHT * EVENTS_PER_EPOCH) / AUCTIONS_PER_EPOCH)
    return Math.max(2 * (this.#timeOf(number + events) - timeMs), 1)
  }
}

/** The last person up to this event, counted from 0. */
function lastPerson(number: number): number {
  return Math.floor(number / EVENTS_PER_EPOCH)
}

/** The last auction up to this event, which is no person, counted from 0. */
function lastAuction(number: number): number {
  const offset = (number % EVENTS_PER_EPOCH) - PEOPLE_PER_EPOCH
  const epoch = Math.floor(number / EVENTS_PER_EPOCH)
  return epoch * AUCTIONS_PER_EPOCH + Math.min(offset, AUCTIONS_PER_EPOCH - 1)
}

function activePerson(last: number, dice: Dice): number {
  const people = last + 1
  const active = Math.min(people, ACTIVE_PEOPLE)
  return people - active + below(dice, active + LEAD)
}

function auctionInFlight(last: number, dice: Dice): number {
  const first = Math.max(last - AUCTIONS_IN_FLIGHT, 0)
  return first + below(dice, last - first + 1 + LEAD)
}

/** In cents: as many between 1 and 10 as between 10 and 100, up to a million. */
function price(dice: Dice): number {
  return Math.round(10 ** (dice.next() * 6) * 100)
}
