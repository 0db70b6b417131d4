/** Reads a record from each line of JSON. */

import {
  type Column,
  createTimeReader,
  type Row,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import type { ChunkBuilder } from './chunk-builder.ts'
import { createColumnReaders, type EventTimeConfig, type ValueReader } from './column-readers.ts'
import { FlatRecords } from './flat-records.ts'
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
  const readers = createColumnReaders(columns, eventTime)
  const flat = new FlatRecords(columns, readers)
  const parseRecord = createRecordParser(columns, readers, flat)
  const readTime = eventTime === undefined ? () => 0 : createTimeReader(columns, eventTime)
  return {
    line(lines: LineReader, chunk: ChunkBuilder) {
      const { fault } = lines
      if (fault !== undefined) {
        chunk.refuse(lines.text, fault, lines.line, lines.offsetBytes())
        return
      }
      const { source, start, end } = lines
      if (source.charCodeAt(start) !== OPEN_BRACE && lines.text.trim() === '') {
        chunk.skipLine()
        return
      }
      try {
        const row = readFlat(flat, source, start, end) ?? parseRecord(lines.text)
        chunk.add(row, readTime(row))
      } catch (error) {
        const { text } = lines
        const raw = text.endsWith('\r') ? text.slice(0, -1) : text
        chunk.refuse(raw, reasonOf(error, raw), lines.line, lines.offsetBytes())
      }
    },
    end: () => false,
  }
}

/** What is refused is parsed as a whole, for the reason to be the same however it was read. */
function readFlat(flat: FlatRecords, source: string, start: number, end: number): Row | undefined {
  try {
    return flat.read(source, start, end)
  } catch (error) {
    if (error instanceof UnreadableValue || error instanceof SyntaxError) return undefined
    throw error
  }
}

function reasonOf(error: unknown, text: string): string {
  if (error instanceof UnreadableValue) return error.message
  // What the engine says of broken JSON changes from version to version, and results must not.
  if (error instanceof SyntaxError) return jsonFault(text)
  throw error
}

/** `flat` learns what records look like. */
export function createRecordParser(
  columns: readonly Column[],
  readers: readonly ValueReader[],
  flat: FlatRecords,
): (text: string) => Row {
  const names = columns.map(({ name }) => name)
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
    if (flat.learns) flat.learn(object)
    return row
  }
}

function kindOf(json: unknown): string {
  if (Array.isArray(json)) return 'a list'
  if (json === null) return 'null'
  return typeof json === 'string' ? 'a text' : `a ${typeof json}`
}
