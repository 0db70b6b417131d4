/** Reads a record from one or several lines of a CSV file. */

import { JobFailed, type Saved } from '@millrace/engine'
import {
  type Column,
  counted,
  createTimeReader,
  didYouMean,
  type RefusalCause,
  type Row,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import type { CsvConfig } from '../file-format.ts'
import type { ChunkBuilder } from './chunk-builder.ts'
import type { EventTimeConfig } from './column-readers.ts'
import { CsvRecord, RECORD_LENGTH_MAX, RECORD_LINES_MAX } from './csv-record.ts'
import { type KeptLine, KeptLines } from './kept-lines.ts'
import type { LinePlace, LineReader } from './line-reader.node.ts'
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
  #header: readonly string[] | undefined
  readonly #kept = new KeptLines()

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
    if (this.#kept.empty && this.#readWhole(lines, chunk)) return
    const { text, fault, unread } = lines
    this.#kept.push({ text, fault, unread, ...lines.place() })
    this.readAgain(chunk)
  }

  readAgain(chunk: ChunkBuilder): boolean {
    const kept = this.#kept.take()
    if (kept === undefined) return false
    this.#read(kept, chunk)
    return true
  }

  end(chunk: ChunkBuilder): boolean {
    if (this.#kept.empty) return false
    this.#refuseFirst(chunk, this.#unclosed('by the end of the file'))
    return true
  }

  firstKept(): LinePlace | undefined {
    const { first } = this.#kept
    return first && { offsetBytes: first.offsetBytes, line: first.line - 1 }
  }

  /** The names, since the schema may be another one by the time that reading goes on. */
  save(): Saved {
    return this.#header
  }

  restore(header: Saved): void {
    if (header !== undefined) this.#places = this.#readHeader(header as readonly string[])
  }

  /** Most records are one line that can be read, of which nothing is kept. */
  #readWhole({ text, fault }: LineReader, chunk: ChunkBuilder): boolean {
    if (fault !== undefined) return false
    if (text.trim() === '') {
      chunk.skipLine()
      return true
    }
    if (this.#record.line(text) === 'whole' && this.#add(chunk) === undefined) return true
    this.#record.reset()
    return false
  }

  #read({ text, fault, line }: KeptLine, chunk: ChunkBuilder): void {
    const isFirst = this.#kept.takenCount === 1
    if (fault !== undefined) {
      const before = `before line ${line}, which cannot be read`
      this.#refuseFirst(chunk, isFirst ? fault : this.#unclosed(before))
      return
    }
    if (isFirst && text.trim() === '') {
      chunk.skipLine()
      this.#kept.takeAway()
      return
    }
    const state = this.#record.line(text)
    if (state === 'open') {
      const { takenCount, takenLength } = this.#kept
      if (takenCount <= RECORD_LINES_MAX && takenLength <= RECORD_LENGTH_MAX) return
      const limit =
        `within the ${RECORD_LINES_MAX} lines and ${RECORD_LENGTH_MAX} characters that a record ` +
        'may have'
      this.#refuseFirst(chunk, this.#unclosed(limit))
      return
    }
    if (state === 'faulty') {
      const { quote } = this.#settings.csv
      const place = isFirst ? '' : `A field begins with ${quote} and goes on up to line ${line}. `
      const message = `${place}${this.#record.fault}`
      this.#refuseFirst(chunk, { code: 'text-behind-quote', message })
      return
    }
    const cause = this.#add(chunk)
    const lines = this.#kept.takeAway()
    if (cause !== undefined) this.#refuse(chunk, cause, lines)
  }

  /** Adds the record, or takes it for the header, or says why it cannot be read. */
  #add(chunk: ChunkBuilder): RefusalCause | undefined {
    const { texts, quoted } = this.#record
    if (this.#places === undefined) {
      this.#places = this.#readHeader(texts)
      chunk.skipLine()
      return undefined
    }
    const places = this.#places
    if (texts.length !== this.#fieldCount) {
      const whose = this.#settings.csv.header ? 'the header' : 'the schema'
      const message = `The record has ${counted(texts.length, 'field')} and ${whose} has ${this.#fieldCount}.`
      return { code: 'field-count', message }
    }
    const row: Value[] = new Array(places.length)
    let column = 0
    try {
      for (; column < places.length; column++) {
        const place = places[column] ?? 0
        const text = texts[place]
        const read = this.#readers[column]
        row[column] =
          text === undefined || read === undefined ? null : read(text, quoted[place] === true)
      }
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      const { name = '' } = this.#settings.columns[column] ?? {}
      return { code: error.code, message: `Column "${name}": ${error.message}`, column: name }
    }
    try {
      chunk.add(row, this.#readTime(row))
      return undefined
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error
      return error
    }
  }

  /**
   * What cannot be cut into fields ends with its first line, so that a quote that is never closed
   * takes no good lines along. A line that is read again is rarely read a third time: within an
   * open field a line has its quotes in pairs, and such a line opens none itself.
   */
  #refuseFirst(chunk: ChunkBuilder, cause: RefusalCause): void {
    this.#record.reset()
    this.#refuse(chunk, cause, this.#kept.takeAwayFirst())
  }

  #refuse(chunk: ChunkBuilder, cause: RefusalCause, lines: readonly KeptLine[]): void {
    const { line = 0, offsetBytes = 0, fault, unread } = lines[0] ?? {}
    if (this.#places === undefined) this.#refuseHeader(line, cause.message)
    const raw = lines.map(({ text }) => text).join('\n')
    const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    chunk.refuse(text, cause, { line, offsetBytes }, fault === undefined ? {} : unread)
  }

  /** Without a header no record can be read; the next line must not be taken for it. */
  #refuseHeader(line: number, reason: string): never {
    const { name } = this.#settings
    const message =
      `The header of "${name}", line ${line}, cannot be read. ${reason} Mend it, or set csv.header ` +
      'to false if the file has no header.'
    throw new JobFailed({ domain: 'user', retry: false, message })
  }

  #unclosed(where: string): RefusalCause {
    const { quote } = this.#settings.csv
    const message =
      `A field begins with ${quote} and is not closed ${where}. ` +
      'Close it, or double the quotes that belong to the field.'
    return { code: 'field-not-closed', message }
  }

  #readHeader(texts: readonly string[]): readonly number[] {
    const { columns, name: file } = this.#settings
    const names = texts.map((text) => text.trim())
    this.#header = names
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
