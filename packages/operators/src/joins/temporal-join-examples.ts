/** Shows what a temporal join does: in the docs, and as tests. */

import type { Example, ExampleStream } from '@millrace/pipeline'

const orders: ExampleStream = {
  schema: { id: 'string', currency: 'string', amount: 'double' },
  elements: [
    { at: '2026-01-01T10:15:00Z', row: { id: 'a', currency: 'EUR', amount: 10 } },
    { at: '2026-01-01T10:45:00Z', row: { id: 'b', currency: 'EUR', amount: 10 } },
    { at: '2026-01-01T11:15:00Z', row: { id: 'c', currency: 'EUR', amount: 10 } },
  ],
}

const rates: ExampleStream = {
  schema: { code: 'string', rate: 'double' },
  elements: [
    { at: '2026-01-01T10:00:00Z', row: { code: 'EUR', rate: 1.5 } },
    { at: '2026-01-01T10:30:00Z', row: { code: 'EUR', rate: 2 } },
    { at: '2026-01-01T11:00:00Z', row: { code: 'EUR', rate: null } },
  ],
}

const config = {
  on: [['currency', 'code']],
  columns: { id: 'stream.id', total: 'stream.amount * table.rate' },
}

export const temporalJoinExamples: readonly Example[] = [
  {
    title: 'Orders at the rate of their time',
    config,
    inputs: { stream: orders, table: rates },
    outputs: {
      out: [
        { at: '2026-01-01T10:15:00Z', row: { id: 'a', total: 15 } },
        { at: '2026-01-01T10:45:00Z', row: { id: 'b', total: 20 } },
      ],
    },
  },
  {
    title: 'Orders without a rate as well: the row with nothing but its key has taken it away',
    config: { ...config, type: 'left' },
    inputs: { stream: orders, table: rates },
    outputs: {
      out: [
        { at: '2026-01-01T10:15:00Z', row: { id: 'a', total: 15 } },
        { at: '2026-01-01T10:45:00Z', row: { id: 'b', total: 20 } },
        { at: '2026-01-01T11:15:00Z', row: { id: 'c', total: null } },
      ],
    },
  },
  {
    title: 'A rate that comes behind the watermark is late',
    config,
    inputs: {
      stream: {
        ...orders,
        elements: [
          { watermark: '2026-01-01T10:40:00Z' },
          { at: '2026-01-01T10:45:00Z', row: { id: 'b', currency: 'EUR', amount: 10 } },
        ],
      },
      table: {
        ...rates,
        elements: [
          { at: '2026-01-01T10:00:00Z', row: { code: 'EUR', rate: 1.5 } },
          { watermark: '2026-01-01T10:40:00Z' },
          { at: '2026-01-01T10:30:00Z', row: { code: 'EUR', rate: 2 } },
        ],
      },
    },
    outputs: {
      out: [
        { watermark: '2026-01-01T10:40:00Z' },
        { at: '2026-01-01T10:45:00Z', row: { id: 'b', total: 15 } },
      ],
      late: [
        { watermark: '2026-01-01T10:40:00Z' },
        {
          at: '2026-01-01T10:30:00Z',
          row: { side: 'table', stream: null, table: { code: 'EUR', rate: 2 } },
        },
      ],
    },
  },
  {
    title: 'Orders at the rate that is known when they arrive, whatever the times say',
    config: { ...config, asOf: 'latest', type: 'left' },
    inputs: {
      stream: { ...orders, eventTime: false },
      table: {
        schema: { code: 'string', rate: 'double' },
        eventTime: false,
        table: { changes: 'retract', key: ['code'] },
        elements: [
          { change: '+I', row: { code: 'EUR', rate: 1.5 } },
          { change: '-D', row: { code: 'EUR', rate: 1.5 } },
        ],
      },
    },
    outputs: {
      out: [
        { row: { id: 'a', total: null } },
        { row: { id: 'b', total: 15 } },
        { row: { id: 'c', total: null } },
      ],
    },
  },
]
