/**
 * Reads rows with their event times from parsed JSON or from texts, column by column from the
 * schema.
 */

import {
  type Column,
  columnsText,
  compileDatePattern,
  createValueReader,
  didYouMean,
  EvaluationError,
  type fields,
  isoTimestamp,
  type PlanContext,
  parseTimestamp,
  parseWithPattern,
  type Row,
  type Type,
  typeText,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'

export type EventTimeConfig = fields.EventTimeConfig

/** The earliest and latest event time: the years 0 to 9999. */
const TIME_MIN = -62_167_219_200_000
const TIME_MAX = 253_402_300_799_999

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

/** Reads a value that is not NULL from JSON; throws `UnreadableValue`. */
export type ValueReader = (json: unknown) => Value

/**
 * The readers of JSON values, one for each column. That of an event time of type timestamp knows
 * the unit of numbers and the pattern of texts.
 */
export function createColumnReaders(
  columns: readonly Column[],
  eventTime: EventTimeConfig | undefined,
): readonly ValueReader[] {
  return columns.map(({ name, type }) => {
    const ofTime = name === eventTime?.column && type.kind === 'timestamp'
    return ofTime && eventTime !== undefined
      ? createInstantReader(eventTime, type)
      : createValueReader(type)
  })
}

function createInstantReader({ unit, format }: EventTimeConfig, type: Type): ValueReader {
  const read = createValueReader(type)
  if (format !== undefined) return readByPattern(format)
  if (unit === 'ms') return read
  return (json) => {
    if (typeof json !== 'number') return read(json)
    const ms = Math.round(json * 1000)
    if (!Number.isSafeInteger(ms)) throw new UnreadableValue(`${json} s is not a time.`)
    return ms + 0
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

function readByPattern(format: string): (json: unknown) => number {
  const pattern = compileDatePattern(format)
  return (json) => {
    const time = typeof json === 'string' ? parseWithPattern(json, pattern) : undefined
    if (time !== undefined) return time.localMs - (time.offset ?? 0)
    const shown = JSON.stringify(json).slice(0, 80)
    throw new UnreadableValue(`${shown} does not fit the format "${format}".`)
  }
}

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
  const refuse = (reason: string): never => {
    throw new UnreadableValue(`Event time "${column}" ${reason}`)
  }
  const unitMs = unit === 's' && kind !== 'timestamp' ? 1000 : 1
  const readText = format === undefined ? readIso : readByPattern(format)
  return (row) => {
    const value = row[index] ?? null
    if (value === null) return refuse('is missing or NULL.')
    const timeMs =
      typeof value === 'string' ? readText(value) : Math.round((value as number) * unitMs)
    if (timeMs >= TIME_MIN && timeMs <= TIME_MAX) return timeMs + 0
    if (!Number.isFinite(timeMs)) return refuse(`is ${timeMs}, which is no time.`)
    return refuse(
      `is ${timeMs} ms since 1970, outside of the years 0 to 9999 ` +
        `(${isoTimestamp(TIME_MIN)} to ${isoTimestamp(TIME_MAX)}). Check its unit.`,
    )
  }
}

function readIso(text: string): number {
  const ms = parseTimestamp(text)
  if (ms !== null) return ms
  const shown = JSON.stringify(text).slice(0, 80)
  throw new UnreadableValue(`${shown} is not an ISO-8601 time. Set eventTime.format if it is one.`)
}
