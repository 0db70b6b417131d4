/**
 * Records that wait until the watermark has passed them, and then leave by event time, key, and
 * arrival. They wait in slices of event time, each of which is put in order when its turn comes:
 * records that arrive in order are then merely looked at once more.
 */

import type { EventTimers, State, StateTable } from '@millrace/engine'
import { compareKeys, compareRows, type Key, type Row } from '@millrace/pipeline'

export interface WaitingRecord {
  readonly timeMs: number
  readonly key: Key
  readonly row: Row
}

interface Slice {
  records: WaitingRecord[]
  /** Those before it have left. */
  next: number
  sorted: boolean
}

const SLICE_MS = 100

/** Slices have a namespace each, in which this is the only key. */
const ONLY = null

export class RecordBuffer {
  readonly #slices: StateTable<Slice>
  /** At the number of each slice that has records. */
  readonly #order: EventTimers

  constructor(state: State) {
    this.#slices = state.table('waiting')
    state.showTimes('waiting', SLICE_MS)
    this.#order = state.timers('waiting')
  }

  put(record: WaitingRecord): void {
    const number = Math.floor(record.timeMs / SLICE_MS)
    const slice = this.#slices.change(number, ONLY)
    if (slice === undefined) {
      this.#slices.put(number, ONLY, { records: [record], next: 0, sorted: true })
      this.#order.set(number, 0, ONLY)
      return
    }
    const last = slice.records.at(-1)
    if (last !== undefined && compare(last, record) > 0) slice.sorted = false
    slice.records.push(record)
  }

  /** Takes out the first record that is the same; false if there is none. */
  takeBack(record: WaitingRecord): boolean {
    const slice = this.#slices.change(Math.floor(record.timeMs / SLICE_MS), ONLY)
    if (slice === undefined) return false
    const { records, next } = slice
    const index = records.findIndex(
      ({ timeMs, row }, place) =>
        place >= next && timeMs === record.timeMs && compareRows(row, record.row) === 0,
    )
    if (index < 0) return false
    records.splice(index, 1)
    return true
  }

  /** Whether there may be a record at this time or before it. */
  hasDue(untilMs: number): boolean {
    const number = this.#order.nextMs()
    return number < Number.POSITIVE_INFINITY && number * SLICE_MS <= untilMs
  }

  /** Takes out the next record at this time or before it. */
  takeDue(untilMs: number): WaitingRecord | undefined {
    while (this.hasDue(untilMs)) {
      const number = this.#order.nextMs()
      const slice = this.#slices.change(number, ONLY)
      if (slice === undefined) {
        this.#order.takeDue(number)
        continue
      }
      if (!slice.sorted) {
        slice.records = slice.records.slice(slice.next).sort(compare)
        slice.next = 0
        slice.sorted = true
      }
      const record = slice.records[slice.next]
      if (record === undefined) {
        this.#slices.delete(number, ONLY)
        this.#order.takeDue(number)
        continue
      }
      if (record.timeMs > untilMs) return undefined
      slice.next++
      return record
    }
    return undefined
  }
}

function compare(a: WaitingRecord, b: WaitingRecord): number {
  return a.timeMs - b.timeMs || compareKeys(a.key, b.key)
}
