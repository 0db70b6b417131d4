/**
 * Reads and writes SQL intervals: `'1:30' HOUR TO MINUTE` is 5,400,000 ms, `'1-6' YEAR TO MONTH`
 * 18 months.
 */

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * From large to small; the text of an interval from one to another has a number for each between.
 */
const UNITS = ['DAY', 'HOUR', 'MINUTE', 'SECOND']
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['WEEK', 7 * DAY_MS],
  ['DAY', DAY_MS],
  ['HOUR', HOUR_MS],
  ['MINUTE', MINUTE_MS],
  ['SECOND', SECOND_MS],
])
const UNIT_MONTHS: ReadonlyMap<string, number> = new Map([
  ['YEAR', 12],
  ['QUARTER', 3],
  ['MONTH', 1],
])
/** What a part after the first may be at most. */
const PART_MAX: ReadonlyMap<string, number> = new Map([
  ['HOUR', 23],
  ['MINUTE', 59],
  ['SECOND', 59],
])

export type IntervalText =
  | { readonly value: number; readonly months: boolean }
  | { readonly message: string }

export function parseInterval(text: string, from: string, to: string): IntervalText {
  const match = /^\s*([+-]?)\s*(.*?)\s*$/s.exec(text)
  const sign = match?.[1] === '-' ? -1 : 1
  const body = match?.[2] ?? ''
  if (from === to) {
    if (UNIT_MONTHS.has(from)) return single(body, sign, from, UNIT_MONTHS.get(from) ?? 1, true)
    return single(body, sign, from, UNIT_MS.get(from) ?? 1, false)
  }
  if (from === 'YEAR' && to === 'MONTH') return yearsAndMonths(body, sign)
  const first = UNITS.indexOf(from)
  const last = UNITS.indexOf(to)
  if (first < 0 || last <= first) {
    return {
      message: `An interval cannot go from ${from} to ${to}. Write YEAR TO MONTH, or DAY, HOUR or MINUTE to a smaller unit.`,
    }
  }
  return dayTime(body, sign, UNITS.slice(first, last + 1))
}

function single(
  body: string,
  sign: number,
  unit: string,
  factor: number,
  months: boolean,
): IntervalText {
  const fraction = unit === 'SECOND' ? /^[0-9]{1,15}(\.[0-9]{0,9})?$/ : /^[0-9]{1,15}$/
  if (!fraction.test(body)) {
    return {
      message: `"${body}" is not a number of ${unit.toLowerCase()}s. Write it like INTERVAL '1' ${unit}.`,
    }
  }
  return bounded(Math.trunc(Number(body) * factor), sign, months)
}

function yearsAndMonths(body: string, sign: number): IntervalText {
  const match = /^([0-9]{1,9})-([0-9]{1,2})$/.exec(body)
  const months = Number(match?.[2])
  if (match === null || months > 11) {
    return {
      message: `"${body}" is not years and months. Write it like INTERVAL '1-6' YEAR TO MONTH, with months up to 11.`,
    }
  }
  return bounded(Number(match[1]) * 12 + months, sign, true)
}

/** `1 02:03:04.5` for DAY TO SECOND, `02:03` for HOUR TO MINUTE, and so on. */
function dayTime(body: string, sign: number, units: readonly string[]): IntervalText {
  const shape = units.map((unit) => (unit === 'DAY' ? 'D' : unit === 'SECOND' ? 'S.sss' : unit[0]))
  const example = shape.join(':').replace('D:', 'D ')
  const wrong = {
    message: `"${body}" is not an interval from ${units[0]} to ${units.at(-1)}. Write it as ${example}.`,
  }
  const parts = body.replace(/^([0-9]+)\s+/, '$1:').split(':')
  if (parts.length !== units.length || (units[0] === 'DAY') !== /^[0-9]+\s/.test(body)) return wrong
  let total = 0
  for (const [index, unit] of units.entries()) {
    const part = parts[index] ?? ''
    const pattern = unit === 'SECOND' ? /^[0-9]{1,15}(\.[0-9]{0,9})?$/ : /^[0-9]{1,15}$/
    if (!pattern.test(part)) return wrong
    const number = Number(part)
    if (index > 0 && Math.trunc(number) > (PART_MAX.get(unit) ?? 0)) return wrong
    total += Math.trunc(number * (UNIT_MS.get(unit) ?? 1))
  }
  return bounded(total, sign, false)
}

function bounded(value: number, sign: number, months: boolean): IntervalText {
  if (value > Number.MAX_SAFE_INTEGER) {
    return {
      message: `The interval is longer than ${Number.MAX_SAFE_INTEGER} ${months ? 'months' : 'ms'}. Write a shorter one.`,
    }
  }
  return { value: value === 0 ? 0 : sign * value, months }
}

/** `+1 02:03:04.005`, as Flink casts a day-time interval to a string. */
export function intervalText(valueMs: number): string {
  const rest = Math.abs(valueMs)
  const part = (unitMs: number, below: number): string => {
    return String(Math.floor(rest / unitMs) % below).padStart(2, '0')
  }
  const days = Math.floor(rest / DAY_MS)
  const ms = String(rest % SECOND_MS).padStart(3, '0')
  const time = `${part(HOUR_MS, 24)}:${part(MINUTE_MS, 60)}:${part(SECOND_MS, 60)}.${ms}`
  return `${valueMs < 0 ? '-' : '+'}${days} ${time}`
}

/** `+1-06`, as Flink casts a year-month interval to a string. */
export function monthsText(months: number): string {
  const rest = Math.abs(months)
  const part = String(rest % 12).padStart(2, '0')
  return `${months < 0 ? '-' : '+'}${Math.floor(rest / 12)}-${part}`
}
