/** Which time windows go by, and how far it has come. */

import {
  END_OF_TIME_MS,
  type RunContext,
  START_OF_TIME_MS,
  type StateValue,
} from '@millrace/engine'
import type { WindowConfig } from './window-config.ts'

export class WindowTime {
  readonly byClock: boolean
  readonly #context: RunContext
  /** Of processing time: all windows that end by then have fired. */
  readonly #clockMs: StateValue<number>

  constructor({ time }: Pick<WindowConfig, 'time'>, context: RunContext) {
    this.byClock = time === 'processing'
    this.#context = context
    this.#clockMs = context.state.value('clock', START_OF_TIME_MS)
  }

  /** All windows whose last millisecond this is, or an earlier one, have fired. */
  closedMs(): number {
    return this.byClock ? this.#clockMs.get() : this.#context.progress.watermarkMs
  }

  /**
   * The time of records that arrive now, in processing time. A clock that is put back does not
   * bring them into windows that have fired.
   */
  arrivalMs(): number {
    return this.byClock ? Math.max(this.#context.nowMs(), this.#clockMs.get() + 1) : Number.NaN
  }

  /** A window of processing time is over at its end, not a millisecond before. */
  dueMs(nowMs: number): number {
    return nowMs - 1
  }

  /** What was due at this time has fired. */
  passed(dueMs: number): void {
    this.#clockMs.set(Math.max(dueMs, this.#clockMs.get()))
  }

  /** Whether a watermark that comes in closes windows: by the clock, only the end of input does. */
  counts(watermarkMs: number): boolean {
    return !this.byClock || watermarkMs === END_OF_TIME_MS
  }

  /** The watermarks of windows that go by the clock come from the clock. */
  outgoing(watermarkMs: number): number {
    return this.counts(watermarkMs) ? watermarkMs : START_OF_TIME_MS
  }
}
