/** Holds back the updates of a table: until a window is over, or for a while. */

import { defineOperator, process } from '@millrace/engine'
import { fields, type PlanContext, type StreamSchema } from '@millrace/pipeline'
import * as z from 'zod'
import { carryTimeToLive } from '../carried-settings.ts'
import { stateTimeToLive } from '../state-lifetime.ts'
import { FinalResults } from './final-results.ts'
import { SUPPRESS_EXAMPLES } from './suppress-examples.ts'
import { WaitingUpdates } from './waiting-updates.ts'

const LIMIT_MAX = 10_000_000
const LIMIT_OF_DURATION = 100_000
const WINDOW_CLOSE = 'window-close'

const duration = fields.duration({ title: 'Until' })

const until = z
  .string()
  .meta({
    title: 'Until',
    description:
      '"window-close": the last result of each window leaves, once. A duration such as "10s": an update waits so ' +
      'long, and those of the same row that come meanwhile take its place.',
    pattern: `^(${WINDOW_CLOSE}|([0-9]+(ms|s|m|h|d))+)$`,
    examples: [WINDOW_CLOSE, '10s'],
  })
  .transform((text, context): typeof WINDOW_CLOSE | number => {
    if (text === WINDOW_CLOSE) return text
    const read = duration.safeParse(text)
    if (read.success) return read.data
    context.addIssue({
      code: 'custom',
      message:
        `Until is "${text}", and it is either "${WINDOW_CLOSE}" or a duration longer than 0s. Write, for instance, ` +
        '"10s".',
      params: { code: 'bad-until' },
    })
    return z.NEVER
  })

const config = z.strictObject({
  until: until.prefault(WINDOW_CLOSE),
  limit: fields
    .count({
      title: 'Limit',
      description:
        'How many rows may wait; left out, 100,000 for a duration and 10 million for window-close.',
      min: 1,
      max: LIMIT_MAX,
      unit: 'rows',
    })
    .optional(),
  whenFull: z
    .enum(['emit', 'fail'])
    .optional()
    .meta({
      title: 'When full',
      description:
        'emit: beyond the limit, the row that has waited longest leaves early; so it is for a duration, if left out. ' +
        'fail: the job fails; so it is for window-close, where an early row would not be the last.',
      widget: 'choice',
    }),
  stateTimeToLive: stateTimeToLive(),
})

type SuppressConfig = z.output<typeof config>

/** Undefined after a problem. */
function checkSuppress(
  { until, whenFull }: SuppressConfig,
  input: StreamSchema,
  plan: PlanContext,
): void {
  const { changes, window } = input
  if (changes === 'append') {
    const message =
      'A suppress holds back the updates of a table, and its input is an append stream, whose rows are final ' +
      'already. Take this node out.'
    plan.report({ code: 'suppress-of-stream', port: 'in', message })
    return
  }
  if (until !== WINDOW_CLOSE) return
  if (window?.endColumn === undefined || !input.eventTime) {
    const message =
      'Until is "window-close", and the rows of the input are not results of windows that show their end. Set ' +
      '"until" to a duration, such as "10s", or keep the column window_end on the way here.'
    plan.report({ code: 'window-end-missing', path: ['until'], message })
  }
  if (whenFull === 'emit') {
    const message =
      'Until is "window-close", and when full is "emit", which would let results out before they are final. Set ' +
      '"whenFull" to "fail".'
    plan.report({ code: 'final-results-early', path: ['whenFull'], message })
  }
}

function outputOf({ until }: SuppressConfig, input: StreamSchema): StreamSchema {
  const { columns, eventTime, key = [], window } = input
  if (until !== WINDOW_CLOSE) return { columns, eventTime, changes: 'retract', key }
  const final = window === undefined ? {} : { window: { ...window, latenessMs: 0 } }
  return { columns, eventTime: true, changes: 'append', ...final }
}

export const suppress = defineOperator({
  id: 'suppress',
  category: 'table',
  title: 'Suppress',
  icon: 'pause',
  summary: 'Holds back the updates of a table: until a window is over, or for a while.',
  details: [
    'Until `window-close`, the results of windows that fire several times wait for the watermark to pass the end of the ' +
      'window and its allowed lateness. Then the last one leaves, once, as a row of an append stream; the watermark ' +
      'is held back by the allowed lateness, so that it is not late further down. What comes after that is late.',
    'With a duration, a row that has changed waits, and changes of the same row that come meanwhile take its place. ' +
      'It leaves when the duration has passed since the first of them: by event time where the input has it (then the ' +
      'watermark is held back by the duration), otherwise by the clock. If it is then as it was before, nothing leaves. ' +
      'Rows leave by the time of that first change, then by key; by the clock in the order of those changes. Beyond ' +
      'the limit, the row that has waited longest ' +
      'leaves early, or the job fails. At the end of input everything leaves.',
    'With a duration, the rows that have left are kept so that changes can be told, for ever or until ' +
      '`stateTimeToLive` has passed without a change.',
  ].join('\n\n'),
  config,
  carriedSettings: new Map([carryTimeToLive(['entries'])]),
  stateVersion: 2,
  stateUpgrades: new Map([
    [
      1,
      { summary: 'Rows wait as they did; new ones are told apart as they came.', apply: () => {} },
    ],
  ]),
  inputs: ['in'],
  upsertInputs: ['in'],
  outputs: ['out'],
  outputSchemas: (settings, { in: input }, plan) => {
    checkSuppress(settings, input, plan)
    return { out: outputOf(settings, input) }
  },
  run: ({ until, limit, whenFull, stateTimeToLive: timeToLiveMs }, inputs, context) =>
    process<'in', 'out'>(inputs, context, { ports: ['out'] }, ({ out }) =>
      until === WINDOW_CLOSE
        ? new FinalResults(out.out, context, limit ?? LIMIT_MAX)
        : new WaitingUpdates(
            {
              delayMs: until,
              limit: limit ?? LIMIT_OF_DURATION,
              emitsEarly: whenFull !== 'fail',
              timeToLiveMs,
            },
            out.out,
            context,
          ),
    ),
  examples: SUPPRESS_EXAMPLES,
})
