/** When the next record of a source may go in: by a number a second, or by event time. */

import { START_OF_TIME_MS } from './element.ts'
import type { SourceReader } from './source.ts'

/** All times but those of events are monotonic milliseconds. */
export class SourcePace {
  readonly #pace: SourceReader['pace']
  #startedMs: number | undefined
  #takenCount = 0
  #firstTimeMs = 0
  #latestTimeMs = START_OF_TIME_MS

  constructor(pace: SourceReader['pace']) {
    this.#pace = pace
  }

  get started(): boolean {
    return this.#startedMs !== undefined
  }

  /** Whether each record waits for its event time. */
  get byEventTime(): boolean {
    return this.#pace?.eventTimeSpeed !== undefined
  }

  start(nowMs: number): void {
    this.#startedMs ??= nowMs
  }

  /** The job stood still, and that is no time for the pace. */
  standStill(durationMs: number): void {
    if (this.#startedMs !== undefined) this.#startedMs += durationMs
  }

  count(taken: number): void {
    this.#takenCount += taken
  }

  /** How many records may go in now, at least one. */
  allows(nowMs: number): number {
    const perSecond = this.#pace?.recordsPerSecond
    if (perSecond === undefined) return Number.POSITIVE_INFINITY
    const elapsedMs = nowMs - (this.#startedMs ?? nowMs)
    return Math.max(1, Math.floor((elapsedMs * perSecond) / 1000) + 1 - this.#takenCount)
  }

  /** When a record of this event time may go in; `nowMs` if nothing holds it back. */
  dueMs(nowMs: number, timeMs: number | undefined): number {
    const startedMs = this.#startedMs
    const pace = this.#pace
    if (startedMs === undefined || pace === undefined) return nowMs
    let dueMs = nowMs
    if (pace.recordsPerSecond !== undefined) {
      dueMs = startedMs + (this.#takenCount * 1000) / pace.recordsPerSecond
    }
    if (pace.eventTimeSpeed !== undefined && timeMs !== undefined) {
      dueMs = Math.max(dueMs, this.#eventTimeDueMs(timeMs, pace.eventTimeSpeed, startedMs))
    }
    return dueMs
  }

  /** Whether its event time lets a record in, where that is what records wait for. */
  isDue(timeMs: number, nowMs: number): boolean {
    const speed = this.#pace?.eventTimeSpeed
    if (speed === undefined || this.#startedMs === undefined) return true
    return this.#eventTimeDueMs(timeMs, speed, this.#startedMs) <= nowMs
  }

  /** A record of this event time goes in. */
  noteTime(timeMs: number): void {
    if (this.#latestTimeMs === START_OF_TIME_MS) this.#firstTimeMs = timeMs
    if (timeMs > this.#latestTimeMs) this.#latestTimeMs = timeMs
  }

  #eventTimeDueMs(timeMs: number, speed: number, startedMs: number): number {
    if (this.#latestTimeMs === START_OF_TIME_MS) return startedMs
    return startedMs + (Math.max(timeMs, this.#latestTimeMs) - this.#firstTimeMs) / speed
  }
}
