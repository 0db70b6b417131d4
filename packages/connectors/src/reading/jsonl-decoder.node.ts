/** Reads a record from each line of JSON. */

import {
  type Column,
  createTimeReader,
  type Row,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import type { ChunkBuilder } from './chunk-builder.ts'
import { createColumnReaders, type EventTimeConfig } from './column-readers.ts'
import { jsonFault, nestsDeeperThan } from './json-text.ts'
import type { LineReader } from './line-reader.node.ts'
import type { LineDecoder } from './line-records.node.ts'

/** As deep as expressions read JSON. */
const DEPTH_MAX = 512
const OPEN_BRACE = 0x7b

export function createJsonlDecoder(
  columns: readonly Column[],
  eventTime: EventTimeConfig | undefined,
): LineDecoder {
  const parseRecord = createRecordParser(columns, eventTime)
  const readTime = eventTime === undefined ? () => 0 : createTimeReader(columns, eventTime)
  return {
    line(lines: LineReader, chunk: ChunkBuilder) {
      const { text, fault } = lines
      if (fault !== undefined) {
        chunk.refuse(text, fault, lines.line, lines.offsetBytes())
        return
      }
      if (text.charCodeAt(0) !== OPEN_BRACE && text.trim() === '') {
        chunk.skipLine()
        return
      }
      try {
        const row = parseRecord(text)
        chunk.add(row, readTime(row))
      } catch (error) {
        const raw = text.endsWith('\r') ? text.slice(0, -1) : text
        chunk.refuse(raw, reasonOf(error, raw), lines.line, lines.offsetBytes())
      }
    },
    end: () => false,
  }
}

function reasonOf(error: unknown, text: string): string {
  if (error instanceof UnreadableValue) return error.message
  // What the engine says of broken JSON changes from version to version, and results must not.
  if (error instanceof SyntaxError) return jsonFault(text)
  throw error
}

function createRecordParser(
  columns: readonly Column[],
  eventTime: EventTimeConfig | undefined,
): (text: string) => Row {
  const names = columns.map(({ name }) => name)
  const readers = createColumnReaders(columns, eventTime)
  const count = names.length
  // A name that objects inherit must be asked for as an own property; the others are read directly.
  const inherited = names.map((name) => name in Object.prototype)
  const guarded = !names.includes('__proto__')
  return (text) => {
    if (text.length > 2 * DEPTH_MAX && nestsDeeperThan(text, DEPTH_MAX)) {
      throw new UnreadableValue(`The JSON is nested more than ${DEPTH_MAX} levels deep.`)
    }
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new UnreadableValue(`The line is ${kindOf(json)}, not a JSON object.`)
    }
    if (guarded && Object.hasOwn(json, '__proto__')) {
      throw new UnreadableValue('The record has a field "__proto__", which only attacks have.')
    }
    const object = json as { readonly [name: string]: unknown }
    const row: Value[] = new Array(count)
    let index = 0
    try {
      for (; index < count; index++) {
        const name = names[index] ?? ''
        const own = inherited[index] !== true || Object.hasOwn(object, name)
        const found = own ? object[name] : null
        row[index] =
          found === null || found === undefined ? null : (readers[index]?.(found) ?? null)
      }
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      throw new UnreadableValue(`Column "${names[index]}": ${error.message}`)
    }
    return row
  }
}

function kindOf(json: unknown): string {
  if (Array.isArray(json)) return 'a list'
  if (json === null) return 'null'
  return typeof json === 'string' ? 'a text' : `a ${typeof json}`
}
