/** The examples of sliding windows. */

import type { Example } from '@millrace/pipeline'

const logins = { user: 'string' }

/** The result of the window [start, end), of one day in January. */
function row(user: string, start: string, end: string, failures: number) {
  return { user, window_start: start, window_end: end, failures }
}

export const slidingExamples: readonly Example[] = [
  {
    title: 'Failed logins at most ten seconds apart',
    config: { size: '10s', groupBy: ['user'], aggregates: { failures: 'COUNT(*)' } },
    inputs: {
      in: {
        schema: logins,
        elements: [
          { at: '2026-01-01T00:00:20Z', row: { user: 'ada' } },
          { at: '2026-01-01T00:00:26Z', row: { user: 'ada' } },
        ],
      },
    },
    outputs: {
      out: [
        {
          at: '2026-01-01T00:00:20Z',
          row: row('ada', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.001Z', 1),
        },
        {
          at: '2026-01-01T00:00:26Z',
          row: row('ada', '2026-01-01T00:00:16.000Z', '2026-01-01T00:00:26.001Z', 2),
        },
        {
          at: '2026-01-01T00:00:30.001Z',
          row: row('ada', '2026-01-01T00:00:20.001Z', '2026-01-01T00:00:30.002Z', 1),
        },
      ],
    },
  },
  {
    title: 'A late record, and a result that replaces another one',
    config: {
      size: '10s',
      allowedLateness: '1m',
      groupBy: ['user'],
      aggregates: { failures: 'COUNT(*)' },
    },
    inputs: {
      in: {
        schema: logins,
        elements: [
          { at: '2026-01-01T00:00:20Z', row: { user: 'ada' } },
          { watermark: '2026-01-01T00:00:25Z' },
          { at: '2026-01-01T00:00:20Z', row: { user: 'ada' } },
          { watermark: '2026-01-01T00:02:00Z' },
          { at: '2026-01-01T00:00:20Z', row: { user: 'ada' } },
        ],
      },
    },
    outputs: {
      out: [
        {
          at: '2026-01-01T00:00:20Z',
          change: '+I',
          row: row('ada', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.001Z', 1),
        },
        { watermark: '2026-01-01T00:00:25Z' },
        {
          at: '2026-01-01T00:00:20Z',
          change: '-U',
          row: row('ada', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.001Z', 1),
        },
        {
          at: '2026-01-01T00:00:20Z',
          change: '+U',
          row: row('ada', '2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.001Z', 2),
        },
        { watermark: '2026-01-01T00:02:00Z' },
      ],
      late: [
        { watermark: '2026-01-01T00:00:25Z' },
        { watermark: '2026-01-01T00:02:00Z' },
        { at: '2026-01-01T00:00:20Z', row: { user: 'ada' } },
      ],
    },
  },
]
