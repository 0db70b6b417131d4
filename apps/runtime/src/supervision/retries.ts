/**
 * Starts jobs again that something outside made fail, such as a service that does not answer: after
 * a pause that is longer each time, and not for ever.
 */

import type { Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { type BackoffSettings, backoffMs } from './backoff.ts'
import type { EnginePool, Seat } from './engine-pool.ts'
import { RETRIES_MAX, RETRIES_WITHIN_MS, type SupervisedJob } from './supervised-job.ts'

export interface RetriesOptions {
  readonly env: Env
  readonly backoff: BackoffSettings
  readonly pool: EnginePool
  /** Whether sources wait for the disk. */
  isHeld(): boolean
  /** Calls back after a while, unless the supervisor is closed; gives what takes it back. */
  later(delayMs: number, act: () => void): () => void
  /** Starts it there, if it still waits for that. */
  placeAgain(job: SupervisedJob, seat: Seat): void
  changeToRestarting(job: SupervisedJob, failure: wire.WireFailure): void
  fail(job: SupervisedJob, failure: wire.WireFailure): void
}

export class Retries {
  readonly #options: RetriesOptions

  constructor(options: RetriesOptions) {
    this.#options = options
  }

  /** Whether it is tried again; otherwise the job has failed, since that has not helped so far. */
  retry(job: SupervisedJob, failure: wire.WireFailure): boolean {
    const { env, backoff, pool, later, placeAgain } = this.#options
    // What fails for want of room is tried again until there is some.
    const count = this.#options.isHeld() ? 1 : job.retries.add(env.clock.monotonicMs())
    if (count > RETRIES_MAX) {
      const message =
        `${failure.message} The job was started again ${RETRIES_MAX} times within ` +
        `${RETRIES_WITHIN_MS / 60_000} minutes, and is not started again by itself.`
      this.#options.fail(job, { ...failure, message })
      return false
    }
    const { jobId } = job.run
    job.host?.process.tell('forgetJob', { jobId })
    job.host?.jobs.delete(job)
    job.host = undefined
    job.deadLettersBefore = 0
    const delayMs = backoffMs(backoff, count - 1, env.random)
    job.cancelRestart = later(delayMs, () => placeAgain(job, pool.seatFor(job)))
    this.#options.changeToRestarting(job, failure)
    return true
  }
}
