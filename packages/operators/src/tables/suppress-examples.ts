/** What the docs of the suppress show, and tests run. */

import type { Example } from '@millrace/pipeline'

const perMinute = { page: 'string', window_end: 'timestamp', views: 'integer' }
const window_end = '2026-01-01T00:01:00.000Z'
const at = '2026-01-01T00:00:59.999Z'
const views = (page: string, count: number) => ({ page, window_end, views: count })

export const SUPPRESS_EXAMPLES: readonly Example[] = [
  {
    title: 'Only the final result of each window, although late records were taken',
    config: { until: 'window-close' },
    inputs: {
      in: {
        schema: perMinute,
        table: { changes: 'upsert', key: ['page', 'window_end'] },
        window: { endColumn: 'window_end', latenessMs: 10_000 },
        elements: [
          { at, change: '+I', row: views('/', 12) },
          { watermark: '2026-01-01T00:01:00Z' },
          { at, change: '+U', row: views('/', 13) },
          { at, change: '+U', row: views('/', 14) },
          { watermark: '2026-01-01T00:01:10Z' },
        ],
      },
    },
    outputs: {
      out: [
        { watermark: '2026-01-01T00:00:50Z' },
        { at, row: views('/', 14) },
        { watermark: '2026-01-01T00:01:00Z' },
      ],
    },
  },
  {
    title: 'At most one update in ten seconds for each row',
    config: { until: '10s' },
    inputs: {
      in: {
        schema: { item: 'string', price: 'integer' },
        eventTime: false,
        table: { changes: 'retract', key: ['item'] },
        elements: [
          { change: '+I', row: { item: 'tea', price: 2 } },
          { clock: '2026-01-01T00:00:09Z' },
          { change: '-U', row: { item: 'tea', price: 2 } },
          { change: '+U', row: { item: 'tea', price: 3 } },
          { clock: '2026-01-01T00:00:10Z' },
          { change: '-U', row: { item: 'tea', price: 3 } },
          { change: '+U', row: { item: 'tea', price: 4 } },
        ],
      },
    },
    outputs: {
      out: [
        { change: '+I', row: { item: 'tea', price: 3 } },
        { change: '-U', row: { item: 'tea', price: 3 } },
        { change: '+U', row: { item: 'tea', price: 4 } },
      ],
    },
  },
  {
    title: 'What changes within ten seconds leaves once, and what goes again not at all',
    config: { until: '10s' },
    inputs: {
      in: {
        schema: { item: 'string', price: 'integer' },
        eventTime: false,
        table: { changes: 'retract', key: ['item'] },
        elements: [
          { change: '+I', row: { item: 'tea', price: 2 } },
          { change: '+I', row: { item: 'cup', price: 7 } },
          { change: '-U', row: { item: 'tea', price: 2 } },
          { change: '+U', row: { item: 'tea', price: 3 } },
          { change: '-D', row: { item: 'cup', price: 7 } },
        ],
      },
    },
    outputs: { out: [{ change: '+I', row: { item: 'tea', price: 3 } }] },
  },
]
