/**
 * Compaction: of each key only the newest record stays, and a tombstone only for a time.
 *
 * One round reads the segments that have not been compacted, up to as many keys as memory is kept
 * for, and notes the newest offset of each key. Then all segments up to there are written anew
 * without what a noted offset replaces, the oldest first, small neighbours as one. Offsets stay as
 * they are. The last segment, which is written to, is left alone.
 *
 * A tombstone may go when everything older of its key has gone; that is so, since older segments
 * are for good on the disk before a younger one is written anew.
 */

import type { Disk, Random, StoredRecord } from '@millrace/engine'
import { FRAME_HEADER_BYTES, sealFrame } from '../frame.ts'
import { ByteWriter } from './byte-writer.ts'
import { KIND } from './frame-kind.ts'
import type { Partition } from './partition.ts'
import { type BatchHead, readRecords, writeBatch } from './record-batch.ts'
import { SALTS, Segment, type SegmentHeader, segmentHeaderFrame } from './segment.ts'
import { scanFrames, UNFINISHED } from './stored-files.ts'

export interface CompactionOptions {
  readonly disk: Disk
  readonly random: Random
  readonly nowMs: number
  /** Of one round. */
  readonly keysMax: number
  /** Asked between files: whether somebody wants to close. */
  stopped(): boolean
}

/** The last segment ends after this long, so that its records are compacted too. */
const ROLL_AFTER_MS = 24 * 3600 * 1000

/** Below this share of bytes that were never compacted, a round costs more than it brings. */
const DIRTY_SHARE_MIN = 0.25

export async function compact(partition: Partition, options: CompactionOptions): Promise<void> {
  await rollOld(partition, options.nowMs)
  if (dirtyShare(partition.segments.slice(0, -1)) < DIRTY_SHARE_MIN) return
  for (;;) {
    const closed = partition.segments.slice(0, -1)
    const firstDirty = closed.findIndex(({ compacted }) => !compacted)
    if (firstDirty === -1 || options.stopped()) return
    const newest = new Map<string, number>()
    const upTo = await noteKeys(partition, closed, firstDirty, newest, options)
    for (const group of neighbours(closed.slice(0, upTo), partition.settings.segmentBytes)) {
      if (options.stopped()) return
      await rewrite(partition, group, newest, options)
    }
  }
}

function dirtyShare(closed: readonly Segment[]): number {
  const total = closed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const dirty = closed.reduce((sum, one) => sum + (one.compacted ? 0 : one.sizeBytes), 0)
  return total === 0 ? 0 : dirty / total
}

async function rollOld(partition: Partition, nowMs: number): Promise<void> {
  await partition.mutex.run(async () => {
    const { recordCount, firstAppendedMs } = partition.active
    if (recordCount > 0 && nowMs - firstAppendedMs > ROLL_AFTER_MS) await partition.roll()
  })
}

/** At least one segment; returns the index behind the last of them. */
async function noteKeys(
  partition: Partition,
  closed: readonly Segment[],
  firstDirty: number,
  newest: Map<string, number>,
  options: CompactionOptions,
): Promise<number> {
  for (let index = firstDirty; index < closed.length; index++) {
    if (newest.size >= options.keysMax) return index
    await visitBatches(partition, closed[index] as Segment, options.disk, (_, records) => {
      for (const { key, offset } of records) if (key !== null) newest.set(keyText(key), offset)
    })
  }
  return closed.length
}

/** So many as together are no longer than a segment. */
function neighbours(segments: readonly Segment[], bytesMax: number): readonly Segment[][] {
  const groups: Segment[][] = []
  let bytes = 0
  for (const segment of segments) {
    const last = groups.at(-1)
    bytes += segment.sizeBytes
    if (last !== undefined && bytes <= bytesMax) last.push(segment)
    else {
      groups.push([segment])
      bytes = segment.sizeBytes
    }
  }
  return groups
}

async function rewrite(
  partition: Partition,
  old: readonly Segment[],
  newest: ReadonlyMap<string, number>,
  options: CompactionOptions,
): Promise<void> {
  const [first] = old
  const last = old.at(-1)
  if (first === undefined || last === undefined) return
  const header: SegmentHeader = {
    base: first.base,
    generation: first.name.generation + 1,
    compacted: true,
    endOffset: last.endOffset,
    salt: Math.floor(options.random.next() * SALTS),
  }
  const segment = new Segment(header, 0)
  const { folder } = partition.place
  const unfinished = `${folder}/${UNFINISHED}${segment.file}`
  const file = await options.disk.open(unfinished, 'create')
  try {
    await file.write(segmentHeaderFrame(header))
    segment.sizeBytes = segmentHeaderFrame(header).length
    for (const source of old) {
      const frames = new ByteWriter()
      const batches: { readonly head: BatchHead; readonly at: number }[] = []
      await visitBatches(partition, source, options.disk, (head, records) => {
        const kept = records.filter((record) => stays(record, head, newest, partition, options))
        if (kept.length > 0) batches.push(addBatch(frames, head, kept))
      })
      await file.write(frames.written())
      for (const { head, at } of batches) segment.note(head, segment.sizeBytes + at)
      segment.sizeBytes += frames.length
    }
    await file.sync()
  } catch (error) {
    await file.close()
    await options.disk.remove(unfinished).catch(() => undefined)
    throw error
  }
  await file.close()
  await options.disk.rename(unfinished, partition.pathOf(segment))
  await options.disk.syncFolder(folder)
  await partition.mutex.run(async () => {
    // Retention may have taken some of them in the meantime.
    const present = old.filter((one) => partition.segments.includes(one))
    partition.replace(present, present.length === old.length ? [segment] : present)
    await partition.removeFiles(present.length === old.length ? old : [segment])
    if (present.length === old.length) await partition.saveIndexOf(segment).catch(() => undefined)
  })
}

function stays(
  { key, value, offset }: StoredRecord,
  { appendedAtMs }: BatchHead,
  newest: ReadonlyMap<string, number>,
  partition: Partition,
  { nowMs }: CompactionOptions,
): boolean {
  if (key === null) return true
  if ((newest.get(keyText(key)) ?? offset) > offset) return false
  return value !== null || nowMs - appendedAtMs <= partition.settings.tombstoneRetentionMs
}

function addBatch(
  frames: ByteWriter,
  head: BatchHead,
  kept: readonly StoredRecord[],
): { readonly head: BatchHead; readonly at: number } {
  const at = frames.skip(FRAME_HEADER_BYTES)
  const records = kept.map((record) => ({ ...record, delta: record.offset - head.baseOffset }))
  const times = writeBatch(frames, records, head)
  sealFrame(frames.bytes, at, frames.length - at - FRAME_HEADER_BYTES)
  return { head: { ...head, ...times, count: kept.length }, at }
}

async function visitBatches(
  partition: Partition,
  segment: Segment,
  disk: Disk,
  visit: (head: BatchHead, records: readonly StoredRecord[]) => void,
): Promise<void> {
  const file = await disk.open(partition.pathOf(segment), 'read')
  try {
    const { atBytes } = await scanFrames(file, 0, segment.sizeBytes, (payload) => {
      if (payload[0] !== KIND.batch) return
      const records: StoredRecord[] = []
      visit(readRecords(payload, 0, records), records)
    })
    if (atBytes !== segment.sizeBytes) {
      throw partition.damaged(`"${segment.file}" is broken at byte ${atBytes}.`)
    }
  } finally {
    await file.close()
  }
}

/** A text with a character for each byte: as unlike as the keys themselves. */
function keyText(key: Uint8Array): string {
  let text = ''
  for (const byte of key) text += String.fromCharCode(byte)
  return text
}
