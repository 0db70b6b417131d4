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
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index] ?? '+I'
      const replaced = this.#replaced.get()
      if (replaced !== null) {
        this.#replaced.set(null)
        this.#ledger.held--
        const { row: before, timeMs: beforeMs } = replaced
        if (change === '+U') {
          take(before, beforeMs, row, timeMs)
          continue
        }
        take(before, beforeMs, undefined, 0)
      }
      if (change === '-U') {
        this.#replaced.set({ row, timeMs })
        this.#ledger.held++
      } else if (change === '-D') take(row, timeMs, undefined, 0)
      else take(undefined, 0, row, timeMs)
    }
  }
}
