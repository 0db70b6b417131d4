/**
 * Aggregates records per group in windows of event time that start at a fixed interval and may
 * overlap.
 */

import { defineOperator } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import type * as z from 'zod'
import { carryAggregates, carryLateness } from '../carried-settings.ts'
import { alignmentFields, checkSlide, hoppingLayout } from './alignment.ts'
import { runFixedWindows } from './fixed-windows.ts'
import { nextFixedEnd, openFixedWindows } from './open-windows.ts'
import { checkFiring, windowConfig } from './window-config.ts'
import { WINDOWS_A_RECORD_MAX } from './window-count.ts'
import { WINDOW_PORTS } from './window-groups.ts'
import type { WindowLayout } from './window-layout.ts'
import { checkWindow } from './window-schema.ts'

const config = windowConfig({
  size: fields.period({
    title: 'Size',
    description: 'How long a window is. With a time zone also months and years: "1mo", "1y".',
  }),
  slide: fields.period({
    title: 'Slide',
    description:
      'A window starts every so often. It need not divide the size; where it is longer, there are gaps.',
  }),
  ...alignmentFields(),
})
  .superRefine(checkFiring)
  .superRefine(checkSlide)

function layoutOf({ size, slide, ...alignment }: z.output<typeof config>): WindowLayout {
  return hoppingLayout(alignment, size, slide)
}

const clicks = { user: 'string' }

export const hoppingWindow = defineOperator({
  id: 'hopping-window',
  category: 'window',
  title: 'Hopping window',
  icon: 'windows',
  summary:
    'Aggregates records per group in windows of event time that start at a fixed interval and may overlap.',
  details:
    'A window is [start, start + size), with a start every `slide`, aligned to the epoch plus `offset`. A record counts in ' +
    'every window that contains it, at the cost of one: windows share the parts they have in common. When the watermark ' +
    'passes its end, a window gives one row for each group that has records, at event time end - 1 ms, and takes no more.\n\n' +
    'A record of which only some windows have fired still counts in the others. One whose every window has fired is late ' +
    'and leaves unchanged through `late`. Where `slide` is longer than `size`, a record between two windows is filtered. ' +
    'NULL is a group like any other. A record for which an aggregate has no value leaves through `errors` and is in no ' +
    'result; a group whose result has no value leaves a row there that names group and window.\n\n' +
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
    `A record may be in ${WINDOWS_A_RECORD_MAX} windows: a window of a day every second is taken, one every millisecond ` +
    'is refused, since each window gives a row of its own for each group.',
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
      title: 'The last two minutes, every minute',
      config: { size: '2m', slide: '1m', aggregates: { clicks: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T00:00:30Z', row: { user: 'ada' } },
            { at: '2026-01-01T00:01:30Z', row: { user: 'bob' } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:59.999Z',
            row: {
              window_start: '2025-12-31T23:59:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              clicks: 1,
            },
          },
          {
            at: '2026-01-01T00:01:59.999Z',
            row: {
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:02:00.000Z',
              clicks: 2,
            },
          },
          {
            at: '2026-01-01T00:02:59.999Z',
            row: {
              window_start: '2026-01-01T00:01:00.000Z',
              window_end: '2026-01-01T00:03:00.000Z',
              clicks: 1,
            },
          },
        ],
      },
    },
    {
      title: 'The first ten seconds of every minute',
      config: { size: '10s', slide: '1m', groupBy: ['user'], aggregates: { clicks: 'COUNT(*)' } },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T00:00:05Z', row: { user: 'ada' } },
            { at: '2026-01-01T00:00:30Z', row: { user: 'ada' } },
            { at: '2026-01-01T00:01:00Z', row: { user: null } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:09.999Z',
            row: {
              user: 'ada',
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:00:10.000Z',
              clicks: 1,
            },
          },
          {
            at: '2026-01-01T00:01:09.999Z',
            row: {
              user: null,
              window_start: '2026-01-01T00:01:00.000Z',
              window_end: '2026-01-01T00:01:10.000Z',
              clicks: 1,
            },
          },
        ],
      },
    },
    {
      title: 'Parts as they come: after every two records, and the rest at the end',
      config: {
        size: '1m',
        slide: '1m',
        early: { count: 2 },
        accumulation: 'discarding',
        aggregates: { clicks: 'COUNT(*)' },
      },
      inputs: {
        in: {
          schema: clicks,
          elements: [
            { at: '2026-01-01T00:00:05Z', row: { user: 'ada' } },
            { at: '2026-01-01T00:00:06Z', row: { user: 'bob' } },
            { at: '2026-01-01T00:00:07Z', row: { user: 'ada' } },
          ],
        },
      },
      outputs: {
        out: [
          {
            at: '2026-01-01T00:00:59.999Z',
            row: {
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              clicks: 2,
            },
          },
          {
            at: '2026-01-01T00:00:59.999Z',
            row: {
              window_start: '2026-01-01T00:00:00.000Z',
              window_end: '2026-01-01T00:01:00.000Z',
              clicks: 1,
            },
          },
        ],
      },
    },
  ],
})
