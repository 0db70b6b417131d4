/**
 * How long each node has worked, for the share of time that people see on it.
 *
 * A node hands on what it makes while it still works, so nodes run inside one another. The time of
 * an inner one is its own: whoever enters stops the clock of the one around it. The clock is read
 * twice for each element, never for each row, and not at all while nobody looks.
 */

import type { Clock } from './env.ts'

const NOBODY = -1

export class BusyMeter {
  /** Whether anybody looks. Callers ask this first; it costs them one read. */
  on = false
  readonly #clock: Clock
  readonly #busyMs: number[]
  #current = NOBODY
  #sinceMs = 0

  constructor(clock: Clock, nodeCount: number) {
    this.#clock = clock
    this.#busyMs = new Array<number>(nodeCount).fill(0)
  }

  /** Total since the meter was first switched on. */
  busyMs(depth: number): number {
    return this.#busyMs[depth] ?? 0
  }

  /** The node at this depth begins to work; `leave` wants what this returns. */
  enter(depth: number): number {
    const outer = this.#current
    this.#moveTo(depth)
    return outer
  }

  leave(outer: number): void {
    this.#moveTo(outer)
  }

  /** Books what has passed until now. */
  tick(): void {
    this.#moveTo(this.#current)
  }

  /**
   * Of the time that was booked on `depth`, `tookMs` was the work of all `depths`; it is divided by
   * their weights.
   */
  share(
    tookMs: number,
    depth: number,
    depths: readonly number[],
    weights: readonly number[],
  ): void {
    const sum = weights.reduce((all, weight) => all + weight, 0)
    if (sum <= 0) return
    this.#busyMs[depth] = (this.#busyMs[depth] ?? 0) - tookMs
    for (const [index, each] of depths.entries()) {
      const partMs = (tookMs * (weights[index] ?? 0)) / sum
      this.#busyMs[each] = (this.#busyMs[each] ?? 0) + partMs
    }
  }

  #moveTo(depth: number): void {
    const nowMs = this.#clock.monotonicMs()
    const current = this.#current
    if (current !== NOBODY) {
      this.#busyMs[current] = (this.#busyMs[current] ?? 0) + nowMs - this.#sinceMs
    }
    this.#current = depth
    this.#sinceMs = nowMs
  }
}
