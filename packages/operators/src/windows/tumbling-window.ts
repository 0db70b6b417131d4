/** Aggregates records per group in windows of event time that follow one another. */

import { defineOperator } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import type * as z from 'zod'
import { carryAggregates, carryLateness } from '../carried-settings.ts'
import { alignmentFields, checkPeriods, hoppingLayout } from './alignment.ts'
import { runFixedWindows } from './fixed-windows.ts'
import { nextFixedEnd, openFixedWindows } from './open-windows.ts'
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
    'event time end - 1 ms, and takes no more. A record whose window takes no more is late: it leaves unchanged through `late`.\n\n' +
    'With `allowedLateness` a window that has fired is kept for so long, and each late record gives another result at ' +
    'once; with `early` there are results before the end, after so many records of a group or every so often by the ' +
    'clock. The output is then a table by group and window, in which a result replaces the one before (`accumulation`: ' +
    '"accumulating" or "retracting"), or a stream of parts, each over the new records alone ("discarding"). A result ' +
    'that is the same as before leaves nothing.\n\n' +
    'With a `timeZone`, windows begin at local midnight (and `offset`), at each anew, so that a day has 23 or 25 hours ' +
    'where the clocks change; a size below a day is counted from midnight on and must divide a day, and "1mo", "3mo" and ' +
    '"1y" are months, quarters and years. With `time` "processing" a record belongs to the moment in which it arrives: ' +
    'the input needs no event time, a window fires when the clock has passed its end, and the watermarks of the output ' +
    'come from the clock.\n\n' +
    'NULL is a group like any other. A record for which an aggregate has no value, such as `SUM(a / 0)`, leaves through ' +
    '`errors` and is in no result. A group whose result has no value, such as `1 / COUNT(x)` where COUNT(x) is 0, leaves a ' +
    'row at `errors` that names group and window; its records count as absorbed.',
  config,
  carriedSettings: new Map([carryAggregates, carryLateness]),
  inputs: ['in'],
  outputs: WINDOW_PORTS,
  outputSchemas: (settings, { in: input }, plan) => checkWindow(settings, input, plan),
  run: (settings, inputs, context) =>
    runFixedWindows(() => layoutOf(settings), settings, inputs, context),
  firesByClock: ({ time }) => time === 'processing',
  inspectWindows: (settings, state) =>
    openFixedWindows(layoutOf(settings), settings.allowedLateness, state),
  nextWindowEnd: (settings, afterMs) =>
    nextFixedEnd(layoutOf(settings), settings.allowedLateness, afterMs),
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
    {
      title: 'A late record corrects a result',
      config: { size: '1m', allowedLateness: '1m', aggregates: { requests: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T00:00:10Z', row: { user: 'ada', ms: 40 } },
            { watermark: '2026-01-01T00:01:00Z' },
            { at: '2026-01-01T00:00:20Z', row: { user: 'bob', ms: 70 } },
            { watermark: '2026-01-01T00:02:00Z' },
            { at: '2026-01-01T00:00:30Z', row: { user: 'eve', ms: 10 } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:59.999Z',
            change: '+I',
            row: {
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              requests: 1,
            },
          },
          { watermark: '2026-01-01T00:01:00Z' },
          {
            at: '2026-01-01T00:00:59.999Z',
            change: '-U',
            row: {
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              requests: 1,
            },
          },
          {
            at: '2026-01-01T00:00:59.999Z',
            change: '+U',
            row: {
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              requests: 2,
            },
          },
          { watermark: '2026-01-01T00:02:00Z' },
        ],
        late: [
          { watermark: '2026-01-01T00:01:00Z' },
          { watermark: '2026-01-01T00:02:00Z' },
          { at: '2026-01-01T00:00:30Z', row: { user: 'eve', ms: 10 } },
        ],
      },
    },
    {
      title: 'A day of 23 hours in Berlin',
      config: { size: '1d', timeZone: 'Europe/Berlin', aggregates: { requests: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-03-28T23:00:00Z', row: { user: 'ada', ms: 40 } },
            { at: '2026-03-29T21:59:59Z', row: { user: 'ada', ms: 70 } },
            { at: '2026-03-29T22:00:00Z', row: { user: 'bob', ms: 30 } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-03-29T21:59:59.999Z',
            row: {
              window_start: '2026-03-28T23:00:00.000Z',
              window_end: '2026-03-29T22:00:00.000Z',
              requests: 2,
            },
          },
          {
            at: '2026-03-30T21:59:59.999Z',
            row: {
              window_start: '2026-03-29T22:00:00.000Z',
              window_end: '2026-03-30T22:00:00.000Z',
              requests: 1,
            },
          },
        ],
      },
    },
  ],
})
