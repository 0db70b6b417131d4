/**
 * The points in processing time at which windows give early results: whole multiples of an
 * interval, as in Flink, and only those before which records have come.
 */

import type { RunContext, StateValue } from '@millrace/engine'

export class EarlyClock {
  readonly #everyMs: number | undefined
  readonly #context: RunContext
  readonly #dueMs: StateValue<number>

  constructor(everyMs: number | undefined, context: RunContext) {
    this.#everyMs = everyMs
    this.#context = context
    this.#dueMs = context.state.value('early', Number.POSITIVE_INFINITY)
  }

  /** Infinity where nothing has changed since the last time. */
  dueMs(): number {
    return this.#dueMs.get()
  }

  /** Something has changed that the next early results should show. */
  ask(): void {
    const everyMs = this.#everyMs
    if (everyMs === undefined || this.#dueMs.get() !== Number.POSITIVE_INFINITY) return
    this.#dueMs.set((Math.floor(this.#context.nowMs() / everyMs) + 1) * everyMs)
  }

  /** The early results have left. */
  done(): void {
    this.#dueMs.set(Number.POSITIVE_INFINITY)
  }
}
