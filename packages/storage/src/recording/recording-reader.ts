/**
 * Reads a recording block by block, so that memory holds one at a time. What a crash has left torn
 * is cut off; a break in what had been synced, or in a recording that was ended, is refused.
 */

import type { CheckpointStore, Disk, DiskFile, Random, RecordedTurn } from '@millrace/engine'
import { openCheckpointFiles } from '../checkpoint-files.ts'
import { DamagedFile } from '../damaged-file.ts'
import { FRAME_HEADER_BYTES, frameBytesAt, readFrame } from '../frame.ts'
import { findPlaces, readRange, readWhole, writeWhole } from '../log/stored-files.ts'
import {
  blockOf,
  CHECKPOINT_FOLDER,
  END_FILE,
  endFrame,
  HEAD_FILE,
  isSegment,
  parseSegmentFile,
  RESTORE,
  type RecordingEnd,
  type RecordingEntry,
  type RecordingHead,
  readBlock,
  readEnd,
  readHead,
  segmentFile,
  syncedBefore,
} from './recording-format.ts'

/** Why a recording was not ended by its writer. */
export interface WhyLost {
  readonly reason: 'disk' | 'lost'
  readonly detail: string
}

export interface StoredRecording {
  readonly head: RecordingHead
  /** Undefined where it was not ended: it is being written, or its process died. */
  readonly end: RecordingEnd | undefined
  /** On the disk, without the checkpoint. */
  readonly bytes: number
  /** Fails with a `DamagedFile` where it comes to what is not what was written. */
  entries(): AsyncGenerator<RecordingEntry, void>
  /**
   * Ends one whose writer has died: cuts off what is torn, counts what is there, and notes both.
   * Nobody may write it any more. Fails with a `DamagedFile`.
   */
  endLost(why: WhyLost): Promise<RecordingEnd>
  /** The checkpoint that it begins with; undefined where the job began. */
  openCheckpoint(random: Random): Promise<CheckpointStore | undefined>
}

/** Undefined where there is none. Fails with a `DamagedFile`. */
export async function openRecording(
  disk: Disk,
  root: string,
  folder: string,
): Promise<StoredRecording | undefined> {
  if ((await disk.kindOf(folder)) !== 'folder') return undefined
  const headPath = `${folder}/${HEAD_FILE}`
  const headBytes = await readWhole(disk, headPath)
  if (headBytes === undefined) {
    // Written before anything else, so it was there.
    const wasBegun = (await disk.list(folder)).some((name) => parseSegmentFile(name) !== undefined)
    if (!wasBegun) return undefined
    throw new DamagedFile(headPath, 'It is not there.', RESTORE)
  }
  const { head, salt } = readHead(headPath, headBytes)
  const endPath = `${folder}/${END_FILE}`
  const endBytes = await readWhole(disk, endPath)
  const end = endBytes === undefined ? undefined : readEnd(endPath, endBytes, salt)
  const names = await disk.list(folder)
  const numbers = names.flatMap((name) => parseSegmentFile(name) ?? [])
  const segments = numbers.sort((a, b) => a - b)
  const expected = end?.segmentBytes.length ?? segments.length
  const missing = Array.from({ length: expected }, (_, index) => index + 1).find(
    (number) => !segments.includes(number),
  )
  if (missing !== undefined) {
    throw new DamagedFile(`${folder}/${segmentFile(missing)}`, 'It is not there.', RESTORE)
  }
  const bytes = await sizeOf(disk, folder, segments)
  const reader = new Reader(disk, folder, salt, end)
  return {
    head,
    end,
    bytes,
    entries: () => reader.entries(segments),
    endLost: (why) => reader.endLost(segments, why),
    openCheckpoint: async (random) => {
      if (!head.fromCheckpoint) return undefined
      const options = { disk, random, root, folder: `${folder}/${CHECKPOINT_FOLDER}` }
      return openCheckpointFiles({ ...options, owner: head.jobId })
    },
  }
}

async function sizeOf(disk: Disk, folder: string, segments: readonly number[]): Promise<number> {
  let bytes = 0
  for (const number of segments) {
    const file = await disk.open(`${folder}/${segmentFile(number)}`, 'read')
    bytes += await file.sizeBytes()
    await file.close()
  }
  return bytes
}

class Reader {
  readonly #disk: Disk
  readonly #folder: string
  readonly #salt: number
  readonly #end: RecordingEnd | undefined
  /** Of each segment that was read, how much is not torn. */
  readonly #wholeBytes = new Map<number, number>()

  constructor(disk: Disk, folder: string, salt: number, end: RecordingEnd | undefined) {
    this.#disk = disk
    this.#folder = folder
    this.#salt = salt
    this.#end = end
  }

  async *entries(segments: readonly number[]): AsyncGenerator<RecordingEntry, void> {
    for (const [index, number] of segments.entries()) {
      const path = `${this.#folder}/${segmentFile(number)}`
      const file = await this.#disk.open(path, 'read')
      try {
        yield* this.#segment(file, path, number, index === segments.length - 1)
      } finally {
        await file.close()
      }
    }
  }

  async endLost(segments: readonly number[], why: WhyLost): Promise<RecordingEnd> {
    if (this.#end !== undefined) return this.#end
    let [turns, records, endedAtMs] = [0, 0, 0]
    for await (const entry of this.entries(segments)) {
      if (entry.kind !== 'turn') continue
      const { turn } = entry
      turns++
      endedAtMs = turn.nowMs
      if (turn.kind === 'records') records += turn.chunk.rows.length + turn.chunk.rejects.length
    }
    const segmentBytes = segments.map((number) => this.#wholeBytes.get(number) ?? 0)
    for (const [index, number] of segments.entries()) {
      const file = await this.#disk.open(`${this.#folder}/${segmentFile(number)}`, 'append')
      await file.truncate(segmentBytes[index] ?? 0)
      await file.sync()
      await file.close()
    }
    const end: RecordingEnd = { ...why, endedAtMs, turns, records, segmentBytes }
    await writeWhole(this.#disk, this.#folder, END_FILE, endFrame(end, this.#salt))
    return end
  }

  async *#segment(
    file: DiskFile,
    path: string,
    number: number,
    isLast: boolean,
  ): AsyncGenerator<RecordingEntry, void> {
    const sizeBytes = await file.sizeBytes()
    const wholeBytes = this.#end?.segmentBytes[number - 1]
    if (wholeBytes !== undefined && sizeBytes !== wholeBytes) {
      throw new DamagedFile(path, `It has ${sizeBytes} of ${wholeBytes} bytes.`, RESTORE)
    }
    for (let atBytes = 0; atBytes < sizeBytes; ) {
      const { payload, nextBytes } = await this.#frameAt(file, atBytes, sizeBytes)
      const ours =
        payload !== undefined &&
        (atBytes === 0
          ? isSegment(payload, number, this.#salt)
          : syncedBefore(payload, this.#salt) !== undefined)
      if (!ours) {
        await this.#refuseUnlessTorn(file, path, atBytes, isLast)
        return
      }
      if (atBytes > 0) yield* readBlock(path, payload)
      atBytes = nextBytes
      this.#wholeBytes.set(number, atBytes)
    }
  }

  async #frameAt(
    file: DiskFile,
    atBytes: number,
    sizeBytes: number,
  ): Promise<{ readonly payload: Uint8Array | undefined; readonly nextBytes: number }> {
    const header = await readRange(file, atBytes, FRAME_HEADER_BYTES)
    const length = frameBytesAt(header, 0)
    const none = { payload: undefined, nextBytes: atBytes }
    if (typeof length !== 'number' || atBytes + length > sizeBytes) return none
    const frame = readFrame(await readRange(file, atBytes, length), 0)
    if (typeof frame === 'string') return none
    return { payload: frame.payload, nextBytes: atBytes + length }
  }

  /** A segment that was followed by another one had been synced, and so had an ended recording. */
  async #refuseUnlessTorn(
    file: DiskFile,
    path: string,
    atBytes: number,
    isLast: boolean,
  ): Promise<void> {
    const synced = this.#end !== undefined || !isLast || (await this.#wasSynced(file, atBytes))
    if (!synced) return
    const reason = `What stands at byte ${atBytes} is not what was written there.`
    throw new DamagedFile(path, reason, RESTORE)
  }

  /** Whether a whole block further on says that everything up to here had been synced. */
  async #wasSynced(file: DiskFile, atBytes: number): Promise<boolean> {
    const sizeBytes = await file.sizeBytes()
    for await (const place of findPlaces(file, atBytes + 1, blockOf(this.#salt))) {
      const { payload } = await this.#frameAt(file, place, sizeBytes)
      const syncedBytes = payload && syncedBefore(payload, this.#salt)
      if (syncedBytes !== undefined && syncedBytes > atBytes) return true
    }
    return false
  }
}

/** The turns alone. */
export async function* turnsOf(
  entries: AsyncIterable<RecordingEntry>,
): AsyncGenerator<RecordedTurn, void> {
  for await (const entry of entries) if (entry.kind === 'turn') yield entry.turn
}
