/** Dead letters that a job sends in again, and up to where its checkpoints say that it has. */

import type { SavedResends } from './checkpoint.ts'
import type { JobGraph } from './job-graph.ts'
import type { JobOptions } from './job-options.ts'
import { JobResends, type JobResendsOptions } from './resends.ts'

/** Undefined for a job that nothing is sent to. */
export function createResends(
  { resends, checkpoints, jobId }: JobOptions,
  graph: JobGraph,
  job: Pick<JobResendsOptions, 'nowMs' | 'wake' | 'fail'>,
): JobResends | undefined {
  if (resends === undefined) return undefined
  const before = checkpoints?.restored?.meta.resent
  const place = before !== undefined && before.jobId === jobId ? before.place : 0
  return new JobResends({
    ...job,
    graph,
    feed: resends.feed,
    place,
    onOutcome: (outcome) => resends.onOutcome(outcome),
  })
}

/** For a checkpoint. A job that nothing is sent to hands on what it found. */
export function savedResends(
  { jobId, checkpoints }: JobOptions,
  resends: JobResends | undefined,
): SavedResends | undefined {
  if (resends === undefined) return checkpoints?.restored?.meta.resent
  return { jobId, place: resends.place }
}
