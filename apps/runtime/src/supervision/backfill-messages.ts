/**
 * What web server and engine host say to each other about backfills; see `messages.ts`. A backfill
 * has a host of its own, so that jobs do not notice it, and to stop it is to end its process.
 */

import { wire } from '@millrace/pipeline'
import * as z from 'zod'

export const backfillWish = z.object({
  /** The data folder, in which the checkpoints of the pipeline are. */
  root: z.string(),
  pipelineId: z.string(),
  /** Folders; files of the pipeline lie below one of them. */
  roots: z.array(z.string()),
  /** The pipeline that runs, and the one that is to. */
  live: z.string(),
  next: z.string(),
  at: wire.backfillFrom,
  stateBytesMax: z.number().nullable(),
})
export type BackfillWish = z.output<typeof backfillWish>

export const hostedBackfill = z.object({
  /** Offsets behind where it began, and those up to where the job stood that it knows of. */
  records: z.number(),
  recordsBehind: z.number(),
  /** The lowest watermark of its sources, and that of the job's. */
  watermark: wire.eventTimeMs,
  liveWatermark: wire.eventTimeMs,
  deadLetters: z.number(),
})
export type HostedBackfillState = z.output<typeof hostedBackfill>

const checkpointId = z.object({ checkpointId: z.number() })

export const backfillRequests = {
  /** Reads up to this checkpoint. Answers when it has begun, and is never at an end by itself. */
  beginBackfill: { request: backfillWish.extend(checkpointId.shape), reply: z.object({}) },
  /** Answers when it has failed, with why. */
  watchBackfill: { request: z.object({}), reply: z.object({ message: z.string() }) },
  /** The running job has taken a newer one: it may be read up to there. */
  moveBackfill: { request: checkpointId, reply: z.object({}) },
  backfillProgress: { request: z.object({}), reply: hostedBackfill },
  /**
   * The running job has ended with this checkpoint. Answers when all is read up to there and the
   * savepoint is stored that the new version begins with.
   */
  finishBackfill: {
    request: checkpointId.extend({ savepointId: z.string() }),
    reply: z.object({ atMs: z.number(), bytes: z.number() }),
  },
} as const
