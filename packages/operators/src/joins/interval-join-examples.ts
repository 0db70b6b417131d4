/** Shows what an interval join does: in the docs, and as tests. */

import type { Example, ExampleStream } from '@millrace/pipeline'

const orders: ExampleStream = {
  schema: { id: 'string', amount: 'double' },
  elements: [
    { at: '2026-01-01T00:00:00Z', row: { id: 'a', amount: 20 } },
    { at: '2026-01-01T00:01:00Z', row: { id: 'b', amount: 5 } },
    { at: '2026-01-01T00:02:00Z', row: { id: 'c', amount: 7 } },
  ],
}

const payments: ExampleStream = {
  schema: { order: 'string', paid: 'double' },
  elements: [
    { at: '2026-01-01T00:04:00Z', row: { order: 'a', paid: 20 } },
    { at: '2026-01-01T00:07:00Z', row: { order: 'b', paid: 5 } },
  ],
}

const bounds = { on: [['id', 'order']], lower: '0s', upper: '5m' }

export const intervalJoinExamples: readonly Example[] = [
  {
    title: 'Orders that were paid within five minutes',
    config: bounds,
    inputs: { left: orders, right: payments },
    outputs: {
      out: [{ at: '2026-01-01T00:04:00Z', row: { id: 'a', amount: 20, order: 'a', paid: 20 } }],
    },
  },
  {
    title: 'Orders that were not',
    config: { ...bounds, type: 'anti' },
    inputs: { left: orders, right: payments },
    outputs: {
      out: [
        { at: '2026-01-01T00:01:00Z', row: { id: 'b', amount: 5 } },
        { at: '2026-01-01T00:02:00Z', row: { id: 'c', amount: 7 } },
      ],
    },
  },
  {
    title: 'A payment that comes behind the watermark is late, and its order leaves alone',
    config: { ...bounds, type: 'left', columns: { id: 'left.id', paid: 'right.paid' } },
    inputs: {
      left: {
        ...orders,
        elements: [...orders.elements.slice(0, 1), { watermark: '2026-01-01T00:06:00Z' }],
      },
      right: {
        ...payments,
        elements: [
          { watermark: '2026-01-01T00:06:00Z' },
          { at: '2026-01-01T00:07:00Z', row: { order: 'c', paid: 7 } },
          { at: '2026-01-01T00:03:00Z', row: { order: 'a', paid: 20 } },
        ],
      },
    },
    outputs: {
      out: [
        { at: '2026-01-01T00:00:00Z', row: { id: 'a', paid: null } },
        { watermark: '2026-01-01T00:01:00Z' },
      ],
      late: [
        { watermark: '2026-01-01T00:01:00Z' },
        {
          at: '2026-01-01T00:03:00Z',
          row: { side: 'right', left: null, right: { order: 'a', paid: 20 } },
        },
      ],
    },
  },
]
