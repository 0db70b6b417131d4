/** The config fields that all windows have, and what they say of when a window fires. */

import { durationText, fields } from '@millrace/pipeline'
import * as z from 'zod'

/** What becomes of the results of a window that fires more than once. */
export type Accumulation = 'accumulating' | 'discarding' | 'retracting'

/** What a window needs to know besides where it begins and ends. */
export interface WindowConfig {
  readonly groupBy: readonly string[]
  /** The SQL of each result column, in their order. */
  readonly aggregates: readonly fields.Entry<string>[]
  readonly time: 'event' | 'processing'
  readonly allowedLateness: number
  readonly early?: EarlyConfig | undefined
  readonly accumulation: Accumulation
  readonly onError: 'dead-letter' | 'fail'
}

/** When a window gives results before its end. */
export interface EarlyConfig {
  readonly every?: number | undefined
  readonly count?: number | undefined
}

/** Whether a window can give one result only, at its end. */
export function firesOnce({ early, allowedLateness }: WindowConfig): boolean {
  return early === undefined && allowedLateness === 0
}

/** The config of windows: the given fields, then the common ones. */
export function windowConfig<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject({ ...shape, ...commonFields() })
}

function commonFields() {
  return {
    ...groupFields(),
    time: z.enum(['event', 'processing']).prefault('event').meta({
      title: 'Time',
      description:
        'What windows go by: the time of the records, or the clock at the moment they arrive.',
      widget: 'choice',
    }),
    allowedLateness: fields
      .duration({
        title: 'Allowed lateness',
        description:
          'How long a window that has fired is kept for late records: each gives another result at once.',
        min: 'zero',
      })
      .prefault('0s'),
    early: earlyField(),
    accumulation: z
      .enum(['accumulating', 'discarding', 'retracting'])
      .prefault('accumulating')
      .meta({
        title: 'Accumulation',
        description:
          'Of a window that fires again: a result over all its records that replaces the one before (accumulating), ' +
          'the same with the replaced row for every reader (retracting), or a part over the new records alone (discarding).',
        widget: 'choice',
      }),
    onError: fields.onError(),
  }
}

/** The group columns and the aggregates over their records. */
export function groupFields() {
  return {
    groupBy: fields
      .columns({
        title: 'Group by',
        description: 'Each combination of values is a group with results of its own.',
      })
      .prefault([]),
    aggregates: fields.aggregates({
      title: 'Aggregates',
      description: 'Result columns: an aggregate over the records of a group in a window.',
    }),
  }
}

function earlyField() {
  return z
    .strictObject({
      every: fields
        .duration({
          title: 'Every',
          description:
            'Processing time from one early result to the next, where there are new records.',
        })
        .optional(),
      count: fields
        .count({
          title: 'Count',
          description: 'An early result of a group after every so many of its records.',
          min: 1,
          unit: 'records',
        })
        .optional(),
    })
    .refine(({ every, count }) => every !== undefined || count !== undefined, {
      message:
        'Early says neither how often nor after how many records. Write, for instance, {"every": "10s"} or {"count": 1000}, or leave the field out.',
      params: { code: 'early-without-trigger' },
    })
    .optional()
    .meta({
      title: 'Early results',
      description: 'Results before the window ends, from the records that are there.',
    })
}

/** Where a rule over several fields reports. */
export interface IssueTarget {
  addIssue(issue: {
    readonly code: 'custom'
    readonly path: string[]
    readonly message: string
    readonly params: { readonly code: string }
  }): void
}

/** Refuses what no windows can do; for `superRefine`. */
export function checkFiring({ time, allowedLateness }: WindowConfig, context: IssueTarget): void {
  if (time !== 'processing' || allowedLateness === 0) return
  context.addIssue({
    code: 'custom',
    path: ['allowedLateness'],
    message:
      `Allowed lateness is ${durationText(allowedLateness)}, and in windows of processing time no record is late: ` +
      'it belongs to the moment in which it arrives. Remove it, or choose the time "event".',
    params: { code: 'lateness-without-event-time' },
  })
}
