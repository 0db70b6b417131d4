/**
 * Moves running jobs between engine hosts: heavy ones out of shared hosts, and back when they have
 * become light, and out of a host that is one more than there may be. A move is a last checkpoint
 * in the old host and a start from it in the new one, so nothing is lost or repeated; a job of
 * which that is not sure says so and stays where it is.
 */

import type { Env } from '@millrace/engine'
import type { EnginePool, Host, Seat } from './engine-pool.ts'
import { chooseLeaver, isLight } from './placement.ts'
import { isFree, isRefusal, type SupervisedJob } from './supervised-job.ts'

export interface JobMoverOptions {
  readonly env: Env
  readonly pool: EnginePool
  /** Starts it there; never rejects. */
  place(job: SupervisedJob, seat: Seat): Promise<void>
  moved(job: SupervisedJob): void
  isClosed(): boolean
}

/** One that has become light may have become so for a moment. */
const LIGHT_MS = 120_000
/** A host settles before the next one leaves it. */
const BETWEEN_MS = 10_000
/** After a move that could not be. */
const NOT_AGAIN_MS = 600_000

export class JobMover {
  readonly #options: JobMoverOptions

  constructor(options: JobMoverOptions) {
    this.#options = options
  }

  /** With every heartbeat of a host. */
  look(host: Host): void {
    const { env } = this.#options
    const { vitals } = host.process
    const nowMs = env.clock.monotonicMs()
    // Much state takes long to be stored, and the host is busy with it until then.
    if (vitals === undefined || host.active.some(({ moving }) => moving !== undefined)) return
    if (this.#empty(host, nowMs) || nowMs - host.movedAtMs < BETWEEN_MS) return
    const memoryBytesMax = Math.min(vitals.heapBytesMax, vitals.residentBytesMax)
    if (host.alone) this.#lookAtOwn(host, memoryBytesMax, nowMs)
    else this.#lookAtShared(host, memoryBytesMax, nowMs)
  }

  /** Whether it is to be: then a job of it is on its way, and the next one follows. */
  #empty(host: Host, nowMs: number): boolean {
    const { pool } = this.#options
    if (pool.toEmpty !== host) return false
    // What others take is known when they have settled.
    const isQuiet = pool.hosts.every((other) => {
      return other === host || nowMs - other.movedAtMs >= BETWEEN_MS
    })
    if (!isQuiet) return false
    const job = host.active.find((one) => isFree(one, nowMs))
    if (job !== undefined) this.#move(job, host, () => pool.seatBeside(host, 'settled'))
    return job !== undefined
  }

  #lookAtShared(host: Host, memoryBytesMax: number, nowMs: number): void {
    const { pool } = this.#options
    const free = host.active.filter((job) => isFree(job, nowMs))
    const others = pool.hosts.filter((other) => other !== host && !other.isSpare)
    const found = chooseLeaver(host, free, others, { ...pool.limits, memoryBytesMax })
    if (found === undefined) return
    const { job, reason } = found
    // State that is there stays, and more may come. What is busy may be so for a moment, and who
    // leaves in its place would have left for nothing.
    if (reason !== 'large' && !this.#isSettled(job, nowMs)) return
    if (reason === 'crowded') this.#move(job, host, () => pool.seatBeside(host, 'crowded'))
    else if (pool.mayOwn(host)) this.#move(job, host, () => pool.ownSeat(reason, host))
  }

  #lookAtOwn(host: Host, memoryBytesMax: number, nowMs: number): void {
    const [job] = host.active
    if (job === undefined || !isLight(job, memoryBytesMax)) {
      if (job !== undefined) job.lightSinceMs = undefined
      return
    }
    job.lightSinceMs ??= nowMs
    const isForLong = nowMs - job.lightSinceMs >= LIGHT_MS
    if (!isForLong || !isFree(job, nowMs) || !this.#isSettled(job, nowMs)) return
    this.#move(job, host, () => this.#options.pool.sharedSeat('light-again'))
  }

  #isSettled({ placedAtMs }: SupervisedJob, nowMs: number): boolean {
    return nowMs - placedAtMs >= this.#options.pool.limits.settleMs
  }

  #move(job: SupervisedJob, host: Host, choose: () => Seat | undefined): void {
    host.movedAtMs = this.#options.env.clock.monotonicMs()
    job.moving = this.#moveNow(job, host, choose).finally(() => {
      job.moving = undefined
      host.movedAtMs = this.#options.env.clock.monotonicMs()
    })
  }

  /** Never rejects. Where it cannot be released, it runs on in its host. */
  async #moveNow(job: SupervisedJob, host: Host, choose: () => Seat | undefined): Promise<void> {
    const { env, place, moved, isClosed } = this.#options
    const { jobId } = job.run
    try {
      await host.process.request('releaseJob', { jobId })
    } catch (error) {
      isRefusal(error)
      job.stayUntilMs = env.clock.monotonicMs() + NOT_AGAIN_MS
      return
    }
    // It has been ended meanwhile, or its host has.
    if (job.host !== host || isClosed()) return
    host.jobs.delete(job)
    host.process.tell('forgetJob', { jobId })
    job.host = undefined
    job.deadLettersBefore = job.status.deadLetters
    await place(job, choose() ?? this.#options.pool.sharedSeat('light'))
    moved(job)
  }
}
