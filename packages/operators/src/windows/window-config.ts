/**
 * The config fields that all windows have, and those that are refused by name until they are built.
 */

import { fields } from '@millrace/pipeline'
import * as z from 'zod'
import { type LaterFields, withLaterFields } from './later-fields.ts'

/** What a window needs to know besides where it begins and ends. */
export interface WindowConfig {
  readonly groupBy: readonly string[]
  /** The SQL of each result column, in their order. */
  readonly aggregates: readonly fields.Entry<string>[]
  readonly onError: 'dead-letter' | 'fail'
}

const LATER: LaterFields = new Map([
  ['time', 'Windows go by event time.'],
  ['allowedLateness', 'A window that has fired takes no more records: they leave through "late".'],
  ['early', 'A window gives its result once, when the watermark has passed its end.'],
  ['accumulation', 'A window fires once, so there is nothing to accumulate.'],
])

const LATER_ALIGNED: LaterFields = new Map([
  ...LATER,
  ['timeZone', 'Windows are aligned to UTC, and "offset" moves them.'],
])

/**
 * The config of windows that lie at the same times for every group: the given fields, then the
 * common ones.
 */
export function alignedWindowConfig<Shape extends z.ZodRawShape>(shape: Shape) {
  const offset = fields.duration({
    title: 'Offset',
    description:
      'How far windows are moved from the epoch, 1970-01-01T00:00Z. May be negative: with "-2h", days begin at 22:00 UTC.',
    min: 'any',
  })
  const config = z.strictObject({ ...shape, offset: offset.prefault('0s'), ...commonFields() })
  return withLaterFields(config, LATER_ALIGNED)
}

/** The config of windows that follow the records of their group. */
export function sessionWindowConfig<Shape extends z.ZodRawShape>(shape: Shape) {
  return withLaterFields(z.strictObject({ ...shape, ...commonFields() }), LATER)
}

function commonFields() {
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
    onError: fields.onError(),
  }
}
