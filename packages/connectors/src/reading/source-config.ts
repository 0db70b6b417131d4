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

interface Refusal {
  readonly code: string
  readonly path: readonly string[]
  readonly message: string
}

/** The first thing that is wrong with how rate, pace and speed go together. */
export function refusePace({ rate, pace, speed }: PaceConfig): Refusal | undefined {
  if (rate !== undefined && pace !== undefined) {
    const message =
      'Rate and pace both say how fast records are let through. Keep the one that you mean.'
    return { code: 'rate-and-pace', path: ['pace'], message }
  }
  if (speed !== undefined && pace === undefined) {
    const message = `Speed ${speed} is that of pace "event-time". Add "pace": "event-time".`
    return { code: 'speed-without-pace', path: ['speed'], message }
  }
  return undefined
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
