/** Reads values from the texts of CSV fields, by the type of their column. */

import {
  type Column,
  createValueReader,
  type Type,
  typeText,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import { createColumnReaders, type EventTimeConfig, type ValueReader } from './column-readers.ts'
import { nestsDeeperThan } from './json-text.ts'

const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const WHOLE = /^[+-]?[0-9]+$/
const JSON_DEPTH_MAX = 512

/** `quoted` says whether the field stood in quotes. */
export type FieldReader = (text: string, quoted: boolean) => Value

/** One for each column; they throw `UnreadableValue`. */
export function createFieldReaders(
  columns: readonly Column[],
  eventTime: EventTimeConfig | undefined,
): readonly FieldReader[] {
  const readers = createColumnReaders(columns, eventTime)
  return columns.map(({ type }, index) => {
    const read = createTextReader(type, readers[index] ?? createValueReader(type))
    if (type.kind === 'string') {
      return (text, quoted) => (text === '' && !quoted ? null : ownText(text))
    }
    return (text) => {
      const trimmed = text.trim()
      return trimmed === '' ? null : read(trimmed)
    }
  })
}

/** V8 copies what is shorter; a longer slice keeps the text of its whole block alive. */
const COPIED_LENGTH_MAX = 12

/** What is joined is written anew before it is cut. */
function ownText(text: string): string {
  return text.length <= COPIED_LENGTH_MAX ? text : ` ${text}`.slice(1)
}

/** `read` is how the value is read from JSON. */
function createTextReader(type: Type, read: ValueReader): (text: string) => Value {
  switch (type.kind) {
    case 'integer':
      return (text) => (WHOLE.test(text) ? read(Number(text)) : refuse(text, type))
    case 'double':
      return (text) => read(NUMBER.test(text) ? Number(text) : text)
    case 'boolean':
      return (text) => {
        const lower = text.toLowerCase()
        return lower === 'true' || (lower === 'false' ? false : refuse(text, type))
      }
    case 'timestamp':
    case 'interval':
      return (text) => read(NUMBER.test(text) ? Number(text) : text)
    case 'string':
      return (text) => text
    default:
      return (text) => {
        const json = parseJson(text)
        return json === null ? null : read(json)
      }
  }
}

function parseJson(text: string): unknown {
  if (nestsDeeperThan(text, JSON_DEPTH_MAX)) {
    throw new UnreadableValue(
      `The JSON is nested more than ${JSON_DEPTH_MAX} levels deep.`,
      'nested-too-deep',
    )
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new UnreadableValue(`${shown(text)} is not JSON.`, 'not-json')
  }
}

function refuse(text: string, type: Type): never {
  throw new UnreadableValue(`${shown(text)} is not of type ${typeText(type)}.`)
}

function shown(text: string): string {
  const json = JSON.stringify(text)
  return json.length > 80 ? `${json.slice(0, 77)}...` : json
}
