/**
 * Made-up records in the order in which they arrive: a record that is late, or a duplicate, waits
 * until the event time has come up to its delay. How far anybody reads at a time changes nothing.
 */

import { Heap } from '@millrace/engine'
import type { Row, Value } from '@millrace/pipeline'
import { Dice } from './dice.ts'
import type { ColumnGenerator } from './generators.ts'

export interface Disorder {
  /** In percent. */
  readonly late: number
  readonly duplicates: number
  readonly maxDelayMs: number
  readonly idleGaps: { readonly everyMs: number; readonly lengthMs: number } | undefined
}

export interface SequenceSettings {
  readonly columns: readonly ColumnGenerator[]
  readonly seed: number
  readonly startMs: number
  /** Of event time. */
  readonly recordsPerSecond: number
  /** Records without their duplicates; Infinity where there is no end. */
  readonly count: number
  readonly disorder: Disorder
}

export interface MadeRecord {
  readonly row: Row
  readonly timeMs: number
}

interface Delayed extends MadeRecord {
  readonly dueMs: number
  /** In which order they were made. */
  readonly order: number
}

export class RecordSequence {
  readonly #settings: SequenceSettings
  readonly #dice: Dice
  readonly #delayed = new Heap<Delayed>((a, b) => a.dueMs - b.dueMs || a.order - b.order)
  /** The next record to be made. */
  #index = 0
  #order = 0

  constructor(settings: SequenceSettings) {
    this.#settings = settings
    this.#dice = new Dice(settings.seed, 'disorder of all columns')
  }

  /** Undefined at the end. */
  next(): MadeRecord | undefined {
    const { count } = this.#settings
    while (this.#index < count) {
      const timeMs = this.#timeOf(this.#index)
      const waiting = this.#delayed.peek()
      if (waiting !== undefined && waiting.dueMs <= timeMs) return this.#delayed.pop()
      const made = this.#make(timeMs)
      if (made !== undefined) return made
    }
    return this.#delayed.pop()
  }

  /** The record, or undefined where it comes later. */
  #make(timeMs: number): MadeRecord | undefined {
    const { columns, disorder } = this.#settings
    const index = this.#index++
    const row: Value[] = new Array(columns.length)
    for (let column = 0; column < columns.length; column++) {
      row[column] = columns[column]?.(index, timeMs) ?? null
    }
    const made = { row, timeMs }
    if (disorder.late === 0 && disorder.duplicates === 0) return made
    this.#dice.moveTo(index)
    const late = this.#dice.percent(disorder.late)
    if (late) this.#delay(made)
    if (this.#dice.percent(disorder.duplicates)) this.#delay(made)
    return late ? undefined : made
  }

  /** It comes once more, at most the maximum delay later. */
  #delay({ row, timeMs }: MadeRecord): void {
    const { maxDelayMs } = this.#settings.disorder
    const dueMs = timeMs + Math.ceil((1 - this.#dice.next()) * maxDelayMs)
    this.#delayed.push({ row, timeMs, dueMs, order: this.#order++ })
  }

  #timeOf(index: number): number {
    const { startMs, recordsPerSecond, disorder } = this.#settings
    const busyMs = (index * 1000) / recordsPerSecond
    const { idleGaps } = disorder
    const idleMs =
      idleGaps === undefined ? 0 : Math.floor(busyMs / idleGaps.everyMs) * idleGaps.lengthMs
    return startMs + Math.floor(busyMs) + idleMs
  }
}
