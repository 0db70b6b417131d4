/**
 * The format of a recording: a folder with what it is of, its turns in segments, and how it ended.
 *
 * ```text
 * recording                  what was recorded, written before anything else
 * checkpoint/                the state to begin with; absent where the job began
 * turns-000001.log           segment header │ block │ block │ …
 * turns-000002.log
 * end                        why and where it ended; absent where the process died
 * ```
 *
 * Everything is frames. A block says how much of its segment was synced before it, so that a break
 * in what had been synced is not taken for the torn end that a crash leaves. It holds entries: a
 * turn, or what had left the job by then.
 */

import {
  decodeState,
  encodeState,
  type RecordedTurn,
  type Saved,
  StateCodecError,
} from '@millrace/engine'
import { ByteReader, ByteWriter } from '../byte-writer.ts'
import { DamagedFile } from '../damaged-file.ts'
import { FRAME_HEADER_BYTES, readFrame, toFrame } from '../frame.ts'
import type { Sought } from '../log/stored-files.ts'

export const RECORDING_VERSION = 1
export const HEAD_FILE = 'recording'
export const END_FILE = 'end'
export const CHECKPOINT_FOLDER = 'checkpoint'

const KIND = { head: 1, segment: 2, block: 3, end: 4 } as const

/** What is recorded. */
export interface RecordingHead {
  /** The pipeline as it ran: its document. */
  readonly document: string
  readonly name: string
  /** Empty where the job was none of a server. */
  readonly pipelineId: string
  readonly version: number
  readonly jobId: string
  readonly startedAtMs: number
  /** Whether it begins with a checkpoint; else the job began with it. */
  readonly fromCheckpoint: boolean
}

/** `lost`: the process that recorded died; `resent`: what came in next is none of the turns. */
export type RecordingReason = 'stopped' | 'job-ended' | 'size' | 'time' | 'disk' | 'resent' | 'lost'

export interface RecordingEnd {
  readonly reason: RecordingReason
  /** Why the disk did not take it; empty otherwise. */
  readonly detail: string
  readonly endedAtMs: number
  readonly turns: number
  readonly records: number
  /** Of each segment. */
  readonly segmentBytes: readonly number[]
}

/** Of what left through a sink: how many rows, and a digest of all of them in their order. */
export interface OutputDigest {
  readonly rows: number
  readonly digest: string
}

/** By sink; under no name, what could not be processed. */
export type OutputDigests = { readonly [nodeId: string]: OutputDigest }

export type RecordingEntry =
  | { readonly kind: 'turn'; readonly turn: RecordedTurn }
  /** What had left when all turns before this were done. */
  | { readonly kind: 'outputs'; readonly outputs: OutputDigests }

export function segmentFile(number: number): string {
  return `turns-${String(number).padStart(6, '0')}.log`
}

/** Undefined where a file is no segment. */
export function parseSegmentFile(name: string): number | undefined {
  const [, digits] = /^turns-(\d{6})\.log$/.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}

export function headFrame(head: RecordingHead, salt: number): Uint8Array {
  return savedFrame(KIND.head, { salt, head: { ...head } })
}

export function readHead(
  path: string,
  bytes: Uint8Array,
): { readonly head: RecordingHead; readonly salt: number } {
  return readSaved(path, bytes, KIND.head) as unknown as { head: RecordingHead; salt: number }
}

export function endFrame(end: RecordingEnd, salt: number): Uint8Array {
  return savedFrame(KIND.end, { salt, end: { ...end } })
}

export function readEnd(path: string, bytes: Uint8Array, salt: number): RecordingEnd {
  const read = readSaved(path, bytes, KIND.end) as unknown as { end: RecordingEnd; salt: number }
  if (read.salt === salt) return read.end
  throw new DamagedFile(path, 'It belongs to another recording.', RESTORE)
}

export function segmentFrame(number: number, salt: number): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(KIND.segment)
  writer.byte(RECORDING_VERSION)
  writer.double(salt)
  writer.varint(number)
  return toFrame(writer.view())
}

/** Whether the payload begins this segment of this recording. */
export function isSegment(payload: Uint8Array, number: number, salt: number): boolean {
  const expected = segmentFrame(number, salt).subarray(8)
  return payload.length === expected.length && payload.every((byte, at) => byte === expected[at])
}

/** Gathers entries into a block. */
export class BlockWriter {
  readonly #salt: number
  readonly #entries = new ByteWriter()

  constructor(salt: number) {
    this.#salt = salt
  }

  get bytes(): number {
    return this.#entries.length
  }

  turn(turn: RecordedTurn): void {
    this.#add(encodeState({ turn }))
  }

  outputs(outputs: OutputDigests): void {
    this.#add(encodeState({ outputs }))
  }

  #add(entry: Uint8Array): void {
    this.#entries.varint(entry.length)
    this.#entries.bytes(entry)
  }

  /** The block as a frame; the next entry begins another one. */
  take(syncedBytes: number): Uint8Array {
    const writer = new ByteWriter()
    writer.byte(KIND.block)
    writer.double(this.#salt)
    writer.varint(syncedBytes)
    writer.bytes(this.#entries.view())
    this.#entries.length = 0
    return toFrame(writer.view())
  }
}

/** How much had been synced before this block; undefined where it is none of this recording. */
export function syncedBefore(payload: Uint8Array, salt: number): number | undefined {
  if (payload[0] !== KIND.block) return undefined
  const reader = new ByteReader(payload)
  reader.byte()
  return reader.double() === salt ? reader.varint() : undefined
}

/** Where a block of this recording may begin, with its frame: its checksum was not looked at. */
export function blockOf(salt: number): Sought {
  const writer = new ByteWriter()
  writer.byte(KIND.block)
  writer.double(salt)
  const begin = writer.view().slice()
  return {
    byte: KIND.block,
    lead: FRAME_HEADER_BYTES,
    length: FRAME_HEADER_BYTES + begin.length,
    fits: (bytes, at) =>
      begin.every((byte, index) => bytes[at + FRAME_HEADER_BYTES + index] === byte),
  }
}

/** Of a block that has passed its checksum. */
export function* readBlock(path: string, payload: Uint8Array): IterableIterator<RecordingEntry> {
  const reader = new ByteReader(payload)
  reader.byte()
  reader.double()
  reader.varint()
  while (!reader.ended) {
    const entry = decodeState(reader.bytes(reader.varint())) as {
      readonly turn?: Saved
      readonly outputs?: Saved
    }
    if (entry.turn !== undefined) {
      yield { kind: 'turn', turn: entry.turn as unknown as RecordedTurn }
    } else if (entry.outputs !== undefined) {
      yield { kind: 'outputs', outputs: entry.outputs as unknown as OutputDigests }
    } else throw new DamagedFile(path, 'It holds an entry that nobody knows.', NEWER)
  }
}

export const RESTORE = 'Restore it from a copy, or delete the recording.'
const NEWER = 'Open it with the version of Millrace that wrote it, or a newer one.'

function savedFrame(kind: number, saved: Saved): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(kind)
  writer.byte(RECORDING_VERSION)
  writer.bytes(encodeState(saved))
  return toFrame(writer.view())
}

function readSaved(path: string, bytes: Uint8Array, kind: number): Saved {
  const frame = readFrame(bytes, 0)
  if (typeof frame === 'string' || frame.nextBytes !== bytes.length) {
    throw new DamagedFile(path, 'It is not what was written.', RESTORE)
  }
  const [found, version] = frame.payload
  if (found !== kind) throw new DamagedFile(path, 'It is no file of a recording.', RESTORE)
  if (version !== RECORDING_VERSION) {
    const reason = `It has format ${version}, and this Millrace reads format ${RECORDING_VERSION}.`
    throw new DamagedFile(path, reason, NEWER)
  }
  try {
    return decodeState(frame.payload.subarray(2))
  } catch (error) {
    if (error instanceof StateCodecError) throw new DamagedFile(path, error.message, RESTORE)
    throw error
  }
}
