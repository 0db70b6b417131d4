/** Makes up the events of an auction site as the Nexmark benchmark has them. */

import { defineOperator, type RunContext, type SourceReader } from '@millrace/engine'
import {
  appendStream,
  type Column,
  fields,
  INTEGER,
  STRING,
  TIMESTAMP,
  TIMESTAMP_MAX,
} from '@millrace/pipeline'
import * as z from 'zod'
import { beginsNow, checkPace, paceFields, startOf, toPace } from './event-pace.ts'
import { type MadeChunk, MadeRecords } from './made-records.ts'
import { DISORDER_STEP, NEXMARK_PORTS, NexmarkGenerator } from './nexmark-events.ts'

const GROUP_MAX = 1_000_000

const config = z
  .strictObject({
    rate: fields
      .rate({ title: 'Rate', description: 'Events per second of event time.' })
      .prefault(10_000),
    count: fields
      .count({ title: 'Count', description: 'How many events there are; no end if left out.' })
      .optional(),
    seed: fields
      .count({ title: 'Seed', description: 'The same seed makes the same events.' })
      .prefault(1),
    outOfOrderGroup: fields
      .count({
        title: 'Out-of-order group',
        description:
          'Within each group of so many, events come in another order than that of their times; 1 for none.',
        min: 1,
        max: GROUP_MAX,
        unit: 'events',
      })
      .prefault(1),
    ...paceFields,
    watermark: fields.watermark(),
    onError: fields.onError(),
  })
  .superRefine((config, context) => {
    checkPace(config, context)
    const { outOfOrderGroup: size } = config
    if (size % DISORDER_STEP !== 0) return
    const message =
      `Out-of-order group ${size} is a multiple of ${DISORDER_STEP}, the step in which a group is gone through: some ` +
      `events would come again and again, and others never. Choose ${size + 1}, for instance.`
    const params = { code: 'group-multiple-of-step' }
    context.addIssue({ code: 'custom', path: ['outOfOrderGroup'], message, params })
  })

type NexmarkConfig = z.output<typeof config>

const PERSON: readonly Column[] = [
  { name: 'id', type: INTEGER },
  { name: 'name', type: STRING },
  { name: 'emailAddress', type: STRING },
  { name: 'creditCard', type: STRING },
  { name: 'city', type: STRING },
  { name: 'state', type: STRING },
  { name: 'dateTime', type: TIMESTAMP },
  { name: 'extra', type: STRING },
]

const AUCTION: readonly Column[] = [
  { name: 'id', type: INTEGER },
  { name: 'itemName', type: STRING },
  { name: 'description', type: STRING },
  { name: 'initialBid', type: INTEGER },
  { name: 'reserve', type: INTEGER },
  { name: 'dateTime', type: TIMESTAMP },
  { name: 'expires', type: TIMESTAMP },
  { name: 'seller', type: INTEGER },
  { name: 'category', type: INTEGER },
  { name: 'extra', type: STRING },
]

const BID: readonly Column[] = [
  { name: 'auction', type: INTEGER },
  { name: 'bidder', type: INTEGER },
  { name: 'price', type: INTEGER },
  { name: 'channel', type: STRING },
  { name: 'url', type: STRING },
  { name: 'dateTime', type: TIMESTAMP },
  { name: 'extra', type: STRING },
]

function namesOf(columns: readonly Column[]): string {
  return `${columns.map(({ name }) => `\`${name}\``).join(', ')}.`
}

/** Where it goes on after a restart. */
interface NexmarkPosition {
  readonly startMs: number
  /** Of the next event. */
  readonly number: number
}

function createReader(config: NexmarkConfig, context: RunContext): SourceReader {
  const { count = Number.POSITIVE_INFINITY, rate, seed, outOfOrderGroup, watermark } = config
  const restored = context.position as unknown as NexmarkPosition | undefined
  const startMs = restored?.startMs ?? startOf(config, () => context.nowMs())
  const generator = new NexmarkGenerator({
    seed,
    startMs,
    eventsPerSecond: rate,
    groupSize: outOfOrderGroup,
  })
  const ports = [PERSON, AUCTION, BID].map((columns) => new MadeRecords(columns, config.onError))
  const made = (from: number, to: number): MadeChunk => {
    const events = generator.make(from, to)
    if (generator.latestMs(to) <= TIMESTAMP_MAX) return { ...events, rejects: [] }
    const chunk: MadeChunk = { rows: [], times: [], rowPorts: [], rejects: [] }
    for (const [index, row] of events.rows.entries()) {
      const port = events.rowPorts[index] ?? 0
      ports[port]?.add(row, events.times[index] ?? 0, chunk, port)
    }
    return chunk
  }
  const { idleTimeout } = watermark
  let position = restored?.number ?? 0
  let isTold = restored !== undefined || !beginsNow(config)
  return {
    replayable: true,
    bounded: config.count !== undefined,
    ports: NEXMARK_PORTS,
    ...toPace(config),
    watermark: {
      maxOutOfOrdernessMs: watermark.maxOutOfOrderness,
      intervalMs: watermark.interval,
      ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout }),
    },
    read: (rowsMax) => {
      const from = position
      if (!isTold) {
        isTold = true
        return { ...made(from, from), next: { startMs, number: from } }
      }
      position = Math.min(from + rowsMax, count)
      if (position === from) return undefined
      const next: NexmarkPosition = { startMs, number: position }
      return { ...made(from, position), next: { ...next } }
    },
    close: async () => {},
  }
}

export const nexmarkSource = defineOperator({
  id: 'nexmark-source',
  category: 'source',
  title: 'Nexmark',
  icon: 'gavel',
  summary: 'Makes up the events of an auction site as the Nexmark benchmark has them.',
  details: [
    'Of every 50 events one is a person who may sell and bid, three are auctions and 46 are bids; each leaves by its ' +
      'own port, and watermarks leave by all three. An event has its time as event time and in `dateTime`.',
    'Ids count from 1000. Half of all bids are for the hot auction, three in four come from the hot bidder, and three ' +
      'in four auctions belong to the hot seller: the latest of their kind whose number is a multiple of 100 (for the ' +
      'bidder, the one beside it). The others are spread over the last 100 auctions and the last 1,000 people, and ten ' +
      'that are still to come, so that some refer to what comes only later. Prices are in cents and spread evenly over ' +
      'the powers of ten from 1 to 1,000,000. Auctions run for as long as it takes 100 others to begin, on average. ' +
      'Half of all bids come through Google, Facebook, Baidu or Apple, the others through one of 10,000 channels, of ' +
      'which nine in ten have a `channel_id` in their url.',
    [PERSON, AUCTION, BID]
      .map((columns, index) => `- \`${NEXMARK_PORTS[index]}\`: ${namesOf(columns)}`)
      .join('\n'),
    'What an event is depends on `seed` and its number only. With a `count` events end and are read as fast as ' +
      'possible, unless `pace` says otherwise; without one they go on for ever, as fast as the clock.',
    'With an `outOfOrderGroup` of n, the k-th event of each n is the one whose time is (k * 953 mod n)-th. To let none ' +
      'be late, give the watermark a maximum out-of-orderness of n / `rate` seconds.',
    'To `errors` go, as JSON, events with a time after the year 9999.',
  ].join('\n\n'),
  configBesideState: ['pace', 'speed', 'watermark', 'onError'],
  guarantee: {
    withCheckpoints: 'exactly-once',
    without: 'exactly-once',
    note: 'A job that goes on makes up the same records from the number that the checkpoint names; one that begins anew begins with the first.',
  },
  config,
  inputs: [],
  outputs: [...NEXMARK_PORTS, 'errors'],
  outputSchemas: () => ({
    person: appendStream(PERSON, true),
    auction: appendStream(AUCTION, true),
    bid: appendStream(BID, true),
  }),
  read: createReader,
  beginsAnew: (config) => (beginsNow(config) ? 'with the present time' : undefined),
  examples: [
    {
      title: 'The first person and the first two bids',
      config: { count: 6, rate: 1000 },
      outputs: {
        person: [
          {
            at: '2026-01-01T00:00:00.000Z',
            row: {
              id: 1000,
              name: 'Peter Smith',
              emailAddress: 'fyidho@ioq.com',
              creditCard: '5530 8275 2585 1691',
              city: 'Cheyenne',
              state: 'WA',
              dateTime: '2026-01-01T00:00:00.000Z',
              extra:
                'qtmwkmfzullqbabxgtfssruqzivsczqcofqjkllijkfojidfexlpglxhfhqsmdbcegmz' +
                'tyonfjqzziuqxgjetjeymhccnaxeijjzmklqchqkrorfqvndvmsmehtwlqnwriokhod',
            },
          },
        ],
        bid: [
          {
            at: '2026-01-01T00:00:00.004Z',
            row: {
              auction: 1000,
              bidder: 1001,
              price: 4111,
              channel: 'channel-1749',
              url: 'https://www.nexmark.com/ucf/ktsb/xzo/item.htm?query=1&channel_id=1419771904',
              dateTime: '2026-01-01T00:00:00.004Z',
              extra: 'usngdezztbzjlvzgvrjkmvtlgopbxxefcavqtitsecerxtuneiqiwlttq',
            },
          },
          {
            at: '2026-01-01T00:00:00.005Z',
            row: {
              auction: 1011,
              bidder: 1001,
              price: 167,
              channel: 'Google',
              url: 'https://www.nexmark.com/_ded/ycvl/kbip/item.htm?query=1',
              dateTime: '2026-01-01T00:00:00.005Z',
              extra: 'mwkrtfbuyrrjunwmovsppfbmflyzbmdkkvthbzhiwaftiwpfsbtpmohvvnkrrhhzrdaoqnlkr',
            },
          },
        ],
      },
    },
  ],
})
