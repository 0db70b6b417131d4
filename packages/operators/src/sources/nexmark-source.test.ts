/** That Nexmark's events have the published proportions, repeat themselves, and arrive as asked. */

import { runPipeline, type TestElement } from '@millrace/engine/testing'
import type { Row } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { refusals } from '../testing/refusals.ts'
import { NexmarkGenerator, type NexmarkSettings } from './nexmark-events.ts'
import { nexmarkSource } from './nexmark-source.ts'

const PORTS = ['person', 'auction', 'bid']

function generator(settings: Partial<NexmarkSettings> = {}): NexmarkGenerator {
  return new NexmarkGenerator({
    seed: 1,
    startMs: 0,
    eventsPerSecond: 1000,
    groupSize: 1,
    ...settings,
  })
}

interface Event {
  readonly number: number
  readonly port: number
  readonly row: Row
  readonly timeMs: number
}

function events(count: number, settings: Partial<NexmarkSettings> = {}): readonly Event[] {
  const { rows, times, rowPorts } = generator(settings).make(0, count)
  return rows.map((row, number) => ({
    number,
    row,
    port: rowPorts[number] ?? -1,
    timeMs: times[number] ?? Number.NaN,
  }))
}

const MANY = 200_000
const made = events(MANY)
const [people, auctions, bids] = PORTS.map((_, port) => made.filter((one) => one.port === port))

function share(all: readonly Event[] | undefined, wanted: (event: Event) => boolean): number {
  return (all ?? []).filter(wanted).length / (all ?? []).length
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}

function column(all: readonly Event[] | undefined, index: number): readonly number[] {
  return (all ?? []).map(({ row }) => Number(row[index]))
}

/** How many there were when an event came, by its number. */
function peopleAt(number: number): number {
  return Math.floor(number / 50) + 1
}

function auctionsAt(number: number): number {
  return Math.floor(number / 50) * 3 + Math.min(number % 50, 3)
}

describe('proportions', () => {
  test('of every 50 events are one person, three auctions and 46 bids', () => {
    expect([people?.length, auctions?.length, bids?.length]).toEqual([4000, 12_000, 184_000])
    expect(made.slice(50, 56).map(({ port }) => port)).toEqual([0, 1, 1, 1, 2, 2])
  })

  test('ids of people and auctions count on from 1000', () => {
    expect(column(people, 0)).toEqual(Array.from({ length: 4000 }, (_, n) => 1000 + n))
    expect(column(auctions, 0)).toEqual(Array.from({ length: 12_000 }, (_, n) => 1000 + n))
  })

  test('half of the bids are for the hot auction, the others for one that may be in flight', () => {
    const hotAt = (number: number) => 1000 + Math.floor((auctionsAt(number) - 1) / 100) * 100
    const isHot = ({ row, number }: Event) => row[0] === hotAt(number)
    // One cold bid in 111 meets the hot auction by chance, where it is in flight.
    expect(share(bids, isHot)).toBeCloseTo(0.5 + 0.5 / 111, 1.9)
    const astray = (bids ?? []).filter(({ row, number }) => {
      const last = 1000 + auctionsAt(number) - 1
      const auction = Number(row[0])
      return auction < Math.max(1000, last - 100) || auction > last + 10
    })
    expect(astray).toEqual([])
  })

  test('three of four bids and auctions are of the hot people, others of active ones', () => {
    const hotAt = (number: number) => 1000 + Math.floor((peopleAt(number) - 1) / 100) * 100
    const byBidder = share(bids, ({ row, number }) => row[1] === hotAt(number) + 1)
    const bySeller = share(auctions, ({ row, number }) => row[7] === hotAt(number))
    expect(byBidder).toBeCloseTo(0.75, 2)
    expect(bySeller).toBeCloseTo(0.75, 1.7)
    const isActive = (person: unknown, number: number) => {
      const last = 1000 + peopleAt(number) - 1
      return Number(person) >= Math.max(1000, last - 999) && Number(person) <= last + 10
    }
    expect((bids ?? []).filter(({ row, number }) => !isActive(row[1], number))).toEqual([])
    expect((auctions ?? []).filter(({ row, number }) => !isActive(row[7], number))).toEqual([])
  })

  test('prices are spread evenly over the powers of ten', () => {
    const prices = column(bids, 2)
    expect(Math.min(...prices.slice(0, 50_000))).toBeGreaterThanOrEqual(100)
    expect(Math.max(...prices.slice(0, 50_000))).toBeLessThanOrEqual(100_000_000)
    for (let power = 2; power < 8; power++) {
      const within = prices.filter((price) => price >= 10 ** power && price < 10 ** (power + 1))
      expect(within.length / prices.length).toBeCloseTo(1 / 6, 2)
    }
    expect((auctions ?? []).every(({ row }) => Number(row[4]) >= Number(row[3]) + 100)).toBe(true)
  })

  test('half of the bids come by four channels, the others by 10,000', () => {
    const hot = ['Google', 'Facebook', 'Baidu', 'Apple']
    for (const name of hot) {
      expect(share(bids, ({ row }) => row[3] === name)).toBeCloseTo(1 / 8, 2)
    }
    const urls = new Map<unknown, Set<unknown>>()
    for (const { row } of bids ?? []) {
      urls.set(row[3], (urls.get(row[3]) ?? new Set()).add(row[4]))
    }
    expect(urls.size).toBeGreaterThan(9990)
    expect([...urls.values()].every((those) => those.size === 1)).toBe(true)
    const others = [...urls].filter(([name]) => !hot.includes(String(name)))
    const withId = others.filter(([, [url]]) => /&channel_id=\d+$/.test(String(url)))
    expect(withId.length / others.length).toBeCloseTo(0.9, 1.9)
    const hotUrls = hot.map((name) => String([...(urls.get(name) ?? [])][0]))
    expect(hotUrls.every((url) => url.endsWith('/item.htm?query=1'))).toBe(true)
  })

  test('records have their size on average', () => {
    const bytes = ({ row }: Event) =>
      row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0)
    // The published sizes leave channel and url out, and times of people.
    const ofBids = ({ row }: Event) => 32 + String(row[6]).length
    expect(mean((people ?? []).map(bytes)) - 8).toBeCloseTo(200, -0.5)
    expect(mean((auctions ?? []).map(bytes)) - 8).toBeCloseTo(500, -0.5)
    expect(mean((bids ?? []).map(ofBids))).toBeCloseTo(100, -0.5)
  })

  test('an auction runs as long as 100 others take to begin, on average', () => {
    const lengths = (auctions ?? []).map(({ row }) => Number(row[6]) - Number(row[5]))
    expect(mean(lengths)).toBeCloseTo(1667, -2)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(3333)
    const fast = events(5000, { eventsPerSecond: 10_000_000 }).filter(({ port }) => port === 1)
    expect(fast.every(({ row }) => Number(row[6]) - Number(row[5]) === 1)).toBe(true)
  })

  test('categories are five and states six', () => {
    for (let category = 10; category < 15; category++) {
      expect(share(auctions, ({ row }) => row[8] === category)).toBeCloseTo(0.2, 1.7)
    }
    const states = new Set((people ?? []).map(({ row }) => row[5]))
    expect([...states].sort()).toEqual(['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'])
  })
})

describe('order', () => {
  test('the n-th event has the time start + n / rate, as event time and in dateTime', () => {
    const slow = events(500, { startMs: 1_000_000, eventsPerSecond: 300 })
    expect(slow.map(({ timeMs }) => timeMs)).toEqual(
      slow.map((_, n) => 1_000_000 + Math.floor((n * 1000) / 300)),
    )
    const at = [6, 5, 5]
    expect(slow.every(({ row, port, timeMs }) => row[at[port] ?? 0] === timeMs)).toBe(true)
  })

  test.each([2, 7, 50, 1000])('a group of %i has the same events in another order', (groupSize) => {
    const count = groupSize * 4
    const inOrder = events(count)
    const mixed = events(count, { groupSize })
    for (const { number, row } of mixed) {
      const within = (number * 953) % groupSize
      const other = number - (number % groupSize) + within
      expect(row).toEqual(inOrder[other]?.row)
    }
    expect(new Set(mixed.map(({ row }) => JSON.stringify(row))).size).toBe(count)
  })

  test('the same seed makes the same events, wherever a reader begins', () => {
    const later = generator().make(777, 1500)
    expect(later.rows).toEqual(made.slice(777, 1500).map(({ row }) => row))
    const other = generator({ seed: 2 }).make(777, 1500)
    expect(other.rowPorts).toEqual(later.rowPorts)
    expect(other.rows).not.toEqual(later.rows)
  })
})

async function run(config: object, batchRowsMax = 1000) {
  const document = {
    format: 'millrace/1',
    name: 'Auctions',
    nodes: { made: { operator: 'nexmark-source', config } },
    edges: [],
  }
  const { taps, nodes, failure } = await runPipeline(document, {
    operators: [nexmarkSource],
    tap: PORTS.map((port) => `made.${port}`),
    batchRowsMax,
  })
  return { taps, node: nodes.get('made'), failure }
}

describe('in a job', () => {
  test('each port has its records and all watermarks, whatever the batch size', async () => {
    const config = {
      count: 700,
      rate: 500,
      outOfOrderGroup: 20,
      watermark: { maxOutOfOrderness: '40ms' },
    }
    const [one, seven, thousand] = [await run(config, 1), await run(config, 7), await run(config)]
    expect(seven.taps).toEqual(one.taps)
    expect(thousand.taps).toEqual(one.taps)
    const counts = { person: 14, auction: 42, bid: 644, errors: 0 }
    expect(one.node?.ledger).toMatchObject({ in: 700, passed: 700, out: 700, ports: counts })
    const marks = PORTS.map((port) => watermarks(one.taps.get(`made.${port}`)))
    expect(marks[0]?.length).toBeGreaterThan(10)
    expect(marks).toEqual([marks[0], marks[0], marks[0]])
  })

  test('a group within the maximum out-of-orderness has no late records', async () => {
    const { taps } = await run({
      count: 5000,
      rate: 1000,
      outOfOrderGroup: 100,
      watermark: { maxOutOfOrderness: '100ms', interval: '1ms' },
    })
    const late = [...taps.values()].flatMap((elements) => {
      let low = Number.NEGATIVE_INFINITY
      return elements.filter((element) => {
        if ('watermark' in element) low = Number(element.watermark)
        return 'row' in element && Number(element.at) <= low
      })
    })
    expect(late).toEqual([])
  })
})

test('events with a time after the year 9999 are refused, and those before it are not', async () => {
  const config = { count: 200, rate: 10, start: '9999-12-31T23:59:40Z' }
  const { taps, node, failure } = await run(config)
  expect(failure).toBeUndefined()
  expect((await run(config, 7)).taps).toEqual(taps)
  // All events are within the year, but some auctions end after it.
  const inTime = await run({ ...config, start: '9999-12-31T00:00:00Z' })
  expect(inTime.node?.ledger).toMatchObject({ in: 200, passed: 200, deadLettered: 0 })
  const auctions = (taps.get('made.auction') ?? []).filter((element) => 'row' in element)
  const ledger = node?.ledger
  expect(ledger).toMatchObject({ in: 200, deadLettered: 12 - auctions.length })
  expect(auctions.length).toBeLessThan(12)
  for (const { row } of auctions) expect(JSON.stringify(row)).toMatch(/"expires":"9999-12-31T/)
  expect(taps.get('made.bid')?.filter((element) => 'row' in element)).toHaveLength(184)
})

test('at the end of time nothing leaves that lies beyond it', async () => {
  const config = { count: 200, rate: 10, start: '9999-12-31T23:59:55Z', onError: 'dead-letter' }
  const { taps, node } = await run(config)
  expect(node?.ledger).toMatchObject({ in: 200, passed: 50 - 3 })
  expect(taps.get('made.bid')?.filter((element) => 'row' in element)).toHaveLength(46)
  const { failure } = await run({ ...config, onError: 'fail' })
  expect(failure?.message).toMatch(
    /^The time in column "expires" is after 9999-12-31T23:59:59\.999Z\./,
  )
})

function watermarks(elements: readonly TestElement[] | undefined): readonly unknown[] {
  return (elements ?? []).flatMap((element) => ('watermark' in element ? [element.watermark] : []))
}

test.each([
  [
    { count: 10, outOfOrderGroup: 1906 },
    'group-multiple-of-step outOfOrderGroup Out-of-order group 1906 is a multiple of 953, the step in which a group is ' +
      'gone through: some events would come again and again, and others never. Choose 1907, for instance.',
  ],
  [
    { count: 10, speed: 2 },
    'speed-without-pace speed Speed 2 is that of pace "event-time". Add "pace": "event-time".',
  ],
  [
    { start: 'now' },
    'bad-timestamp start "now" is not a time. Write ISO-8601, for instance "2026-01-01T00:00:00Z".',
  ],
])('%j is refused', (config, line) => {
  expect(refusals(nexmarkSource, config)).toEqual([line])
})
