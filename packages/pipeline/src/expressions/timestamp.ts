/**
 * Reads and writes timestamps as ISO-8601 and SQL texts, without `Date.parse`, whose grammar is
 * the host's.
 */

/** 0000-01-01: event times and results of expressions are in the years of four digits. */
export const TIMESTAMP_MIN = -62_167_219_200_000
/** 9999-12-31T23:59:59.999Z. */
export const TIMESTAMP_MAX = 253_402_300_799_999

const TEXT =
  /^\s*([0-9]{4}|(?!-0{6})[+-][0-9]{6})-([0-9]{1,2})-([0-9]{1,2})(?:[T ]([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2})(?:[.,]([0-9]{1,9}))?)?)?\s*(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?\s*$/i

/**
 * Milliseconds since 1970, or null. A text without a zone is UTC; digits after milliseconds are
 * cut off. Other years than 0000 to 9999 have a sign and six digits, as ISO-8601 extends them.
 */
export function parseTimestamp(text: string): number | null {
  return parsePlainTimestamp(text) ?? parseAnyTimestamp(text)
}

/** As `parseTimestamp`, in the years 0000 to 9999, within which expressions calculate. */
export function parseBoundedTimestamp(text: string): number | null {
  const timestampMs = parseTimestamp(text)
  if (timestampMs === null) return null
  return timestampMs >= TIMESTAMP_MIN && timestampMs <= TIMESTAMP_MAX ? timestampMs : null
}

const ZERO = 48
const Z = 90

/**
 * `2026-01-31T12:00:00.000Z` and the same without milliseconds, which is how programs write
 * times: about a tenth of what the pattern costs. Null for anything else.
 */
function parsePlainTimestamp(text: string): number | null {
  const { length } = text
  if ((length !== 24 && length !== 20) || text.charCodeAt(length - 1) !== Z) return null
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return null
  if (text[13] !== ':' || text[16] !== ':') return null
  const ms = length === 20 ? 0 : text[19] === '.' ? threeDigits(text, 20) : -1
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  // What is not a digit is far below 0, and stays there.
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || ms < 0)
    return null
  return fromParts(year, month, day, hour, minute, second, ms)
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1_000_000 : tens * 10 + ones
}

function threeDigits(text: string, at: number): number {
  const ones = text.charCodeAt(at + 2) - ZERO
  return ones < 0 || ones > 9 ? -1_000_000 : twoDigits(text, at) * 10 + ones
}

function parseAnyTimestamp(text: string): number | null {
  const match = text.length > 64 ? null : TEXT.exec(text)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  const utc = fromParts(
    Number(year),
    Number(month),
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    Number((fraction ?? '').slice(0, 3).padEnd(3, '0')),
  )
  const offset = offsetMs(zone)
  if (utc === null || offset === null) return null
  return Number.isSafeInteger(utc - offset) ? utc - offset : null
}

/**
 * Milliseconds since 1970 of a UTC date, or null where there is no such day or time. `month`
 * counts from 1.
 */
export function fromParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  return (
    dayNumber(year, month, day) * 86_400_000 +
    hour * 3_600_000 +
    minute * 60_000 +
    second * 1_000 +
    ms
  )
}

/**
 * Milliseconds of `+02:00`, `-0530` or `Z`; 0 where there is none; null where it is out of range.
 */
export function offsetMs(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 18 || minutes > 59) return null
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/**
 * Days since 1970-01-01 in the proleptic Gregorian calendar; `Date.UTC` reads years below 100 as
 * 19xx.
 */
export function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export interface DateParts {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
}

export function toDateParts(timestampMs: number): DateParts {
  const days = Math.floor(timestampMs / 86_400_000) + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** `2026-01-31 12:00:00.000`, as Flink casts TIMESTAMP(3) to a string. */
export function timestampText(timestampMs: number): string {
  return `${dateText(timestampMs)} ${timeText(timestampMs)}`
}

/** `2026-01-31T12:00:00.000Z`, as sinks write it; `+010000-01-02T00:00:00.000Z` beyond 9999. */
export function timestampIso(timestampMs: number): string {
  return `${dateText(timestampMs)}T${timeText(timestampMs)}Z`
}

const PADDED_2 = Array.from({ length: 60 }, (_, value) => padded(value, 2))

let lastDays = 0
let lastDate = '1970-01-01'

/** Neighbouring records mostly have one date, so that of the last call is kept. */
function dateText(timestampMs: number): string {
  const days = Math.floor(timestampMs / 86_400_000)
  if (days === lastDays) return lastDate
  const { year, month, day } = toDateParts(timestampMs)
  lastDays = days
  lastDate = `${yearText(year)}-${padded(month, 2)}-${padded(day, 2)}`
  return lastDate
}

/** The end of a window may lie in the year 10000, and must be readable all the same. */
function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return padded(year, 4)
  return `${year < 0 ? '-' : '+'}${padded(Math.abs(year), 6)}`
}

function timeText(timestampMs: number): string {
  const restMs = timestampMs - Math.floor(timestampMs / 86_400_000) * 86_400_000
  const seconds = Math.floor(restMs / 1_000)
  const ms = restMs - seconds * 1_000
  const hour = PADDED_2[Math.floor(seconds / 3_600)]
  const minute = PADDED_2[Math.floor(seconds / 60) % 60]
  return `${hour}:${minute}:${PADDED_2[seconds % 60]}.${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}`
}

export function padded(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
