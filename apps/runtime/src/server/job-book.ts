/**
 * Keeps the books of all jobs: how each stands, and what has happened to it. Entries are written
 * one after the other, so a log reads in the order in which things happened.
 */

import type { Clock } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import type { JobLogStore } from '../storage/job-log-store.ts'
import type { JobBeginning, JobStore } from '../storage/job-store.ts'
import type { JobNews } from '../supervision/messages.ts'
import { toJobNews } from './job-news.ts'

export interface JobBookOptions {
  readonly clock: Clock
  readonly jobs: JobStore
  readonly log: JobLogStore
  onLogged(logged: wire.SocketEvents['jobLogged']): void
  onFault(error: unknown): void
}

export class JobBook {
  readonly #options: JobBookOptions
  /** Of jobs that have not ended. */
  readonly #latest = new Map<string, wire.JobStatus>()
  readonly #beginnings = new Map<string, JobBeginning>()
  #writes: Promise<void> = Promise.resolve()

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
    const news = toJobNews(this.#latest.get(jobId), status, beginning !== undefined)
    if (status.endedAtMs === null) this.#latest.set(jobId, status)
    else this.#latest.delete(jobId)
    this.#beginnings.delete(jobId)
    this.#write(() => this.#options.jobs.put(status, beginning))
    for (const entry of news) this.note(jobId, entry)
  }

  note(jobId: string, news: JobNews): void {
    const { clock, log, onLogged } = this.#options
    const atMs = clock.nowMs()
    this.#write(async () => {
      const event = await log.append(jobId, { ...news, atMs })
      if (event !== undefined) onLogged({ jobId, event })
    })
  }

  /** Resolves when everything so far is written. */
  async settle(): Promise<void> {
    await this.#writes
  }

  #write(act: () => Promise<void>): void {
    this.#writes = this.#writes.then(act).catch(this.#options.onFault)
  }
}
