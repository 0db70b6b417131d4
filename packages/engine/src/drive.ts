/** Runs a job to its end: slice after slice, giving the thread back in between. */

import type { Env } from './env.ts'
import type { JobFailure } from './failure.ts'
import type { Job } from './job.ts'

/** Who may work when, where several jobs share a thread. */
export interface Turns {
  /** Calls `work` when it may, with how long it may take, and resolves with what it returns. */
  take<T>(work: (sliceMs: number) => T): Promise<T>
}

/**
 * Resolves when the job has ended, with its failure if it failed. Never rejects. Without `turns`
 * the job has the thread to itself.
 */
export async function drive(job: Job, env: Env, turns?: Turns): Promise<JobFailure | undefined> {
  let woken = false
  let wake: () => void = () => {}
  job.onWake = () => {
    woken = true
    wake()
  }
  const run = (sliceMs?: number) => {
    woken = false
    return job.runSlice(sliceMs)
  }
  for (;;) {
    const slice = turns === undefined ? run() : await turns.take(run)
    if (slice === 'done') break
    if (slice !== 'more' && !woken) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    } else if (turns === undefined) {
      await new Promise<void>((resolve) => env.timers.yield(resolve))
    }
  }
  job.onWake = () => {}
  return job.finish()
}
