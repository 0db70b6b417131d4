/** What the supervisor knows of a job and of a host, and how patient it is with them. */

import type { Clock, Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { BackoffSettings } from './backoff.ts'
import type { EnginePoolOptions, Host } from './engine-pool.ts'
import type { Beginning, FilledTap, JobNews, JobQuotas, MeasuredJob } from './messages.ts'
import type { PoolLimits } from './placement.ts'
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
  /** A move would lose or repeat something. */
  readonly tied: boolean
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

export interface SupervisorOptions
  extends Pick<
    EnginePoolOptions,
    | 'ahead'
    | 'deadlineMs'
    | 'limits'
    | 'settings'
    | 'freeBytes'
    | 'topics'
    | 'startProcess'
    | 'openNote'
    | 'setNiceness'
  > {
  readonly env: Env
  readonly quotas: JobQuotas
  readonly roots: readonly string[]
  /** Checkpoints are in there. */
  readonly dataFolder: string
  readonly backoff: BackoffSettings
  readonly listener: SupervisorListener
}

export const STRIKES_MAX = 3
export const STRIKES_WITHIN_MS = 60_000
/** Where it is proved that the job was the cause. */
export const OFFENCES_WITHIN_MS = 600_000
/** After a turn that others had to wait for too long, a job does not come back among them. */
export const SLOW_MS = 3_600_000
/** How often a job is started again because of something outside that may pass. */
export const RETRIES_MAX = 8
export const RETRIES_WITHIN_MS = 600_000
/** Ended jobs whose results stay in their host. */
export const ENDED_MAX = 20

export interface SupervisedJob {
  readonly run: JobToRun
  /** Stands for it in the note of whose turn it is. */
  readonly slot: number
  status: wire.JobStatus
  host: Host | undefined
  /** Times that a host ended with this job alone in it. */
  readonly strikes: RecentCount
  /** Times that a host ended, and it is proved that this job was the cause. */
  readonly offences: RecentCount
  /** Times that a host ended, and nothing told why. */
  readonly unclearEnds: RecentCount
  /** Times that something outside made it fail. */
  readonly retries: RecentCount
  cancelRestart: () => void
  watched: boolean
  paused: boolean
  /** Somebody has told it to end: then it is not started again. */
  ending: boolean
  /** It ends only to begin again at once: where that goes wrong, it goes on as it was. */
  comesBack: boolean
  /** Checkpoints that could not be stored, in hosts before this one. */
  failuresBefore: number
  /** Dead letters in hosts that it was moved out of. */
  deadLettersBefore: number
  /** Of its host's thread lately, 0 to 1. */
  share: number
  stateBytes: number
  /** It needs long turns, and there was no host for it alone. */
  patient: boolean
  /** A turn of it has ended a host, or its memory has. */
  hasOffended: boolean
  /** Resolves when it is in another host, or stays; while a job is moved. */
  moving: Promise<void> | undefined
  /** Nobody knows what it does, as it has just been started. */
  newUntilMs: number
  placedAtMs: number
  /** When it had to be started again. */
  lostAtMs: number
  /** It could not be moved, or should not be, so it is not tried again before. */
  stayUntilMs: number
  lightSinceMs: number | undefined
}

/** Not placed yet; one that ran before under another server is no longer new. */
export function superviseJob(
  run: JobToRun,
  slot: number,
  clock: Clock,
  { newMs }: Pick<PoolLimits, 'newMs'>,
): SupervisedJob {
  const leftMs = run.startedAtMs + newMs - clock.nowMs()
  const { jobId, pipelineId, version, startedAtMs, restarts, pace, paused } = run
  return {
    run,
    slot,
    status: {
      ...{ jobId, pipelineId, version, startedAtMs, restarts, pace },
      state: 'starting',
      ...{ endedAtMs: null, failure: null, deadLetters: 0, checkpoints: null },
    },
    host: undefined,
    strikes: new RecentCount(STRIKES_WITHIN_MS),
    offences: new RecentCount(OFFENCES_WITHIN_MS),
    unclearEnds: new RecentCount(STRIKES_WITHIN_MS),
    retries: new RecentCount(RETRIES_WITHIN_MS),
    cancelRestart: () => {},
    watched: false,
    paused,
    ending: false,
    comesBack: false,
    failuresBefore: 0,
    deadLettersBefore: 0,
    share: 0,
    stateBytes: 0,
    patient: false,
    hasOffended: false,
    moving: undefined,
    newUntilMs: clock.monotonicMs() + Math.min(newMs, leftMs),
    placedAtMs: 0,
    lostAtMs: 0,
    stayUntilMs: 0,
    lightSinceMs: undefined,
  }
}

/** For how long its turns among others are watched more closely: it is new, or has offended. */
export function probationMs({ newUntilMs, hasOffended }: SupervisedJob, nowMs: number): number {
  return hasOffended ? SLOW_MS : Math.max(0, newUntilMs - nowMs)
}

const MOVABLE: ReadonlySet<wire.WireJobState> = new Set(['running', 'paused'])

/** Whether anything keeps it from being moved just now. */
export function isFree(
  { status, moving, ending, stayUntilMs }: SupervisedJob,
  nowMs: number,
): boolean {
  return MOVABLE.has(status.state) && moving === undefined && !ending && nowMs >= stayUntilMs
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

export function endedWhileEnding(reason: string): string {
  return (
    `The engine has stopped while this job, which was told to end, completed what was open: ${reason}. ` +
    'Outputs that were not complete are as they were before. Start the pipeline again.'
  )
}

/** Whether it is not started again where its host or something outside ends it now. */
export function endsForGood({ ending, comesBack }: SupervisedJob): boolean {
  return ending && !comesBack
}

/** It stands still only for a moment: told to end now, it would run on after all. */
export function beginsAgain(): Refusal {
  const message = 'Another version is taking the place of the job just now. Try again in a moment.'
  return new Refusal('conflict', 'backfill-switches', message)
}

export function goesOnInstead(): Refusal {
  const message =
    'The engine of the job has stopped before its last checkpoint was stored, so the job is started again ' +
    'as it was. Try again when it runs.'
  return new Refusal('conflict', 'job-goes-on', message)
}

/** Swallows a refusal and nothing else. */
export function isRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}
