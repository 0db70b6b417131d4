/**
 * Groups of rows that belong to windows, by the end of their window. They fire when the watermark
 * has passed the window's last millisecond, and go when the window can give no more results.
 */

import { type EventTimers, keysInOrder, type RunContext, type StateTable } from '@millrace/engine'
import type { Key } from '@millrace/pipeline'

/** What is known of all groups of one window end. */
interface Ended {
  /** Rows that count as held. */
  records: number
}

/** Ends are kept in one namespace, groups in that of their end. */
const ENDS = 0

export class EndedGroups<Group> {
  readonly groups: StateTable<Group>
  readonly #ends: StateTable<Ended>
  readonly #timers: EventTimers
  readonly #context: RunContext
  readonly #latenessMs: number

  constructor(context: RunContext, latenessMs: number) {
    this.groups = context.state.table('groups')
    this.#ends = context.state.table('ends')
    this.#timers = context.state.timers('ends')
    this.#context = context
    this.#latenessMs = latenessMs
  }

  /** Whether no result of this window can come any more. */
  isOver(endMs: number): boolean {
    return endMs - 1 + this.#latenessMs <= this.#context.progress.watermarkMs
  }

  hasFired(endMs: number): boolean {
    return endMs - 1 <= this.#context.progress.watermarkMs
  }

  /** So many rows are held for a window with this end. */
  hold(endMs: number, records = 1): void {
    if (records === 0) return
    this.#context.ledger.held += records
    const ended = this.#ends.change(ENDS, endMs)
    if (ended !== undefined) {
      ended.records += records
      return
    }
    this.#ends.put(ENDS, endMs, { records })
    // What comes after the window has fired leaves at once, and not once more when it is due.
    if (!this.hasFired(endMs)) this.#timers.set(endMs - 1, endMs, null)
    if (this.#latenessMs > 0) this.#timers.set(endMs - 1 + this.#latenessMs, endMs, null)
  }

  isDue(watermarkMs: number): boolean {
    return this.#timers.nextMs() <= watermarkMs
  }

  /** Fires what is due, by (end, key), and lets go of what is over. */
  *advance(
    watermarkMs: number,
    fire: (endMs: number, key: Key, group: Group) => void,
    letGo: (endMs: number, records: number) => void,
  ): Generator<void, void> {
    for (;;) {
      const timer = this.#timers.takeDue(watermarkMs)
      if (timer === undefined) return
      const { timeMs, namespace: endMs } = timer
      if (timeMs === endMs - 1) {
        for (const key of keysInOrder(this.#keysOf(endMs))) {
          const group = key === undefined ? undefined : this.groups.change(endMs, key)
          if (key !== undefined && group !== undefined) fire(endMs, key, group)
          yield
        }
      }
      if (timeMs === endMs - 1 + this.#latenessMs) {
        const records = this.#ends.get(ENDS, endMs)?.records ?? 0
        letGo(endMs, records)
        this.groups.drop(endMs)
        this.#ends.delete(ENDS, endMs)
        yield
      }
    }
  }

  *#keysOf(endMs: number): Generator<Key, void> {
    yield* this.groups.keys(endMs)
  }
}
