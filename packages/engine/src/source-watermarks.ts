/**
 * Makes a source's watermarks (bounded out-of-orderness): W = latest event time - delay - 1 ms for
 * each partition, and the minimum over the partitions that are not idle. One leaves exactly when
 * the minimum enters another interval of event time, never by the wall clock: so a replay gives the
 * same ones.
 */

import { START_OF_TIME_MS } from './element.ts'
import type { WatermarkSettings } from './source.ts'
import { type SavedValve, type ValveOutput, WatermarkValve } from './valve.ts'

/** Watermarks at rest. */
export interface SavedWatermarks {
  readonly latestMs: readonly number[]
  readonly nextMs: number
  readonly valve: SavedValve
}

/** How far one partition has come. */
export interface PartitionProgress {
  /** Latest event time; the start of time before there is one. */
  readonly latestMs: number
  readonly idle: boolean
  /** When its last records came (monotonic milliseconds); undefined if none has yet. */
  readonly heardAtMs: number | undefined
}

export class SourceWatermarks {
  /** The watermark at which `observeUpTo` has stopped. */
  left: number | undefined
  /** Higher ones do not leave. */
  ceilingMs = Number.POSITIVE_INFINITY

  readonly #settings: WatermarkSettings
  readonly #valve: WatermarkValve
  readonly #latestMs: number[]
  /** From when on each partition counts as silent. */
  readonly #lastRecordAtMs: number[]
  /** As above, but waiting that was not its fault counts too: for showing. */
  readonly #heardAtMs: (number | undefined)[]
  /** The minimum at which the next watermark leaves. */
  #nextMs: number

  /** `saved` continues where another one stood. */
  constructor(settings: WatermarkSettings, partitions: number, saved?: SavedWatermarks) {
    this.#settings = settings
    this.#valve = new WatermarkValve(partitions, saved?.valve)
    this.#latestMs = saved?.latestMs.slice() ?? new Array(partitions).fill(START_OF_TIME_MS)
    this.#nextMs = saved?.nextMs ?? START_OF_TIME_MS
    this.#lastRecordAtMs = new Array(partitions).fill(0)
    this.#heardAtMs = new Array(partitions).fill(undefined)
  }

  get partitions(): number {
    return this.#latestMs.length
  }

  get idle(): boolean {
    return this.#valve.idle
  }

  get settings(): WatermarkSettings {
    return this.#settings
  }

  /** Where each partition stands, for showing which one holds the watermark back. */
  progress(): readonly PartitionProgress[] {
    const inputs = this.#valve.inputs()
    return this.#latestMs.map((latestMs, partition) => ({
      latestMs,
      idle: inputs[partition]?.idle ?? false,
      heardAtMs: this.#heardAtMs[partition],
    }))
  }

  /** What has to outlive a crash. */
  save(): SavedWatermarks {
    return { latestMs: this.#latestMs.slice(), nextMs: this.#nextMs, valve: this.#valve.save() }
  }

  /** The watermark that leaves behind a record with this event time, or undefined if none does. */
  observe(partition: number, timeMs: number): number | undefined {
    if (timeMs <= (this.#latestMs[partition] ?? START_OF_TIME_MS)) return undefined
    this.#latestMs[partition] = timeMs
    const raised = this.#valve.advance(partition, timeMs - this.#settings.maxOutOfOrdernessMs - 1)
    if (raised === undefined || raised < this.#nextMs || raised > this.ceilingMs) return undefined
    return this.#leave(raised)
  }

  /** This one has left, whatever the records say. */
  raiseTo(watermarkMs: number): void {
    this.#leave(watermarkMs)
  }

  /**
   * As `observe` for the records [from, to), up to the first behind which a watermark leaves.
   * Returns where it stopped, with the watermark in `left`; or `to`, with `left` undefined.
   */
  observeUpTo(partition: number, times: readonly number[], from: number, to: number): number {
    this.left = undefined
    const beforeMs = this.#latestMs[partition] ?? START_OF_TIME_MS
    const dueMs = this.#nextMs + this.#settings.maxOutOfOrdernessMs + 1
    const passed: Passed = { to: from, latestMs: beforeMs }
    for (;;) {
      passBelow(dueMs, times, to, passed)
      if (passed.to === to) break
      const timeMs = times[passed.to] as number
      passed.latestMs = timeMs
      passed.to++
      this.left = this.observe(partition, timeMs)
      if (this.left !== undefined) return passed.to
    }
    // Below the next watermark only the last of them matters, and nothing leaves.
    if (passed.latestMs > beforeMs) this.observe(partition, passed.latestMs)
    return to
  }

  /**
   * Records of the partition arrive now (monotonic milliseconds); it counts again if it was idle.
   */
  touch(partition: number, nowMs: number, output: ValveOutput): void {
    this.#lastRecordAtMs[partition] = nowMs
    this.#heardAtMs[partition] = nowMs
    this.#valve.setActive(partition, this.#leaving(output))
  }

  /** All partitions count as heard from now: waiting was not their fault. */
  touchAll(nowMs: number): void {
    this.#lastRecordAtMs.fill(nowMs)
  }

  /** The partitions that still count and have been silent for the timeout. */
  expired(nowMs: number): readonly number[] {
    const timeoutMs = this.#settings.idleTimeoutMs
    if (timeoutMs === undefined) return []
    const inputs = this.#valve.inputs()
    return [...this.#lastRecordAtMs.keys()].filter(
      (partition) =>
        inputs[partition]?.idle === false &&
        nowMs - (this.#lastRecordAtMs[partition] ?? 0) >= timeoutMs,
    )
  }

  /** Takes partitions out of the minimum. */
  setIdle(partitions: readonly number[], output: ValveOutput): void {
    for (const partition of partitions) {
      if (partition < this.#latestMs.length) this.#valve.setIdle(partition, this.#leaving(output))
    }
  }

  #leaving(output: ValveOutput): ValveOutput {
    return {
      status: (idle) => output.status(idle),
      watermark: (watermarkMs) => {
        this.#leave(watermarkMs)
        output.watermark(watermarkMs)
      },
    }
  }

  #leave(watermarkMs: number): number {
    const { intervalMs } = this.#settings
    this.#nextMs = (Math.floor((watermarkMs + 1) / intervalMs) + 1) * intervalMs - 1
    return watermarkMs
  }
}

/** How far a stretch of records has been looked at, and the latest time until then. */
interface Passed {
  to: number
  latestMs: number
}

/**
 * Goes on to the first record that is both the latest and due. By itself, since V8 takes long to
 * optimise a loop in one function with what a watermark sets off.
 */
function passBelow(dueMs: number, times: readonly number[], to: number, passed: Passed): void {
  let { latestMs } = passed
  let index = passed.to
  for (; index < to; index++) {
    const timeMs = times[index] as number
    if (timeMs <= latestMs) continue
    if (timeMs >= dueMs) break
    latestMs = timeMs
  }
  passed.to = index
  passed.latestMs = latestMs
}
