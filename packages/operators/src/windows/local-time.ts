/**
 * Divides time by the calendar of a time zone: into days from local midnight to local midnight,
 * which are 23 to 25 hours long, and those into parts or together to days, months and years.
 *
 * Parts of a day are counted in time that passes from midnight on, and begin anew at the next: an
 * hour is an hour on every day, and of six hours the last ones of a day are five or six and one.
 */

import { dayNumber, fromLocal, type Period, toDateParts, type Zone } from '@millrace/pipeline'

export const DAY_MS = 86_400_000

/** Local days by number, counted from 1970-01-01. They begin at `offsetMs` after midnight. */
export class LocalDays {
  readonly #zone: Zone
  readonly #offsetMs: number
  #lastDay = Number.NaN
  #lastStartMs = Number.NaN
  #lastEndMs = Number.NaN

  constructor(zone: Zone, offsetMs: number) {
    this.#zone = zone
    this.#offsetMs = offsetMs
  }

  /** The day that contains this time. */
  dayOf(timeMs: number): number {
    if (timeMs >= this.#lastStartMs && timeMs < this.#lastEndMs) return this.#lastDay
    const localMs = timeMs + this.#zone.offsetAt(timeMs) - this.#offsetMs
    let day = Math.floor(localMs / DAY_MS)
    while (this.#computeStart(day) > timeMs) day--
    while (this.#computeStart(day + 1) <= timeMs) day++
    this.#lastDay = day
    this.#lastStartMs = this.#computeStart(day)
    this.#lastEndMs = this.#computeStart(day + 1)
    return day
  }

  startOf(day: number): number {
    if (day === this.#lastDay) return this.#lastStartMs
    return day === this.#lastDay + 1 ? this.#lastEndMs : this.#computeStart(day)
  }

  #computeStart(day: number): number {
    return fromLocal(day * DAY_MS + this.#offsetMs, this.#zone)
  }
}

/** The times at which something begins again and again. */
export interface Beat {
  /** The last one at or before this time. */
  at(timeMs: number): number
  /** The one after this one. */
  after(startMs: number): number
  /** What is `count` beats after this one. */
  ahead(startMs: number, count: number): number
}

/** Every so often in the calendar of the days. */
export function createBeat(days: LocalDays, period: Period): Beat {
  if (typeof period !== 'number') return new MonthBeat(days, period.months)
  return period < DAY_MS ? new PartBeat(days, period) : new DayBeat(days, period / DAY_MS)
}

class PartBeat implements Beat {
  readonly #days: LocalDays
  readonly #partMs: number

  constructor(days: LocalDays, partMs: number) {
    this.#days = days
    this.#partMs = partMs
  }

  at(timeMs: number): number {
    const midnightMs = this.#days.startOf(this.#days.dayOf(timeMs))
    return midnightMs + Math.floor((timeMs - midnightMs) / this.#partMs) * this.#partMs
  }

  after(startMs: number): number {
    const nextDayMs = this.#days.startOf(this.#days.dayOf(startMs) + 1)
    return Math.min(startMs + this.#partMs, nextDayMs)
  }

  ahead(startMs: number, count: number): number {
    let day = this.#days.dayOf(startMs)
    let index = (startMs - this.#days.startOf(day)) / this.#partMs + count
    for (;;) {
      const lengthMs = this.#days.startOf(day + 1) - this.#days.startOf(day)
      const parts = Math.ceil(lengthMs / this.#partMs)
      if (index < parts) return this.#days.startOf(day) + index * this.#partMs
      index -= parts
      day++
    }
  }
}

class DayBeat implements Beat {
  readonly #days: LocalDays
  readonly #count: number

  constructor(days: LocalDays, count: number) {
    this.#days = days
    this.#count = count
  }

  at(timeMs: number): number {
    return this.#days.startOf(this.#first(timeMs))
  }

  after(startMs: number): number {
    return this.ahead(startMs, 1)
  }

  ahead(startMs: number, count: number): number {
    return this.#days.startOf(this.#first(startMs) + count * this.#count)
  }

  #first(timeMs: number): number {
    return Math.floor(this.#days.dayOf(timeMs) / this.#count) * this.#count
  }
}

class MonthBeat implements Beat {
  readonly #days: LocalDays
  readonly #count: number

  constructor(days: LocalDays, count: number) {
    this.#days = days
    this.#count = count
  }

  at(timeMs: number): number {
    return this.#startOf(this.#first(timeMs))
  }

  after(startMs: number): number {
    return this.ahead(startMs, 1)
  }

  ahead(startMs: number, count: number): number {
    return this.#startOf(this.#first(startMs) + count * this.#count)
  }

  /** Months are counted from January 1970. */
  #first(timeMs: number): number {
    const { year, month } = toDateParts(this.#days.dayOf(timeMs) * DAY_MS)
    return Math.floor(((year - 1970) * 12 + month - 1) / this.#count) * this.#count
  }

  #startOf(months: number): number {
    const year = 1970 + Math.floor(months / 12)
    return this.#days.startOf(dayNumber(year, months - (year - 1970) * 12 + 1, 1))
  }
}
