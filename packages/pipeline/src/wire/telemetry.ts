/**
 * What the host says about a running job, several times a second. A frame is the full set of
 * values, or what has changed since a frame that this client has acknowledged; so a frame that is
 * lost costs nothing, and a client that stalls is sent nothing until it acknowledges again.
 */

import * as z from 'zod'
import { breakpointHit } from './breakpoint.ts'
import { jobCheckpoints } from './checkpoints.ts'
import { placement } from './engine-hosts.ts'
import { eventTimeMs } from './wire-time.ts'

export const jobState = z.enum([
  'starting',
  'running',
  'paused',
  'restarting',
  'finishing',
  'finished',
  'failed',
  'stopped',
])
export type WireJobState = z.output<typeof jobState>

export const jobFailure = z.object({
  domain: z.enum(['user', 'external', 'internal']),
  retry: z.boolean(),
  nodeId: z.string().optional(),
  message: z.string(),
  /** The engine stopped because of the job again and again, so only people start it again. */
  quarantined: z.literal(true).optional(),
})
export type WireFailure = z.output<typeof jobFailure>

export const inputProgress = z.object({
  watermark: eventTimeMs,
  idle: z.boolean(),
})

/** One node. Counters count since the job started; rates are per second over the last frames. */
export const nodeMetrics = z.object({
  in: z.number(),
  out: z.number(),
  inPerSecond: z.number(),
  outPerSecond: z.number(),
  /** Share of the last second in which this node worked, 0 to 1. */
  busy: z.number(),
  watermark: eventTimeMs,
  idle: z.boolean(),
  /**
   * In the order of the input channels: what holds the watermark back is the lowest that is not
   * idle.
   */
  inputs: z.array(inputProgress),
  /** The buckets of the ledger. */
  passed: z.number(),
  filtered: z.number(),
  late: z.number(),
  deadLettered: z.number(),
  dropped: z.number(),
  held: z.number(),
  absorbed: z.number(),
  expired: z.number(),
  inFlight: z.number(),
  /** Dead letters that were sent in again: each counts once, as what has become of it since. */
  again: z.number().optional(),
  /** Rows by output port since the start, and per second. */
  ports: z.record(z.string(), z.object({ rows: z.number(), perSecond: z.number() })),
})
export type NodeMetrics = z.output<typeof nodeMetrics>

export const jobStatus = z.object({
  jobId: z.string(),
  pipelineId: z.string(),
  version: z.number(),
  state: jobState,
  /** Wall clock of the host, UTC milliseconds. */
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  /** Because something had failed; that the server was started again is none. */
  restarts: z.number(),
  /** Records a second that are let in at the most; null for full speed. */
  pace: z.number().nullable(),
  failure: jobFailure.nullable(),
  /** Records in dead letters that no edge reads. */
  deadLetters: z.number(),
  /** Null until the job has been placed, and once it has been read from the books. */
  checkpoints: jobCheckpoints.nullable(),
  /** Absent where no engine host has it. */
  placement: placement.optional(),
  /** There while the job is paused because a record has come to a breakpoint. */
  breakpoint: breakpointHit.optional(),
})
export type JobStatus = z.output<typeof jobStatus>

export const frame = z.object({
  jobId: z.string(),
  /** Goes up by one with each frame of this job for this client. */
  sequence: z.number(),
  /** The acknowledged frame that this one changes; 0 for a full one. */
  base: z.number(),
  /** The host's wall clock when the values were taken. */
  atMs: z.number(),
  status: jobStatus.optional(),
  /** Only fields that differ from the base. */
  nodes: z.record(z.string(), nodeMetrics.partial()),
})
export type Frame = z.output<typeof frame>

/**
 * The values of a client after a frame: the base that the frame names, with what the frame changes.
 */
export interface TelemetryView {
  readonly status: JobStatus
  readonly nodes: ReadonlyMap<string, NodeMetrics>
}
