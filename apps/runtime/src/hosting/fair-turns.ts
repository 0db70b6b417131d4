/**
 * Shares the thread of an engine host among its jobs.
 *
 * Deficit round-robin with two queues, as network queues do it (RFC 8290): a job that has waited
 * for something comes before those that compute on and on, as long as it has not used up what it
 * may. Whoever takes longer than its share owes the difference, and is passed over until the others
 * have had as much. So a job that waits for its turn waits about one round, whatever the others do,
 * and a round is kept short by shorter slices where there are many. A turn itself cannot be cut
 * short; one that never ends is for the guard (`host-guard.ts`).
 */

import type { Clock, Timers, Turns } from '@millrace/engine'

/** What a job may take before it is another's turn. */
const QUANTUM_MS = 7
/** A round over all that compute should take no longer, as far as slices can be that short. */
const ROUND_MS = 21
const SLICE_MS_MIN = 1
/** Then messages and files get their turn. */
const GIVE_BACK_MS = 8
/** So many of those that come after a wait go before one that computes on. */
const FRESH_MAX = 4

/** Notes outside of this thread whose turn it is. */
export interface TurnMarker {
  begin(slot: number): void
  /** It is started, which may take longer than a turn. */
  beginStart(slot: number): void
  /** Nobody's. */
  end(): void
}

export interface FairTurnsOptions {
  readonly clock: Clock
  readonly timers: Pick<Timers, 'yield'>
  readonly marker: TurnMarker
}

interface Waiting {
  readonly job: SharedTurns
  readonly work: (sliceMs: number) => void
}

export class FairTurns {
  readonly #options: FairTurnsOptions
  readonly #fresh: Waiting[] = []
  readonly #old: Waiting[] = []
  #freshInRow = 0
  #planned = false
  /** Counts how often the thread was given back. */
  #rounds = 0

  constructor(options: FairTurnsOptions) {
    this.#options = options
  }

  /** The turns of one job; `slot` is what the marker notes. */
  join(slot: number): SharedTurns {
    return new SharedTurns({
      slot,
      add: (waiting) => this.#add(waiting),
      start: (work) => this.#marked(slot, work),
    })
  }

  #add(waiting: Waiting): void {
    const { job } = waiting
    const nowMs = this.#options.clock.monotonicMs()
    const goesOn = job.round === this.#rounds
    if (!goesOn) job.creditMs = Math.min(QUANTUM_MS, job.creditMs + nowMs - job.ranAtMs)
    const queue = goesOn ? this.#old : this.#fresh
    queue.push(waiting)
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
    const { clock, marker } = this.#options
    this.#rounds++
    let nowMs = clock.monotonicMs()
    const untilMs = nowMs + GIVE_BACK_MS
    while (nowMs < untilMs) {
      const waiting = this.#next()
      if (waiting === undefined) break
      const { job, work } = waiting
      const others = this.#fresh.length + this.#old.length
      marker.begin(job.slot)
      work(Math.max(SLICE_MS_MIN, Math.min(QUANTUM_MS, ROUND_MS / (others + 1))))
      const endedAtMs = clock.monotonicMs()
      job.worked(endedAtMs - nowMs, endedAtMs, this.#rounds)
      nowMs = endedAtMs
    }
    marker.end()
    if (this.#fresh.length + this.#old.length > 0) this.#plan()
  }

  #next(): Waiting | undefined {
    for (;;) {
      const takesFresh =
        this.#fresh.length > 0 && (this.#old.length === 0 || this.#freshInRow < FRESH_MAX)
      const waiting = takesFresh ? this.#fresh.shift() : this.#old.shift()
      if (waiting === undefined) return undefined
      this.#freshInRow = takesFresh ? this.#freshInRow + 1 : 0
      const { job } = waiting
      if (job.creditMs > 0) return waiting
      job.creditMs += QUANTUM_MS
      this.#old.push(waiting)
    }
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

interface SharedTurnsOptions {
  readonly slot: number
  add(waiting: Waiting): void
  start<T>(work: () => T): T
}

export class SharedTurns implements Turns {
  readonly slot: number
  creditMs = QUANTUM_MS
  /** The round in which it has worked last. */
  round = -1
  ranAtMs = 0
  readonly #options: SharedTurnsOptions
  #busyMs = 0

  constructor(options: SharedTurnsOptions) {
    this.slot = options.slot
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

  worked(tookMs: number, nowMs: number, round: number): void {
    this.creditMs -= tookMs
    this.#busyMs += tookMs
    this.ranAtMs = nowMs
    this.round = round
  }
}
