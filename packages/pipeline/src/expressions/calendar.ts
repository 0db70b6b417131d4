/**
 * Units of time over UTC timestamps: extraction, rounding, adding and counting, as Flink does
 * them.
 */

import { addMonths, exact, timestamp } from './operators/arithmetic.ts'
import { dayNumber, toDateParts } from './timestamp.ts'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Units of fixed length, in milliseconds. */
const FIXED_MS: ReadonlyMap<string, number> = new Map([
  ['MILLISECOND', 1],
  ['SECOND', SECOND_MS],
  ['MINUTE', MINUTE_MS],
  ['HOUR', HOUR_MS],
  ['DAY', DAY_MS],
  ['WEEK', 7 * DAY_MS],
])

const UNIT_MONTHS: ReadonlyMap<string, number> = new Map([
  ['MONTH', 1],
  ['QUARTER', 3],
  ['YEAR', 12],
])

/** 1970-01-04 was the first Sunday. */
const SUNDAY_MS = 3 * DAY_MS

export function floorTo(timestampMs: number, unit: string): number {
  if (unit === 'WEEK')
    return timestamp(Math.floor((timestampMs - SUNDAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + SUNDAY_MS)
  const fixed = FIXED_MS.get(unit)
  if (fixed !== undefined) return Math.floor(timestampMs / fixed) * fixed
  const { year, month } = toDateParts(timestampMs)
  const size = UNIT_MONTHS.get(unit) ?? 1
  return dayNumber(year, month - ((month - 1) % size), 1) * DAY_MS
}

export function ceilTo(timestampMs: number, unit: string): number {
  const floor = floorTo(timestampMs, unit)
  return floor === timestampMs ? floor : addUnits(floor, 1, unit)
}

export function addUnits(timestampMs: number, count: number, unit: string): number {
  const fixed = FIXED_MS.get(unit)
  if (fixed !== undefined) return timestamp(timestampMs + count * fixed)
  return addMonths(timestampMs, count * (UNIT_MONTHS.get(unit) ?? 1))
}

/** How many whole units lie from one time to another; below 0 where the other is earlier. */
export function unitsBetween(fromMs: number, toMs: number, unit: string): number {
  const fixed = FIXED_MS.get(unit)
  if (fixed !== undefined) return Math.trunc((toMs - fromMs) / fixed) + 0
  return Math.trunc(monthsBetween(fromMs, toMs) / (UNIT_MONTHS.get(unit) ?? 1)) + 0
}

function monthsBetween(fromMs: number, toMs: number): number {
  if (fromMs > toMs) return -monthsBetween(toMs, fromMs)
  const from = toDateParts(fromMs)
  const to = toDateParts(toMs)
  let months = (to.year - from.year) * 12 + to.month - from.month
  // The last day of a shorter month completes the month.
  while (months > 0 && addMonths(fromMs, months) > toMs) months--
  return months
}

/**
 * A part of a timestamp. Weeks and `ISOYEAR` are ISO-8601's; `DOW` counts from Sunday = 1,
 * `ISODOW` from Monday = 1.
 */
export function extractFrom(timestampMs: number, unit: string): number {
  const days = Math.floor(timestampMs / DAY_MS)
  const rest = timestampMs - days * DAY_MS
  switch (unit) {
    case 'MILLISECOND':
      return rest % SECOND_MS
    case 'SECOND':
      return Math.floor(rest / SECOND_MS) % 60
    case 'MINUTE':
      return Math.floor(rest / MINUTE_MS) % 60
    case 'HOUR':
      return Math.floor(rest / HOUR_MS)
    case 'EPOCH':
      return Math.floor(timestampMs / SECOND_MS)
    case 'DOW':
      return modulo(days + 4, 7) + 1
    case 'ISODOW':
      return modulo(days + 3, 7) + 1
    case 'WEEK':
      return isoWeek(days).week
    case 'ISOYEAR':
      return isoWeek(days).year
    default:
      return extractDate(timestampMs, unit)
  }
}

function extractDate(timestampMs: number, unit: string): number {
  const { year, month, day } = toDateParts(timestampMs)
  switch (unit) {
    case 'DAY':
      return day
    case 'DOY':
      return Math.floor(timestampMs / DAY_MS) - dayNumber(year, 1, 1) + 1
    case 'MONTH':
      return month
    case 'QUARTER':
      return Math.floor((month + 2) / 3)
    case 'YEAR':
      return year
    case 'DECADE':
      return Math.floor(year / 10)
    case 'CENTURY':
      return Math.ceil(year / 100)
    default:
      return Math.ceil(year / 1_000)
  }
}

/** A part of a day-time interval; cut towards zero, with its sign. */
export function extractFromInterval(intervalMs: number, unit: string): number | undefined {
  const part = (unitMs: number, below: number): number =>
    (Math.trunc(intervalMs / unitMs) % below) + 0
  switch (unit) {
    case 'MILLISECOND':
      return part(1, 1_000)
    case 'SECOND':
      return part(SECOND_MS, 60)
    case 'MINUTE':
      return part(MINUTE_MS, 60)
    case 'HOUR':
      return part(HOUR_MS, 24)
    case 'DAY':
      return exact(Math.trunc(intervalMs / DAY_MS) + 0)
    case 'EPOCH':
      return Math.trunc(intervalMs / SECOND_MS) + 0
    default:
      return undefined
  }
}

export function extractFromMonths(months: number, unit: string): number | undefined {
  if (unit === 'YEAR') return Math.trunc(months / 12) + 0
  return unit === 'MONTH' ? (months % 12) + 0 : undefined
}

/** The week that holds a day belongs to the year that its Thursday is in. */
function isoWeek(days: number): { readonly year: number; readonly week: number } {
  const thursday = days - modulo(days + 3, 7) + 3
  const { year } = toDateParts(thursday * DAY_MS)
  return { year, week: Math.floor((thursday - dayNumber(year, 1, 1)) / 7) + 1 }
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor
}
