/** Reads the values of JSON records, column by column from the schema. */

import {
  type Column,
  createPatternReader,
  createValueReader,
  type fields,
  type Type,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'

export type EventTimeConfig = fields.EventTimeConfig

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
  if (format !== undefined) return createPatternReader(format)
  if (unit === 'ms') return read
  return (json) => {
    if (typeof json !== 'number') return read(json)
    const ms = Math.round(json * 1000)
    if (!Number.isSafeInteger(ms)) {
      const limit = Math.floor(Number.MAX_SAFE_INTEGER / 1000)
      throw new UnreadableValue(`A number beyond ${limit} s is not a time.`, 'event-time-format')
    }
    return ms + 0
  }
}
