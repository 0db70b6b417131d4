/** The config fields that sources of recorded data share: how fast records are let through. */

import type { Pace, WatermarkSettings } from '@millrace/engine'
import { fields } from '@millrace/pipeline'
import * as z from 'zod'

export const paceFields = {
  rate: fields
    .rate({ title: 'Rate', description: 'At most so many records per second.' })
    .optional(),
  pace: z.enum(['event-time']).optional().meta({
    title: 'Pace',
    description: 'With "event-time", records are let through as far apart as they happened.',
    widget: 'choice',
  }),
  speed: z
    .number()
    .positive('Speed must be above 0. Choose, for instance, 60 for a minute in a second.')
    .optional()
    .meta({
      title: 'Speed',
      description: 'How many times faster than it happened; 1 if left out. Goes with pace.',
      widget: 'number',
      examples: [60],
    }),
}

export interface PaceConfig {
  readonly rate?: number | undefined
  readonly pace?: 'event-time' | undefined
  readonly speed?: number | undefined
}

type Refusal = readonly [code: string, field: string, message: string]

const NO_EVENT_TIME =
  'Pace "event-time" needs an event time. Name its column in eventTime, or set rate instead.'

/** For `superRefine`, where the config itself says whether records have an event time. */
export function checkPaceOfTimed(
  config: PaceConfig & { readonly eventTime?: unknown },
  context: z.RefinementCtx,
): void {
  checkPace(config, config.eventTime === undefined ? NO_EVENT_TIME : undefined, context)
}

/**
 * Reports what is wrong with how rate, pace and speed go together, and with a pace that has no
 * times to go by: `noTimes` says so, where there are none.
 */
export function checkPace(
  config: PaceConfig,
  noTimes: string | undefined,
  context: z.RefinementCtx,
): void {
  const refusals: Refusal[] = []
  const { rate, pace, speed } = config
  if (rate !== undefined && pace !== undefined) {
    const message =
      'Rate and pace both say how fast records are let through. Keep the one that you mean.'
    refusals.push(['rate-and-pace', 'pace', message])
  } else if (speed !== undefined && pace === undefined) {
    const message = `Speed ${speed} is that of pace "event-time". Add "pace": "event-time".`
    refusals.push(['speed-without-pace', 'speed', message])
  }
  if (pace === 'event-time' && noTimes !== undefined) {
    refusals.push(['pace-without-event-time', 'pace', noTimes])
  }
  for (const [code, field, message] of refusals) {
    context.addIssue({ code: 'custom', path: [field], message, params: { code } })
  }
}

export function toPace({ rate, pace, speed = 1 }: PaceConfig): { readonly pace?: Pace } {
  if (rate !== undefined) return { pace: { recordsPerSecond: rate } }
  return pace === undefined ? {} : { pace: { eventTimeSpeed: speed } }
}

export interface WatermarkConfig {
  readonly maxOutOfOrderness: number
  readonly interval: number
  readonly idleTimeout?: number | undefined
}

export function toWatermarkSettings(watermark: WatermarkConfig): WatermarkSettings {
  const { maxOutOfOrderness, interval, idleTimeout } = watermark
  return {
    maxOutOfOrdernessMs: maxOutOfOrderness,
    intervalMs: interval,
    ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout }),
  }
}
