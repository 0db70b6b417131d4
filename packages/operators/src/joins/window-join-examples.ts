/** Shows what a window join does: in the docs, and as tests. */

import type { Example, ExampleStream } from '@millrace/pipeline'

const orders: ExampleStream = {
  schema: { id: 'string', amount: 'double' },
  elements: [
    { at: '2026-01-01T00:00:10Z', row: { id: 'a', amount: 20 } },
    { at: '2026-01-01T00:00:20Z', row: { id: 'b', amount: 5 } },
    { at: '2026-01-01T00:01:10Z', row: { id: 'c', amount: 7 } },
  ],
}

const payments: ExampleStream = {
  schema: { order: 'string', paid: 'double' },
  elements: [
    { at: '2026-01-01T00:00:40Z', row: { order: 'a', paid: 20 } },
    { at: '2026-01-01T00:01:05Z', row: { order: 'b', paid: 5 } },
  ],
}

export const windowJoinExamples: readonly Example[] = [
  {
    title: 'Orders with their payments of the same minute',
    config: { window: { type: 'tumbling', size: '1m' }, on: [['id', 'order']] },
    inputs: { left: orders, right: payments },
    outputs: {
      out: [{ at: '2026-01-01T00:00:59.999Z', row: { id: 'a', amount: 20, order: 'a', paid: 20 } }],
    },
  },
  {
    title: 'All orders of a minute, and whether they were paid in it',
    config: {
      window: { type: 'tumbling', size: '1m' },
      on: [['id', 'order']],
      type: 'left',
      columns: { minute: 'window_start', id: 'left.id', paid: 'right.order IS NOT NULL' },
    },
    inputs: { left: orders, right: payments },
    outputs: {
      out: [
        {
          at: '2026-01-01T00:00:59.999Z',
          row: { minute: '2026-01-01T00:00:00.000Z', id: 'a', paid: true },
        },
        {
          at: '2026-01-01T00:00:59.999Z',
          row: { minute: '2026-01-01T00:00:00.000Z', id: 'b', paid: false },
        },
        {
          at: '2026-01-01T00:01:59.999Z',
          row: { minute: '2026-01-01T00:01:00.000Z', id: 'c', paid: false },
        },
      ],
    },
  },
  {
    title: 'Orders without a payment while the session of both goes on',
    config: { window: { type: 'session', gap: '1m' }, on: [['id', 'order']], type: 'anti' },
    inputs: { left: orders, right: payments },
    outputs: { out: [{ at: '2026-01-01T00:02:09.999Z', row: { id: 'c', amount: 7 } }] },
  },
  {
    title: 'A payment that comes when its window has fired is late',
    config: { window: { type: 'tumbling', size: '1m' }, on: [['id', 'order']], type: 'anti' },
    inputs: {
      left: {
        ...orders,
        elements: [...orders.elements.slice(0, 1), { watermark: '2026-01-01T00:01:00Z' }],
      },
      right: {
        ...payments,
        elements: [
          { watermark: '2026-01-01T00:01:00Z' },
          { at: '2026-01-01T00:01:05Z', row: { order: 'b', paid: 5 } },
          { at: '2026-01-01T00:00:40Z', row: { order: 'a', paid: 20 } },
        ],
      },
    },
    outputs: {
      out: [
        { at: '2026-01-01T00:00:59.999Z', row: { id: 'a', amount: 20 } },
        { watermark: '2026-01-01T00:01:00Z' },
      ],
      late: [
        { watermark: '2026-01-01T00:01:00Z' },
        {
          at: '2026-01-01T00:00:40Z',
          row: { side: 'right', left: null, right: { order: 'a', paid: 20 } },
        },
      ],
    },
  },
]
