/**
 * Takes the changes of a table one by one, an update as one: the row that is replaced waits for the
 * one that replaces it, which comes directly behind it though maybe in another batch.
 */

import type { Batch, RunContext, StateValue } from '@millrace/engine'
import { EMPTY_ROW, type Row } from '@millrace/pipeline'

/**
 * A row that goes (`before`), comes (`after`), or is replaced by another (both). Each of them is a
 * record that came in, and the receiver counts it.
 */
export type TakeChange = (
  before: Row | undefined,
  beforeMs: number,
  after: Row | undefined,
  afterMs: number,
) => void

interface Replaced {
  readonly row: Row
  readonly timeMs: number
}

export class UpdatePairs {
  readonly #ledger: RunContext['ledger']
  readonly #replaced: StateValue<Replaced | null>
  readonly #take: TakeChange

  constructor(context: Pick<RunContext, 'state' | 'ledger'>, take: TakeChange) {
    this.#ledger = context.ledger
    this.#replaced = context.state.value('replaced', null)
    this.#take = take
  }

  /** Rows [from, to). On an append stream every row comes. */
  rows({ rows, times, changes }: Batch, from: number, to: number): void {
    const take = this.#take
    let waiting = this.#replaced.get()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index] ?? '+I'
      if (waiting !== null) {
        const { row: before, timeMs: beforeMs } = waiting
        this.#wait(null)
        waiting = null
        if (change === '+U') {
          take(before, beforeMs, row, timeMs)
          continue
        }
        take(before, beforeMs, undefined, 0)
      }
      if (change === '-U') {
        const next = index + 1
        if (next < to && changes?.[next] === '+U') {
          // Nothing waits, so nothing is kept for a checkpoint.
          take(row, timeMs, rows[next] ?? EMPTY_ROW, times?.[next] ?? 0)
          index = next
          continue
        }
        waiting = { row, timeMs }
        this.#wait(waiting)
      } else if (change === '-D') take(row, timeMs, undefined, 0)
      else take(undefined, 0, row, timeMs)
    }
  }

  #wait(replaced: Replaced | null): void {
    this.#ledger.held += replaced === null ? -1 : 1
    this.#replaced.set(replaced)
  }
}
