/**
 * The world that a simulated process lives in: a clock that somebody moves, timers, dice and a
 * disk. Processes come and go; the disk and the time stay.
 */

import { type Env, Heap } from '../../packages/engine/src/index.ts'
import {
  type DiskOperation,
  randomChoices,
  type SeededRandom,
  SimDisk,
  seededRandom,
} from '../../packages/engine/src/testing/index.ts'

const START_MS = Date.UTC(2026, 2, 1)

interface Timer {
  readonly atMs: number
  /** Those due at one time come in any order, but in the same one for a seed. */
  readonly order: number
  callback: (() => void) | undefined
}

export class World {
  readonly disk: SimDisk
  readonly random: SeededRandom
  /** How far time moves at each look at the clock: above 0, slices end in the middle of work. */
  tickMs = 0
  /** How long an operation of the disk takes. */
  latencyMs: (operation: DiskOperation) => number = () => 0
  /** Whether an operation of the disk has ended all processes; they do not know it yet. */
  crashed = false
  readonly #timers = new Heap<Timer>((a, b) => a.atMs - b.atMs || a.order - b.order)
  #elapsedMs = 0
  #jumpedMs = 0
  #ids = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.disk = new SimDisk({
      choices: { choose: (count) => this.#choices.choose(count) },
      latency: {
        timers: { after: (ms, callback) => this.#after(ms, callback), yield: () => {} },
        ms: (operation) => this.latencyMs(operation),
      },
      onCrash: () => {
        this.crashed = true
      },
    })
    this.#choices = randomChoices(this.random)
  }

  #choices: ReturnType<typeof randomChoices>

  get elapsedMs(): number {
    return this.#elapsedMs
  }

  /** Moves the wall clock, and nothing else. */
  jump(ms: number): void {
    this.#jumpedMs += ms
  }

  /** What a new process is given. */
  connect(): Env {
    return {
      clock: {
        nowMs: () => START_MS + Math.floor(this.#elapsedMs) + this.#jumpedMs,
        monotonicMs: () => {
          this.#elapsedMs += this.tickMs
          return this.#elapsedMs
        },
      },
      timers: {
        after: (delayMs, callback) => this.#after(delayMs, callback),
        yield: (callback) => {
          this.#after(0, callback)
        },
      },
      random: { next: () => this.random.next() },
      ids: { next: () => `id-${++this.#ids}` },
      disk: this.disk.connect(),
    }
  }

  /** Ends all processes: their timers never ring. */
  crash(kind: 'kill' | 'power'): void {
    while (this.#timers.size > 0) this.#timers.pop()
    this.#choices = randomChoices(this.random)
    this.disk.crash(kind)
    this.crashed = false
  }

  /** Goes on to the next timer and rings it; false where none is set. */
  advance(): boolean {
    for (;;) {
      const timer = this.#timers.pop()
      if (timer === undefined) return false
      if (timer.callback === undefined) continue
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs)
      timer.callback()
      return true
    }
  }

  /** Rings the timers whose time has come. */
  ringDue(): void {
    for (let next = this.#timers.peek(); next !== undefined; next = this.#timers.peek()) {
      if (next.callback !== undefined && next.atMs > this.#elapsedMs) return
      this.#timers.pop()
      next.callback?.()
    }
  }

  /** Lets time pass without anybody waiting for it. */
  pass(ms: number): void {
    this.#elapsedMs += ms
  }

  #after(delayMs: number, callback: () => void): () => void {
    const atMs = this.#elapsedMs + Math.max(0, delayMs)
    const timer: Timer = { atMs, order: this.random.next(), callback }
    this.#timers.push(timer)
    return () => {
      timer.callback = undefined
    }
  }
}

/** Lets everything that is kept already be heard of: there is no real waiting in a simulation. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
