/** Runs a job to its end: slice after slice, giving the thread back in between. */

import type { Env } from './env.ts'
import type { JobFailure } from './failure.ts'
import type { Job } from './job.ts'

/** Resolves when the job has ended, with its failure if it failed. Never rejects. */
export async function drive(job: Job, env: Env): Promise<JobFailure | undefined> {
  let woken = false
  let wake: () => void = () => {}
  job.onWake = () => {
    woken = true
    wake()
  }
  for (;;) {
    woken = false
    const slice = job.runSlice()
    if (slice === 'done') break
    if (slice === 'more' || woken) await new Promise<void>((resolve) => env.timers.yield(resolve))
    else {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  job.onWake = () => {}
  return job.finish()
}
