/**
 * Durations as documents write them: `"250ms" "5s" "1m30s" "7d"`, with an optional leading minus.
 */

/** A duration that could not be read: `message` says why and what to write instead. */
export interface DurationRefusal {
  readonly message: string
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
])
const CALENDAR_UNITS: readonly string[] = ['mo', 'y']
const HOW = 'Write a whole number and a unit, for instance "250ms", "5s", "1m30s", "2h" or "7d".'
const TEXT_LENGTH_MAX = 100

/** Milliseconds, below 0 after a leading minus. Parts add up: `"1m30s"` is 90000. */
export function parseDuration(text: string): number | DurationRefusal {
  if (text.length > TEXT_LENGTH_MAX) {
    return refusal(`A duration of ${text.length} characters is longer than ${TEXT_LENGTH_MAX}.`)
  }
  const unsigned = text.startsWith('-') ? text.slice(1) : text
  if (!/^(?:[0-9]+[A-Za-z]+)+$/.test(unsigned)) return refusal(notReadable(text, unsigned))
  let sumMs = 0
  for (const [, count, unit] of unsigned.matchAll(/([0-9]+)([A-Za-z]+)/g)) {
    const unitMs = UNITS.get(unit ?? '')
    if (unitMs === undefined) return unknownUnit(text, unit ?? '')
    sumMs += Number(count) * unitMs
  }
  if (!Number.isSafeInteger(sumMs)) {
    return refusal(`"${text}" is longer than ${Number.MAX_SAFE_INTEGER} ms, the longest duration.`)
  }
  return unsigned === text || sumMs === 0 ? sumMs : -sumMs
}

/** The shortest sum of whole units: 90000 is `1m30s`, 0 is `0s`. */
export function durationText(durationMs: number): string {
  let restMs = Math.abs(durationMs)
  let text = ''
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(restMs / unitMs)
    if (count > 0) text += `${count}${unit}`
    restMs -= count * unitMs
  }
  if (text === '') return '0s'
  return durationMs < 0 ? `-${text}` : text
}

/** A stretch of the calendar: how long it is depends on where it lies. */
export interface Months {
  readonly months: number
}

/** Milliseconds or months. */
export type Period = number | Months

/** As `parseDuration`; months and years are counted too, but not together with days or less. */
export function parsePeriod(text: string): Period | DurationRefusal {
  if (!/^(?:[0-9]+(?:mo|y))+$/.test(text) || text.length > TEXT_LENGTH_MAX) {
    if (!/^(?:[0-9]+[A-Za-z]+)+$/.test(text) || !/[0-9](?:mo|y)(?![A-Za-z])/.test(text)) {
      return parseDuration(text)
    }
    return refusal(
      `"${text}" adds months to days or less, and there is no telling which come first. Write one of them alone, for instance "1mo" or "30d".`,
    )
  }
  let months = 0
  for (const [, count, unit] of text.matchAll(/([0-9]+)(mo|y)/g)) {
    months += Number(count) * (unit === 'y' ? 12 : 1)
  }
  return { months }
}

export function periodText(period: Period): string {
  if (typeof period === 'number') return durationText(period)
  const years = Math.floor(period.months / 12)
  const months = period.months % 12
  if (years === 0) return `${months}mo`
  return months === 0 ? `${years}y` : `${years}y${months}mo`
}

function notReadable(text: string, unsigned: string): string {
  if (text.trim() === '') return `A duration is empty. ${HOW}`
  if (/^[0-9]+$/.test(unsigned)) return `"${text}" has no unit. ${HOW}`
  if (/^[0-9]*\.[0-9]+[A-Za-z]+$/.test(unsigned)) {
    return `"${text}" has a fraction. Write whole numbers of a smaller unit, for instance "1500ms".`
  }
  if (/\s/.test(text)) return `"${text}" has a space in it. ${HOW}`
  return `"${text}" is not a duration. ${HOW}`
}

function unknownUnit(text: string, unit: string): DurationRefusal {
  if (CALENDAR_UNITS.includes(unit)) {
    const name = unit === 'mo' ? 'months' : 'years'
    return refusal(
      `"${text}" counts ${name}, whose length depends on where they lie. Count days, for instance "30d".`,
    )
  }
  return refusal(`"${text}" has the unknown unit "${unit}". Units are ms, s, m (minutes), h and d.`)
}

function refusal(message: string): DurationRefusal {
  return { message }
}
