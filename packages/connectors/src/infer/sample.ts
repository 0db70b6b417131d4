/** Reads a sample of records one by one, and gathers what each column holds. */

import { counted, isJsonObject, type JsonObject, type Type, type Value } from '@millrace/pipeline'
import { CsvRecord, RECORD_LENGTH_MAX, RECORD_LINES_MAX } from '../reading/csv-record.ts'
import { nestsDeeperThan } from '../reading/json-text.ts'
import { commonType, typeOfJson, typeOfText } from './value-shape.ts'

export interface SampleColumn {
  readonly name: string
  /** Undefined where only NULL was seen. */
  readonly type: Type | undefined
  /** Records in which it is NULL or missing. */
  readonly nullCount: number
  readonly recordCount: number
  /** Of its numbers. */
  readonly numbers: { readonly least: number; readonly most: number } | undefined
}

export interface Sample {
  readonly columns: readonly SampleColumn[]
  readonly records: SampleRecords
  /** The same records, apart where they come beside each other: partitions of a topic. */
  readonly lanes: readonly SampleRecords[]
  readonly notes: readonly string[]
  /** What differs from plain CSV. */
  readonly csv?: JsonObject
}

type SampleRecords = readonly ReadonlyMap<string, Value>[]

const RECORDS_MAX = 10_000
const DEPTH_MAX = 512

/** Undefined is a line that is not UTF-8. */
export type SampleLines = readonly (string | undefined)[]

/** A text that is not whole may end in the middle of a line. */
export function linesOf(
  text: string,
  whole: boolean,
  brokenLines: ReadonlySet<number> = new Set(),
): SampleLines {
  const lines = text.split('\n')
  const ended = whole ? lines : lines.slice(0, -1)
  return ended.map((line, index) => (brokenLines.has(index) ? undefined : line))
}

/** Each lane is in the order in which its records come. */
export function sampleJsonl(...lanesOfLines: readonly SampleLines[]): Sample {
  const read = lanesOfLines.map(readLane)
  const lanes = read.map(({ records }) => records)
  const records = lanes.flat()
  const unreadable = read.reduce((sum, lane) => sum + lane.unreadable, 0)
  const columns = toColumns(namesOf(records), records, (value) => typeOfJson(value))
  return { columns, records, lanes, notes: noteUnreadable(unreadable) }
}

function readLane(lines: SampleLines) {
  const records: ReadonlyMap<string, Value>[] = []
  let unreadable = 0
  for (const line of lines) {
    if (line?.trim() === '') continue
    if (records.length + unreadable >= RECORDS_MAX) break
    const record = line === undefined ? undefined : parseRecord(line)
    if (record === undefined) unreadable++
    else records.push(new Map(Object.entries(record)))
  }
  return { records, unreadable }
}

export function sampleCsv(lines: SampleLines, whole: boolean): Sample {
  const delimiter = guessDelimiter(lines)
  const { rows, unreadable } = readRows(lines, whole, delimiter)
  const [first = [], ...rest] = rows
  const header = isHeader(first)
  const names = header
    ? first.map((field) => field.trim())
    : first.map((_, index) => `column_${index + 1}`)
  const fitting = (header ? rest : rows).filter((row) => row.length === names.length)
  const records = fitting.map((row) => {
    return new Map(names.map((name, index) => [name, toValue(row[index] ?? '')]))
  })
  const texts = fitting.map((row) => new Map(names.map((name, index) => [name, row[index] ?? ''])))
  const types = (name: string) =>
    texts.reduce<Type | undefined>((type, row) => {
      return commonCsvType(type, typeOfText(row.get(name) ?? ''))
    }, undefined)
  const columns = toColumns(names, records).map((column) => {
    return { ...column, type: types(column.name) }
  })
  const notes = noteUnreadable(unreadable + (header ? rest : rows).length - fitting.length)
  if (!header) {
    notes.push('The first line does not look like a header, so columns are numbered. Rename them.')
  }
  const csv: JsonObject = {
    ...(delimiter === ',' ? {} : { delimiter }),
    ...(header ? {} : { header: false }),
  }
  const lanes = [records]
  return { columns, records, lanes, notes, ...(Object.keys(csv).length === 0 ? {} : { csv }) }
}

function parseRecord(line: string): JsonObject | undefined {
  if (nestsDeeperThan(line, DEPTH_MAX)) return undefined
  try {
    const json = JSON.parse(line) as Value
    return isJsonObject(json) ? json : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function namesOf(records: readonly ReadonlyMap<string, Value>[]): readonly string[] {
  const names = new Set(records.flatMap((record) => [...record.keys()]))
  // The source refuses records with such a field, so it cannot be a column by accident.
  names.delete('__proto__')
  return [...names]
}

function toColumns(
  names: readonly string[],
  records: readonly ReadonlyMap<string, Value>[],
  typeOf: (value: Value) => Type | undefined = () => undefined,
): readonly SampleColumn[] {
  return names.map((name) => {
    let type: Type | undefined
    let nullCount = 0
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    for (const record of records) {
      const value = record.get(name) ?? null
      if (value === null) nullCount++
      if (typeof value === 'number') {
        least = Math.min(least, value)
        most = Math.max(most, value)
      }
      type = commonType(type, typeOf(value))
    }
    const numbers = least > most ? undefined : { least, most }
    return { name, type, nullCount, recordCount: records.length, numbers }
  })
}

function noteUnreadable(count: number): string[] {
  if (count === 0) return []
  return [
    `${counted(count, 'record')} of the sample cannot be read and would go to the errors port.`,
  ]
}

// CSV

const DELIMITERS: readonly string[] = [',', ';', '\t', '|']

/** The one that cuts the first line into the most fields. */
function guessDelimiter(lines: SampleLines): string {
  const first = lines.find((line) => line !== undefined && line.trim() !== '') ?? ''
  const counts = DELIMITERS.map((delimiter) => {
    const record = new CsvRecord({ delimiter, quote: '"' })
    record.line(first)
    return record.texts.length
  })
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ','
}

/**
 * As the source reads: what cannot be cut into fields ends with its first line, and the next line
 * is read anew.
 */
function readRows(lines: SampleLines, whole: boolean, delimiter: string) {
  const record = new CsvRecord({ delimiter, quote: '"' })
  const rows: (readonly string[])[] = []
  let unreadable = 0
  for (let first = 0; first < lines.length && rows.length < RECORDS_MAX; ) {
    if (lines[first]?.trim() === '') {
      first++
      continue
    }
    const end = endOfRecord(record, lines, first)
    // The sample is cut here, in the middle of a record.
    if (end === 'open' && !whole) break
    if (typeof end !== 'number') unreadable++
    else rows.push(record.texts.slice())
    first = typeof end === 'number' ? end : first + 1
  }
  return { rows, unreadable }
}

/** The line behind the record, where it is whole; `open` where the lines end before it does. */
function endOfRecord(
  record: CsvRecord,
  lines: SampleLines,
  first: number,
): number | 'faulty' | 'open' {
  record.reset()
  const end = Math.min(lines.length, first + RECORD_LINES_MAX + 1)
  let length = 0
  for (let at = first; at < end; at++) {
    const line = lines[at]
    if (line === undefined) return 'faulty'
    length += line.length + 1
    const state = record.line(line)
    if (state === 'whole') return at + 1
    if (state === 'faulty' || length > RECORD_LENGTH_MAX) return 'faulty'
  }
  return end === lines.length ? 'open' : 'faulty'
}

/** A header has a name for each column, no name twice, and nothing that is a value. */
function isHeader(fields: readonly string[]): boolean {
  if (new Set(fields.map((field) => field.trim())).size < fields.length) return false
  return fields.every((field) => typeOfText(field)?.kind === 'string')
}

function toValue(text: string): Value {
  const type = typeOfText(text)
  if (type === undefined) return null
  return type.kind === 'integer' || type.kind === 'double' ? Number(text) : text.trim()
}

/** Where CSV fields differ in type, they are texts. */
function commonCsvType(a: Type | undefined, b: Type | undefined): Type | undefined {
  const type = commonType(a, b)
  return type?.kind === 'any' ? { kind: 'string' } : type
}
