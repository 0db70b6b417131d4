/** A world of its own for tests: time stands still until somebody moves it, and dice repeat. */

import type { Clock, Env, Ids, Timers } from '../env.ts'
import { Heap } from '../heap.ts'
import { MemoryDisk } from './memory-disk.ts'
import { MemoryNet } from './memory-net.ts'
import { MemoryTopics } from './memory-topics.ts'
import { type SeededRandom, seededRandom } from './random.ts'

interface VirtualTimer {
  readonly atMs: number
  readonly order: number
  callback: (() => void) | undefined
}

export class VirtualEnv implements Env {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: SeededRandom
  readonly ids: Ids
  readonly disk = new MemoryDisk()
  /** Absent until a test says that code may be generated. */
  compile?: NonNullable<Env['compile']>
  readonly topics = new MemoryTopics()
  readonly net = new MemoryNet()
  /**
   * How far time moves at each look at the monotonic clock: above 0, slices end in the middle of
   * work.
   */
  tickMs = 0
  readonly #startMs: number
  #elapsedMs = 0
  #count = 0
  readonly #waiting = new Heap<VirtualTimer>((a, b) => a.atMs - b.atMs || a.order - b.order)

  /** `startMs` is what the wall clock shows first. */
  constructor(startMs = 1_767_225_600_000, seed = 1) {
    this.#startMs = startMs
    this.clock = {
      nowMs: () => this.#startMs + this.#elapsedMs,
      monotonicMs: () => {
        this.#elapsedMs += this.tickMs
        return this.#elapsedMs
      },
    }
    this.timers = {
      after: (delayMs, callback) => this.#after(delayMs, callback),
      yield: (callback) => {
        void Promise.resolve().then(callback)
      },
    }
    this.random = seededRandom(seed)
    this.ids = { next: () => `id-${++this.#count}` }
  }

  /** Moves time on, and calls back what falls due on the way. */
  advance(durationMs: number): void {
    const untilMs = this.#elapsedMs + durationMs
    for (
      let next = this.#waiting.peek();
      next && next.atMs <= untilMs;
      next = this.#waiting.peek()
    ) {
      this.#fireNext()
    }
    this.#elapsedMs = untilMs
  }

  /** Moves time on to the next timer and calls back; false if none is set. */
  advanceToNextTimer(): boolean {
    while (this.#waiting.peek()?.callback === undefined && this.#waiting.size > 0)
      this.#waiting.pop()
    if (this.#waiting.size === 0) return false
    this.#fireNext()
    return true
  }

  #fireNext(): void {
    const timer = this.#waiting.pop()
    if (timer?.callback === undefined) return
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs)
    timer.callback()
  }

  #after(delayMs: number, callback: () => void): () => void {
    const timer: VirtualTimer = {
      atMs: this.#elapsedMs + Math.max(0, delayMs),
      order: ++this.#count,
      callback,
    }
    this.#waiting.push(timer)
    return () => {
      timer.callback = undefined
    }
  }
}
