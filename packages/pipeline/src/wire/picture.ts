/** What the event-time picture of one window node shows. */

import * as z from 'zod'
import { eventTimeMs } from './wire-time.ts'

export const windowBox = z.object({
  startMs: z.number(),
  endMs: z.number(),
  /** Records in it, over all keys. */
  records: z.number(),
  /** Groups in it. */
  keys: z.number(),
  /** Absent while it is open: processing time at which it fired. */
  firedAtMs: z.number().optional(),
  /** Records in it when it fired; more have come since where lateness is allowed. */
  firedRecords: z.number().optional(),
})
export type WindowBox = z.output<typeof windowBox>

/** A record as a dot: event time across, processing time up. */
export const recordDot = z.object({
  eventTimeMs: z.number(),
  seenAtMs: z.number(),
  late: z.boolean(),
  /** Of a late one: where the watermark of the node stood when it came. */
  watermark: eventTimeMs.optional(),
})
export type RecordDot = z.output<typeof recordDot>

export const watermarkStep = z.object({ atMs: z.number(), watermark: eventTimeMs })

/** How far a source has come whose watermarks reach the node. */
export const sourceProgress = z.object({
  nodeId: z.string(),
  partitions: z.number(),
  idlePartitions: z.number(),
  /** Of those that are not idle, the one with the lowest event time; null where all are idle. */
  slowest: z
    .object({ partition: z.number(), latest: eventTimeMs, heardAtMs: z.number().nullable() })
    .nullable(),
  /** The latest event time of all partitions. */
  latest: eventTimeMs,
  /** When the last record came; null if none has since the job began or went on. */
  heardAtMs: z.number().nullable(),
  /** The watermark stays so far behind the latest event time, and rises in such steps. */
  delayMs: z.number(),
  intervalMs: z.number(),
  /** Null where it never counts as idle. */
  idleTimeoutMs: z.number().nullable(),
  /** Whether it has nothing to give: what it has may wait for its pace or for other sources. */
  waiting: z.boolean(),
  ended: z.boolean(),
})
export type SourceProgress = z.output<typeof sourceProgress>

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
  /** The sources with event time from which the node gets its records. */
  sources: z.array(sourceProgress),
  /** Whether its windows fire by the clock, whatever the watermark says. */
  firesByClock: z.boolean(),
  /** One dot stands for this many records. */
  sampledOneIn: z.number(),
})
export type Picture = z.output<typeof picture>
