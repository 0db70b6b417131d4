/**
 * Made-up records in the order in which they arrive: a record that is late, or a duplicate, waits
 * until the event time has come up to its delay. How far anybody reads at a time changes nothing.
 */

import { Heap } from '@millrace/engine'
import type { Row, Value } from '@millrace/pipeline'
import { Dice } from './dice.ts'
import type { ColumnGenerator, Walk } from './generators.ts'

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

/** Plain data. */
export interface SequencePosition {
  /** The next record to be made. */
  readonly index: number
  /** Delayed records that came since the one before it was made. */
  readonly comeSince: number
  readonly start: SequenceStart
}

/** A place from which the records can be made again that may still be delayed. Plain data. */
type SequenceStart = {
  readonly index: number
  /** Where the columns stand whose values depend on the ones before. */
  readonly walks: readonly number[]
}

/** There is a start at each multiple of this. */
const START_STEP = 1024

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
  /** Delayed records that came since the last one was made. */
  #comeSince = 0
  /** The first is far enough back for where the sequence stands. */
  readonly #starts: SequenceStart[]

  constructor(settings: SequenceSettings) {
    this.#settings = settings
    this.#dice = new Dice(settings.seed, 'disorder of all columns')
    this.#starts = [{ index: 0, walks: this.#walks.map((walk) => walk.get()) }]
  }

  /** Undefined at the end. */
  next(): MadeRecord | undefined {
    const { count } = this.#settings
    while (this.#index < count) {
      const timeMs = this.#timeOf(this.#index)
      const waiting = this.#delayed.peek()
      if (waiting !== undefined && waiting.dueMs <= timeMs) return this.#takeDelayed()
      const made = this.#make(timeMs)
      if (made !== undefined) return made
    }
    return this.#takeDelayed()
  }

  get position(): SequencePosition {
    const [start = { index: 0, walks: [] }] = this.#starts
    return { index: this.#index, comeSince: this.#comeSince, start }
  }

  /**
   * Goes on from a position of a sequence with the same settings. Costs as much as making the
   * records again that may still be delayed there, and up to as many as lie between two starts.
   */
  moveTo({ index, comeSince, start }: SequencePosition): void {
    for (const [place, walk] of this.#walks.entries()) walk.set(start.walks[place] ?? walk.get())
    this.#starts.splice(0, Number.POSITIVE_INFINITY, start)
    for (this.#index = start.index; this.#index < index; ) {
      const timeMs = this.#timeOf(this.#index)
      while ((this.#delayed.peek()?.dueMs ?? Number.POSITIVE_INFINITY) <= timeMs) {
        this.#delayed.pop()
      }
      this.#make(timeMs)
    }
    for (let left = comeSince; left > 0; left--) this.#takeDelayed()
  }

  get #walks(): readonly Walk[] {
    return this.#settings.columns.flatMap(({ walk }) => walk ?? [])
  }

  /** Forgets starts before which everything has come. */
  #addStart(index: number): void {
    const starts = this.#starts
    starts.push({ index, walks: this.#walks.map((walk) => walk.get()) })
    const { maxDelayMs } = this.#settings.disorder
    const lastMs = this.#timeOf(index - 1)
    const isEnough = (start: SequenceStart | undefined) =>
      start !== undefined && this.#timeOf(start.index - 1) + maxDelayMs <= lastMs
    while (isEnough(starts[1])) starts.shift()
  }

  #takeDelayed(): MadeRecord | undefined {
    this.#comeSince++
    return this.#delayed.pop()
  }

  /** The record, or undefined where it comes later. */
  #make(timeMs: number): MadeRecord | undefined {
    const { columns, disorder } = this.#settings
    const index = this.#index++
    this.#comeSince = 0
    if (index > 0 && index % START_STEP === 0) this.#addStart(index)
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
