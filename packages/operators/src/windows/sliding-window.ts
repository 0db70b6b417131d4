/** Aggregates records per group in windows of event time that end and begin with its records. */

import { defineOperator } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import { carryAggregates } from '../carried-settings.ts'
import { openSlidingWindows } from './open-windows.ts'
import { slidingExamples } from './sliding-examples.ts'
import { runSlidingWindows } from './sliding-windows.ts'
import { checkFiring, windowConfig } from './window-config.ts'
import { WINDOW_PORTS } from './window-groups.ts'
import { checkAppended, checkWindow } from './window-schema.ts'

const config = windowConfig({
  size: fields.duration({
    title: 'Size',
    description: 'How far the times of two records may be apart that are in one window.',
  }),
})
  .superRefine(checkFiring)
  .superRefine(({ accumulation }, context) => {
    if (accumulation !== 'discarding') return
    context.addIssue({
      code: 'custom',
      path: ['accumulation'],
      message:
        'Accumulation is "discarding", and a sliding window is made by a record out of those that were there before, ' +
        'so that there is no telling which of them are new in it. Choose "accumulating" or "retracting".',
      params: { code: 'sliding-window-in-parts' },
    })
  })

export const slidingWindow = defineOperator({
  id: 'sliding-window',
  category: 'window',
  title: 'Sliding window',
  icon: 'layers',
  summary:
    'Aggregates records per group in windows of event time that end and begin with its records, as in Kafka Streams.',
  details:
    'For every distinct time t of a group there are two windows: [t - size, t], which ends with the record, and ' +
    '[t + 1 ms, t + 1 ms + size], which begins right after it and exists if it holds records. So any records that are at most `size` ' +
    'apart are together in one of them, wherever they lie. Both ends belong to a window, and `window_end` is 1 ms after ' +
    'the last. A window gives one row, at its last millisecond, when the watermark has come there.\n\n' +
    'A record is late when no window to come could hold it either: when the watermark has reached its time + size (and ' +
    '`allowedLateness`). Before that it is used for the windows that have not ended. The cost of a window is that of the ' +
    'distinct times in it. NULL is a group like any other; what has no value leaves through `errors`.',
  config,
  carriedSettings: new Map([carryAggregates]),
  inputs: ['in'],
  outputs: WINDOW_PORTS,
  outputSchemas: (settings, { in: input }, plan) => {
    if (input.window !== undefined) checkAppended('A sliding window', input, plan)
    return checkWindow(settings, input, plan)
  },
  run: (settings, inputs, context) => runSlidingWindows(settings.size, settings, inputs, context),
  firesByClock: ({ time }) => time === 'processing',
  inspectWindows: ({ size }, state) => openSlidingWindows(size, state),
  examples: slidingExamples,
})
