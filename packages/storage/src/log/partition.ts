/**
 * A partition: records in the order of their offsets, in segments of which the last is written to.
 *
 * Group commit: what is appended while the disk is busy gathers in one buffer, which is then
 * written and synced as one. Readers see records, and whoever appended hears of it, only when the
 * sync has returned.
 */

import type {
  AppendOptions,
  Clock,
  DiskFile,
  OffsetRange,
  PartitionDescription,
  Random,
  TopicFailure,
  TopicRecord,
  TopicSettings,
} from '@millrace/engine'
import { readAcknowledged, writeAcknowledged } from './acknowledged.ts'
import { Group, type GroupEntry } from './group.ts'
import { type Guard, isNoSpace } from './guard.ts'
import type { KnownAppends } from './known-appends.ts'
import { Mutex } from './mutex.ts'
import {
  type ClosedEnd,
  damaged,
  type OpenedPartition,
  openPartition,
  type PartitionPlace,
} from './open-partition.ts'
import type { BatchHead } from './record-batch.ts'
import type { Tail } from './rescue.ts'
import {
  indexFile,
  SALTS,
  Segment,
  type SegmentHeader,
  segmentFile,
  segmentHeaderFrame,
} from './segment.ts'
import { toIndexFile } from './segment-index.ts'
import type { SpareBuffers } from './spare-buffers.ts'
import { type OpenFiles, writeWhole } from './stored-files.ts'

/** So much of a segment is read again at most when it is opened after a crash. */
const INDEX_AFTER_BYTES = 8 * 1024 * 1024

export interface PartitionOptions extends PartitionPlace {
  readonly clock: Clock
  readonly random: Random
  readonly guard: Guard
  readonly files: OpenFiles
  readonly spare: SpareBuffers
  readonly settings: TopicSettings
  /** Called whenever readers may see more. */
  onAppended(): void
}

export type PartitionAppended = OffsetRange & { readonly duplicate: boolean }

export class Partition {
  readonly place: PartitionPlace
  readonly settings: TopicSettings
  /** Taken by whoever writes: groups, transactions, segments that begin or go. */
  readonly mutex = new Mutex()
  readonly #options: PartitionOptions
  #segments: readonly Segment[]
  readonly #known: KnownAppends
  /** Of appends that are not synced yet. */
  readonly #underWay = new Map<string, Promise<PartitionAppended>>()
  #file: DiskFile | undefined
  /** Of the last segment, with what is not synced. */
  #writtenBytes = 0
  #indexedBytes = 0
  /** Written and not shown. */
  #hidden: { readonly head: BatchHead; readonly atBytes: number }[] = []
  #hiddenEndOffset: number
  #group: Group | undefined
  #writing = false
  #nextOffset: number
  #acknowledgedOffset: number | undefined

  /** Of what was found when it was opened; to be rescued before anything is written. */
  readonly tail: Tail | undefined

  private constructor(options: PartitionOptions, { segments, known, tail }: OpenedPartition) {
    this.#options = options
    this.tail = tail
    this.place = options
    this.settings = options.settings
    this.#segments = segments
    this.#known = known
    this.#nextOffset = this.endOffset
    this.#hiddenEndOffset = this.endOffset
    this.#writtenBytes = this.active.sizeBytes
    this.#indexedBytes = this.active.sizeBytes
  }

  static async open(options: PartitionOptions, closed: ClosedEnd | undefined): Promise<Partition> {
    const partition = new Partition(options, await openPartition(options, closed))
    partition.#acknowledgedOffset = await readAcknowledged(options)
    partition.#file = await options.disk.open(partition.pathOf(partition.active), 'append')
    return partition
  }

  /** Makes the first segment in an empty folder. */
  static async create(place: PartitionPlace, random: Random): Promise<void> {
    await writeSegment(place, newHeader(0, random))
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  get active(): Segment {
    return this.#segments.at(-1) as Segment
  }

  get startOffset(): number {
    return (this.#segments[0] as Segment).base
  }

  get endOffset(): number {
    return this.active.endOffset
  }

  /** Before it the only reader is done with everything; undefined where nobody has said so. */
  get acknowledgedOffset(): number | undefined {
    const noted = this.#acknowledgedOffset
    if (noted === undefined) return undefined
    return Math.max(this.startOffset, Math.min(noted, this.endOffset))
  }

  /** The mutex is held. */
  async noteAcknowledged(offset: number): Promise<void> {
    this.#options.guard.check()
    try {
      await writeAcknowledged(this.place, offset)
    } catch (error) {
      const { guard } = this.#options
      throw isNoSpace(error) ? guard.noSpace(error) : guard.stop(error)
    }
    this.#acknowledgedOffset = offset
  }

  /** For what comes behind what was written last, seen or not. The mutex is held. */
  createGroup(): Group {
    return new Group(this.#hiddenEndOffset, this.#options.spare)
  }

  pathOf(segment: Segment): string {
    return `${this.place.folder}/${segment.file}`
  }

  describe(): PartitionDescription {
    const appendedAtMs = Math.max(...this.#segments.map(({ lastAppendedMs }) => lastAppendedMs))
    return {
      startOffset: this.startOffset,
      endOffset: this.endOffset,
      bytes: totalBytes(this.#segments),
      ...this.#describeUnread(),
      ...(Number.isFinite(appendedAtMs) && { appendedAtMs }),
    }
  }

  #describeUnread(): Pick<PartitionDescription, 'acknowledgedOffset' | 'unreadBytes'> {
    const { acknowledgedOffset } = this
    if (acknowledgedOffset === undefined) return {}
    const unread = this.#segments.filter(({ endOffset }) => endOffset > acknowledgedOffset)
    return { acknowledgedOffset, unreadBytes: totalBytes(unread) }
  }

  /** The records are taken as they are; whoever calls has looked at them. */
  async append(
    records: readonly TopicRecord[],
    { idempotencyKey = '' }: AppendOptions,
  ): Promise<PartitionAppended> {
    if (idempotencyKey === '') return this.#enqueue(records, '')
    const known = this.#known.get(idempotencyKey)
    if (known !== undefined) {
      return { startOffset: known.startOffset, endOffset: known.endOffset, duplicate: true }
    }
    const before = this.#underWay.get(idempotencyKey)
    if (before !== undefined) return { ...(await before), duplicate: true }
    const appended = this.#enqueue(records, idempotencyKey)
    this.#underWay.set(idempotencyKey, appended)
    try {
      return await appended
    } finally {
      this.#underWay.delete(idempotencyKey)
    }
  }

  #enqueue(records: readonly TopicRecord[], key: string): Promise<PartitionAppended> {
    return new Promise((resolve, reject) => {
      this.#group ??= new Group(this.#nextOffset, this.#options.spare)
      const entry: GroupEntry = {
        records,
        key,
        // Of half an append nobody could tell later that the other half is missing.
        whole: key !== '',
        appendedAtMs: this.#options.clock.nowMs(),
        resolve: (range) => resolve({ ...range, duplicate: false }),
        reject,
      }
      this.#group.add(entry, this.#writing ? 'at once' : undefined)
      this.#nextOffset = this.#group.endOffset
      if (!this.#writing) void this.#writeGroups()
    })
  }

  async #writeGroups(): Promise<void> {
    this.#writing = true
    // What is appended in the same breath belongs to the first group.
    await undefined
    while (this.#group !== undefined) {
      await this.mutex.run(async () => {
        const group = this.#group
        this.#group = undefined
        if (group !== undefined) await this.#writeGroup(group)
      })
    }
    this.#writing = false
  }

  async #writeGroup(group: Group): Promise<void> {
    try {
      const bytes = group.bytesMax
      await this.admit(bytes)
      await this.rollFor(bytes)
      await this.writeHidden(group)
      await this.syncHidden()
      this.showHidden()
    } catch (error) {
      // What was to follow has its offsets from this group, so it goes too.
      const later = this.#group
      this.#group = undefined
      this.#nextOffset = this.endOffset
      for (const refused of [group, later]) refused?.reject(error)
      return
    }
    group.resolve()
    await this.saveIndex()
  }

  async admit(bytes: number): Promise<void> {
    this.#options.guard.check()
    await this.#options.guard.admit(bytes)
  }

  /**
   * Writes a group that readers do not see. Where there is no space the file is as it was; where
   * even that cannot be had, the log stops. The caller holds the mutex.
   */
  async writeHidden(group: Group): Promise<void> {
    const file = this.#file as DiskFile
    const { sizeBytes, salt } = this.active
    let writtenBytes = this.#writtenBytes
    group.begin(sizeBytes, salt)
    try {
      for (let bytes = group.take(); bytes !== undefined; ) {
        writtenBytes += bytes.length
        const written = file.write(bytes)
        // While the disk is at it.
        bytes = group.take()
        await written
      }
    } catch (error) {
      if (!isNoSpace(error)) throw this.#options.guard.stop(error)
      await this.cutBack()
      throw this.#options.guard.noSpace(error)
    }
    for (const { head, at } of group.batches) {
      this.#hidden.push({ head, atBytes: this.#writtenBytes + at })
    }
    this.#writtenBytes = writtenBytes
    this.#hiddenEndOffset = group.endOffset
    group.letGo()
  }

  async syncHidden(): Promise<void> {
    try {
      await (this.#file as DiskFile).sync()
    } catch (error) {
      throw this.#options.guard.stop(error)
    }
  }

  /** Lets readers see what was synced. */
  showHidden(): void {
    const segment = this.active
    segment.sizeBytes = this.#writtenBytes
    for (const { head, atBytes } of this.#hidden) {
      segment.note(head, atBytes)
      this.#known.note(head.key, head.baseOffset, head.baseOffset + head.span)
    }
    this.#hidden = []
    this.#options.onAppended()
  }

  /** Takes back what was written and not shown. */
  async cutBack(): Promise<void> {
    const { sizeBytes } = this.active
    try {
      await this.#file?.truncate(sizeBytes)
      await this.#file?.sync()
    } catch (error) {
      throw this.#options.guard.stop(error)
    }
    this.#writtenBytes = sizeBytes
    this.#hidden = []
    this.#hiddenEndOffset = this.endOffset
  }

  /** After a transaction has taken offsets: what waits takes the next ones. The mutex is held. */
  renumber(): void {
    this.#nextOffset = this.endOffset
    if (this.#group === undefined) return
    const before = this.#group
    this.#group = before.renumbered(this.#nextOffset)
    before.letGo()
    this.#nextOffset = this.#group.endOffset
  }

  /** Begins a new segment where these bytes would make the last one too long. */
  async rollFor(bytes: number): Promise<void> {
    const { recordCount, sizeBytes } = this.active
    if (recordCount > 0 && sizeBytes + bytes > this.settings.segmentBytes) await this.roll()
  }

  /** The mutex is held. */
  async roll(): Promise<void> {
    const { guard, random, disk } = this.#options
    const header = newHeader(this.endOffset, random)
    try {
      await this.saveIndex(0)
      await writeSegment(this.place, header)
      const file = await disk.open(`${this.place.folder}/${segmentFile(header)}`, 'append')
      await this.#file?.close()
      this.#file = file
    } catch (error) {
      throw isNoSpace(error) ? guard.noSpace(error) : guard.stop(error)
    }
    const segment = new Segment(header, segmentHeaderFrame(header).length)
    this.#segments = [...this.#segments, segment]
    this.#writtenBytes = segment.sizeBytes
    this.#indexedBytes = segment.sizeBytes
  }

  /** Puts others in the place of neighbouring segments. The mutex is held. */
  replace(old: readonly Segment[], by: readonly Segment[]): void {
    if (old.length === 0) return
    const gone = new Set(old)
    const at = this.#segments.indexOf(old[0] as Segment)
    const rest = this.#segments.filter((segment) => !gone.has(segment))
    this.#segments = [...rest.slice(0, at), ...by, ...rest.slice(at)]
  }

  /** The oldest first, each for good before the next, so that no power cut leaves a gap. */
  async removeFiles(segments: readonly Segment[]): Promise<void> {
    const { disk, folder } = this.place
    for (const segment of segments) {
      await this.#options.files.forget(this.pathOf(segment))
      await disk.remove(this.pathOf(segment))
      await disk.remove(`${folder}/${indexFile(segment.name)}`).catch(() => undefined)
      await disk.syncFolder(folder)
    }
  }

  saveIndexOf(segment: Segment, synced = false): Promise<void> {
    const bytes = toIndexFile(segment, this.#known)
    return writeWhole(this.place.disk, this.place.folder, indexFile(segment.name), bytes, synced)
  }

  /**
   * Segments at the beginning go. Idempotency keys are known from them too, so they are noted in
   * what stays. The mutex is held.
   */
  async letGo(segments: readonly Segment[]): Promise<void> {
    if (segments.length === 0) return
    await this.saveIndexOf(this.active, true)
    this.replace(segments, [])
    await this.removeFiles(segments)
  }

  /** Where enough has been written since the last time. The mutex is held. */
  async saveIndex(afterBytes = INDEX_AFTER_BYTES): Promise<void> {
    if (this.active.sizeBytes - this.#indexedBytes < afterBytes) return
    this.#indexedBytes = this.active.sizeBytes
    // It only spares work, so doing without is better than stopping.
    await this.saveIndexOf(this.active).catch(() => undefined)
  }

  damaged(fact: string): TopicFailure {
    return damaged(this.place, fact)
  }

  /** What waits is refused; returns where the partition ends, for whoever opens it next. */
  async close(): Promise<ClosedEnd> {
    return this.mutex.run(async () => {
      if (this.#options.guard.stopped === undefined) await this.saveIndex(1)
      await this.#file?.close()
      this.#file = undefined
      return { file: this.active.file, bytes: this.active.sizeBytes }
    })
  }
}

function totalBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

function newHeader(base: number, random: Random): SegmentHeader {
  const salt = Math.floor(random.next() * SALTS)
  return { base, generation: 0, compacted: false, endOffset: base, salt }
}

async function writeSegment(place: PartitionPlace, header: SegmentHeader): Promise<void> {
  await writeWhole(place.disk, place.folder, segmentFile(header), segmentHeaderFrame(header))
}
