/**
 * Date patterns as in Flink (Java's): `yyyy-MM-dd HH:mm:ss.SSS`, with text in single quotes.
 * English names.
 *
 * A pattern is compiled once to a list of fields; formatting and parsing walk it. Parsing takes
 * the digits that a field asks for, and more where no digit field follows, as Java does.
 */

import { extractFrom } from './calendar.ts'
import { EvaluationError } from './errors.ts'
import { fromParts, offsetMs, padded, toDateParts } from './timestamp.ts'

type Field = { readonly letter: string; readonly count: number } | { readonly text: string }

export type DatePattern = readonly Field[]

const LETTERS = 'yuMdHhkKmsSaEDXZzQ'
const PATTERN_LENGTH_MAX = 200

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** Throws EvaluationError where the text is no pattern. */
export function compileDatePattern(text: string): DatePattern {
  if (text.length > PATTERN_LENGTH_MAX) {
    throw new EvaluationError(
      `The date pattern has ${text.length} characters; the limit is ${PATTERN_LENGTH_MAX}. Shorten it.`,
      'date-pattern',
    )
  }
  const fields: Field[] = []
  const token = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g
  for (const match of text.matchAll(token)) {
    const [found, quoted, letter] = match
    if (letter !== undefined) {
      if (!LETTERS.includes(letter)) throw unknownLetter(text, letter)
      fields.push({ letter, count: found.length })
    } else if (quoted !== undefined)
      fields.push({ text: quoted === '' ? "'" : quoted.replaceAll("''", "'") })
    else if (found === "'") {
      throw new EvaluationError(
        `A quote in the date pattern "${text}" is not closed. Write '' for a quote, and text between two quotes.`,
        'date-pattern',
      )
    } else fields.push({ text: found })
  }
  return fields
}

function unknownLetter(text: string, letter: string): EvaluationError {
  return new EvaluationError(
    `"${letter}" in the date pattern "${text}" has no meaning. Choose of ${LETTERS.split('').join(' ')}, and put text in single quotes.`,
    'date-pattern',
  )
}

/** `offset` is that of the zone in which the time is written, for X, Z and z. */
export function formatTimestamp(timestampMs: number, pattern: DatePattern, offset = 0): string {
  const localMs = timestampMs + offset
  let text = ''
  for (const field of pattern)
    text += 'text' in field ? field.text : formatField(localMs, field.letter, field.count, offset)
  return text
}

/** The shortest time in which what a letter stands for changes; a day for all others. */
const STEPS_MS: Readonly<Record<string, number>> = {
  S: 1,
  s: 1_000,
  m: 60_000,
  H: 3_600_000,
  k: 3_600_000,
  K: 3_600_000,
  h: 3_600_000,
  a: 3_600_000,
}
const DAY_MS = 86_400_000

/**
 * As `formatTimestamp` in UTC. Remembers its last text, since neighbouring records are often of the
 * same day or minute, and then it is also the same object.
 */
export function createTimestampFormat(): (timestampMs: number, pattern: DatePattern) => string {
  let lastPattern: DatePattern | undefined
  let stepMs = 1
  let lastStep = Number.NaN
  let text = ''
  return (timestampMs, pattern) => {
    if (pattern !== lastPattern) {
      lastPattern = pattern
      lastStep = Number.NaN
      const steps = pattern.map((field) => ('text' in field ? DAY_MS : stepOf(field.letter)))
      stepMs = Math.min(DAY_MS, ...steps)
    }
    const step = Math.floor(timestampMs / stepMs)
    if (step !== lastStep) {
      text = formatTimestamp(timestampMs, pattern)
      lastStep = step
    }
    return text
  }
}

function stepOf(letter: string): number {
  return STEPS_MS[letter] ?? DAY_MS
}

function formatField(localMs: number, letter: string, count: number, offset: number): string {
  const { year, month, day } = toDateParts(localMs)
  const hour = extractFrom(localMs, 'HOUR')
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? padded(year % 100, 2) : padded(year, count)
    case 'M':
      return count >= 3 ? named(MONTHS[month - 1], count) : padded(month, count)
    case 'd':
      return padded(day, count)
    case 'H':
      return padded(hour, count)
    case 'k':
      return padded(hour === 0 ? 24 : hour, count)
    case 'K':
      return padded(hour % 12, count)
    case 'h':
      return padded(hour % 12 === 0 ? 12 : hour % 12, count)
    case 'm':
      return padded(extractFrom(localMs, 'MINUTE'), count)
    case 's':
      return padded(extractFrom(localMs, 'SECOND'), count)
    case 'S':
      return padded(extractFrom(localMs, 'MILLISECOND'), 3).padEnd(count, '0').slice(0, count)
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'E':
      return named(DAYS[extractFrom(localMs, 'ISODOW') - 1], count)
    case 'D':
      return padded(extractFrom(localMs, 'DOY'), count)
    case 'Q':
      return padded(extractFrom(localMs, 'QUARTER'), count)
    default:
      return zoneText(letter, count, offset)
  }
}

function named(name: string | undefined, count: number): string {
  return count >= 4 ? (name ?? '') : (name ?? '').slice(0, 3)
}

function zoneText(letter: string, count: number, offset: number): string {
  if (offset === 0 && letter === 'X') return 'Z'
  if (offset === 0 && letter === 'z') return 'UTC'
  const minutes = Math.abs(Math.trunc(offset / 60_000))
  const sign = offset < 0 ? '-' : '+'
  const hours = padded(Math.floor(minutes / 60), 2)
  if (letter === 'X' && count === 1 && minutes % 60 === 0) return `${sign}${hours}`
  const colon = (letter === 'X' && count >= 3) || letter === 'z' ? ':' : ''
  return `${letter === 'z' ? 'GMT' : ''}${sign}${hours}${colon}${padded(minutes % 60, 2)}`
}

export interface ParsedTime {
  /** As if the text were UTC. */
  readonly localMs: number
  /** Where the text names its zone. */
  readonly offset: number | undefined
}

/** Undefined where the text does not fit the pattern, or there is no such time. */
export function parseWithPattern(text: string, pattern: DatePattern): ParsedTime | undefined {
  const parts = new Map<string, number>()
  let offset: number | undefined
  let position = 0
  for (const [index, field] of pattern.entries()) {
    if ('text' in field) {
      if (!text.startsWith(field.text, position)) return undefined
      position += field.text.length
      continue
    }
    const found = fieldPattern(field.letter, field.count, pattern[index + 1])
    found.lastIndex = position
    const match = found.exec(text)?.[0]
    if (match === undefined) return undefined
    position += match.length
    if ('XZz'.includes(field.letter)) {
      const zone = offsetMs(match.replace(/^(?:UTC|GMT)(?=[+-])/, '').replace(/^(?:UTC|GMT)$/, 'Z'))
      if (zone === null) return undefined
      offset = zone
    } else if (!readField(parts, field.letter, field.count, match)) return undefined
  }
  if (position !== text.length) return undefined
  const localMs = fromFields(parts)
  return localMs === null ? undefined : { localMs, offset }
}

function fieldPattern(letter: string, count: number, next: Field | undefined): RegExp {
  if (letter === 'a') return /[AaPp][Mm]/y
  if (letter === 'E') return /[A-Za-z]+/y
  if ('XZz'.includes(letter)) return /(?:UTC|GMT)?[+-][0-9]{2}(?::?[0-9]{2})?|UTC|GMT|Z/y
  if (letter === 'M' && count >= 3) return /[A-Za-z]+/y
  const adjacent = next !== undefined && 'letter' in next && /[yuMdHhkKmsSDQ]/.test(next.letter)
  if (adjacent) return new RegExp(`[0-9]{${count}}`, 'y')
  if (letter === 'S') return new RegExp(`[0-9]{1,${Math.max(count, 9)}}`, 'y')
  return new RegExp(
    `[0-9]{${letter === 'y' || letter === 'u' ? Math.min(count, 4) : 1},${Math.max(count, letter === 'y' || letter === 'u' ? 4 : letter === 'D' ? 3 : 2)}}`,
    'y',
  )
}

function readField(
  parts: Map<string, number>,
  letter: string,
  count: number,
  match: string,
): boolean {
  if (letter === 'a') parts.set('a', /p/i.test(match) ? 12 : 0)
  else if (letter === 'E') return DAYS.some((day) => isName(day, match))
  else if (letter === 'M' && count >= 3) {
    const month = MONTHS.findIndex((name) => isName(name, match))
    if (month < 0) return false
    parts.set('M', month + 1)
  } else if (letter === 'S') parts.set('S', Number(match.padEnd(3, '0').slice(0, 3)))
  else if ((letter === 'y' || letter === 'u') && count === 2 && match.length === 2)
    parts.set('y', 2000 + Number(match))
  else parts.set(letter === 'u' ? 'y' : letter, Number(match))
  return true
}

function isName(name: string, text: string): boolean {
  const wanted = text.toLowerCase()
  return wanted === name.toLowerCase() || wanted === name.slice(0, 3).toLowerCase()
}

function fromFields(parts: ReadonlyMap<string, number>): number | null {
  const year = parts.get('y') ?? 1970
  const twelve = parts.get('h') ?? parts.get('K')
  if (twelve !== undefined && (twelve > 12 || (twelve === 12 && parts.has('K')))) return null
  const hour =
    twelve === undefined
      ? (parts.get('H') ?? (parts.get('k') ?? 0) % 24)
      : (twelve % 12) + (parts.get('a') ?? 0)
  if ((parts.get('k') ?? 0) > 24) return null
  const time = fromParts(
    year,
    parts.get('M') ?? 1,
    parts.get('d') ?? 1,
    hour,
    parts.get('m') ?? 0,
    parts.get('s') ?? 0,
    parts.get('S') ?? 0,
  )
  const dayOfYear = parts.get('D')
  if (dayOfYear === undefined || time === null) return time
  const result = time + (dayOfYear - 1) * 86_400_000
  return dayOfYear < 1 || toDateParts(result).year !== year ? null : result
}
