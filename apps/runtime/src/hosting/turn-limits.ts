/**
 * How long one turn of a job may take. Among others it is less than alone: all of them wait
 * meanwhile, and to start them elsewhere takes about as long as the limit there. A collection of
 * the whole heap may fall into any turn and is nobody's fault, so the limit grows with the heap.
 */

export interface TurnLimit {
  readonly ms: number
  /** Whether others wait for the turn. */
  readonly shared: boolean
}

export interface TurnLimitsOptions {
  /** Of a job that is alone in its host, or for which there is no other host. */
  readonly turnMs: number
  /** Of one among others. */
  readonly sharedTurnMs: number
}

/** What a slow processor takes to look through a megabyte of small objects, and more. */
const COLLECTION_MS_PER_MB = 1

export class TurnLimits {
  readonly #options: TurnLimitsOptions
  readonly #alone: TurnLimit
  #among: TurnLimit

  constructor(options: TurnLimitsOptions) {
    this.#options = options
    this.#alone = { ms: options.turnMs, shared: false }
    this.#among = this.#alone
  }

  /** With every heartbeat, and whenever a job comes. `jobCount` are those that have not ended. */
  update({ jobCount, heapBytes }: { readonly jobCount: number; readonly heapBytes: number }): void {
    const { turnMs, sharedTurnMs } = this.#options
    const ms = Math.round(sharedTurnMs + (heapBytes / 2 ** 20) * COLLECTION_MS_PER_MB)
    this.#among = jobCount > 1 && ms < turnMs ? { ms, shared: true } : this.#alone
  }

  /** One that is `patient` has shown that it needs long turns, and there was no host for it. */
  of(patient: boolean): TurnLimit {
    return patient ? this.#alone : this.#among
  }
}
