/** How numbers and times are written on screen: short, of steady width, with unit and zone. */

import { isoTimestamp, type wire } from '@millrace/pipeline'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const YEAR = 365.25 * DAY

const UNITS = [
  [1e3, 'k'],
  [1e6, 'M'],
  [1e9, 'G'],
] as const

/** Whole, with thousands apart: `1,240`. */
export function countText(count: number): string {
  const digits = Math.trunc(Math.abs(count)).toString()
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',')
  return count < 0 ? `−${grouped}` : grouped
}

/** `a, b and c`. */
export function listText(parts: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(parts)
}

/** At most five characters: `0`, `9.5`, `984`, `9.84k`, `98.4k`, `984k`, `1.2M`. */
export function shortCountText(count: number): string {
  if (count < 0) return `−${shortCountText(-count)}`
  if (count < 999.5) return count < 9.95 ? trimZero(count.toFixed(1)) : count.toFixed(0)
  for (const [unit, letter] of UNITS) {
    if (count < 999.5 * unit) return `${threeDigits(count / unit)}${letter}`
  }
  return `${threeDigits(count / 1e12)}T`
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2)
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0)
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text
}

/** `1.2k/s`; what is not zero is not written as zero. */
export function rateText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1/s'
  return `${shortCountText(perSecond)}/s`
}

const BYTES = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** In 1024s, as sizes are in documents: `0 B`, `812 B`, `3.1 MB`. */
export function bytesText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < BYTES.length - 1) {
    size /= 1024
    unit++
  }
  const digits = unit === 0 || size >= 99.95 ? size.toFixed(0) : trimZero(size.toFixed(1))
  return `${digits} ${BYTES[unit]}`
}

export function shareText(share: number): string {
  const percent = share * 100
  return percent > 0 && percent < 1 ? '<1 %' : `${Math.round(percent)} %`
}

/** Two units at most: `240 ms`, `4.2 s`, `48 s`, `1 h 02 min`, `3 d 4 h`, `7.8 y`. */
export function durationText(durationMs: number): string {
  const ms = Math.abs(durationMs)
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 9_950) return `${trimZero((ms / SECOND).toFixed(1))} s`
  if (ms < MINUTE - 500) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR - 500) return twoUnits(Math.round(ms / SECOND), 60, 'min', 's')
  if (ms < DAY - MINUTE / 2) return twoUnits(Math.round(ms / MINUTE), 60, 'h', 'min')
  if (ms < YEAR) return twoUnits(Math.round(ms / HOUR), 24, 'd', 'h')
  return `${trimZero((ms / YEAR).toFixed(1))} y`
}

function twoUnits(small: number, perLarge: number, large: string, unit: string): string {
  const rest = small % perLarge
  return rest === 0
    ? `${Math.floor(small / perLarge)} ${large}`
    : `${Math.floor(small / perLarge)} ${large} ${String(rest).padStart(2, '0')} ${unit}`
}

/** A stopwatch: `00:04:12`, `2 d 04:10:00`. */
export function elapsedText(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / SECOND))
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
  const days = Math.floor(seconds / 86_400)
  const text = clock.map((part) => String(part).padStart(2, '0')).join(':')
  return days === 0 ? text : `${days} d ${text}`
}

/** `2026-01-31 12:00:00.000`, in UTC and without saying so. */
function plain(timestampMs: number): string {
  return isoTimestamp(timestampMs).replace('T', ' ').replace('Z', '')
}

/** Down to the millisecond, with date and zone: for details and tables. */
export function timeText(timestampMs: number): string {
  return `${plain(timestampMs)} UTC`
}

/** As `timeText`, without the date where that is the day of `nearMs`: `14:20:05.250 UTC`. */
export function clockText(timestampMs: number, nearMs: number): string {
  const sameDay = Math.floor(timestampMs / DAY) === Math.floor(nearMs / DAY)
  return sameDay ? `${plain(timestampMs).slice(11)} UTC` : timeText(timestampMs)
}

/** With the date where it is not the day of `nearMs`: `14:20:05 UTC` or `2018-02-03 14:20 UTC`. */
export function shortTimeText(timestampMs: number, nearMs: number): string {
  const text = plain(timestampMs)
  if (Math.floor(timestampMs / DAY) === Math.floor(nearMs / DAY)) return `${text.slice(11, 19)} UTC`
  return `${text.slice(0, 16)} UTC`
}

/** The UTC days of a stretch of time: `2018-02-03`, or `2018-02-01 to 2018-02-03`. */
export function daysText(fromMs: number, toMs: number): string {
  // The ends of an axis may lie between two milliseconds, which no timestamp does.
  const [first, last] = [fromMs, toMs].map((ms) => isoTimestamp(Math.floor(ms)).slice(0, 10))
  return first === last ? `${first}` : `${first} to ${last}`
}

/**
 * The times on an axis that shows `spanMs`, as long as tells them apart: days by date, long spans
 * without seconds, parts of a second with as many digits as the finest has. Day and zone are named
 * beside the axis.
 */
export function axisTimeTexts(ticksMs: readonly number[], spanMs: number): string[] {
  const end = secondsEnd(ticksMs)
  return ticksMs.map((timestampMs) => {
    const text = isoTimestamp(timestampMs)
    if (spanMs >= DAY && timestampMs % DAY === 0) return text.slice(5, 10)
    if (spanMs >= 20 * MINUTE && timestampMs % MINUTE === 0) return text.slice(11, 16)
    return text.slice(11, end)
  })
}

/** Where `2018-02-03T12:00:05.250Z` may be cut without two ticks becoming the same. */
function secondsEnd(ticksMs: readonly number[]): number {
  if (ticksMs.every((ms) => ms % SECOND === 0)) return 19
  if (ticksMs.every((ms) => ms % 100 === 0)) return 21
  return ticksMs.every((ms) => ms % 10 === 0) ? 22 : 23
}

/** The ends of time in words. */
export function watermarkText(watermark: wire.WireTime): string {
  if (watermark === 'start') return 'not yet known'
  if (watermark === 'end') return 'end of input'
  return timeText(watermark)
}
