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
  const books = new Set(booksOf(before))
  if (jobId !== undefined) books.add(jobId)
  return new JobResends({
    ...job,
    graph,
    feed: resends.feed,
    place,
    books,
    onOutcome: (outcome) => resends.onOutcome(outcome),
  })
}

/** For a checkpoint. A job that nothing is sent to hands on what it found. */
export function savedResends(
  { jobId, checkpoints }: JobOptions,
  resends: JobResends | undefined,
): SavedResends | undefined {
  if (resends === undefined) return checkpoints?.restored?.meta.resent
  const books = [...resends.books].slice(-BOOKS_MAX)
  return { jobId, place: resends.place, ...(books.length > 1 ? { books } : {}) }
}

/** Letters of jobs that are longer ago count as having come in for the first time. */
const BOOKS_MAX = 100

function booksOf(before: SavedResends | undefined): readonly string[] {
  if (before?.books !== undefined) return before.books
  return before?.jobId === undefined ? [] : [before.jobId]
}
