/**
 * Shares the thread of an engine host among its jobs.
 *
 * Each job has used so much of the thread, and the one that has used least is next, as processors
 * are shared by operating systems. What a job has not used while it waited for something is not
 * saved up, but for a little: so a job with a record now and then comes before those that compute
 * on and on, and none can keep the others waiting for long. A round over all is kept short by
 * shorter slices where there are many. A turn itself cannot be cut short: who takes longer than its
 * slice waits until the others have had as much, and a turn that never ends is for the guard
 * (`host-guard.ts`).
 */

import type { Clock, Timers, Turns } from '@millrace/engine'
import type { TurnLimit, TurnLimits, TurnTaker } from './turn-limits.ts'

/** A slice at the most, and what a job is ahead of the others when it comes after a wait. */
const SLICE_MS = 7
const SLICE_MS_MIN = 1
/** A round over all that compute should take no longer, as far as slices can be that short. */
const ROUND_MS = 21
/** Then messages and files get their turn. */
const GIVE_BACK_MS = 8

/** Notes outside of this thread whose turn it is. */
export interface TurnMarker {
  begin(slot: number, limit: TurnLimit): void
  /** It is started, which may take longer than a turn. */
  beginStart(slot: number): void
  /** Nobody's. */
  end(): void
}

export interface FairTurnsOptions {
  readonly clock: Clock
  readonly timers: Pick<Timers, 'yield'>
  readonly marker: TurnMarker
  readonly limits: Pick<TurnLimits, 'of'>
}

interface JoinOptions extends Partial<Omit<TurnTaker, 'isOnProbation'>> {
  readonly probationMs?: number
}

interface Waiting {
  readonly job: SharedTurns
  readonly work: (sliceMs: number) => void
}

export class FairTurns {
  readonly #options: FairTurnsOptions
  /** In the order in which they came. */
  readonly #waiting: Waiting[] = []
  /** What the job had used that was next the last time: others are measured against it. */
  #floorMs = 0
  #planned = false
  /** Counts how often the thread was given back. */
  #rounds = 0

  constructor(options: FairTurnsOptions) {
    this.#options = options
  }

  /** The turns of one job; `slot` is what the marker notes. */
  join(slot: number, { patient = false, probationMs = 0, nodeCount = 0 }: JoinOptions = {}) {
    return new SharedTurns({
      ...{ slot, patient, nodeCount },
      probationUntilMs: this.#options.clock.monotonicMs() + probationMs,
      add: (waiting) => this.#add(waiting),
      start: (work) => this.#marked(slot, work),
    })
  }

  #add(waiting: Waiting): void {
    const { job } = waiting
    // One that has just worked goes on; any other has waited for something.
    if (job.round !== this.#rounds) job.usedMs = Math.max(job.usedMs, this.#floorMs - SLICE_MS)
    this.#waiting.push(waiting)
    this.#plan()
  }

  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    this.#options.timers.yield(() => {
      this.#planned = false
      this.#round()
    })
  }

  #round(): void {
    const { clock, marker, limits } = this.#options
    this.#rounds++
    const sliceMs = Math.max(SLICE_MS_MIN, Math.min(SLICE_MS, ROUND_MS / this.#waiting.length))
    /** Of those that have worked in this round: they may come again at once. */
    let leastUsedMs = Number.POSITIVE_INFINITY
    let nowMs = clock.monotonicMs()
    const untilMs = nowMs + GIVE_BACK_MS
    while (nowMs < untilMs) {
      const next = this.#next(leastUsedMs)
      if (next === undefined) break
      const { job, work } = next
      this.#floorMs = Math.max(this.#floorMs, job.usedMs)
      const isOnProbation = nowMs < job.probationUntilMs
      marker.begin(job.slot, limits.of({ ...job.taker, isOnProbation }))
      work(sliceMs)
      const endedAtMs = clock.monotonicMs()
      job.worked(endedAtMs - nowMs, this.#rounds)
      leastUsedMs = Math.min(leastUsedMs, job.usedMs)
      nowMs = endedAtMs
    }
    marker.end()
    if (this.#waiting.length > 0) this.#plan()
  }

  /** Takes out the one that has used least; none where that is more than `usedMsMax`. */
  #next(usedMsMax: number): Waiting | undefined {
    let least = Number.POSITIVE_INFINITY
    let found = -1
    for (const [index, { job }] of this.#waiting.entries()) {
      if (job.usedMs >= least) continue
      least = job.usedMs
      found = index
    }
    if (found < 0 || least > usedMsMax) return undefined
    return this.#waiting.splice(found, 1)[0]
  }

  #marked<T>(slot: number, work: () => T): T {
    const { marker } = this.#options
    marker.beginStart(slot)
    try {
      return work()
    } finally {
      marker.end()
    }
  }
}

interface SharedTurnsOptions extends Omit<TurnTaker, 'isOnProbation'> {
  readonly slot: number
  readonly probationUntilMs: number
  add(waiting: Waiting): void
  start<T>(work: () => T): T
}

export class SharedTurns implements Turns {
  readonly slot: number
  /** As `TurnLimits` has it. */
  readonly taker: Omit<TurnTaker, 'isOnProbation'>
  readonly probationUntilMs: number
  /** By which its turn comes. */
  usedMs = 0
  /** The round in which it has worked last. */
  round = -1
  readonly #options: SharedTurnsOptions
  #busyMs = 0

  constructor(options: SharedTurnsOptions) {
    const { slot, patient, nodeCount, probationUntilMs } = options
    this.slot = slot
    this.taker = { patient, nodeCount }
    this.probationUntilMs = probationUntilMs
    this.#options = options
  }

  /** How long it has worked in all. */
  get busyMs(): number {
    return this.#busyMs
  }

  take<T>(work: (sliceMs: number) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#options.add({
        job: this,
        work: (sliceMs) => {
          try {
            resolve(work(sliceMs))
          } catch (error) {
            reject(error)
          }
        },
      })
    })
  }

  /** Out of turn, since it cannot be divided: what starts the job. */
  start<T>(work: () => T): T {
    return this.#options.start(work)
  }

  worked(tookMs: number, round: number): void {
    this.usedMs += tookMs
    this.#busyMs += tookMs
    this.round = round
  }
}
