/**
 * What the live layer needs of the world outside, handed in so that tests own the clock and the
 * dice.
 */

export interface LiveEnv {
  /** Wall clock, UTC milliseconds. */
  nowMs(): number
  /** From 0 up to, not including, 1. */
  random(): number
  /** Calls once after the delay; the answer cancels. */
  after(delayMs: number, call: () => void): () => void
  /** Calls once before the next paint; the answer cancels. */
  onNextFrame(call: () => void): () => void
}
