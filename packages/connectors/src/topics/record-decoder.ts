/** Makes rows of the records of a topic. */

import {
  fromUtf8,
  JobFailed,
  LETTER_LENGTH_MAX,
  type Reject,
  type SourceChunk,
  type StoredRecord,
  shownRecord,
} from '@millrace/engine'
import {
  createTimeReader,
  createValueReader,
  type RefusalCause,
  type Row,
  UnreadableValue,
  type Value,
} from '@millrace/pipeline'
import { createColumnReaders } from '../reading/column-readers.ts'
import { causeOf, createRecordParser } from '../reading/record-parser.ts'
import type { TopicSourceConfig } from '../topic-source.ts'
import type { TopicReading } from './topic-reader.ts'

export interface RecordDecoder {
  begin(partition: number): TopicChunk
}

export interface TopicChunk {
  /** Rows and refused records. */
  readonly size: number
  readonly isEmpty: boolean
  /** Returns the event time, NaN where the record became no row. */
  add(record: StoredRecord): number
  take(): Pick<SourceChunk, 'rows' | 'times' | 'rejects' | 'skippedLines'>
}

/** Undefined for a tombstone that nothing can be made of. */
type Decode = (record: StoredRecord) => { readonly row: Row; readonly timeMs: number } | undefined

export function createRecordDecoder(config: TopicReading): RecordDecoder {
  const decode = createDecode(config)
  return {
    begin: (partition) => new Chunk(config, partition, decode),
  }
}

class Chunk implements TopicChunk {
  readonly #config: TopicReading
  readonly #partition: number
  readonly #decode: Decode
  readonly #rows: Row[] = []
  readonly #times: number[] = []
  readonly #rejects: Reject[] = []
  #skipped = 0

  constructor(config: TopicReading, partition: number, decode: Decode) {
    this.#config = config
    this.#partition = partition
    this.#decode = decode
  }

  get size(): number {
    return this.#rows.length + this.#rejects.length
  }

  get isEmpty(): boolean {
    return this.size === 0 && this.#skipped === 0
  }

  add(record: StoredRecord): number {
    try {
      const decoded = this.#decode(record)
      if (decoded === undefined) {
        this.#skipped++
        return Number.NaN
      }
      this.#rows.push(decoded.row)
      this.#times.push(decoded.timeMs)
      return decoded.timeMs
    } catch (error) {
      const raw = rawText(record)
      this.#refuse(record, raw, causeOf(error, raw))
      return Number.NaN
    }
  }

  take(): Pick<SourceChunk, 'rows' | 'times' | 'rejects' | 'skippedLines'> {
    return {
      rows: this.#rows,
      times: this.#times,
      rejects: this.#rejects,
      skippedLines: this.#skipped,
    }
  }

  #refuse(
    record: StoredRecord,
    raw: string,
    { code, message: reason, column }: RefusalCause,
  ): void {
    const { offset, timestampMs, key, value } = record
    const { onError, topic, title } = this.#config
    if (onError === 'fail') {
      const place = title ?? `Topic "${topic}", partition ${this.#partition}`
      const message =
        `${place}, offset ${offset}: ${reason} The record is ` +
        `${shownRecord(raw)} — Set onError to "dead-letter" to put such records aside.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    this.#rejects.push({
      at: this.#rows.length,
      raw,
      reason: title === undefined ? `Partition ${this.#partition}: ${reason}` : reason,
      offsetBytes: offset,
      code,
      column,
      place: { topic, partition: this.#partition, offset },
      key,
      timestampMs,
      ...unread(value),
    })
  }
}

function createDecode({ schema, eventTime, key }: TopicSourceConfig): Decode {
  const parse = createRecordParser(schema, createColumnReaders(schema, eventTime))
  const readTime = eventTime === undefined ? undefined : createTimeReader(schema, eventTime)
  const keyIndex = schema.findIndex(({ name }) => name === key)
  const readKey = createKeyReader(schema[keyIndex]?.type)
  const ownTime = createTimeReader([TIME_COLUMN], { column: 'time', unit: 'ms' })
  return (record) => {
    const { value, timestampMs } = record
    if (value === null) {
      if (keyIndex < 0) return undefined
      const row: Value[] = new Array(schema.length).fill(null)
      row[keyIndex] = readKey(record)
      return { row, timeMs: ownTime([timestampMs]) }
    }
    const text = fromUtf8(value)
    if (text === undefined) throw new UnreadableValue('The value is not UTF-8.', 'not-utf8')
    const parsed = parse(text)
    const row = keyIndex < 0 ? parsed : parsed.with(keyIndex, readKey(record))
    return { row, timeMs: readTime === undefined ? ownTime([timestampMs]) : readTime(row) }
  }
}

const TIME_COLUMN = { name: 'time', type: { kind: 'timestamp', nullable: true } } as const

function createKeyReader(
  type: TopicSourceConfig['schema'][number]['type'] | undefined,
): (record: StoredRecord) => Value {
  if (type === undefined) return () => null
  const read = createValueReader(type)
  return ({ key }) => {
    if (key === null) return null
    const text = fromUtf8(key)
    if (text === undefined) throw new UnreadableValue('The key is not UTF-8.', 'not-utf8')
    if (type.kind === 'string') return text
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      throw new UnreadableValue(`The key "${shownRecord(text)}" is not JSON.`, 'not-json')
    }
    return json === null ? null : read(json)
  }
}

function unread(value: Uint8Array | null): Pick<Reject, 'bytes' | 'truncated'> {
  if (value === null) return {}
  const truncated = value.length > LETTER_LENGTH_MAX ? { truncated: true } : {}
  const bytes = value.subarray(0, LETTER_LENGTH_MAX)
  return fromUtf8(bytes) === undefined ? { bytes, ...truncated } : truncated
}

/** Of what is no UTF-8, the bytes in hexadecimal. */
function rawText({ value }: StoredRecord): string {
  const bytes = (value ?? new Uint8Array(0)).subarray(0, LETTER_LENGTH_MAX)
  const text = fromUtf8(bytes)
  if (text !== undefined) return text
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
