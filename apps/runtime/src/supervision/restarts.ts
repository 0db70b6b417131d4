/**
 * What becomes of jobs whose engine host has ended.
 *
 * The one because of which it stopped, or may have, is started again alone, after a wait that
 * grows; when the same job has stopped the engine three times it is quarantined, and only people
 * start it again. All others go on at once from their checkpoints, among others. Where nothing
 * tells which one it was, all go on together; if that host stops in the same way they are divided
 * over two, until the cause is alone.
 */

import type { Env } from '@millrace/engine'
import type { wire } from '@millrace/pipeline'
import { type BackoffSettings, backoffMs } from './backoff.ts'
import { type Blame, findBlame, type Remains } from './blame.ts'
import type { EnginePool, Seat } from './engine-pool.ts'
import { SLOW_MS, STRIKES_MAX, type SupervisedJob } from './supervised-job.ts'

export interface RestartsOptions {
  readonly env: Env
  readonly backoff: BackoffSettings
  readonly pool: EnginePool
  /** Calls back after a while, unless the supervisor is closed; gives what takes it back. */
  later(delayMs: number, act: () => void): () => void
  /** Starts it there, if it still waits for that. */
  placeAgain(job: SupervisedJob, seat: Seat): void
  changeToRestarting(job: SupervisedJob, failure: wire.WireFailure): void
  fail(job: SupervisedJob, failure: wire.WireFailure): void
  quarantined(job: SupervisedJob, message: string): void
}

const SEAT_EVERY_MS = 1_000

export class Restarts {
  readonly #options: RestartsOptions
  /** Hosts that ended one after the other without a job to blame. */
  #idleEnds = 0

  constructor(options: RestartsOptions) {
    this.#options = options
  }

  /** A host runs jobs, so hosts can be started. */
  hostWorks(): void {
    this.#idleEnds = 0
  }

  /** `lost` are the jobs of a host that is gone, without those that were to end. */
  hostEnded(lost: readonly SupervisedJob[], remains: Remains): void {
    const { pool } = this.#options
    if (lost.length === 0) {
      if (pool.hosts.length > 0) return
      this.#startLater(this.#idleEnds++, () => {
        if (pool.hosts.length === 0) pool.start(false)
      })
      return
    }
    const [only] = lost
    const found = findBlame(lost, remains)
    // Alone in its host, it was nobody else.
    const blame = found.job === undefined && lost.length === 1 ? { ...found, job: only } : found
    const others = lost.filter((job) => job !== blame.job)
    if (blame.job !== undefined) this.#strike(blame.job, blame, lost.length === 1)
    if (blame.job === undefined) this.#restartUnclear(lost, blame.what)
    else
      this.#restartTogether(
        others,
        'The engine host that ran the job has stopped because of another job.',
      )
  }

  #strike(job: SupervisedJob, blame: Blame<SupervisedJob>, wasAlone: boolean): void {
    const { isSure, what } = blame
    const { env, pool } = this.#options
    const nowMs = env.clock.monotonicMs()
    if (isSure || blame.isSlow) job.hasOffended = true
    // Among others, and without proof, it may have been chance.
    const count = wasAlone ? job.strikes.add(nowMs) : 0
    const offences = isSure ? job.offences.add(nowMs) : 0
    if (Math.max(count, offences) >= STRIKES_MAX) {
      this.#quarantine(job, Math.max(count, offences), what)
      if (pool.hosts.length === 0) pool.start(false)
      return
    }
    const how = wasAlone ? '' : ' It goes on in an engine host of its own.'
    const message = `The engine host that ran the job has stopped: ${what}.${how}`
    const attempt = Math.max(count, offences, 1) - 1
    job.cancelRestart = this.#startLater(attempt, () => this.#placeAlone(job, blame))
    this.#options.changeToRestarting(job, { domain: 'internal', retry: true, message })
  }

  /** One that is proved to be the cause waits until there may be one more host. */
  #placeAlone(job: SupervisedJob, blame: Blame<SupervisedJob>): void {
    const { env, pool, placeAgain, later } = this.#options
    const own = pool.suspectSeat()
    if (own === undefined && blame.isSure) {
      job.cancelRestart = later(SEAT_EVERY_MS, () => this.#placeAlone(job, blame))
      return
    }
    if (blame.isSlow) {
      job.patient = own === undefined
      if (own !== undefined) job.stayUntilMs = env.clock.monotonicMs() + SLOW_MS
    }
    job.newUntilMs = env.clock.monotonicMs() + pool.limits.newMs
    placeAgain(job, own ?? pool.seatFor(job))
  }

  #quarantine(job: SupervisedJob, count: number, what: string): void {
    const message =
      `The engine has stopped ${count} times because of this job; the last time, ${what}. The job is ` +
      'quarantined: it is not started again by itself, and the others run on. Look for a node that ' +
      'holds much in memory or computes very long for one record, change it, and start the pipeline ' +
      'again.'
    this.#options.quarantined(job, message)
    this.#options.fail(job, { domain: 'internal', retry: false, message, quarantined: true })
  }

  #restartTogether(jobs: readonly SupervisedJob[], message: string): void {
    const failure = { domain: 'internal', retry: true, message } as const
    for (const job of jobs) {
      job.cancelRestart = () => {}
      this.#options.changeToRestarting(job, failure)
    }
    // Those that are known first: the spare host is theirs.
    for (const job of jobs.toSorted((a, b) => a.newUntilMs - b.newUntilMs)) {
      this.#options.placeAgain(job, this.#options.pool.seatFor(job))
    }
  }

  #restartUnclear(jobs: readonly SupervisedJob[], what: string): void {
    const nowMs = this.#options.env.clock.monotonicMs()
    const message = `The engine host that ran the job has stopped: ${what}.`
    const again = jobs.map((job) => job.unclearEnds.add(nowMs) > 1)
    if (!again.every((is) => is)) {
      this.#restartTogether(jobs, message)
      return
    }
    const half = Math.ceil(jobs.length / 2)
    for (const part of [jobs.slice(0, half), jobs.slice(half)]) this.#restartApart(part, message)
  }

  /** In a host that is new, so that those that come later are no suspects. */
  #restartApart(jobs: readonly SupervisedJob[], message: string): void {
    const { pool, placeAgain, changeToRestarting } = this.#options
    const failure = { domain: 'internal', retry: true, message } as const
    for (const job of jobs) {
      job.cancelRestart = () => {}
      changeToRestarting(job, failure)
    }
    const seat = pool.suspectSeat()
    for (const job of jobs) placeAgain(job, seat ?? pool.seatFor(job))
  }

  #startLater(attempt: number, start: () => void): () => void {
    const { env, backoff, later } = this.#options
    return later(backoffMs(backoff, attempt, env.random), start)
  }
}
