/**
 * How many records go into a job, and from which source: one batch a turn, as large as a turn's
 * time allows, at the pace that was asked for, and by steps while the job is paused.
 */

import type { BusyMeter } from './busy-meter.ts'
import type { Env } from './env.ts'
import type { Alarm } from './job-alarm.ts'
import type { JobGraph } from './job-graph.ts'
import type { Slice } from './job-options.ts'
import { pickSource } from './read-order.ts'
import type { SourceNode } from './source-node.ts'
import { OUTSTANDING_MAX } from './work-outside.ts'

/**
 * Batches shrink until a turn takes less than this, and grow again while it takes less than half.
 */
const TURN_MS = 6
/** Batches begin small, since code is slow before it has been compiled. */
const FIRST_BATCH_ROWS = 256
/** What a source is asked for at once: making it up must not take a slice of its own. */
const READ_ROWS_MAX = 4096

export interface IntakeOptions {
  readonly env: Env
  readonly graph: JobGraph
  readonly meter: BusyMeter
  readonly alarm: Alarm
  readonly batchRowsMax: number
  /** See `JobOptions`. */
  readonly restMs: number
  /** What sinks and asynchronous operators have under way. */
  outstanding(): number
}

export class JobIntake {
  readonly #env: Env
  readonly #graph: JobGraph
  readonly #meter: BusyMeter
  readonly #alarm: Alarm
  readonly #batchRowsMax: number
  readonly #restMs: number
  readonly #outstanding: () => number
  #batchRows: number
  /** Records that may still go in while the job is paused. */
  #stepsLeft = 0
  #single = false
  #recordsPerSecond: number | undefined
  #pausedAtMs = 0
  #paceStartMs = 0
  #paceCount = 0
  #heldMs = 0
  #heldSinceMs: number | undefined
  #liveTurn = true

  constructor(options: IntakeOptions) {
    this.#outstanding = options.outstanding
    this.#env = options.env
    this.#graph = options.graph
    this.#meter = options.meter
    this.#alarm = options.alarm
    this.#batchRowsMax = options.batchRowsMax
    this.#restMs = options.restMs
    this.#batchRows = Math.min(options.batchRowsMax, FIRST_BATCH_ROWS)
  }

  pause(): void {
    this.#stepsLeft = 0
    this.#pausedAtMs = this.#env.clock.monotonicMs()
  }

  resume(): void {
    const nowMs = this.#env.clock.monotonicMs()
    for (const source of this.#graph.sources) source.standStill(nowMs - this.#pausedAtMs, nowMs)
    this.#resetPace()
  }

  step(records: number): void {
    this.#stepsLeft += records
  }

  /** Whether records go in one at a time, so that the job can be stopped behind any of them. */
  set single(single: boolean) {
    this.#single = single
  }

  /** Steps that are left are not taken. */
  clearSteps(): void {
    this.#stepsLeft = 0
  }

  setPace(recordsPerSecond: number | undefined): void {
    this.#recordsPerSecond = recordsPerSecond
    this.#resetPace()
  }

  /** How long the pace has let nothing in, in all. */
  get heldByPaceMs(): number {
    return this.#heldMs
  }

  /** About how many bytes of rows sources have handed on. */
  get handedBytes(): number {
    let bytes = 0
    for (const { handedBytes } of this.#graph.sources) bytes += handedBytes
    return bytes
  }

  /** Lets a source read ahead. */
  fill(source: SourceNode): void {
    this.#metered(source, () => source.fill(Math.min(this.#batchRowsMax, READ_ROWS_MAX)))
  }

  /** Undefined when a batch was taken. */
  take(monotonicMs: number, paused: boolean): Slice | undefined {
    const outstanding = this.#outstanding()
    const allowed = this.#allowed(monotonicMs, paused)
    if (this.#graph.sources.every((source) => source.completed))
      return outstanding > 0 ? 'waiting' : 'done'
    if (allowed <= 0) return 'waiting'
    const pick = pickSource(this.#graph.sources, this.#liveTurn, monotonicMs, (source) =>
      this.#readAt(source),
    )
    if (pick.source === undefined) {
      if (pick.untilMs !== undefined) this.#rest(pick.untilMs, monotonicMs)
      return 'waiting'
    }
    const { source, limit } = pick
    this.#liveTurn = source.bounded
    // The watermark of a source without event time is known only after each record, further down.
    const alone = this.#graph.sources.length === 1 || source.hasEventTime || !source.bounded
    const rowsMax = Math.min(allowed, alone && !this.#single ? this.#batchRows : 1)
    const taken = this.#metered(source, () => source.take(rowsMax, limit, monotonicMs))
    this.#paceCount += taken
    // What went in may have taken away the steps that were left.
    if (paused) this.#stepsLeft = Math.max(0, this.#stepsLeft - taken)
    const isTooMuch = this.#outstanding() - outstanding > OUTSTANDING_MAX
    if (!this.#single) {
      this.#adaptBatch(taken, rowsMax, this.#env.clock.monotonicMs() - monotonicMs, isTooMuch)
    }
    return undefined
  }

  #rest(untilMs: number, monotonicMs: number): void {
    this.#alarm.at(Math.max(untilMs, monotonicMs + this.#restMs))
  }

  #metered<T>(source: SourceNode, work: () => T): T {
    if (!this.#meter.on) return work()
    const outer = this.#meter.enter(source.depth)
    const result = work()
    this.#meter.leave(outer)
    return result
  }

  /** How many records may go in now. */
  #allowed(monotonicMs: number, paused: boolean): number {
    if (paused) return this.#stepsLeft
    const perSecond = this.#recordsPerSecond
    if (perSecond === undefined) return Number.POSITIVE_INFINITY
    const dueMs = this.#paceStartMs + (this.#paceCount * 1000) / perSecond
    const isHeld = dueMs > monotonicMs
    this.#bookHeld(isHeld, monotonicMs)
    if (isHeld) {
      this.#rest(dueMs, monotonicMs)
      return 0
    }
    // At the very moment that the alarm was set to, rounding must not say that it is too early.
    const elapsedMs = monotonicMs - this.#paceStartMs
    const allowed = Math.max(1, Math.floor((elapsedMs * perSecond) / 1000) + 1 - this.#paceCount)
    const atOnce = Math.max(1, Math.ceil(perSecond))
    if (allowed <= atOnce) return allowed
    // What was not used up for long is not made up for.
    this.#resetPace()
    this.#paceCount = 1 - atOnce
    return atOnce
  }

  #bookHeld(isHeld: boolean, monotonicMs: number): void {
    if (isHeld) this.#heldSinceMs ??= monotonicMs
    else if (this.#heldSinceMs !== undefined) {
      this.#heldMs += monotonicMs - this.#heldSinceMs
      this.#heldSinceMs = undefined
    }
  }

  #resetPace(): void {
    this.#paceStartMs = this.#env.clock.monotonicMs()
    this.#paceCount = 0
  }

  #adaptBatch(taken: number, rowsMax: number, tookMs: number, isTooMuch: boolean): void {
    if (tookMs > TURN_MS || isTooMuch)
      this.#batchRows = Math.max(1, Math.min(this.#batchRows, taken) >> 1)
    else if (taken === rowsMax && tookMs < TURN_MS / 2) {
      this.#batchRows = Math.min(this.#batchRowsMax, this.#batchRows * 2)
    }
  }

  /**
   * The watermark by which a source takes its turn: its own, or that of the nodes that give it
   * event time.
   */
  #readAt(source: SourceNode): number {
    if (source.hasEventTime) return source.watermarkMs
    const timedBy = this.#graph.timedBy(source)
    if (timedBy.length === 0) return source.watermarkMs
    let lowestMs = Number.POSITIVE_INFINITY
    for (const { watermarkMs } of timedBy) lowestMs = Math.min(lowestMs, watermarkMs)
    return lowestMs
  }
}
