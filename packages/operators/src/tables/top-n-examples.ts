/** What the docs of the top-n show, and tests run. */

import type { Example } from '@millrace/pipeline'

const bids = { auction: 'integer', bidder: 'string', price: 'integer' }
const bid = (bidder: string, price: number) => ({ auction: 1, bidder, price })
const perMinute = { page: 'string', window_end: 'timestamp', views: 'integer' }
const window_end = '2026-01-01T00:01:00.000Z'

export const TOP_N_EXAMPLES: readonly Example[] = [
  {
    title: 'The highest bid of each auction',
    config: {
      partitionBy: ['auction'],
      orderBy: [{ expression: 'price', direction: 'desc' }],
      n: 1,
    },
    inputs: {
      in: {
        schema: bids,
        elements: [
          { at: '2026-01-01T00:00:01Z', row: bid('ada', 10) },
          { at: '2026-01-01T00:00:02Z', row: bid('bob', 8) },
          { at: '2026-01-01T00:00:03Z', row: bid('eve', 12) },
        ],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: bid('ada', 10) },
        { change: '-U', row: bid('ada', 10) },
        { change: '+U', row: bid('eve', 12) },
      ],
    },
  },
  {
    title: 'With ranks, one that comes in between moves the others down',
    config: {
      partitionBy: ['auction'],
      orderBy: [{ expression: 'price', direction: 'desc' }],
      n: 2,
      rank: 'place',
    },
    inputs: {
      in: {
        schema: bids,
        elements: [
          { at: '2026-01-01T00:00:01Z', row: bid('ada', 10) },
          { at: '2026-01-01T00:00:02Z', row: bid('bob', 8) },
          { at: '2026-01-01T00:00:03Z', row: bid('eve', 12) },
        ],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: { ...bid('ada', 10), place: 1 } },
        { change: '+I', row: { ...bid('bob', 8), place: 2 } },
        { change: '-U', row: { ...bid('ada', 10), place: 1 } },
        { change: '+U', row: { ...bid('eve', 12), place: 1 } },
        { change: '-U', row: { ...bid('bob', 8), place: 2 } },
        { change: '+U', row: { ...bid('ada', 10), place: 2 } },
      ],
    },
  },
  {
    title: 'Of a table, a row that waited moves up when another one goes',
    config: { orderBy: [{ expression: 'price' }], n: 1 },
    inputs: {
      in: {
        schema: bids,
        eventTime: false,
        table: { changes: 'retract', key: ['bidder'] },
        elements: [
          { change: '+I', row: bid('ada', 10) },
          { change: '+I', row: bid('bob', 12) },
          { change: '-D', row: bid('ada', 10) },
        ],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: bid('ada', 10) },
        { change: '-U', row: bid('ada', 10) },
        { change: '+U', row: bid('bob', 12) },
      ],
    },
  },
  {
    title: 'The most viewed page of each minute leaves once, when the minute is over',
    config: {
      partitionBy: ['window_end'],
      orderBy: [{ expression: 'views', direction: 'desc' }],
      n: 1,
      rank: 'place',
    },
    inputs: {
      in: {
        schema: perMinute,
        window: { endColumn: 'window_end', latenessMs: 0 },
        elements: [
          { at: '2026-01-01T00:00:59.999Z', row: { page: '/', window_end, views: 3 } },
          { at: '2026-01-01T00:00:59.999Z', row: { page: '/cart', window_end, views: 12 } },
          { watermark: '2026-01-01T00:01:00Z' },
        ],
      },
    },
    outputs: {
      out: [
        { at: '2026-01-01T00:00:59.999Z', row: { page: '/cart', window_end, views: 12, place: 1 } },
        { watermark: '2026-01-01T00:01:00Z' },
      ],
    },
  },
]
