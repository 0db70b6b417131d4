/** Aggregates records per group in windows of event time that begin together and grow by a step. */

import { defineOperator } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import type * as z from 'zod'
import { carryAggregates, carryLateness } from '../carried-settings.ts'
import { alignmentFields, checkStep, cumulateLayout } from './alignment.ts'
import { cumulateExamples } from './cumulate-examples.ts'
import { runFixedWindows } from './fixed-windows.ts'
import { nextFixedEnd, openFixedWindows } from './open-windows.ts'
import { checkFiring, windowConfig } from './window-config.ts'
import { WINDOW_PORTS } from './window-groups.ts'
import type { WindowLayout } from './window-layout.ts'
import { checkWindow } from './window-schema.ts'

const config = windowConfig({
  size: fields.period({
    title: 'Size',
    description:
      'How long the longest window is. With a time zone also months and years: "1mo", "1y".',
  }),
  step: fields.period({
    title: 'Step',
    description: 'How much longer each window is than the one before. It must divide the size.',
  }),
  ...alignmentFields(),
})
  .superRefine(checkFiring)
  .superRefine(checkStep)

function layoutOf({ size, step, ...alignment }: z.output<typeof config>): WindowLayout {
  return cumulateLayout(alignment, size, step)
}

export const cumulateWindow = defineOperator({
  id: 'cumulate-window',
  category: 'window',
  title: 'Cumulate window',
  icon: 'chart',
  summary:
    'Aggregates records per group in windows of event time that begin together and grow by a step, as totals since midnight do.',
  details:
    'Every `size`, windows begin together: [start, start + step), [start, start + 2 * step), and so on up to `size`. A ' +
    'record counts in each of those that end after it. So a day by the hour gives, at each hour, the total since ' +
    'midnight. A window gives one row for each group that has records in it, whether or not any have come since the ' +
    'window before.\n\n' +
    'Each window works on what the one before has summed up, so that a step costs only what is new in it. A late record ' +
    'of which only some windows have fired still counts in the others, and never in those that have. One whose every ' +
    'window has fired leaves through `late`.\n\n' +
    'With `allowedLateness` a window that has fired is kept for so long, and each late record gives another result at ' +
    'once; with `early` there are results before the end, after so many records of a group or every so often by the ' +
    'clock. The output is then a table by group and window, in which a result replaces the one before (`accumulation`: ' +
    '"accumulating" or "retracting"), or a stream of parts, each over the new records alone ("discarding"). A result ' +
    'that is the same as before leaves nothing.\n\n' +
    'With a `timeZone`, windows begin at local midnight (and `offset`), at each anew, so that a day has 23 or 25 hours ' +
    'where the clocks change; a size below a day is counted from midnight on and must divide a day, and "1mo", "3mo" and ' +
    '"1y" are months, quarters and years. With `time` "processing" a record belongs to the moment in which it arrives: ' +
    'the input needs no event time, a window fires when the clock has passed its end, and the watermarks of the output ' +
    'come from the clock.',
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
  examples: cumulateExamples,
})
