/**
 * Keeps the books of all jobs: how each stands, and what has happened to it. Entries are written
 * in the order in which things happened, those of a moment together.
 */

import type { Clock } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { JobLogStore } from '../storage/job-log-store.ts'
import { isKeptAlike, type JobBeginning, JobStore } from '../storage/job-store.ts'
import type { WriteGroup } from '../storage/write-group.ts'
import type { JobNews } from '../supervision/messages.ts'
import { toJobNews } from './job-news.ts'

export interface JobBookOptions {
  readonly clock: Clock
  readonly writes: WriteGroup
  onLogged(logged: wire.SocketEvents['jobLogged']): void
}

export class JobBook {
  readonly #options: JobBookOptions
  /** Of jobs that have not ended. */
  readonly #latest = new Map<string, wire.JobStatus>()
  readonly #beginnings = new Map<string, JobBeginning>()

  constructor(options: JobBookOptions) {
    this.#options = options
  }

  /** Before its first status: where it begins is written with that one. */
  begins(jobId: string, beginning: JobBeginning): void {
    this.#beginnings.set(jobId, beginning)
  }

  changed(status: wire.JobStatus): void {
    const { jobId } = status
    const beginning = this.#beginnings.get(jobId)
    const before = this.#latest.get(jobId)
    const news = toJobNews(before, status, beginning)
    if (status.endedAtMs === null) this.#latest.set(jobId, status)
    else this.#latest.delete(jobId)
    this.#beginnings.delete(jobId)
    const { writes } = this.#options
    // Most often only a checkpoint is new, of which nothing is kept here.
    if (before === undefined || !isKeptAlike(before, status)) {
      writes.add(async (database) => {
        await new JobStore(database).put(status, beginning)
        return undefined
      })
    }
    for (const entry of news) this.note(jobId, entry)
    // Others ask for a job as soon as it is there, and one that has ended must not run again.
    if (beginning !== undefined || status.endedAtMs !== null) void writes.settle()
  }

  note(jobId: string, news: JobNews): void {
    const { clock, writes, onLogged } = this.#options
    const atMs = clock.nowMs()
    writes.add(async (database) => {
      const event = await new JobLogStore(database).append(jobId, { ...news, atMs })
      return event && (() => onLogged({ jobId, event }))
    })
  }
}
