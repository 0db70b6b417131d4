/** Where windows lie that are aligned to the midnights of a time zone. */

import type { Period, Zone } from '@millrace/pipeline'
import { type Beat, createBeat, DAY_MS, LocalDays } from './local-time.ts'
import type { WindowLayout } from './window-layout.ts'

export interface LocalGrid {
  readonly zone: Zone
  /** How long after midnight a day begins. */
  readonly offsetMs: number
  readonly size: Period
}

/** Windows that start at a beat and last for `size`. Tumbling ones last until the next one. */
export class LocalHoppingLayout implements WindowLayout {
  readonly nests = false
  startMs = Number.NaN
  endMs = Number.NaN
  openStartMs = Number.NaN
  openEndMs = Number.NaN
  readonly #days: LocalDays
  readonly #beat: Beat
  readonly #endOf: (startMs: number) => number
  /** The windows of the pane, the last one first. */
  readonly #starts: number[] = []
  readonly #ends: number[] = []
  /** Which of them was found last. */
  #index = -1

  constructor({ zone, offsetMs, size, slide }: LocalGrid & { readonly slide: Period }) {
    this.#days = new LocalDays(zone, offsetMs)
    this.#beat = createBeat(this.#days, slide)
    this.#endOf = this.#createEndOf(size, slide)
  }

  get inGap(): boolean {
    return this.#starts.length === 0
  }

  moveTo(timeMs: number): void {
    const lastMs = this.#beat.at(timeMs)
    this.startMs = lastMs
    this.endMs = this.#beat.after(lastMs)
    this.#starts.length = 0
    this.#ends.length = 0
    for (let startMs = lastMs; ; startMs = this.#beat.at(startMs - 1)) {
      const endMs = this.#endOf(startMs)
      if (endMs <= timeMs) {
        this.startMs = Math.max(this.startMs, endMs)
        break
      }
      this.#starts.push(startMs)
      this.#ends.push(endMs)
    }
    this.endMs = Math.min(this.endMs, this.#ends.at(-1) ?? this.endMs)
  }

  findOpen(watermarkMs: number): boolean {
    let from = 0
    let to = this.#ends.length
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#ends[middle] ?? 0) - 1 > watermarkMs) from = middle + 1
      else to = middle
    }
    this.#index = from
    return this.findNext()
  }

  findNext(): boolean {
    this.#index--
    this.openStartMs = this.#starts[this.#index] ?? Number.NaN
    this.openEndMs = this.#ends[this.#index] ?? Number.NaN
    return this.#index >= 0
  }

  neededFromMs(startMs: number): number {
    return this.#beat.after(startMs)
  }

  endsTogether(nextMs: number, endMs: number): boolean {
    return this.#endOf(nextMs) === endMs
  }

  /** Neither of two windows ends before the one that starts before it. */
  #createEndOf(size: Period, slide: Period): (startMs: number) => number {
    const beat = this.#beat
    if (typeof size !== 'number') {
      const months = typeof slide === 'number' ? 1 : slide.months
      if (size.months % months === 0) return (ms) => beat.ahead(ms, size.months / months)
      const each = createBeat(this.#days, { months: 1 })
      return (ms) => each.ahead(ms, size.months)
    }
    const divides = typeof slide === 'number' && size % slide === 0
    const alike = typeof slide === 'number' && size < DAY_MS === slide < DAY_MS
    if (divides && alike) return (ms) => beat.ahead(ms, size / slide)
    if (size < DAY_MS) {
      return (ms) => {
        const endMs = ms + size
        // A window may be longer than what is left of a day, but two that follow do not overlap.
        return typeof slide === 'number' && slide < size ? endMs : Math.min(endMs, beat.after(ms))
      }
    }
    return (ms) => this.#daysLater(ms, size / DAY_MS)
  }

  /** As long after midnight as `startMs`, on another day. */
  #daysLater(startMs: number, count: number): number {
    const day = this.#days.dayOf(startMs)
    const sinceMs = startMs - this.#days.startOf(day)
    const endMs = this.#days.startOf(day + count) + sinceMs
    return Math.min(endMs, this.#days.startOf(day + count + 1))
  }
}

/** Windows that begin together at a beat of `size`, and end at those of `step` after it. */
export class LocalCumulateLayout implements WindowLayout {
  readonly inGap = false
  readonly nests = true
  startMs = Number.NaN
  endMs = Number.NaN
  openStartMs = Number.NaN
  openEndMs = Number.NaN
  readonly #sizes: Beat
  readonly #steps: Beat
  #limitMs = Number.NaN

  constructor({ zone, offsetMs, size, step }: LocalGrid & { readonly step: Period }) {
    const days = new LocalDays(zone, offsetMs)
    this.#sizes = createBeat(days, size)
    this.#steps = createBeat(days, step)
  }

  moveTo(timeMs: number): void {
    this.openStartMs = this.#sizes.at(timeMs)
    this.#limitMs = this.#sizes.after(this.openStartMs)
    this.startMs = Math.max(this.#steps.at(timeMs), this.openStartMs)
    this.endMs = Math.min(this.#steps.after(this.startMs), this.#limitMs)
  }

  findOpen(watermarkMs: number): boolean {
    if (watermarkMs >= this.#limitMs - 1) return false
    const reachedMs = watermarkMs + 1
    this.openEndMs =
      reachedMs < this.endMs
        ? this.endMs
        : Math.min(this.#steps.after(this.#steps.at(reachedMs)), this.#limitMs)
    return true
  }

  findNext(): boolean {
    if (this.openEndMs >= this.#limitMs) return false
    this.openEndMs = Math.min(this.#steps.after(this.openEndMs), this.#limitMs)
    return true
  }

  neededFromMs(startMs: number, endMs: number): number {
    const limitMs = this.#sizes.after(startMs)
    return endMs >= limitMs ? limitMs : startMs
  }

  endsTogether(): boolean {
    return false
  }
}
