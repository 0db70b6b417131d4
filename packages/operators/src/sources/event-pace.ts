/** The config fields of sources that make records up: when they begin and how fast they come. */

import type { Pace } from '@millrace/engine'
import { parseBoundedTimestamp } from '@millrace/pipeline'
import * as z from 'zod'

/** 2026-01-01T00:00:00Z, where records begin that do not follow the clock. */
const START_MS = 1_767_225_600_000

export const paceFields = {
  start: z
    .string()
    .transform((text, context) => {
      const startMs = parseBoundedTimestamp(text)
      if (startMs !== null) return startMs
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not a time. Write ISO-8601, for instance "2026-01-01T00:00:00Z".`,
        params: { code: 'bad-timestamp' },
      })
      return z.NEVER
    })
    .optional()
    .meta({
      title: 'Start',
      description:
        'The event time of the first record. Left out, it is 2026-01-01T00:00:00Z with a count, and the clock ' +
        'without one.',
      widget: 'timestamp',
      examples: ['2026-01-01T00:00:00Z'],
    }),
  pace: z.enum(['event-time']).optional().meta({
    title: 'Pace',
    description:
      'With "event-time", records are let through as far apart as their times. Always so without a count.',
    widget: 'choice',
  }),
  speed: z
    .number()
    .positive('Speed must be above 0. Choose, for instance, 60 for a minute in a second.')
    .optional()
    .meta({
      title: 'Speed',
      description: 'How many times faster than event time; 1 if left out. Goes with pace.',
      widget: 'number',
      examples: [60],
    }),
}

export interface PaceConfig {
  readonly count?: number | undefined
  readonly start?: number | undefined
  readonly pace?: 'event-time' | undefined
  readonly speed?: number | undefined
}

/** For `superRefine`. */
export function checkPace({ count, pace, speed }: PaceConfig, context: z.RefinementCtx): void {
  if (speed === undefined || pace !== undefined || count === undefined) return
  context.addIssue({
    code: 'custom',
    path: ['speed'],
    message: `Speed ${speed} is that of pace "event-time". Add "pace": "event-time".`,
    params: { code: 'speed-without-pace' },
  })
}

/** Records with a count are read as fast as they can be, unless the config says otherwise. */
export function toPace({ count, pace, speed = 1 }: PaceConfig): { readonly pace?: Pace } {
  return count !== undefined && pace === undefined ? {} : { pace: { eventTimeSpeed: speed } }
}

/**
 * Whether the clock says when the first record is. It has moved on when a job is started again, so
 * that such a source says in a chunk of its own, before the first record, when it began.
 */
export function beginsNow({ count, start }: PaceConfig): boolean {
  return count === undefined && start === undefined
}

export function startOf({ count, start }: PaceConfig, nowMs: () => number): number {
  return start ?? (count === undefined ? nowMs() : START_MS)
}
