/** What the supervisor knows of a job and of a host, and how patient it is with them. */

import type { ChildProcess } from 'node:child_process'
import type { Env, Topics } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { BackoffSettings } from './backoff.ts'
import type { EngineProcess } from './engine-process.ts'
import type { Beginning, FilledTap, JobNews, MeasuredJob } from './messages.ts'
import { RecentCount } from './recent-count.ts'
import { Refusal } from './refusal.ts'

export interface JobToRun {
  readonly jobId: string
  readonly pipelineId: string
  readonly version: number
  readonly document: string
  readonly startedAtMs: number
  readonly restarts: number
  readonly pace: number | null
  readonly paused: boolean
  readonly begin: Beginning
  /** The newest checkpoint of the pipeline when the job was first started. */
  readonly after: number
}

export interface SupervisorListener {
  /** Whatever a `JobStatus` says has changed. */
  jobChanged(status: wire.JobStatus): void
  /** Something for the job's log that its status does not say. */
  jobNoted(jobId: string, news: JobNews): void
  jobMeasured(measured: MeasuredJob): void
  tapFilled(filled: FilledTap): void
  pictureDrawn(picture: wire.Picture): void
  /** It runs in a new host: taps and pictures of the old one are gone. */
  jobRestarted(jobId: string): void
  /** Something for the log. */
  hostEnded(reason: string, jobCount: number): void
}

export interface SupervisorOptions {
  readonly env: Env
  readonly roots: readonly string[]
  /** Checkpoints are in there. */
  readonly dataFolder: string
  readonly deadlineMs: number
  readonly backoff: BackoffSettings
  readonly listener: SupervisorListener
  /** The log that jobs read and write topics of. */
  readonly topics: Topics
  startProcess(): ChildProcess
}

export const STRIKES_MAX = 3
export const STRIKES_WITHIN_MS = 60_000
/** How often a job is started again because of something outside that may pass. */
export const RETRIES_MAX = 8
export const RETRIES_WITHIN_MS = 600_000
/** Ended jobs whose results stay in their host. */
export const ENDED_MAX = 20

export interface Host {
  readonly process: EngineProcess
  readonly jobs: Set<SupervisedJob>
  /** Its jobs were on a host that died, and the offender has not been found. */
  suspect: boolean
}

export interface SupervisedJob {
  readonly run: JobToRun
  status: wire.JobStatus
  host: Host | undefined
  /** Times that it took a host down. */
  readonly strikes: RecentCount
  /** Times that something outside made it fail. */
  readonly retries: RecentCount
  cancelRestart: () => void
  watched: boolean
  paused: boolean
  /** Somebody has told it to end: then it is not started again. */
  ending: boolean
  /** Checkpoints that could not be stored, in hosts before this one. */
  failuresBefore: number
}

/** Not placed yet. */
export function superviseJob(run: JobToRun): SupervisedJob {
  const { jobId, pipelineId, version, startedAtMs, restarts, pace, paused } = run
  return {
    run,
    status: {
      ...{ jobId, pipelineId, version, startedAtMs, restarts, pace },
      state: 'starting',
      ...{ endedAtMs: null, failure: null, deadLetters: 0, checkpoints: null },
    },
    host: undefined,
    strikes: new RecentCount(STRIKES_WITHIN_MS),
    retries: new RecentCount(RETRIES_WITHIN_MS),
    cancelRestart: () => {},
    watched: false,
    paused,
    ending: false,
    failuresBefore: 0,
  }
}

/** What a new host says of the checkpoints of a job, with what those before it have said. */
export function joinCheckpoints(
  { status, failuresBefore }: SupervisedJob,
  said: wire.JobCheckpoints | null,
): wire.JobCheckpoints | null {
  if (said === null) return status.checkpoints
  const last = said.last ?? status.checkpoints?.last ?? null
  return { ...said, last, failures: failuresBefore + said.failures }
}

export function givenUpText(count: number, reason: string): string {
  return (
    `The engine has stopped ${count} times within a minute while it ran this job alone; the last ` +
    `time, ${reason}. It is not started again by itself. Look for a node that holds much in memory ` +
    'or computes very long for one record, change it, and start the pipeline again.'
  )
}

export function endedWhileEnding(reason: string): string {
  return (
    `The engine has stopped while this job, which was told to end, completed what was open: ${reason}. ` +
    'Outputs that were not complete are as they were before. Start the pipeline again.'
  )
}

/** Swallows a refusal and nothing else. */
export function isRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}
