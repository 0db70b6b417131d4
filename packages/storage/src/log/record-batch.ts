/**
 * A batch: records that were appended together to one partition, as the payload of a frame. Offsets
 * and times stand as differences, so that a record costs few bytes beside its own.
 *
 *     kind │ base offset │ offsets it spans │ records │ appended at │ least time │ greatest time │
 *     idempotency key │ per record: offset - base, time - least time, key, value, headers
 */

import type { StoredRecord, TopicHeader, TopicRecord } from '@millrace/engine'
import { ByteReader, MalformedBytes } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { KIND } from './frame-kind.ts'

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
  into.byte(KIND.batch)
  into.count(head.baseOffset)
  into.count(head.span)
  into.count(records.length)
  into.integer(head.appendedAtMs)
  into.integer(leastMs)
  into.count(greatestMs - leastMs)
  into.text(head.key)
  for (let index = 0; index < records.length; index++) {
    const record = records[index] as BatchRecord
    const { delta = index, timestampMs, key, value, headers } = record
    into.countsAndBlocks(delta, timestampMs - leastMs, key, value)
    if (headers === undefined) into.byte(0)
    else writeHeaders(into, headers)
  }
  return { leastMs, greatestMs }
}

function writeHeaders(into: ByteWriter, headers: readonly TopicHeader[]): void {
  into.count(headers.length)
  for (const { name, value } of headers) {
    into.text(name)
    into.block(value)
  }
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
