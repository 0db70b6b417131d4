/** Reads the event time of a record from one of its columns, as an `eventTime` field says. */

import type { EventTimeConfig } from './config/fields.ts'
import { compileDatePattern, parseWithPattern } from './expressions/date-pattern.ts'
import { EvaluationError } from './expressions/errors.ts'
import { parseTimestamp, TIMESTAMP_MAX, TIMESTAMP_MIN } from './expressions/timestamp.ts'
import type { PlanContext } from './operator.ts'
import { didYouMean } from './problem.ts'
import { isoTimestamp, UnreadableValue } from './row-json.ts'
import { columnsText } from './schema.ts'
import { type Column, typeText } from './type.ts'
import type { Row } from './value.ts'

/** Column types that an event time can be read from. */
const TIME_TYPES: readonly string[] = ['timestamp', 'integer', 'double', 'string']

/** Reports what is wrong with the choice of the event time's column. */
export function checkEventTime(
  { column, unit, format }: EventTimeConfig,
  columns: readonly Column[],
  plan: PlanContext,
): void {
  const found = columns.find(({ name }) => name === column)
  const report = (code: string, message: string) => {
    plan.report({ code, path: ['eventTime'], message })
  }
  if (found === undefined) {
    const names = columns.map(({ name }) => name)
    const advice = didYouMean(column, names) || ` Its columns are ${columnsText(columns)}.`
    report('unknown-column', `Event time "${column}" is not a column of the schema.${advice}`)
    return
  }
  const { type } = found
  if (type.kind === 'unknown') return
  if (!TIME_TYPES.includes(type.kind)) {
    const message =
      `Event time "${column}" is of type ${typeText(type)} and must be one of ` +
      `${TIME_TYPES.join(', ')}. Change its type in the schema, or choose another column.`
    report('event-time-type', message)
  } else if (format !== undefined && type.kind !== 'string' && type.kind !== 'timestamp') {
    const message =
      `Format is for texts, and event time "${column}" is of type ${type.kind}. ` +
      'Make the column a timestamp, or replace format by unit.'
    report('event-time-type', message)
  } else if (format !== undefined) {
    const message = refusePattern(format)
    if (message !== undefined) report('bad-time-pattern', message)
  } else if (unit === 's' && type.kind === 'string') {
    const message =
      `Unit is for numbers, and event time "${column}" is of type string. ` +
      'Make the column a timestamp or an integer.'
    report('event-time-type', message)
  }
}

function refusePattern(format: string): string | undefined {
  try {
    compileDatePattern(format)
    return undefined
  } catch (error) {
    if (error instanceof EvaluationError) return error.message
    throw error
  }
}

/** Makes the reader of times by a pattern that was checked; it throws `UnreadableValue`. */
export function createPatternReader(format: string, column?: string): (json: unknown) => number {
  const pattern = compileDatePattern(format)
  return (json) => {
    const time = typeof json === 'string' ? parseWithPattern(json, pattern) : undefined
    if (time !== undefined) return time.localMs - (time.offset ?? 0)
    const shown = JSON.stringify(json).slice(0, 80)
    throw new UnreadableValue(
      `${shown} does not fit the format "${format}".`,
      'event-time-format',
      column,
    )
  }
}

const OUTSIDE = 'event-time-out-of-range'

/**
 * Makes the reader of a row's event time; it throws `UnreadableValue` where there is none to be
 * used.
 */
export function createTimeReader(
  columns: readonly Column[],
  { column, unit, format }: EventTimeConfig,
): (row: Row) => number {
  const index = columns.findIndex(({ name }) => name === column)
  const kind = columns[index]?.type.kind
  const refuse = (reason: string, code: string): never => {
    throw new UnreadableValue(`Event time "${column}" ${reason}`, code, column)
  }
  const unitMs = unit === 's' && kind !== 'timestamp' ? 1000 : 1
  const readText =
    format === undefined
      ? (text: string) => readIso(text, column)
      : createPatternReader(format, column)
  return (row) => {
    const value = row[index] ?? null
    if (value === null) return refuse('is missing or NULL.', 'event-time-missing')
    const timeMs =
      typeof value === 'string' ? readText(value) : Math.round((value as number) * unitMs)
    if (timeMs >= TIMESTAMP_MIN && timeMs <= TIMESTAMP_MAX) return timeMs + 0
    if (!Number.isFinite(timeMs)) return refuse(`is ${timeMs}, which is no time.`, OUTSIDE)
    return refuse(
      `is ${timeMs} ms since 1970, outside of the years 0 to 9999 ` +
        `(${isoTimestamp(TIMESTAMP_MIN)} to ${isoTimestamp(TIMESTAMP_MAX)}). Check its unit.`,
      OUTSIDE,
    )
  }
}

function readIso(text: string, column: string): number {
  const ms = parseTimestamp(text)
  if (ms !== null) return ms
  const shown = JSON.stringify(text).slice(0, 80)
  throw new UnreadableValue(
    `${shown} is not an ISO-8601 time. Set eventTime.format if it is one.`,
    'event-time-format',
    column,
  )
}
