/** Waits until jobs have ended that were told to. */

import type { SupervisedJob } from './supervised-job.ts'

export class JobEndings {
  readonly #waiting = new Map<SupervisedJob, () => void>()

  /** Resolves when it has ended, or will not end after all. */
  of(job: SupervisedJob): Promise<void> {
    if (job.status.endedAtMs !== null || job.host === undefined) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.set(job, resolve))
  }

  /** There is nothing more to wait for. */
  over(job: SupervisedJob): void {
    this.#waiting.get(job)?.()
    this.#waiting.delete(job)
  }
}
