/**
 * Backfills as the API shows them: an edited version reads old records beside the running job, and
 * takes its place when it has come to where that one stands.
 */

import * as z from 'zod'
import { startAt } from './checkpoints.ts'
import { jsonObject } from './json-object.ts'
import { eventTimeMs } from './wire-time.ts'

/** Where a backfill begins to read. */
const [earliest, , timestamp, offsets] = startAt.options
export const backfillFrom = z.discriminatedUnion('kind', [earliest, timestamp, offsets])
export type BackfillFrom = z.output<typeof backfillFrom>

/** What becomes of a node. */
export const backfilledNode = z.object({
  nodeId: z.string(),
  title: z.string(),
  /**
   * `anew` has what old records make of it; `kept` goes on with what the running job has kept;
   * `sink` goes on writing behind what it has written.
   */
  kind: z.enum(['anew', 'kept', 'sink']),
})

export const backfillPlan = z.object({
  nodes: z.array(backfilledNode),
  /** Why it cannot be done, with what to do instead; none where it can. */
  reasons: z.array(z.string()),
  notices: z.array(z.string()),
})
export type WireBackfillPlan = z.output<typeof backfillPlan>

export const backfillState = z.enum([
  /** It reads, or waits where the job stands. */
  'running',
  /** The job has been stopped at a checkpoint, and the new version is about to begin with it. */
  'switching',
  'done',
  /** The job goes on as it was. */
  'failed',
  'cancelled',
])

export const backfillStatus = z.object({
  backfillId: z.string(),
  pipelineId: z.string(),
  jobId: z.string(),
  /** The one that runs, and the one that is to. */
  fromVersion: z.number(),
  version: z.number(),
  from: backfillFrom,
  state: backfillState,
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  /** Whether it switches by itself when it has caught up. */
  automatic: z.boolean(),
  /** Offsets read, and those that are left up to where the job stood at its last checkpoint. */
  records: z.number(),
  recordsBehind: z.number(),
  /** It has caught up when no more than these are left. */
  recordsBehindMax: z.number(),
  caughtUp: z.boolean(),
  /** The lowest of its sources, and of those of the job. */
  watermark: eventTimeMs,
  liveWatermark: eventTimeMs,
  /** Until it has caught up, at the rate of the last seconds; null where that cannot be said. */
  remainingMs: z.number().nullable(),
  /** Old records that the new version could not process. They are counted, and go nowhere. */
  deadLetters: z.number(),
  /** What has become of it, once it has ended. */
  message: z.string().nullable(),
})
export type BackfillStatus = z.output<typeof backfillStatus>

const id = z.object({ id: z.string() })
const empty = z.object({})
const version = z.int().optional()

export const backfillRoutes = {
  /** What a backfill of a saved version, the latest if none is named, or of a document would do. */
  planBackfill: {
    method: 'post',
    path: '/pipelines/:id/backfill-plan',
    params: id,
    body: z.object({ version, document: jsonObject.optional() }),
    reply: backfillPlan,
  },
  /**
   * A saved version, the latest if none is named, reads old records beside the running job, with
   * nothing written. 409 where that cannot be done, or another backfill runs.
   */
  startBackfill: {
    method: 'post',
    path: '/pipelines/:id/backfills',
    params: id,
    body: z.object({
      version,
      /** The earliest records if left out. */
      from: backfillFrom.optional(),
      /** Switches when it has caught up; otherwise when it is told to. */
      automatic: z.boolean().optional(),
      recordsBehindMax: z.int().min(0).max(1_000_000).optional(),
    }),
    reply: backfillStatus,
  },
  /** The last one of a pipeline, since the server was started. */
  getBackfill: {
    method: 'get',
    path: '/pipelines/:id/backfill',
    params: id,
    reply: z.object({ backfill: backfillStatus.nullable() }),
  },
  /**
   * The new version takes the job's place, in the same job. Answers when it has, or when the job
   * goes on as it was. 409 where it has not caught up.
   */
  switchBackfill: {
    method: 'post',
    path: '/pipelines/:id/backfill/switch',
    params: id,
    body: empty,
    reply: backfillStatus,
  },
  /** The job goes on as it is. 409 while it is switched. */
  cancelBackfill: {
    method: 'post',
    path: '/pipelines/:id/backfill/cancel',
    params: id,
    body: empty,
    reply: backfillStatus,
  },
} as const
