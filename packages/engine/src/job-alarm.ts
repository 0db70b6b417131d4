/** Wakes a job that waits, at the earliest of the times that it was asked for. */

import type { Env } from './env.ts'

export class Alarm {
  readonly #env: Env
  readonly #wake: () => void
  #atMs = Number.POSITIVE_INFINITY
  #cancelTimer: (() => void) | undefined

  constructor(env: Env, wake: () => void) {
    this.#env = env
    this.#wake = wake
  }

  /** Not later than at this time, in monotonic milliseconds; undefined asks for nothing. */
  at(monotonicMs: number | undefined): void {
    if (monotonicMs === undefined || monotonicMs >= this.#atMs) return
    this.#cancelTimer?.()
    this.#atMs = monotonicMs
    const delayMs = Math.max(0, Math.ceil(monotonicMs - this.#env.clock.monotonicMs()))
    this.#cancelTimer = this.#env.timers.after(delayMs, () => {
      this.#atMs = Number.POSITIVE_INFINITY
      this.#wake()
    })
  }

  cancel(): void {
    this.#cancelTimer?.()
  }
}
