/** Reads a record from each line of JSON. */

import { type Column, createTimeReader, type Row, UnreadableValue } from '@millrace/pipeline'
import type { ChunkBuilder } from './chunk-builder.ts'
import { createColumnReaders, type EventTimeConfig } from './column-readers.ts'
import { FlatRecords } from './flat-records.ts'
import type { LineReader } from './line-reader.node.ts'
import type { LineDecoder } from './line-records.node.ts'
import { causeOf, createRecordParser } from './record-parser.ts'

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
        chunk.refuse(lines.text, fault, lines.place(), lines.unread)
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
        chunk.refuse(raw, causeOf(error, raw), lines.place())
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
