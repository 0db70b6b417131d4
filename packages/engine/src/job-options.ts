/** What a job is given by whoever runs it, and what it says of itself. */

import type { RestoredJob } from './checkpoint.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { Env } from './env.ts'
import type { CheckpointTaken } from './job-checkpoints.ts'
import type { LedgerJson } from './ledger.ts'
import type { Outstanding, Progress, Told } from './operator.ts'
import type { ReplayOptions } from './recorded-turn.ts'
import type { DeadLetter } from './refusals.ts'
import type { ResendFeed, ResendOutcome } from './resends.ts'
import type { TransactionalSink } from './transactional-sink.ts'

export interface JobOptions {
  readonly env: Env
  /** The same when the job goes on from a checkpoint, and no other job's; for what leaves it. */
  readonly jobId?: string
  /** At most this many records a batch; results do not depend on it. */
  readonly batchRowsMax?: number
  /**
   * Where records come by the clock, how long the job waits for the next ones at the least: then
   * several go in at once, if they come faster than that. None waits for longer. 0 if absent.
   */
  readonly restMs?: number
  /** Whether neighbours run as one loop where they can. Results do not depend on it. */
  readonly chains?: boolean
  /**
   * The absolute path for a path of the document; fails with a `JobFailed` where it is not
   * allowed.
   */
  resolvePath(path: string): string
  /**
   * Takes what leaves by `errors` ports that no edge reads. What it has not written yet is
   * outstanding work of the node.
   */
  deadLetters(letters: readonly DeadLetter[], outstanding: Outstanding): void
  /** Makes dead letters last before any sink commits. */
  readonly deadLetterSink?: TransactionalSink
  readonly checkpoints?: CheckpointOptions
  /** What all nodes together may keep, as a quota; what is outside of memory counts. */
  readonly stateBytesMax?: number
  /** Dead letters that are to be sent in again. */
  readonly resends?: ResendOptions
  /** Something of a node that people should know, in sentences. */
  readonly onTold?: (told: Told, message: string, nodeId: string) => void
  /** All that a sink will ever write is now there for everybody. */
  readonly onOutputCompleted?: (nodeId: string) => void
  /** What comes, in place of what sources read. At its end the job is stopped, or has finished. */
  readonly replay?: ReplayOptions
}

/** Where checkpoints go, and which one the job goes on from. */
export interface CheckpointOptions {
  readonly store: CheckpointStore
  /** From the end of one to the beginning of the next; only when asked for if absent. */
  readonly intervalMs?: number
  /** What `readCheckpoint` returned. What of it does not fit the plan is left out. */
  readonly restored?: RestoredJob | undefined
  /** Ids come behind this one, where the store has newer ones than the one that is restored. */
  readonly lastId?: number
  readonly onTaken?: (taken: CheckpointTaken) => void
}

export interface ResendOptions {
  readonly feed: ResendFeed
  /** In the same checkpoint as what the record has caused. */
  onOutcome(outcome: ResendOutcome): void
}

export type JobState = 'running' | 'paused' | 'finishing' | 'finished' | 'failed' | 'stopped'

export interface NodeView {
  readonly ledger: LedgerJson
  readonly watermarkMs: number
  readonly idle: boolean
  readonly inputs: Progress['inputs']
  /** Milliseconds in which it worked, as long as `measureBusy` is on. */
  readonly busyMs: number
}

/** What the loop should do next. */
export type Slice = 'more' | 'waiting' | 'done'
