/** Reads a partition: records from an offset on, and the offset of a time. */

import { DiskError, type StoredRecord, type TopicBatch } from '@millrace/engine'
import { frameBytesAt, readFrame } from '../frame.ts'
import { MalformedBytes } from './byte-reader.ts'
import { KIND } from './frame-kind.ts'
import type { Partition } from './partition.ts'
import { type BatchHead, readBatchHead, readRecords } from './record-batch.ts'
import type { Segment } from './segment.ts'
import { type OpenFiles, readRange } from './stored-files.ts'

/** Where readers that go on come back to, so that they need not look for it again. */
const PLACES_MAX = 64
const CHUNK_BYTES_MIN = 64 * 1024

interface Place {
  readonly segment: Segment
  readonly atBytes: number
}

type Visit = (payload: Uint8Array, head: BatchHead, nextBytes: number) => boolean

export class PartitionReader {
  readonly #partition: Partition
  readonly #files: OpenFiles
  /** By the offset that is read next. */
  readonly #places = new Map<number, Place>()

  constructor(partition: Partition, files: OpenFiles) {
    this.#partition = partition
    this.#files = files
  }

  /** From an offset between the start and the end of the partition. */
  async read(fromOffset: number, bytesMax: number): Promise<TopicBatch> {
    const records: StoredRecord[] = []
    let nextOffset = fromOffset
    while (records.length === 0 && nextOffset < this.#partition.endOffset) {
      const segment = this.#segmentOf(nextOffset)
      const found = await this.#unlessReplaced(segment, () =>
        this.#readSegment(segment, nextOffset, bytesMax, records),
      )
      // Replaced by compaction while it was read: what stands there now is read.
      if (found !== undefined) nextOffset = found
    }
    return { records, nextOffset, endOffset: this.#partition.endOffset }
  }

  async offsetAt(timestampMs: number): Promise<number> {
    for (;;) {
      const { segments } = this.#partition
      const segment = segments.find(({ greatestMs }) => greatestMs >= timestampMs)
      if (segment === undefined) return this.#partition.endOffset
      const found = await this.#unlessReplaced(segment, async () => {
        let offset = segment.endOffset
        await this.#visit(segment, segment.placeOfTime(timestampMs), CHUNK_BYTES_MIN, (payload) => {
          const records: StoredRecord[] = []
          readRecords(payload, 0, records)
          const first = records.find((record) => record.timestampMs >= timestampMs)
          if (first === undefined) return true
          offset = first.offset
          return false
        })
        return offset
      })
      if (found !== undefined) return found
    }
  }

  /** Whether a batch of this append stands from here on, and how many records of it. */
  async countOf(key: string, fromOffset: number): Promise<number> {
    let count = 0
    for (const segment of this.#partition.segments) {
      if (segment.endOffset <= fromOffset) continue
      await this.#visit(segment, segment.placeOf(fromOffset), CHUNK_BYTES_MIN, (_, head) => {
        if (head.key === key) count += head.count
        return true
      })
    }
    return count
  }

  #segmentOf(offset: number): Segment {
    const { segments } = this.#partition
    const found = segments.findLast(({ base }) => base <= offset) ?? segments[0]
    return found as Segment
  }

  async #readSegment(
    segment: Segment,
    fromOffset: number,
    bytesMax: number,
    records: StoredRecord[],
  ): Promise<number> {
    const known = this.#places.get(fromOffset)
    this.#places.delete(fromOffset)
    const atBytes = known?.segment === segment ? known.atBytes : segment.placeOf(fromOffset)
    const chunkBytes = Math.max(bytesMax, CHUNK_BYTES_MIN)
    const endOffset = segment.endOffset
    let nextOffset = endOffset
    let bytes = 0
    await this.#visit(segment, atBytes, chunkBytes, (payload, head, nextBytes) => {
      const behind = head.baseOffset + head.span
      if (behind <= fromOffset) return true
      readRecords(payload, fromOffset, records)
      bytes += payload.length
      if (records.length === 0 || bytes < bytesMax || behind >= endOffset) return true
      nextOffset = behind
      this.#remember(behind, { segment, atBytes: nextBytes })
      return false
    })
    return nextOffset
  }

  #remember(offset: number, place: Place): void {
    this.#places.set(offset, place)
    if (this.#places.size <= PLACES_MAX) return
    const [oldest] = this.#places.keys()
    if (oldest !== undefined) this.#places.delete(oldest)
  }

  /** Undefined where the segment's file went because the partition has it no longer. */
  async #unlessReplaced<T>(segment: Segment, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act()
    } catch (error) {
      const isGone = error instanceof DiskError && error.code === 'not-found'
      if (!isGone) throw error
      if (!this.#partition.segments.includes(segment)) return undefined
      throw this.#partition.damaged(`"${segment.file}" is gone.`)
    }
  }

  /** Visits the batches from this place on, up to what was synced when it began. */
  async #visit(
    segment: Segment,
    fromBytes: number,
    chunkBytes: number,
    visit: Visit,
  ): Promise<void> {
    const toBytes = segment.sizeBytes
    await this.#files.use(this.#partition.pathOf(segment), async (file) => {
      let atBytes = fromBytes
      let wanted = chunkBytes
      while (atBytes < toBytes) {
        const chunk = await readRange(file, atBytes, Math.min(wanted, toBytes - atBytes))
        const read = this.#visitChunk(segment, chunk, atBytes, visit)
        if (read.done) return
        if (read.bytes === 0 && chunk.length < wanted) throw this.#broken(segment, atBytes)
        atBytes += read.bytes
        const next = read.bytes === 0 ? frameBytesAt(chunk, 0) : chunkBytes
        wanted = typeof next === 'number' ? Math.max(chunkBytes, next) : chunkBytes
      }
    })
  }

  #visitChunk(
    segment: Segment,
    chunk: Uint8Array,
    chunkAt: number,
    visit: Visit,
  ): { readonly done: boolean; readonly bytes: number } {
    let bytes = 0
    for (;;) {
      const frame = readFrame(chunk, bytes)
      if (frame === 'short') return { done: false, bytes }
      if (frame === 'broken') throw this.#broken(segment, chunkAt + bytes)
      if (frame.payload[0] === KIND.batch) {
        try {
          const head = readBatchHead(frame.payload)
          if (!visit(frame.payload, head, chunkAt + frame.nextBytes)) return { done: true, bytes }
        } catch (error) {
          if (!(error instanceof MalformedBytes)) throw error
          throw this.#broken(segment, chunkAt + bytes)
        }
      }
      bytes = frame.nextBytes
    }
  }

  #broken(segment: Segment, atBytes: number): Error {
    return this.#partition.damaged(`"${segment.file}" is broken at byte ${atBytes}.`)
  }
}
