/**
 * Appends that are written and synced together, as frames behind one another.
 *
 * Of a long append only the first batch is encoded at once; the others are, each, while the disk
 * takes what is before them.
 */

import type { OffsetRange, TopicRecord } from '@millrace/engine'
import { FRAME_HEADER_BYTES, sealFrame } from '../frame.ts'
import { ByteWriter } from './byte-writer.ts'
import { MARK_BYTES, writeMark } from './mark.ts'
import { type BatchHead, batchBytesMax, writeBatch } from './record-batch.ts'
import type { SpareBuffers } from './spare-buffers.ts'

/** A batch is the least that is read, so a long append is stored as several of about this size. */
const BATCH_BYTES = 256 * 1024
const FIRST_BYTES = 16 * 1024

type Records = readonly Omit<TopicRecord, 'partition'>[]

export interface GroupEntry {
  readonly records: Records
  /** Empty where there is none. */
  readonly key: string
  /** Of an append that is there whole or not at all, which is one batch, however long. */
  readonly whole: boolean
  readonly appendedAtMs: number
  resolve(range: OffsetRange): void
  reject(error: unknown): void
}

interface PlannedBatch {
  readonly head: Pick<BatchHead, 'baseOffset' | 'span' | 'appendedAtMs' | 'key'>
  readonly records: Records
}

export class Group {
  endOffset: number
  readonly #writer: ByteWriter
  readonly #spare: SpareBuffers
  readonly #batches: { readonly head: BatchHead; readonly at: number }[] = []
  readonly #entries: { readonly entry: GroupEntry; readonly range: OffsetRange }[] = []
  /** Not encoded yet. */
  readonly #planned: PlannedBatch[] = []
  #takenBytes = 0

  constructor(startOffset: number, spare: SpareBuffers) {
    this.endOffset = startOffset
    this.#spare = spare
    this.#writer = new ByteWriter(spare.take() ?? FIRST_BYTES)
    this.#writer.skip(MARK_BYTES)
  }

  /** What stands in it, at which byte of it; all of it when all has been taken. */
  get batches(): readonly { readonly head: BatchHead; readonly at: number }[] {
    return this.#batches
  }

  /** No less than it will have. */
  get bytesMax(): number {
    let bytes = this.#writer.length
    for (const { records, head } of this.#planned) {
      bytes += FRAME_HEADER_BYTES + batchBytesMax(records, head.key)
    }
    return bytes
  }

  /** With `'at once'` all of it is encoded, since the disk is busy with others anyway. */
  add(entry: GroupEntry, when?: 'at once'): void {
    const startOffset = this.endOffset
    const { records, whole, key, appendedAtMs } = entry
    for (let from = 0; from < records.length; ) {
      const to = whole ? records.length : batchEnd(records, from)
      const own = from === 0 && to === records.length ? records : records.slice(from, to)
      const head = { baseOffset: this.endOffset, span: own.length, appendedAtMs, key }
      this.#planned.push({ head, records: own })
      this.endOffset += own.length
      from = to
    }
    this.#entries.push({ entry, range: { startOffset, endOffset: this.endOffset } })
    this.#encode(when === 'at once' ? Number.POSITIVE_INFINITY : BATCH_BYTES)
  }

  /** The mark that stands before all; once, and before anything is taken. */
  begin(syncedBytes: number, salt: number): void {
    writeMark(this.#writer.bytes, 0, syncedBytes, salt)
  }

  /** What is to be written next; undefined where all has been taken. */
  take(): Uint8Array | undefined {
    const from = this.#takenBytes
    this.#encode(from + BATCH_BYTES)
    this.#takenBytes = this.#writer.length
    return from === this.#takenBytes ? undefined : this.#writer.written().subarray(from)
  }

  /** Until there are so many bytes, or all that there will be. */
  #encode(toBytes: number): void {
    const writer = this.#writer
    while (writer.length < toBytes) {
      const next = this.#planned.shift()
      if (next === undefined) return
      const { head, records } = next
      const at = writer.skip(FRAME_HEADER_BYTES)
      const times = writeBatch(writer, records, head)
      sealFrame(writer.bytes, at, writer.length - at - FRAME_HEADER_BYTES)
      this.#batches.push({ head: { ...head, ...times, count: records.length }, at })
    }
  }

  /** Its bytes are written, or will not be. */
  letGo(): void {
    this.#spare.give(this.#writer.bytes)
  }

  /** The same appends with other offsets. */
  renumbered(startOffset: number): Group {
    const group = new Group(startOffset, this.#spare)
    for (const { entry } of this.#entries) group.add(entry)
    return group
  }

  resolve(): void {
    for (const { entry, range } of this.#entries) entry.resolve(range)
  }

  reject(error: unknown): void {
    for (const { entry } of this.#entries) entry.reject(error)
  }
}

function batchEnd(records: Records, from: number): number {
  let bytes = 0
  let to = from
  for (; to < records.length && (to === from || bytes < BATCH_BYTES); to++) {
    bytes += recordBytes(records[to] as TopicRecord)
  }
  return to
}

/** Of what the writer brought; what is stored beside it is little. */
export function recordBytes({ key, value, headers }: Omit<TopicRecord, 'partition'>): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0)
  if (headers !== undefined) {
    for (const header of headers) bytes += header.name.length + header.value.length
  }
  return bytes
}
