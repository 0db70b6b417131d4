/** Aggregates records per group in windows of event time that follow one another. */

import { defineOperator } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import type * as z from 'zod'
import { alignmentFields, checkPeriods, hoppingLayout } from './alignment.ts'
import { runFixedWindows } from './fixed-windows.ts'
import { openFixedWindows } from './open-windows.ts'
import { checkFiring, windowConfig } from './window-config.ts'
import { WINDOW_PORTS } from './window-groups.ts'
import type { WindowLayout } from './window-layout.ts'
import { checkWindow } from './window-schema.ts'

const config = windowConfig({
  size: fields.period({
    title: 'Size',
    description: 'How long a window is. With a time zone also months and years: "1mo", "1y".',
  }),
  ...alignmentFields(),
})
  .superRefine(checkFiring)
  .superRefine(({ size, ...alignment }, context) => {
    checkPeriods({ size }, alignment, context)
  })

function layoutOf({ size, ...alignment }: z.output<typeof config>): WindowLayout {
  return hoppingLayout(alignment, size, size)
}

const clicks = { user: 'string', ms: 'integer' }

export const tumblingWindow = defineOperator({
  id: 'tumbling-window',
  category: 'window',
  title: 'Tumbling window',
  icon: 'columns',
  summary: 'Aggregates records per group in windows of event time that follow one another.',
  details:
    'A window is [start, end): a record on a boundary belongs to the window that starts there. Windows are aligned to the ' +
    'epoch plus `offset`. When the watermark passes its end, a window gives one row for each group that has records, at ' +
    'event time end - 1 ms, and takes no more. A record whose window has fired is late: it leaves unchanged through `late`.\n\n' +
    'NULL is a group like any other. A record for which an aggregate has no value, such as `SUM(a / 0)`, leaves through ' +
    '`errors` and is in no result. A group whose result has no value, such as `1 / COUNT(x)` where COUNT(x) is 0, leaves a ' +
    'row at `errors` that names group and window; its records count as absorbed.',
  config,
  inputs: ['in'],
  outputs: WINDOW_PORTS,
  outputSchemas: (settings, { in: input }, plan) => checkWindow(settings, input, plan),
  run: (settings, inputs, context) =>
    runFixedWindows(() => layoutOf(settings), settings, inputs, context),
  inspectWindows: (settings, state) =>
    openFixedWindows(layoutOf(settings), settings.allowedLateness, state),
  examples: [
    {
      title: 'Requests per user and minute',
      config: {
        size: '1m',
        groupBy: ['user'],
        aggregates: { requests: 'COUNT(*)', slowest: 'MAX(ms)' },
      },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T00:00:10Z', row: { user: 'bob', ms: 40 } },
            { at: '2026-01-01T00:00:20Z', row: { user: 'ada', ms: 70 } },
            { at: '2026-01-01T00:00:59.999Z', row: { user: 'ada', ms: 30 } },
            { at: '2026-01-01T00:01:00Z', row: { user: 'ada', ms: 90 } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:59.999Z',
            row: {
              user: 'ada',
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              requests: 2,
              slowest: 70,
            },
          },
          {
            at: '2026-01-01T00:00:59.999Z',
            row: {
              user: 'bob',
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              requests: 1,
              slowest: 40,
            },
          },
          {
            at: '2026-01-01T00:01:59.999Z',
            row: {
              user: 'ada',
              window_start: '2026-01-01T00:01:00.000Z',
              window_end: '2026-01-01T00:02:00.000Z',
              requests: 1,
              slowest: 90,
            },
          },
        ],
        late: [],
      },
    },
    {
      title: 'A record behind the watermark is late once its window has fired',
      config: { size: '1d', offset: '-2h', aggregates: { requests: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T21:00:00Z', row: { user: 'ada', ms: 1 } },
            { watermark: '2026-01-01T22:00:00Z' },
            { at: '2026-01-01T21:59:00Z', row: { user: 'bob', ms: 2 } },
            { at: '2026-01-01T22:00:00Z', row: { user: 'eve', ms: 3 } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T21:59:59.999Z',
            row: {
              window_start: '2025-12-31T22:00:00.000Z',
              window_end: '2026-01-01T22:00:00.000Z',
              requests: 1,
            },
          },
          { watermark: '2026-01-01T22:00:00Z' },
          {
            at: '2026-01-02T21:59:59.999Z',
            row: {
              window_start: '2026-01-01T22:00:00.000Z',
              window_end: '2026-01-02T22:00:00.000Z',
              requests: 1,
            },
          },
        ],
        late: [
          { watermark: '2026-01-01T22:00:00Z' },
          { at: '2026-01-01T21:59:00Z', row: { user: 'bob', ms: 2 } },
        ],
      },
    },
  ],
})
