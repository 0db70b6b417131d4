/**
 * How long one turn of a job may take. Among others it is less than alone: all of them wait
 * meanwhile, and to start them elsewhere takes about as long as the limit there. A collection of
 * the whole heap may fall into any turn and is nobody's fault, so the limit grows with the heap.
 *
 * Who is new, or has made others wait before, is more likely than others to never end a turn, and
 * may take less. Its first turns go through code that has not been compiled, that of each node.
 */

export interface TurnLimit {
  readonly ms: number
  /** Whether others wait for the turn. */
  readonly shared: boolean
}

/** Whose turn it is. */
export interface TurnTaker {
  /** It has shown that it needs long turns, and there was no host for it. */
  readonly patient: boolean
  readonly isOnProbation: boolean
  readonly nodeCount: number
}

export interface TurnLimitsOptions {
  /** Of a job that is alone in its host, or for which there is no other host. */
  readonly turnMs: number
  /** Of one among others. */
  readonly sharedTurnMs: number
}

/** What a slow processor takes to look through a megabyte of small objects, and more. */
const COLLECTION_MS_PER_MB = 1
/** Of the limit among others; twice what it takes to start some of them elsewhere. */
const PROBATION_PART = 0.3
/** Twice what a slow processor takes for the first turn through a node. */
const FIRST_MS_PER_NODE = 1

export class TurnLimits {
  readonly #options: TurnLimitsOptions
  readonly #alone: TurnLimit
  #among: TurnLimit
  #collectionMs = 0

  constructor(options: TurnLimitsOptions) {
    this.#options = options
    this.#alone = { ms: options.turnMs, shared: false }
    this.#among = this.#alone
  }

  /** With every heartbeat, and whenever a job comes. `jobCount` are those that have not ended. */
  update({ jobCount, heapBytes }: { readonly jobCount: number; readonly heapBytes: number }): void {
    const { turnMs, sharedTurnMs } = this.#options
    this.#collectionMs = (heapBytes / 2 ** 20) * COLLECTION_MS_PER_MB
    const ms = Math.round(sharedTurnMs + this.#collectionMs)
    this.#among = jobCount > 1 && ms < turnMs ? { ms, shared: true } : this.#alone
  }

  of({ patient, isOnProbation, nodeCount }: TurnTaker): TurnLimit {
    if (patient) return this.#alone
    const among = this.#among
    if (!isOnProbation || !among.shared) return among
    const firstMs = this.#options.sharedTurnMs * PROBATION_PART + nodeCount * FIRST_MS_PER_NODE
    return { ms: Math.min(among.ms, Math.round(firstMs + this.#collectionMs)), shared: true }
  }
}
