/** Reads a record from one or several lines of a CSV file. */

import { JobFailed } from '@millrace/engine'
import {
  type Column,
  createTimeReader,
  didYouMean,
  type Row,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import type { CsvConfig } from '../file-format.ts'
import type { ChunkBuilder } from './chunk-builder.ts'
import type { EventTimeConfig } from './column-readers.ts'
import { type CsvField, CsvRecord } from './csv-record.ts'
import { LINE_BYTES_MAX, type LineReader } from './line-reader.node.ts'
import type { LineDecoder } from './line-records.node.ts'
import { createFieldReaders, type FieldReader } from './text-values.ts'

export interface CsvSettings {
  readonly columns: readonly Column[]
  readonly eventTime: EventTimeConfig | undefined
  readonly csv: CsvConfig
  /** What failures call the file. */
  readonly name: string
}

export class CsvDecoder implements LineDecoder {
  readonly #settings: CsvSettings
  readonly #record: CsvRecord
  readonly #readers: readonly FieldReader[]
  readonly #readTime: (row: Row) => number
  /** For each column the field that holds it; undefined until the header has been read. */
  #places: readonly number[] | undefined
  #fieldCount: number
  /** The lines of the record that is open. */
  #raw: string[] = []
  #rawLength = 0
  #startLine = 0
  #startOffset = 0

  constructor(settings: CsvSettings) {
    const { columns, csv, eventTime } = settings
    this.#settings = settings
    this.#record = new CsvRecord(csv)
    this.#readers = createFieldReaders(columns, eventTime)
    this.#readTime = eventTime === undefined ? () => 0 : createTimeReader(columns, eventTime)
    this.#places = csv.header ? undefined : columns.map((_, index) => index)
    this.#fieldCount = columns.length
  }

  line(lines: LineReader, chunk: ChunkBuilder): void {
    const { text, fault } = lines
    const isFirst = this.#raw.length === 0
    if (isFirst && fault === undefined && text.trim() === '') {
      chunk.skipLine()
      return
    }
    if (isFirst) this.#startLine = lines.line
    if (fault !== undefined) {
      if (isFirst) this.#startOffset = lines.offsetBytes()
      this.#raw.push(text)
      this.#refuse(chunk, fault)
      return
    }
    const state = this.#record.line(text)
    if (state === 'open') {
      if (isFirst) this.#startOffset = lines.offsetBytes()
      this.#raw.push(text)
      this.#rawLength += text.length + 1
      if (this.#rawLength > LINE_BYTES_MAX) this.#refuse(chunk, this.#unclosed())
      return
    }
    if (state === 'whole' && this.#places === undefined) {
      this.#places = this.#readHeader(this.#record.fields)
      this.#raw = []
      chunk.skipLine()
      return
    }
    this.#take(text, state === 'faulty' ? this.#record.fault : undefined, lines, chunk)
  }

  end(chunk: ChunkBuilder): void {
    if (this.#raw.length > 0) this.#refuse(chunk, this.#unclosed())
  }

  #take(text: string, fault: string | undefined, lines: LineReader, chunk: ChunkBuilder): void {
    const reason = fault ?? this.#add(chunk)
    if (reason !== undefined) {
      if (this.#raw.length === 0) this.#startOffset = lines.offsetBytes()
      this.#raw.push(text)
      this.#refuse(chunk, reason)
    } else if (this.#raw.length > 0) this.#forget()
  }

  /** Adds the record, or says why it cannot be read. */
  #add(chunk: ChunkBuilder): string | undefined {
    const { fields } = this.#record
    const places = this.#places ?? []
    if (fields.length !== this.#fieldCount) {
      const whose = this.#settings.csv.header ? 'the header' : 'the schema'
      return `The record has ${fields.length} fields and ${whose} has ${this.#fieldCount}.`
    }
    const row: Value[] = new Array(places.length)
    let column = 0
    try {
      for (; column < places.length; column++) {
        const field = fields[places[column] ?? 0]
        row[column] = field === undefined ? null : (this.#readers[column]?.(field) ?? null)
      }
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      return `Column "${this.#settings.columns[column]?.name}": ${error.message}`
    }
    try {
      chunk.add(row, this.#readTime(row))
      return undefined
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      return error.message
    }
  }

  #refuse(chunk: ChunkBuilder, reason: string): void {
    const raw = this.#raw.join('\n')
    const line = this.#startLine
    if (this.#places === undefined) this.#refuseHeader(line, reason)
    this.#forget()
    chunk.refuse(raw.endsWith('\r') ? raw.slice(0, -1) : raw, reason, line, this.#startOffset)
  }

  /** Without a header no record can be read; the next line must not be taken for it. */
  #refuseHeader(line: number, reason: string): never {
    const { name } = this.#settings
    const message =
      `The header of "${name}", line ${line}, cannot be read. ${reason} Mend it, or set csv.header ` +
      'to false if the file has no header.'
    throw new JobFailed({ domain: 'user', retry: false, message })
  }

  #forget(): void {
    this.#record.reset()
    this.#raw = []
    this.#rawLength = 0
  }

  #unclosed(): string {
    const { quote } = this.#settings.csv
    const where = this.#raw.length === 1 ? '' : ` within ${this.#raw.length} lines`
    return `A field begins with ${quote} and is not closed${where}.`
  }

  #readHeader(fields: readonly CsvField[]): readonly number[] {
    const { columns, name: file } = this.#settings
    const names = fields.map(({ text }) => text.trim())
    this.#fieldCount = names.length
    return columns.map(({ name }) => {
      const place = names.indexOf(name)
      const fail = (fact: string, step: string): never => {
        throw new JobFailed({ domain: 'user', retry: false, message: `${fact} ${step}` })
      }
      if (place < 0) {
        const listed = names.slice(0, 20).map((known) => `"${known}"`)
        const advice = didYouMean(name, names) || ` It has ${listed.join(', ')}.`
        return fail(
          `The header of "${file}" has no column "${name}".${advice}`,
          'Change the schema, or set csv.header to false if the file has no header.',
        )
      }
      if (names.indexOf(name, place + 1) >= 0) {
        return fail(
          `The header of "${file}" has column "${name}" twice.`,
          'Rename one of them in the file, or leave the column out of the schema.',
        )
      }
      return place
    })
  }
}
