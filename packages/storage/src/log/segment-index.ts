/** The file beside a segment that spares reading it: summary, sparse index, idempotency keys. */

import { readFrame, toFrame } from '../frame.ts'
import { ByteReader, MalformedBytes } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import type { KnownAppend } from './known-appends.ts'
import { Segment, type SegmentHeader } from './segment.ts'

export interface SegmentIndex {
  /** Its size is how much of the file the index covers. */
  readonly segment: Segment
  /** Those that were known when the segment ended there, the oldest first. */
  readonly appends: readonly KnownAppend[]
}

export function toIndexFile(segment: Segment, appends: Iterable<KnownAppend>): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(KIND.index)
  writer.byte(FORMAT_VERSION)
  writer.count(segment.base)
  writer.count(segment.name.generation)
  writer.count(segment.salt)
  writer.count(segment.endOffset)
  writer.count(segment.sizeBytes)
  writer.count(segment.recordCount)
  const isEmpty = segment.recordCount === 0
  writer.integer(isEmpty ? 0 : segment.firstAppendedMs)
  writer.integer(isEmpty ? 0 : segment.lastAppendedMs)
  writer.integer(isEmpty ? 0 : segment.greatestMs)
  writer.count(segment.places.length)
  for (const [index, place] of segment.places.entries()) {
    writer.count(place)
    writer.count(segment.offsets[index] ?? 0)
    // Nothing stands before the first batch.
    writer.integer(index === 0 ? 0 : (segment.greatestBefore[index] ?? 0))
  }
  const known = [...appends]
  writer.count(known.length)
  for (const { key, startOffset, endOffset } of known) {
    writer.text(key)
    writer.count(startOffset)
    writer.count(endOffset - startOffset)
  }
  return toFrame(writer.written())
}

/** Undefined where the file is not an index of this segment as it is. */
export function readIndexFile(
  bytes: Uint8Array | undefined,
  header: SegmentHeader,
  fileBytes: number,
): SegmentIndex | undefined {
  const frame = bytes === undefined ? 'short' : readFrame(bytes, 0)
  if (typeof frame === 'string') return undefined
  try {
    const reader = new ByteReader(frame.payload)
    if (reader.byte() !== KIND.index || reader.byte() !== FORMAT_VERSION) return undefined
    if (reader.count() !== header.base || reader.count() !== header.generation) return undefined
    if (reader.count() !== header.salt) return undefined
    const endOffset = reader.count()
    const sizeBytes = reader.count()
    if (sizeBytes > fileBytes || endOffset < header.base) return undefined
    const segment = new Segment({ ...header, endOffset }, sizeBytes)
    readSummary(reader, segment)
    return { segment, appends: readAppends(reader) }
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined
    throw error
  }
}

/** How much of the file an index says is there, even if the file is shorter. */
export function coveredBytes(bytes: Uint8Array | undefined, header: SegmentHeader): number {
  const whole = readIndexFile(bytes, header, Number.MAX_SAFE_INTEGER)
  return whole?.segment.sizeBytes ?? 0
}

function readSummary(reader: ByteReader, segment: Segment): void {
  segment.recordCount = reader.count()
  const times = [reader.integer(), reader.integer(), reader.integer()] as const
  if (segment.recordCount > 0) {
    ;[segment.firstAppendedMs, segment.lastAppendedMs, segment.greatestMs] = times
  }
  const entries = reader.count()
  for (let index = 0; index < entries; index++) {
    segment.places.push(reader.count())
    segment.offsets.push(reader.count())
    const before = reader.integer()
    segment.greatestBefore.push(index === 0 ? Number.NEGATIVE_INFINITY : before)
  }
}

function readAppends(reader: ByteReader): readonly KnownAppend[] {
  const appends: KnownAppend[] = []
  const count = reader.count()
  for (let index = 0; index < count; index++) {
    const key = reader.text()
    const startOffset = reader.count()
    appends.push({ key, startOffset, endOffset: startOffset + reader.count() })
  }
  return appends
}
