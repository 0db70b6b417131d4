/** What the event-time picture of one window node shows. */

import * as z from 'zod'
import { eventTimeMs } from './telemetry.ts'

export const windowBox = z.object({
  startMs: z.number(),
  endMs: z.number(),
  /** Records in it, over all keys. */
  records: z.number(),
  /** Groups in it. */
  keys: z.number(),
  /** Absent while it is open: processing time at which it fired. */
  firedAtMs: z.number().optional(),
})
export type WindowBox = z.output<typeof windowBox>

/** A record as a dot: event time across, processing time up. */
export const recordDot = z.object({
  eventTimeMs: z.number(),
  seenAtMs: z.number(),
  late: z.boolean(),
})
export type RecordDot = z.output<typeof recordDot>

export const watermarkStep = z.object({ atMs: z.number(), watermark: eventTimeMs })

/** Sent while somebody looks at the node: the whole picture, bounded. */
export const picture = z.object({
  jobId: z.string(),
  nodeId: z.string(),
  atMs: z.number(),
  watermark: eventTimeMs,
  windows: z.array(windowBox),
  /** A sample; `records` in the windows are exact. */
  dots: z.array(recordDot),
  steps: z.array(watermarkStep),
  /** One dot stands for this many records. */
  sampledOneIn: z.number(),
})
export type Picture = z.output<typeof picture>
