/**
 * A segment: one file of a partition, with the offsets from its base up to its end. Its name holds
 * the base, and a generation that goes up each time it is compacted.
 *
 *     00000000000000001200.0.log     header │ batch │ batch │ mark │ batch │ …
 *     00000000000000001200.0.index   summary, sparse index, idempotency keys
 *
 * The index is made of the segment and made anew where it is missing or wrong.
 */

import { toFrame } from '../frame.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FORMAT_VERSION, KIND } from './frame-kind.ts'
import type { BatchHead } from './record-batch.ts'

/** So far apart, in bytes, are the batches that the index knows. */
const INDEX_STEP_BYTES = 64 * 1024
const BASE_DIGITS = 16

export interface SegmentName {
  readonly base: number
  readonly generation: number
}

export interface SegmentHeader extends SegmentName {
  /** Whether records that a newer one of their key replaces have been taken out. */
  readonly compacted: boolean
  /** Of a compacted segment, which may hold fewer records than offsets. */
  readonly endOffset: number
  /** Random, below 2^48: tells this file from any other of its name. */
  readonly salt: number
}

export const SALTS = 2 ** 48

export function segmentFile({ base, generation }: SegmentName): string {
  return `${String(base).padStart(BASE_DIGITS, '0')}.${generation}.log`
}

export function indexFile({ base, generation }: SegmentName): string {
  return `${String(base).padStart(BASE_DIGITS, '0')}.${generation}.index`
}

/** Undefined where a file is none of ours. */
export function parseSegmentFile(name: string, ending: 'log' | 'index'): SegmentName | undefined {
  const [, base, generation, found] = /^(\d{16})\.(\d{1,9})\.(log|index)$/.exec(name) ?? []
  if (found !== ending || base === undefined || generation === undefined) return undefined
  return { base: Number(base), generation: Number(generation) }
}

export function segmentHeaderFrame(header: SegmentHeader): Uint8Array {
  const writer = new ByteWriter(64)
  writer.byte(KIND.segment)
  writer.byte(FORMAT_VERSION)
  writer.count(header.base)
  writer.count(header.generation)
  writer.byte(header.compacted ? 1 : 0)
  writer.count(header.endOffset)
  writer.count(header.salt)
  return toFrame(writer.written())
}

/** Undefined where the payload is no header; a number is a version that is not ours. */
export function readSegmentHeader(payload: Uint8Array): SegmentHeader | number | undefined {
  const reader = new ByteReader(payload)
  if (reader.byte() !== KIND.segment) return undefined
  const version = reader.byte()
  if (version !== FORMAT_VERSION) return version
  const base = reader.count()
  const generation = reader.count()
  const compacted = reader.byte() === 1
  return { base, generation, compacted, endOffset: reader.count(), salt: reader.count() }
}

/** What stands in a segment, and where to begin reading for an offset or a time. */
export class Segment {
  readonly name: SegmentName
  readonly compacted: boolean
  readonly salt: number
  endOffset: number
  /** Up to here the file is read: all of it is synced. */
  sizeBytes: number
  recordCount = 0
  firstAppendedMs = Number.POSITIVE_INFINITY
  lastAppendedMs = Number.NEGATIVE_INFINITY
  greatestMs = Number.NEGATIVE_INFINITY
  /** Of the batches that the index knows: base offset, place, greatest time of all before. */
  readonly offsets: number[] = []
  readonly places: number[] = []
  readonly greatestBefore: number[] = []

  constructor(header: SegmentHeader, sizeBytes: number) {
    this.name = { base: header.base, generation: header.generation }
    this.compacted = header.compacted
    this.salt = header.salt
    this.endOffset = Math.max(header.base, header.endOffset)
    this.sizeBytes = sizeBytes
  }

  get base(): number {
    return this.name.base
  }

  get file(): string {
    return segmentFile(this.name)
  }

  /** Notes a batch that stands at `atBytes`. */
  note(head: BatchHead, atBytes: number): void {
    const last = this.places.at(-1)
    if (last === undefined || atBytes - last >= INDEX_STEP_BYTES) {
      this.offsets.push(head.baseOffset)
      this.places.push(atBytes)
      this.greatestBefore.push(this.greatestMs)
    }
    this.recordCount += head.count
    this.greatestMs = Math.max(this.greatestMs, head.greatestMs)
    this.firstAppendedMs = Math.min(this.firstAppendedMs, head.appendedAtMs)
    this.lastAppendedMs = Math.max(this.lastAppendedMs, head.appendedAtMs)
    this.endOffset = Math.max(this.endOffset, head.baseOffset + head.span)
  }

  /** Where the batch with this offset stands, or one before it. */
  placeOf(offset: number): number {
    return this.places[lastNotAfter(this.offsets, offset)] ?? 0
  }

  /** Where the first batch stands that may have a record of this time or later, or one before. */
  placeOfTime(timestampMs: number): number {
    let low = 0
    let high = this.greatestBefore.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.greatestBefore[middle] as number) >= timestampMs) high = middle
      else low = middle + 1
    }
    return this.places[Math.max(0, low - 1)] ?? 0
  }
}

/** The index of the last number that is not above `value`; 0 where all are. */
function lastNotAfter(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
