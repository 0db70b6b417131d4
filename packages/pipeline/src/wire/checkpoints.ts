/**
 * Checkpoints and savepoints as the API shows them, and what an edited pipeline would keep of one.
 * Checkpoints of a pipeline are numbered without end, over all its jobs; old ones are let go.
 * Savepoints are copies that stay until somebody deletes them.
 */

import * as z from 'zod'
import { pipelineDifference } from './history.ts'

/** Why a checkpoint was taken. */
export const checkpointReason = z.enum([
  /** Its time had come. */
  'interval',
  /** Somebody made a savepoint, which is a copy of it. */
  'savepoint',
  /** A backfill is to come so far before it takes the job's place. */
  'backfill',
  /** Somebody wants to deploy an edit, and the job had taken none yet. */
  'edit',
  /** The job or the server was stopped, and goes on from it. */
  'stop',
  /** All input had ended, by itself or because it was drained: nothing goes on from it. */
  'end',
])
export type CheckpointReason = z.output<typeof checkpointReason>

export const takenCheckpoint = z.object({
  id: z.number(),
  /** When it was cut: wall clock of the host, UTC milliseconds. */
  atMs: z.number(),
  /** Written for it: what has changed since the one before. */
  bytes: z.number(),
  /** From the cut until what sinks had prepared was visible. */
  durationMs: z.number(),
  reason: checkpointReason,
})
export type TakenCheckpoint = z.output<typeof takenCheckpoint>

export const listedCheckpoint = z.object({
  ...takenCheckpoint.shape,
  /** What has to be read to go on from it. */
  bytes: z.number(),
  /** These three are null where the server ended before it had noted them. */
  durationMs: z.number().nullable(),
  reason: checkpointReason.nullable(),
  /** Of the pipeline that ran. */
  version: z.number().nullable(),
})
export type ListedCheckpoint = z.output<typeof listedCheckpoint>

export const savepoint = z.object({
  savepointId: z.string(),
  pipelineId: z.string(),
  /** Of the pipeline that ran. */
  version: z.number(),
  /** The checkpoint that it is a copy of. */
  checkpointId: z.number(),
  /** When it was cut. */
  atMs: z.number(),
  bytes: z.number(),
  title: z.string(),
})
export type Savepoint = z.output<typeof savepoint>

export const pipelineCheckpoints = z.object({
  /** The newest first. */
  checkpoints: z.array(listedCheckpoint),
  /** The newest first. */
  savepoints: z.array(savepoint),
})
export type PipelineCheckpoints = z.output<typeof pipelineCheckpoints>

/** Where the sources of topics of a job begin that goes on from nothing. */
const startAtKinds = [
  z.object({ kind: z.literal('earliest') }),
  z.object({ kind: z.literal('latest') }),
  /** At the first record of each partition whose time is not before it. */
  z.object({ kind: z.literal('timestamp'), timestampMs: z.int() }),
  /** Partitions that are not named begin where the pipeline says. */
  z.object({
    kind: z.literal('offsets'),
    offsets: z
      .array(z.object({ topic: z.string(), partition: z.int().min(0), offset: z.int().min(0) }))
      .min(1)
      .max(1000),
  }),
] as const
export const startAt = z.discriminatedUnion('kind', startAtKinds)
export type StartAtPlace = z.output<typeof startAt>

/** Where a job begins. */
export const startFrom = z.discriminatedUnion('kind', [
  /** Where each source says, with nothing kept. */
  z.object({ kind: z.literal('beginning') }),
  /** At the newest checkpoint; refused where there is none. */
  z.object({ kind: z.literal('newest') }),
  z.object({ kind: z.literal('checkpoint'), id: z.int() }),
  z.object({ kind: z.literal('savepoint'), savepointId: z.string() }),
  ...startAtKinds,
])
export type StartFrom = z.output<typeof startFrom>

export const nodeImpact = z.object({
  nodeId: z.string(),
  title: z.string(),
  /**
   * `migrated` goes on with what it had kept, carried over to other settings or to a newer version
   * of its operator; `new` was not there when the checkpoint was taken; `removed` is not there any
   * more, and what it had kept is lost.
   */
  kind: z.enum(['kept', 'migrated', 'new', 'lost', 'removed']),
  /** Why it is lost, or how it is carried over, in sentences; null where it is neither. */
  reason: z.string().nullable(),
  /** Whether the checkpoint has anything of this node: state, a position, or prepared output. */
  hasState: z.boolean(),
  /** Records that the checkpoint holds in the state of this node. */
  held: z.number(),
})
export type NodeImpact = z.output<typeof nodeImpact>

/** What becomes of what a job has kept when a version or a document goes on from a checkpoint. */
export const deployImpact = z.object({
  /** Null where the job would begin at the beginning of its sources. */
  from: z
    .object({
      kind: z.enum(['checkpoint', 'savepoint']),
      checkpointId: z.number(),
      /** Of the savepoint; null of a checkpoint. */
      title: z.string().nullable().default(null),
      atMs: z.number(),
      /** All input had ended: unedited, nothing is left to do. */
      finished: z.boolean(),
    })
    .nullable(),
  nodes: z.array(nodeImpact),
  /** How many nodes would lose what they have kept. */
  lost: z.number(),
  /** Of a checkpoint before the newest: what stays of what sinks have written since. */
  since: z.array(z.string()),
  /** Against the version that has kept it; null where that is not known any more. */
  edit: z.object({ version: z.number(), difference: pipelineDifference }).nullable().default(null),
})
export type DeployImpact = z.output<typeof deployImpact>

/** What a job's status says about its checkpoints. */
export const jobCheckpoints = z.object({
  intervalMs: z.number(),
  last: takenCheckpoint.nullable(),
  /** Checkpoints that could not be stored, since the job was started. */
  failures: z.number(),
  /** The one that it went on from; null where it began at the beginning. */
  restored: z.object({ id: z.number(), atMs: z.number() }).nullable(),
})
export type JobCheckpoints = z.output<typeof jobCheckpoints>
