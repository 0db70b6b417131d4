/**
 * The texts of Nexmark's records: names, filling and the channels of bids.
 *
 * Filling is the bulk of a record. It is cut from one long random text, at a random place and of a
 * random length: that costs no loop over its characters, and a reader sees random letters all the
 * same.
 */

import type { Dice } from './dice.ts'

const CITIES: readonly string[] = [
  'Phoenix',
  'Los Angeles',
  'San Francisco',
  'Boise',
  'Portland',
  'Bend',
  'Redmond',
  'Seattle',
  'Kent',
  'Cheyenne',
]
const STATES: readonly string[] = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const FIRST_NAMES: readonly string[] = [
  'Peter',
  'Paul',
  'Luke',
  'John',
  'Saul',
  'Vicky',
  'Kate',
  'Julie',
  'Sarah',
  'Deiter',
  'Walter',
]
const LAST_NAMES: readonly string[] = [
  'Shultz',
  'Abrams',
  'Spencer',
  'White',
  'Bartels',
  'Walton',
  'Smith',
  'Jones',
  'Noris',
]
const HOT_CHANNELS: readonly string[] = ['Google', 'Facebook', 'Baidu', 'Apple']
const CHANNELS = 10_000

const POOL_LENGTH = 131_072
/** No text that is cut from a pool is longer. */
const CUT_MAX = 1024
const SHORTEST = 3

export interface Channel {
  readonly name: string
  readonly url: string
}

export class NexmarkTexts {
  /** Letters only. */
  readonly #letters: string
  /** Letters with a space at every 13th place or so. */
  readonly #words: string
  readonly #urls: Dice
  readonly #hot: readonly Channel[]
  /** Those that have been asked for, by number. */
  readonly #channels: (Channel | undefined)[] = []

  /** `create` gives dice of a name, so that nothing here depends on the records. */
  constructor(create: (name: string) => Dice) {
    const dice = create('texts')
    dice.moveTo(0)
    this.#letters = randomText(dice, POOL_LENGTH + CUT_MAX, '')
    this.#words = randomText(dice, POOL_LENGTH + CUT_MAX, ' ')
    this.#urls = create('channels')
    this.#hot = HOT_CHANNELS.map((name, index) => {
      this.#urls.moveTo(CHANNELS + index)
      return { name, url: randomUrl(this.#urls) }
    })
  }

  personName(dice: Dice): string {
    return `${pick(FIRST_NAMES, dice)} ${pick(LAST_NAMES, dice)}`
  }

  city(dice: Dice): string {
    return pick(CITIES, dice)
  }

  state(dice: Dice): string {
    return pick(STATES, dice)
  }

  email(dice: Dice): string {
    return `${this.words(dice, 7)}@${this.words(dice, 5)}.com`
  }

  creditCard(dice: Dice): string {
    return `${fourDigits(dice)} ${fourDigits(dice)} ${fourDigits(dice)} ${fourDigits(dice)}`
  }

  /** Between 3 and `lengthMax` - 1 characters, without the spaces around them. */
  words(dice: Dice, lengthMax: number): string {
    const length = SHORTEST + below(dice, lengthMax - SHORTEST)
    const from = below(dice, POOL_LENGTH)
    return this.#words.slice(from, from + length).trim()
  }

  /** So long that a record whose other columns have `usedBytes` has `averageBytes` on average. */
  filling(dice: Dice, usedBytes: number, averageBytes: number): string {
    const average = averageBytes - usedBytes
    if (average < 0) return ''
    const delta = Math.round(average * 0.2)
    const length = average - delta + below(dice, 2 * delta)
    const from = below(dice, POOL_LENGTH)
    return this.#letters.slice(from, from + length)
  }

  /** One of four in half of all cases, and else one of 10,000 others. */
  channel(dice: Dice): Channel {
    if (below(dice, 2) > 0) return pick(this.#hot, dice)
    const number = below(dice, CHANNELS)
    const known = this.#channels[number]
    if (known !== undefined) return known
    const urls = this.#urls
    urls.moveTo(number)
    const url = randomUrl(urls)
    const id = below(urls, 10) > 0 ? `&channel_id=${Math.abs(reversedBits(number))}` : ''
    const channel = { name: `channel-${number}`, url: `${url}${id}` }
    this.#channels[number] = channel
    return channel
  }
}

/** A whole number from 0 to `count` - 1; 0 where there is none. */
export function below(dice: Dice, count: number): number {
  return Math.floor((dice.bits() * count) / 4_294_967_296)
}

function pick<T>(items: readonly T[], dice: Dice): T {
  const item = items[below(dice, items.length)]
  if (item === undefined) throw new RangeError('There is nothing to pick from.')
  return item
}

function randomText(dice: Dice, length: number, space: string): string {
  const characters: string[] = []
  while (characters.length < length) {
    const spaced = space !== '' && below(dice, 13) === 0
    characters.push(spaced ? space : String.fromCharCode(97 + below(dice, 26)))
  }
  return characters.join('')
}

function randomUrl(dice: Dice): string {
  const folder = () => randomText(dice, SHORTEST + below(dice, 2), '_')
  return `https://www.nexmark.com/${folder()}/${folder()}/${folder()}/item.htm?query=1`
}

function fourDigits(dice: Dice): string {
  return String(10_000 + below(dice, 10_000)).slice(1)
}

/** Of 32 bits, the lowest as the highest; below 0 where that is set. */
function reversedBits(number: number): number {
  let reversed = 0
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((number >>> bit) & 1)
  return reversed
}
