/**
 * Forgets state that has not been written for a while, by processing time. What has expired is gone
 * at once for whoever asks; that it leaves memory too is seen to by timers.
 *
 * An operator calls `written` whenever it writes an entry and `hasExpired` before it uses one, and
 * hands `nextMs` and `expire` on as its `nextProcessingMs` and `processingTime`. An entry has one
 * timer at most: one that comes too early, since the entry was written again, is set anew.
 */

import type { EventTimers, RunContext, StateTable } from '@millrace/engine'
import { fields, type Key } from '@millrace/pipeline'

/** The config field of every operator whose state would grow for ever. */
export function stateTimeToLive() {
  return fields
    .duration({
      title: 'State time to live',
      description:
        'State that has not been written for so long, by the clock, is forgotten without a word: results over it ' +
        'begin anew. Left out, state is kept for ever.',
    })
    .optional()
}

export class StateLifetime {
  /** Whether anything expires at all. */
  readonly on: boolean
  readonly #timeToLiveMs: number
  readonly #context: Pick<RunContext, 'nowMs'>
  /** By namespace and key, in milliseconds of processing time. */
  readonly #writtenMs: StateTable<number>
  readonly #timers: EventTimers

  /** `name` tells several lifetimes of a node apart. */
  constructor(
    context: Pick<RunContext, 'state' | 'nowMs'>,
    timeToLiveMs: number | undefined,
    name = 'lifetime',
  ) {
    this.on = timeToLiveMs !== undefined
    this.#timeToLiveMs = timeToLiveMs ?? Number.POSITIVE_INFINITY
    this.#context = context
    this.#writtenMs = context.state.table(`${name} written`)
    this.#timers = context.state.timers(name)
  }

  /** The entry is written now, and lives from now on. */
  written(namespace: number, key: Key): void {
    if (!this.on) return
    const nowMs = this.#context.nowMs()
    if (this.#writtenMs.get(namespace, key) === undefined) {
      this.#timers.set(nowMs + this.#timeToLiveMs, namespace, key)
    }
    this.#writtenMs.put(namespace, key, nowMs)
  }

  /** Whether the entry is to be forgotten before anybody looks at it. */
  hasExpired(namespace: number, key: Key): boolean {
    if (!this.on) return false
    const writtenMs = this.#writtenMs.get(namespace, key)
    return writtenMs !== undefined && this.#isOver(writtenMs, this.#context.nowMs())
  }

  nextMs(): number {
    return this.#timers.nextMs()
  }

  /** Calls `forget` for each entry that has expired, by the time at which it did. */
  *expire(nowMs: number, forget: (namespace: number, key: Key) => void): Generator<void, void> {
    for (;;) {
      const timer = this.#timers.takeDue(nowMs)
      if (timer === undefined) return
      const { namespace, key } = timer
      const writtenMs = this.#writtenMs.get(namespace, key)
      if (writtenMs === undefined) continue
      if (this.#isOver(writtenMs, nowMs)) {
        this.#writtenMs.delete(namespace, key)
        forget(namespace, key)
      } else this.#timers.set(writtenMs + this.#timeToLiveMs, namespace, key)
      yield
    }
  }

  #isOver(writtenMs: number, nowMs: number): boolean {
    return nowMs - writtenMs >= this.#timeToLiveMs
  }
}
