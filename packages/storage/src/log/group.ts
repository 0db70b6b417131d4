/** Appends that are written and synced together, as frames behind one another. */

import type { OffsetRange, TopicRecord } from '@millrace/engine'
import { FRAME_HEADER_BYTES, sealFrame } from '../frame.ts'
import { ByteWriter } from './byte-writer.ts'
import { MARK_BYTES, writeMark } from './mark.ts'
import { type BatchHead, writeBatch } from './record-batch.ts'
import type { SpareBuffers } from './spare-buffers.ts'

/** A batch is the least that is read, so a long append is stored as several of about this size. */
const BATCH_BYTES = 256 * 1024
const FIRST_BYTES = 16 * 1024

export interface GroupEntry {
  readonly records: readonly Omit<TopicRecord, 'partition'>[]
  /** Empty where there is none. */
  readonly key: string
  readonly appendedAtMs: number
  resolve(range: OffsetRange): void
  reject(error: unknown): void
}

export class Group {
  endOffset: number
  readonly #writer: ByteWriter
  readonly #spare: SpareBuffers
  readonly #batches: { readonly head: BatchHead; readonly at: number }[] = []
  readonly #entries: { readonly entry: GroupEntry; readonly range: OffsetRange }[] = []

  constructor(startOffset: number, spare: SpareBuffers) {
    this.endOffset = startOffset
    this.#spare = spare
    this.#writer = new ByteWriter(spare.take() ?? FIRST_BYTES)
    this.#writer.skip(MARK_BYTES)
  }

  /** What stands in it, at which byte of it. */
  get batches(): readonly { readonly head: BatchHead; readonly at: number }[] {
    return this.#batches
  }

  get sizeBytes(): number {
    return this.#writer.length
  }

  add(entry: GroupEntry): void {
    const startOffset = this.endOffset
    const { records } = entry
    for (let from = 0; from < records.length; ) {
      let bytes = 0
      let to = from
      for (; to < records.length && (to === from || bytes < BATCH_BYTES); to++) {
        bytes += recordBytes(records[to] as TopicRecord)
      }
      this.#addBatch(entry, from === 0 && to === records.length ? records : records.slice(from, to))
      from = to
    }
    this.#entries.push({ entry, range: { startOffset, endOffset: this.endOffset } })
  }

  #addBatch({ key, appendedAtMs }: GroupEntry, records: GroupEntry['records']): void {
    const writer = this.#writer
    const at = writer.skip(FRAME_HEADER_BYTES)
    const span = records.length
    const head = { baseOffset: this.endOffset, span, appendedAtMs, key }
    const times = writeBatch(writer, records, head)
    sealFrame(writer.bytes, at, writer.length - at - FRAME_HEADER_BYTES)
    this.#batches.push({ head: { ...head, ...times, count: span }, at })
    this.endOffset += span
  }

  /** With the mark before it. */
  toBytes(syncedBytes: number, salt: number): Uint8Array {
    writeMark(this.#writer.bytes, 0, syncedBytes, salt)
    return this.#writer.written()
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

/** Of what the writer brought; what is stored beside it is little. */
export function recordBytes({ key, value, headers }: Omit<TopicRecord, 'partition'>): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0)
  if (headers !== undefined) {
    for (const header of headers) bytes += header.name.length + header.value.length
  }
  return bytes
}
