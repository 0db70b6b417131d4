/** What the docs of the group-aggregate show, and tests run. */

import type { Example } from '@millrace/pipeline'

const orders = { customer: 'string', amount: 'integer' }
const perMinute = {
  page: 'string',
  window_start: 'timestamp',
  window_end: 'timestamp',
  views: 'integer',
}
const first = {
  window_start: '2026-01-01T00:00:00.000Z',
  window_end: '2026-01-01T00:01:00.000Z',
}

export const GROUP_AGGREGATE_EXAMPLES: readonly Example[] = [
  {
    title: 'What each customer has spent so far',
    config: { groupBy: ['customer'], aggregates: { orders: 'COUNT(*)', spent: 'SUM(amount)' } },
    inputs: {
      in: {
        schema: orders,
        elements: [
          { at: '2026-01-01T00:00:01Z', row: { customer: 'ada', amount: 20 } },
          { at: '2026-01-01T00:00:02Z', row: { customer: 'bob', amount: 5 } },
          { at: '2026-01-01T00:00:03Z', row: { customer: 'ada', amount: 30 } },
        ],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: { customer: 'ada', orders: 1, spent: 20 } },
        { change: '+I', row: { customer: 'bob', orders: 1, spent: 5 } },
        { change: '-U', row: { customer: 'ada', orders: 1, spent: 20 } },
        { change: '+U', row: { customer: 'ada', orders: 2, spent: 50 } },
      ],
    },
  },
  {
    title: 'Rows of a table are taken back: the maximum falls, and an empty group goes',
    config: { groupBy: ['team'], aggregates: { best: 'MAX(points)', players: 'COUNT(*)' } },
    inputs: {
      in: {
        schema: { player: 'string', team: 'string', points: 'integer' },
        eventTime: false,
        table: { changes: 'retract', key: ['player'] },
        elements: [
          { change: '+I', row: { player: 'ada', team: 'red', points: 7 } },
          { change: '+I', row: { player: 'bob', team: 'red', points: 9 } },
          { change: '-U', row: { player: 'bob', team: 'red', points: 9 } },
          { change: '+U', row: { player: 'bob', team: 'red', points: 4 } },
          { change: '-D', row: { player: 'ada', team: 'red', points: 7 } },
          { change: '-D', row: { player: 'bob', team: 'red', points: 4 } },
        ],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: { team: 'red', best: 7, players: 1 } },
        { change: '-U', row: { team: 'red', best: 7, players: 1 } },
        { change: '+U', row: { team: 'red', best: 9, players: 2 } },
        { change: '-U', row: { team: 'red', best: 9, players: 2 } },
        { change: '+U', row: { team: 'red', best: 7, players: 2 } },
        { change: '-U', row: { team: 'red', best: 7, players: 2 } },
        { change: '+U', row: { team: 'red', best: 4, players: 1 } },
        { change: '-D', row: { team: 'red', best: 4, players: 1 } },
      ],
    },
  },
  {
    title:
      'The most viewed page of each minute: grouped by the end of a window, results leave once',
    config: {
      groupBy: ['window_start', 'window_end'],
      aggregates: { pages: 'COUNT(*)', most: 'MAX(views)' },
    },
    inputs: {
      in: {
        schema: perMinute,
        window: { endColumn: 'window_end', latenessMs: 0 },
        elements: [
          { at: '2026-01-01T00:00:59.999Z', row: { page: '/', ...first, views: 12 } },
          { at: '2026-01-01T00:00:59.999Z', row: { page: '/cart', ...first, views: 3 } },
          { watermark: '2026-01-01T00:01:00Z' },
        ],
      },
    },
    outputs: {
      out: [
        { at: '2026-01-01T00:00:59.999Z', row: { ...first, pages: 2, most: 12 } },
        { watermark: '2026-01-01T00:01:00Z' },
      ],
    },
  },
  {
    title:
      'Windows that fire again for late records keep the result a table until they no longer may',
    config: { groupBy: ['window_end'], aggregates: { views: 'SUM(views)' } },
    inputs: {
      in: {
        schema: perMinute,
        table: { changes: 'retract', key: ['page', 'window_start', 'window_end'] },
        window: { endColumn: 'window_end', latenessMs: 10_000 },
        elements: [
          { at: '2026-01-01T00:00:59.999Z', change: '+I', row: { page: '/', ...first, views: 12 } },
          { watermark: '2026-01-01T00:01:00Z' },
          { at: '2026-01-01T00:00:59.999Z', change: '-U', row: { page: '/', ...first, views: 12 } },
          { at: '2026-01-01T00:00:59.999Z', change: '+U', row: { page: '/', ...first, views: 13 } },
          { watermark: '2026-01-01T00:01:10Z' },
        ],
      },
    },
    outputs: {
      out: [
        {
          at: '2026-01-01T00:00:59.999Z',
          change: '+I',
          row: { window_end: first.window_end, views: 12 },
        },
        { watermark: '2026-01-01T00:01:00Z' },
        {
          at: '2026-01-01T00:00:59.999Z',
          change: '-U',
          row: { window_end: first.window_end, views: 12 },
        },
        {
          at: '2026-01-01T00:00:59.999Z',
          change: '+U',
          row: { window_end: first.window_end, views: 13 },
        },
        { watermark: '2026-01-01T00:01:10Z' },
      ],
    },
  },
]
