/** The examples of cumulate windows. */

import type { Example } from '@millrace/pipeline'

const orders = { shop: 'string', amount: 'integer' }

export const cumulateExamples: readonly Example[] = [
  {
    title: 'Turnover since midnight, by the hour',
    config: {
      size: '1d',
      step: '8h',
      groupBy: ['shop'],
      aggregates: { orders: 'COUNT(*)', turnover: 'SUM(amount)' },
    },
    inputs: {
      in: {
        schema: orders,
        elements: [
          { at: '2026-01-01T07:00:00Z', row: { shop: 'Ulm', amount: 20 } },
          { at: '2026-01-01T17:00:00Z', row: { shop: 'Ulm', amount: 5 } },
        ],
      },
    },
    outputs: {
      out: [
        {
          at: '2026-01-01T07:59:59.999Z',
          row: {
            shop: 'Ulm',
            window_start: '2026-01-01T00:00:00.000Z',
            window_end: '2026-01-01T08:00:00.000Z',
            orders: 1,
            turnover: 20,
          },
        },
        {
          at: '2026-01-01T15:59:59.999Z',
          row: {
            shop: 'Ulm',
            window_start: '2026-01-01T00:00:00.000Z',
            window_end: '2026-01-01T16:00:00.000Z',
            orders: 1,
            turnover: 20,
          },
        },
        {
          at: '2026-01-01T23:59:59.999Z',
          row: {
            shop: 'Ulm',
            window_start: '2026-01-01T00:00:00.000Z',
            window_end: '2026-01-02T00:00:00.000Z',
            orders: 2,
            turnover: 25,
          },
        },
      ],
    },
  },
  {
    title: 'A late order counts in the windows that are still open',
    config: { size: '1d', step: '12h', aggregates: { orders: 'COUNT(*)' } },
    inputs: {
      in: {
        schema: orders,
        elements: [
          { at: '2026-01-01T10:00:00Z', row: { shop: 'Ulm', amount: 20 } },
          { watermark: '2026-01-01T12:00:00Z' },
          { at: '2026-01-01T11:00:00Z', row: { shop: 'Bern', amount: 7 } },
          { watermark: '2026-01-02T00:00:00Z' },
          { at: '2026-01-01T23:00:00Z', row: { shop: 'Ulm', amount: 1 } },
        ],
      },
    },
    outputs: {
      out: [
        {
          at: '2026-01-01T11:59:59.999Z',
          row: {
            window_start: '2026-01-01T00:00:00.000Z',
            window_end: '2026-01-01T12:00:00.000Z',
            orders: 1,
          },
        },
        { watermark: '2026-01-01T12:00:00Z' },
        {
          at: '2026-01-01T23:59:59.999Z',
          row: {
            window_start: '2026-01-01T00:00:00.000Z',
            window_end: '2026-01-02T00:00:00.000Z',
            orders: 2,
          },
        },
        { watermark: '2026-01-02T00:00:00Z' },
      ],
      late: [
        { watermark: '2026-01-01T12:00:00Z' },
        { watermark: '2026-01-02T00:00:00Z' },
        { at: '2026-01-01T23:00:00Z', row: { shop: 'Ulm', amount: 1 } },
      ],
    },
  },
]
