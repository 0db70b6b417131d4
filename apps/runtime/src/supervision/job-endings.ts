/** Waits until jobs have ended that were told to. */

import type { SupervisedJob } from './supervised-job.ts'

export class JobEndings {
  /** Several may wait for one: whoever tells it to end, and the server that stops meanwhile. */
  readonly #waiting = new Map<SupervisedJob, (() => void)[]>()

  /** Resolves when it has ended, or will not end after all. */
  of(job: SupervisedJob): Promise<void> {
    if (job.status.endedAtMs !== null || job.host === undefined) return Promise.resolve()
    const waiting = this.#waiting.get(job) ?? []
    this.#waiting.set(job, waiting)
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** There is nothing more to wait for. */
  over(job: SupervisedJob): void {
    const waiting = this.#waiting.get(job) ?? []
    this.#waiting.delete(job)
    for (const goOn of waiting) goOn()
  }
}
