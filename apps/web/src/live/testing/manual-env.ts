/** A clock, timers and frames that only move when a test says so. */

import type { LiveEnv } from '../env.ts'

export interface ManualEnv extends LiveEnv {
  /** Moves the clock and calls the timers that are due, in order. */
  advance(ms: number): void
  /** Paints: calls what waits for the next frame. */
  paint(): void
}

interface Timer {
  readonly dueMs: number
  readonly call: () => void
}

export function createManualEnv(startMs = 1_000_000): ManualEnv {
  let nowMs = startMs
  const timers = new Set<Timer>()
  let frames: (() => void)[] = []

  function nextDue(untilMs: number): Timer | undefined {
    return [...timers]
      .filter((timer) => timer.dueMs <= untilMs)
      .sort((a, b) => a.dueMs - b.dueMs)
      .at(0)
  }

  return {
    nowMs: () => nowMs,
    random: () => 0.5,
    after(delayMs, call) {
      const timer = { dueMs: nowMs + delayMs, call }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    onNextFrame(call) {
      frames.push(call)
      return () => {
        frames = frames.filter((waiting) => waiting !== call)
      }
    },
    advance(ms) {
      const untilMs = nowMs + ms
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer)
        nowMs = timer.dueMs
        timer.call()
      }
      nowMs = untilMs
    },
    paint() {
      const due = frames
      frames = []
      for (const call of due) call()
    },
  }
}
