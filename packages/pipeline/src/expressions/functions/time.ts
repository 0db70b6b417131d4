/**
 * Functions of timestamps and intervals. Timestamps are UTC; texts without a zone are read as
 * UTC.
 */

import { TIMESTAMP, type Type } from '../../type.ts'
import type { Value } from '../../value.ts'
import {
  addUnits,
  extractFrom,
  extractFromInterval,
  extractFromMonths,
  unitsBetween,
} from '../calendar.ts'
import type { CheckContext } from '../check-context.ts'
import {
  compileDatePattern,
  createTimestampFormat,
  type DatePattern,
  formatTimestamp,
  parseWithPattern,
} from '../date-pattern.ts'
import { EvaluationError } from '../errors.ts'
import { timestamp } from '../operators/arithmetic.ts'
import { PatternCache } from '../regexp.ts'
import { parseBoundedTimestamp } from '../timestamp.ts'
import { type CompileContext, describe, type Evaluate, type Typed } from '../typed.ts'
import { fromLocal, zoneOf } from '../zone.ts'
import type { FunctionDefinition } from './definition.ts'

const USUAL_PATTERN = 'yyyy-MM-dd HH:mm:ss'

/** A function that takes one part of a timestamp. */
function part(name: string, unit: string, what: string, example: string): FunctionDefinition {
  return {
    name,
    signatures: [`${name}(at: timestamp): integer`],
    description: `${what} The same as EXTRACT(${unit} FROM at).`,
    examples: [[`${name}(TIMESTAMP '1994-09-27 13:14:15.678')`, example]],
    apply: (at: number) => extractFrom(at, unit),
  }
}

/** A function that reads the clock. */
function clock(name: string, description: string): FunctionDefinition {
  return {
    name,
    signatures: [`${name}(): timestamp`],
    description,
    examples: [],
    volatile: 'always',
    compile: (_args, context) => () => context.nowMs(),
  }
}

export const TIME_FUNCTIONS: readonly FunctionDefinition[] = [
  clock('CURRENT_TIMESTAMP', 'The processing time. Written without parentheses.'),
  clock('LOCALTIMESTAMP', 'The processing time in UTC. Written without parentheses.'),
  clock('CURRENT_ROW_TIMESTAMP', 'The processing time at which the record is evaluated.'),
  clock('NOW', 'The processing time.'),
  {
    name: 'EXTRACT',
    signatures: [
      'EXTRACT(unit: string, at: timestamp): integer',
      'EXTRACT(unit: string, duration: interval): integer',
      'EXTRACT(unit: string, duration: months): integer',
    ],
    usage: 'EXTRACT(unit FROM value)',
    description:
      'A part of a timestamp or interval: MILLISECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR DECADE CENTURY MILLENNIUM EPOCH (seconds since 1970, or of the interval) DOW (Sunday is 1) ISODOW (Monday is 1) DOY ISOYEAR. Weeks are ISO-8601 weeks.',
    examples: [
      ["EXTRACT(DAY FROM TIMESTAMP '2006-06-05 10:11:12')", '5'],
      ["EXTRACT(EPOCH FROM TIMESTAMP '1970-01-02 00:00:01')", '86401'],
      ["EXTRACT(DOW FROM TIMESTAMP '2026-03-15 00:00:00')", '1'],
      ["EXTRACT(ISODOW FROM TIMESTAMP '2026-03-15 00:00:00')", '7'],
      ["EXTRACT(ISOYEAR FROM TIMESTAMP '2027-01-01 00:00:00')", '2026'],
      ["EXTRACT(HOUR FROM INTERVAL '1 02:03:04' DAY TO SECOND)", '2'],
      ["EXTRACT(MONTH FROM INTERVAL '1-6' YEAR TO MONTH)", '6'],
      ["EXTRACT(CENTURY FROM TIMESTAMP '2000-01-01 00:00:00')", '20'],
    ],
    check: extractUnitFits,
    compile: compileExtract,
  },
  part('YEAR', 'YEAR', 'The year.', '1994'),
  part('QUARTER', 'QUARTER', 'The quarter of the year, 1 to 4.', '3'),
  part('MONTH', 'MONTH', 'The month of the year, 1 to 12.', '9'),
  part('WEEK', 'WEEK', 'The ISO-8601 week of the year, 1 to 53.', '39'),
  part('DAYOFYEAR', 'DOY', 'The day of the year, 1 to 366.', '270'),
  part('DAYOFMONTH', 'DAY', 'The day of the month, 1 to 31.', '27'),
  part('DAYOFWEEK', 'DOW', 'The day of the week, Sunday = 1 to Saturday = 7.', '3'),
  part('HOUR', 'HOUR', 'The hour of the day, 0 to 23.', '13'),
  part('MINUTE', 'MINUTE', 'The minute of the hour.', '14'),
  part('SECOND', 'SECOND', 'The second of the minute.', '15'),
  {
    name: 'TIMESTAMPADD',
    signatures: ['TIMESTAMPADD(unit: string, count: integer, at: timestamp): timestamp'],
    usage: 'TIMESTAMPADD(unit, count, at)',
    description:
      'A time so many units later. Adding months to the end of a long month gives the end of a shorter one.',
    examples: [
      ["TIMESTAMPADD(WEEK, 1, TIMESTAMP '2003-01-02 00:00:00')", "TIMESTAMP '2003-01-09 00:00:00'"],
      [
        "TIMESTAMPADD(MONTH, 1, TIMESTAMP '2024-01-31 12:00:00')",
        "TIMESTAMP '2024-02-29 12:00:00'",
      ],
    ],
    apply: (unit: string, count: number, at: number) => addUnits(at, count, unit),
  },
  {
    name: 'TIMESTAMPDIFF',
    signatures: ['TIMESTAMPDIFF(unit: string, from: timestamp, to: timestamp): integer'],
    usage: 'TIMESTAMPDIFF(unit, from, to)',
    description: 'How many whole units lie between two times; below 0 where the second is earlier.',
    examples: [
      ["TIMESTAMPDIFF(DAY, TIMESTAMP '2003-01-02 10:00:00', TIMESTAMP '2003-01-03 10:00:00')", '1'],
      [
        "TIMESTAMPDIFF(MONTH, TIMESTAMP '2024-01-31 00:00:00', TIMESTAMP '2024-03-30 00:00:00')",
        '1',
      ],
      [
        "TIMESTAMPDIFF(HOUR, TIMESTAMP '2024-01-01 02:00:00', TIMESTAMP '2024-01-01 00:30:00')",
        '-1',
      ],
    ],
    apply: (unit: string, from: number, to: number) => unitsBetween(from, to, unit),
  },
  {
    name: 'DATE_FORMAT',
    signatures: [
      'DATE_FORMAT(at: timestamp, pattern: string): string',
      'DATE_FORMAT(text: string, pattern: string): string',
    ],
    description:
      'A timestamp as text: `yyyy` year, `MM` month (`MMM` Jan), `dd` day, `HH` hour (`hh a` 12-hour), `mm` minute, `ss` second, `SSS` fraction, `EEE` weekday, `DDD` day of year, text in single quotes.',
    examples: [
      [
        "DATE_FORMAT(TIMESTAMP '2026-03-07 15:04:05.678', 'yyyy-MM-dd HH:mm')",
        "'2026-03-07 15:04'",
      ],
      [
        "DATE_FORMAT(TIMESTAMP '2026-03-07 15:04:05.678', 'EEE, d MMM yy hh:mm:ss.S a')",
        "'Sat, 7 Mar 26 03:04:05.6 PM'",
      ],
      ["DATE_FORMAT('2026-03-07 15:04:05', 'yyyyMMdd''T''HHmm')", "'20260307T1504'"],
    ],
    weight: 2,
    check: (args, context) => patternFits(args, 1, context),
    compile: (args, context) => {
      const format = createTimestampFormat()
      return withPattern(args, context, (at, pattern) => {
        const timestampMs = typeof at === 'number' ? at : parseBoundedTimestamp(at as string)
        return timestampMs === null ? null : format(timestampMs, pattern)
      })
    },
  },
  {
    name: 'TO_TIMESTAMP',
    signatures: ['TO_TIMESTAMP(text: string, pattern?: string): timestamp'],
    description:
      'The time that a text names, in UTC; NULL where it does not fit the pattern (by default, ISO-8601).',
    examples: [
      ["TO_TIMESTAMP('2026-03-07 15:04:05')", "TIMESTAMP '2026-03-07 15:04:05'"],
      ["TO_TIMESTAMP('7.3.2026', 'd.M.yyyy')", "TIMESTAMP '2026-03-07 00:00:00'"],
      ["TO_TIMESTAMP('20260307150405', 'yyyyMMddHHmmss')", "TIMESTAMP '2026-03-07 15:04:05'"],
      [
        "TO_TIMESTAMP('07 Mar 2026 03:04 PM', 'dd MMM yyyy hh:mm a')",
        "TIMESTAMP '2026-03-07 15:04:00'",
      ],
      ["TO_TIMESTAMP('yesterday')", 'NULL'],
      ["TO_TIMESTAMP('2026-02-30 00:00:00')", 'NULL'],
    ],
    weight: 2,
    check: (args, context) => patternFits(args, 1, context),
    compile: (args, context) =>
      withPattern(args, context, (text, pattern) => readText(text as string, pattern), parseUsual),
  },
  {
    name: 'TO_TIMESTAMP_LTZ',
    signatures: ['TO_TIMESTAMP_LTZ(value: double, precision?: integer): timestamp'],
    description:
      'The time so many milliseconds (precision 3, the default) or seconds (precision 0) after 1970.',
    examples: [
      ['TO_TIMESTAMP_LTZ(1000, 3)', "TIMESTAMP '1970-01-01 00:00:01'"],
      ['TO_TIMESTAMP_LTZ(1000, 0)', "TIMESTAMP '1970-01-01 00:16:40'"],
      ['TO_TIMESTAMP_LTZ(1000)', "TIMESTAMP '1970-01-01 00:00:01'"],
    ],
    apply: (value: number, precision?: number) => {
      if (precision !== undefined && precision !== 0 && precision !== 3) {
        throw new EvaluationError(
          `TO_TIMESTAMP_LTZ has precision 0 (seconds) or 3 (milliseconds), not ${precision}. Write one of them.`,
          'time-precision',
        )
      }
      return timestamp(Math.floor(precision === 0 ? value * 1_000 : value))
    },
  },
  {
    name: 'UNIX_TIMESTAMP',
    signatures: [
      'UNIX_TIMESTAMP(): integer',
      'UNIX_TIMESTAMP(text: string, pattern?: string): integer',
    ],
    description:
      'Seconds since 1970 of the processing time, or of a text. A text that names its zone by `X` or `Z` counts in it.',
    examples: [
      ["UNIX_TIMESTAMP('1970-01-01 08:00:01')", '28801'],
      ["UNIX_TIMESTAMP('1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS X')", '1'],
    ],
    volatile: 'without-arguments',
    check: (args, context) => patternFits(args, 1, context),
    compile: unixTimestamp,
  },
  {
    name: 'FROM_UNIXTIME',
    signatures: ['FROM_UNIXTIME(seconds: integer, pattern?: string): string'],
    description:
      'The time so many seconds after 1970 as text, by default as `yyyy-MM-dd HH:mm:ss` in UTC.',
    examples: [
      ['FROM_UNIXTIME(44)', "'1970-01-01 00:00:44'"],
      ["FROM_UNIXTIME(44, 'HH:mm:ss')", "'00:00:44'"],
    ],
    check: (args, context) => patternFits(args, 1, context),
    compile: (args, context) => {
      const usual = compileDatePattern(USUAL_PATTERN)
      const format = (seconds: Value, pattern: DatePattern): Value =>
        formatTimestamp(timestamp((seconds as number) * 1_000), pattern)
      return withPattern(args, context, format, (seconds) => format(seconds, usual))
    },
  },
  {
    name: 'CONVERT_TZ',
    signatures: ['CONVERT_TZ(text: string, from: string, to: string): string'],
    description:
      'A local time in one zone as the local time in another. NULL where the text is no time.',
    examples: [
      ["CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')", "'1969-12-31 16:00:00'"],
      ["CONVERT_TZ('2026-07-01 12:00:00', 'Europe/Berlin', 'UTC')", "'2026-07-01 10:00:00'"],
      ["CONVERT_TZ('2026-07-01 12:00:00', 'GMT+02:00', 'Asia/Tokyo')", "'2026-07-01 19:00:00'"],
      ["CONVERT_TZ('never', 'UTC', 'UTC')", 'NULL'],
    ],
    weight: 4,
    check: zonesFit,
    apply: convertZone,
  },
]

function convertZone(text: string, from: string, to: string): Value {
  const parsed = parseWithPattern(text, compileDatePattern(USUAL_PATTERN))
  if (parsed === undefined) return null
  const instant = fromLocal(parsed.localMs, zoneOf(from))
  return formatTimestamp(instant, compileDatePattern(USUAL_PATTERN), zoneOf(to).offsetAt(instant))
}

function parseUsual(text: Value): Value {
  return parseBoundedTimestamp(text as string)
}

function readText(text: string, pattern: DatePattern): number | null {
  const parsed = parseWithPattern(text, pattern)
  return parsed === undefined ? null : parsed.localMs - (parsed.offset ?? 0)
}

function unixTimestamp(args: readonly Typed[], context: CompileContext): Evaluate {
  if (args.length === 0) return () => Math.floor(context.nowMs() / 1_000)
  const seconds = (text: Value, timestampMs: number | null): Value => {
    if (timestampMs !== null) return Math.floor(timestampMs / 1_000)
    throw new EvaluationError(
      `"${String(text).slice(0, 60)}" is not a time of this pattern. Use TO_TIMESTAMP, which gives NULL instead.`,
      'not-a-time',
    )
  }
  return withPattern(
    args,
    context,
    (text, pattern) => seconds(text, readText(text as string, pattern)),
    (text) => seconds(text, parseBoundedTimestamp(text as string)),
  )
}

/**
 * Reads a value and a pattern, which is prepared once where it is constant. `usual` is for no
 * pattern.
 */
function withPattern(
  args: readonly Typed[],
  context: CompileContext,
  apply: (value: Value, pattern: DatePattern) => Value,
  usual: (value: Value) => Value = () => null,
): Evaluate {
  const [value, pattern] = args.map((arg) => arg.compile(context))
  const cache = new PatternCache<DatePattern>()
  return (row, other) => {
    const given = value?.(row, other) ?? null
    if (given === null) return null
    if (pattern === undefined) return usual(given)
    const text = pattern(row, other)
    if (text === null) return null
    context.meter.charge((text as string).length + (typeof given === 'string' ? given.length : 1))
    return apply(
      given,
      cache.get(text as string, () => compileDatePattern(text as string)),
    )
  }
}

function patternFits(args: readonly Typed[], index: number, context: CheckContext): boolean {
  const pattern = args[index]
  const text = pattern?.constant?.value
  if (pattern === undefined || typeof text !== 'string') return true
  return holds(() => compileDatePattern(text), 'date-pattern', pattern, context)
}

function zonesFit(args: readonly Typed[], context: CheckContext): boolean {
  return args.slice(1).every((zone) => {
    const name = zone.constant?.value
    return typeof name !== 'string' || holds(() => zoneOf(name), 'time-zone', zone, context)
  })
}

function holds(prepare: () => unknown, code: string, arg: Typed, context: CheckContext): boolean {
  try {
    prepare()
    return true
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    context.refuse(code, arg.span, error.message)
    return false
  }
}

const SAMPLES: ReadonlyMap<Type['kind'], (value: number, unit: string) => number | undefined> =
  new Map([
    [TIMESTAMP.kind, extractFrom],
    ['interval', extractFromInterval],
    ['months', extractFromMonths],
  ])

function extractUnitFits(args: readonly Typed[], context: CheckContext): boolean {
  const [unit, value] = args
  const name = unit?.constant?.value
  if (unit === undefined || value === undefined || typeof name !== 'string') return true
  const extract = SAMPLES.get(value.type.kind)
  if (extract === undefined || extract(0, name) !== undefined) return true
  const units =
    value.type.kind === 'months'
      ? 'YEAR or MONTH'
      : 'DAY, HOUR, MINUTE, SECOND, MILLISECOND or EPOCH'
  context.refuse(
    'unit-unknown',
    unit.span,
    `${describe(value.type)} has no ${name}. Write ${units}.`,
  )
  return false
}

function compileExtract(args: readonly Typed[], context: CompileContext): Evaluate {
  const [unit, value] = args
  const name = unit?.constant?.value
  const read = value?.compile(context)
  const extract = SAMPLES.get(value?.type.kind ?? 'null')
  if (typeof name !== 'string' || read === undefined || extract === undefined) return () => null
  return (row, other) => {
    const at = read(row, other)
    return at === null ? null : (extract(at as number, name) ?? null)
  }
}
