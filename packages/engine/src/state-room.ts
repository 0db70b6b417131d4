/**
 * Keeps the state of a job within the memory there is: where it becomes too much, what was not
 * changed for longest goes outside of memory, a little between any two turns.
 */

import type { Clock, Env } from './env.ts'
import { DiskError } from './env.ts'
import type { SpillSpace } from './spill-space.ts'
import type { SavableState, StateSize } from './state.ts'

/** Of the memory that the process has; the rest is for what comes and goes. */
const STATE_PART = 0.7
/** Of the room for state: when to begin, and how far to go. */
const SPILLS_ABOVE = 0.7
const SPILLS_TO = 0.6
/** Of the room for state: from here on it may take longer than a slice. */
const URGENT_ABOVE = 0.9
const CALM_MS = 6
const URGENT_MS = 40

export interface SizedState {
  readonly state: Pick<SavableState, 'spill'>
  readonly size: StateSize
}

export class StateRoom {
  /** For all state of a job; undefined where nobody knows what the process has. */
  readonly bytesMax: number | undefined
  readonly #clock: Clock
  readonly #open: Env['openSpillSpace']
  #space: SpillSpace | undefined

  constructor({ clock, memoryBytesMax, openSpillSpace }: Env) {
    this.bytesMax =
      memoryBytesMax === undefined ? undefined : Math.floor(memoryBytesMax * STATE_PART)
    this.#clock = clock
    this.#open = openSpillSpace
  }

  /** Whether anything has ever gone outside. */
  get isUsed(): boolean {
    return this.#space !== undefined
  }

  /** Whether so much is in memory that some of it should go. */
  isNarrow(bytes: number): boolean {
    return this.#open !== undefined && bytes > (this.bytesMax ?? Infinity) * SPILLS_ABOVE
  }

  /**
   * Between turns. Puts state outside if there is much, that of the largest first. A disk that
   * takes nothing matters only when the memory is full.
   */
  relieve(states: readonly SizedState[]): void {
    const { bytesMax } = this
    const bytes = states.reduce((sum, { size }) => sum + size.bytes, 0)
    if (bytesMax === undefined || !this.isNarrow(bytes)) return
    const startMs = this.#clock.monotonicMs()
    const forMs = bytes > bytesMax * URGENT_ABOVE ? URGENT_MS : CALM_MS
    const untilMs = bytes > bytesMax ? Infinity : startMs + forMs
    const goOn = () => this.#clock.monotonicMs() < untilMs
    let left = bytes - bytesMax * SPILLS_TO
    try {
      this.#space ??= this.#open?.()
      if (this.#space === undefined) return
      for (const { state } of states.toSorted((a, b) => b.size.bytes - a.size.bytes)) {
        if (left > 0 && goOn()) left -= state.spill(this.#space, { bytes: left, goOn })
      }
    } catch (error) {
      if (!(error instanceof DiskError) || bytes > bytesMax) throw error
    }
  }

  /** Nothing of the state is read any more. */
  close(): void {
    this.#space?.close()
    this.#space = undefined
  }
}
