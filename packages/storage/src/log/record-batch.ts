/**
 * A batch: records that were appended together to one partition, as the payload of a frame. Offsets
 * and times stand as differences, so that a record costs few bytes beside its own.
 *
 *     kind │ base offset │ offsets it spans │ records │ appended at │ least time │ greatest time │
 *     idempotency key │ per record: offset - base, time - least time, key, value, headers
 */

import { type StoredRecord, type TopicHeader, type TopicRecord, toUtf8 } from '@millrace/engine'
import { ByteReader, MalformedBytes } from './byte-reader.ts'
import {
  type ByteWriter,
  COUNT_BYTES_MAX,
  putBlock,
  putBlockOrNull,
  putCount,
} from './byte-writer.ts'
import { KIND } from './frame-kind.ts'

/** Kind, and what `BatchHead` has, with the length of the key. */
const HEAD_COUNTS = 8
/** Of each record: offset, time, the lengths of key and value, how many headers. */
const RECORD_COUNTS = 5
/** Of a UTF-16 unit. */
const UTF8_BYTES_MAX = 3

export interface BatchHead {
  readonly baseOffset: number
  /** How many offsets it takes, also those of records that were compacted away. */
  readonly span: number
  readonly count: number
  readonly appendedAtMs: number
  readonly leastMs: number
  readonly greatestMs: number
  /** Empty where there is none. */
  readonly key: string
}

/** What is written: records with the offsets that they take behind the base. */
export interface BatchRecord extends Omit<TopicRecord, 'partition'> {
  /** Behind the base offset; its place among the records where it is absent. */
  readonly delta?: number
}

export function writeBatch(
  into: ByteWriter,
  records: readonly BatchRecord[],
  head: Pick<BatchHead, 'baseOffset' | 'span' | 'appendedAtMs' | 'key'>,
): Pick<BatchHead, 'leastMs' | 'greatestMs'> {
  let leastMs = Number.POSITIVE_INFINITY
  let greatestMs = Number.NEGATIVE_INFINITY
  for (const { timestampMs } of records) {
    if (timestampMs < leastMs) leastMs = timestampMs
    if (timestampMs > greatestMs) greatestMs = timestampMs
  }
  into.require(batchBytesMax(records, head.key))
  into.byte(KIND.batch)
  into.count(head.baseOffset)
  into.count(head.span)
  into.count(records.length)
  into.integer(head.appendedAtMs)
  into.integer(leastMs)
  into.count(greatestMs - leastMs)
  into.text(head.key)
  writeRecords(into, records, leastMs)
  return { leastMs, greatestMs }
}

/** No batch of these records is longer. */
export function batchBytesMax(records: readonly BatchRecord[], appendKey: string): number {
  let bytes = HEAD_COUNTS * COUNT_BYTES_MAX + UTF8_BYTES_MAX * appendKey.length
  for (const { key, value, headers } of records) {
    bytes += RECORD_COUNTS * COUNT_BYTES_MAX + (key?.length ?? 0) + (value?.length ?? 0)
    if (headers === undefined) continue
    for (const header of headers) {
      bytes += 2 * COUNT_BYTES_MAX + UTF8_BYTES_MAX * header.name.length + header.value.length
    }
  }
  return bytes
}

/** There is room for them. */
function writeRecords(into: ByteWriter, records: readonly BatchRecord[], leastMs: number): void {
  const { bytes } = into
  let at = into.length
  for (let index = 0; index < records.length; index++) {
    const { delta = index, timestampMs, key, value, headers } = records[index] as BatchRecord
    at = putCount(bytes, at, delta)
    at = putCount(bytes, at, timestampMs - leastMs)
    at = putBlockOrNull(bytes, at, key)
    at = putBlockOrNull(bytes, at, value)
    at = putCount(bytes, at, headers?.length ?? 0)
    if (headers !== undefined) at = putHeaders(bytes, at, headers)
  }
  into.length = at
}

function putHeaders(into: Uint8Array, from: number, headers: readonly TopicHeader[]): number {
  let at = from
  for (const { name, value } of headers) {
    at = putBlock(into, at, toUtf8(name))
    at = putBlock(into, at, value)
  }
  return at
}

/** Throws `MalformedBytes` where the payload is no batch. */
export function readBatchHead(payload: Uint8Array): BatchHead {
  return headOf(batchReader(payload))
}

/** The records from this offset on are added to `into`. Keys and values are views. */
export function readRecords(
  payload: Uint8Array,
  fromOffset: number,
  into: StoredRecord[],
): BatchHead {
  const reader = batchReader(payload)
  const head = headOf(reader)
  for (let index = 0; index < head.count; index++) {
    const offset = head.baseOffset + reader.count()
    const timestampMs = head.leastMs + reader.count()
    const key = reader.blockOrNull()
    const value = reader.blockOrNull()
    const headers = readHeaders(reader)
    if (offset >= fromOffset) into.push({ offset, key, value, timestampMs, headers })
  }
  return head
}

const NO_HEADERS: readonly TopicHeader[] = []

function readHeaders(reader: ByteReader): readonly TopicHeader[] {
  const count = reader.count()
  if (count === 0) return NO_HEADERS
  const headers: TopicHeader[] = []
  for (let index = 0; index < count; index++) {
    headers.push({ name: reader.text(), value: reader.block() })
  }
  return headers
}

function batchReader(payload: Uint8Array): ByteReader {
  const reader = new ByteReader(payload)
  const kind = reader.byte()
  if (kind !== KIND.batch) throw new MalformedBytes(`Kind ${kind} stands where a batch should.`)
  return reader
}

function headOf(reader: ByteReader): BatchHead {
  const baseOffset = reader.count()
  const span = reader.count()
  const count = reader.count()
  const appendedAtMs = reader.integer()
  const leastMs = reader.integer()
  const greatestMs = leastMs + reader.count()
  const key = reader.text()
  return { baseOffset, span, count, appendedAtMs, leastMs, greatestMs, key }
}
