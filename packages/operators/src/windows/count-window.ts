/** Aggregates the last so many records of a group, after every so many. */

import { defineOperator } from '@millrace/engine'
import { appendStream, fields } from '@millrace/pipeline'
import * as z from 'zod'
import { carryAggregates } from '../carried-settings.ts'
import { countExamples } from './count-examples.ts'
import { runCountWindows } from './count-windows.ts'
import { groupFields } from './window-config.ts'
import { checkAppended, resultColumns } from './window-schema.ts'

/** As many parts as a window may be put together from, each time that it gives a result. */
const PARTS_MAX = 100_000

const config = z
  .strictObject({
    size: fields.count({
      title: 'Size',
      description:
        'How many records of a group a result is made of: the last ones, and at first fewer.',
      min: 1,
      unit: 'records',
    }),
    slide: fields
      .count({
        title: 'Slide',
        description:
          'After how many records of a group there is a result; as many as the size if left out.',
        min: 1,
        unit: 'records',
      })
      .optional(),
    ...groupFields(),
    onError: fields.onError(),
  })
  .superRefine(({ size, slide = size }, context) => {
    const parts = size / divisor(size, slide)
    if (!(parts > PARTS_MAX)) return
    const message =
      `With size ${size} and slide ${slide} each result would be put together from ${parts} parts, and the limit is ` +
      `${PARTS_MAX}. Choose a slide that has a larger divisor in common with the size, or a smaller size.`
    context.addIssue({
      code: 'custom',
      path: ['slide'],
      message,
      params: { code: 'too-many-parts' },
    })
  })

export const countWindow = defineOperator({
  id: 'count-window',
  category: 'window',
  title: 'Count window',
  icon: 'hash',
  summary: 'Aggregates the last so many records of a group, after every so many.',
  details:
    'Records are counted per group as they arrive, whatever their times. After every `slide` records, the last `size` of ' +
    'them give one row: fewer at first, while there are not so many. Where `slide` is larger than `size`, the records in ' +
    'between are in no window, and count as filtered.\n\n' +
    'The row has the latest event time of its records, if they have event times; the input needs none. What has not ' +
    'been in a result when the input ends gives none, and counts as expired. A record for which an aggregate has no ' +
    'value leaves through `errors` and is not counted; a result that has no value leaves a row there that names the group.',
  config,
  carriedSettings: new Map([carryAggregates]),
  inputs: ['in'],
  outputs: ['out', 'errors'],
  outputSchemas: (settings, { in: input }, plan) => {
    checkAppended('A count window', input, plan)
    return { out: appendStream(resultColumns(settings, [], input, plan), input.eventTime) }
  },
  run: ({ size, slide = size, ...settings }, inputs, context) =>
    runCountWindows({ size, slide, part: divisor(size, slide) }, settings, inputs, context),
  examples: countExamples,
})

/** The greatest common one. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
