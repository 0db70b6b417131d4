/**
 * The moment in which an edited version takes the place of the running one, in the same job.
 *
 * ```text
 *   job          runs ── last checkpoint C ╎                              ╎ runs, new version
 *   backfill     reads up to C             ╎ composes savepoint from C    ╎
 *   the books    old version, runs ────────┼──── new version, from there ─┤
 *                                          ╎    ▲ one row: this is it     ╎
 * ```
 *
 * In the books the job never stops, so a server that dies in between starts again what stands
 * there. Until the new version has stored a checkpoint, the old one can go on from C.
 */

import type { Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { JobBeginning, JobStore } from '../storage/job-store.ts'
import type { SavepointStore } from '../storage/savepoint-store.ts'
import { Refusal } from '../supervision/refusal.ts'
import { isRefusal } from '../supervision/supervised-job.ts'
import type { Supervisor } from '../supervision/supervisor.ts'
import type { BackfillRun } from './backfill-run.ts'

export interface BackfillSwitchOptions {
  readonly env: Env
  readonly jobs: JobStore
  readonly savepoints: SavepointStore
  readonly supervisor: Supervisor
  /** Whether the server stops: jobs go on after its next start, as the books say. */
  isDraining(): boolean
  removeSavepoint(savepointId: string): Promise<void>
  /** Begins a job again that has been suspended, as this version and from there. */
  restartJob(job: wire.JobStatus, version: number, from: JobBeginning): Promise<wire.JobStatus>
  /** Everything that is to be written about jobs is. */
  settled(): Promise<void>
}

export class BackfillSwitch {
  readonly #options: BackfillSwitchOptions
  /** Jobs that stand still only for a moment, and are running for everybody else. */
  readonly #held = new Set<string>()

  constructor(options: BackfillSwitchOptions) {
    this.#options = options
  }

  holds(jobId: string): boolean {
    return this.#held.has(jobId)
  }

  /**
   * Resolves with the checkpoint at which it was switched. Rejects with a `Refusal` where the job
   * goes on as it was, or has ended by itself.
   */
  async run(jobId: string, version: number, backfill: BackfillRun): Promise<number> {
    this.#held.add(jobId)
    try {
      return await this.#switch(jobId, version, backfill)
    } finally {
      this.#held.delete(jobId)
    }
  }

  async #switch(jobId: string, version: number, backfill: BackfillRun): Promise<number> {
    const { env, jobs, savepoints, supervisor } = this.#options
    const job = this.#running(jobId)
    const own = await jobs.beginningOf(jobId)
    const checkpointId = await supervisor.suspend(jobId, { comesBack: true })
    const { failure } = supervisor.status(jobId) ?? job
    if (failure !== null) throw new Refusal('conflict', 'job-ended', failure.message)
    const savepointId = env.ids.next()
    try {
      if (checkpointId === null) throw noCheckpoint()
      const copy = await backfill.finish(checkpointId, savepointId)
      const { pipelineId } = job
      const title = `Backfill of version ${version} at checkpoint ${checkpointId}`
      await savepoints.add({ savepointId, pipelineId, version, checkpointId, title, ...copy })
      const from = { begin: { kind: 'savepoint', savepointId }, after: checkpointId } as const
      this.#refuseDraining()
      await this.#options.settled()
      await jobs.become({ ...job, version }, from)
      await this.#options.restartJob(job, version, from)
      await this.#try(jobId, checkpointId)
      return checkpointId
    } catch (error) {
      await jobs.become(job, own)
      await this.#options.removeSavepoint(savepointId)
      if (!this.#options.isDraining()) await this.#options.restartJob(job, job.version, own)
      throw error
    }
  }

  #refuseDraining(): void {
    if (!this.#options.isDraining()) return
    throw new Refusal('unavailable', 'server-draining', 'The server is stopping.')
  }

  /** Its first checkpoint says that the new version works. Rejects where it has none and never. */
  async #try(jobId: string, checkpointId: number): Promise<void> {
    const { supervisor } = this.#options
    try {
      await supervisor.ask(jobId, 'takeCheckpoint', { jobId, reason: 'backfill' })
    } catch (error) {
      isRefusal(error)
      const status = supervisor.status(jobId)
      const newest = status?.checkpoints?.last?.id ?? checkpointId
      // One that is started again by itself is looked after as every job is.
      if (status?.failure == null || status.endedAtMs === null || newest > checkpointId) return
      throw new Refusal('conflict', 'new-version-failed', status.failure.message)
    }
  }

  #running(jobId: string): wire.JobStatus {
    const job = this.#options.supervisor.status(jobId)
    if (job !== undefined && job.endedAtMs === null) return job
    throw new Refusal('conflict', 'job-ended', 'The job has ended, so there is nothing to switch.')
  }
}

function noCheckpoint(): Refusal {
  const message = 'The running job could store no checkpoint. Look at its log.'
  return new Refusal('conflict', 'no-checkpoint', message)
}
