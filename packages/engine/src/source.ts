/** What a source hands to the engine, and the settings from which the engine makes watermarks. */

import type { Row } from '@millrace/pipeline'
import type { RefusalDetail } from './refusals.ts'
import type { Saved } from './state-codec.ts'

export interface SourceReader {
  /**
   * Whether it ends by itself. Bounded sources are read by lowest watermark, so that a replay
   * repeats itself.
   */
  readonly bounded: boolean
  /**
   * Whether it can read again: then every chunk says where reading goes on. Otherwise records that
   * were read before a restart and not stored are lost.
   */
  readonly replayable?: boolean
  /** Absent where records have no event time. */
  readonly watermark?: WatermarkSettings
  readonly pace?: Pace
  /**
   * How many partitions there are; one if absent. Each has its own watermark, the lowest one
   * counts. What a reader says before its first chunk counts only where it goes on from a
   * checkpoint: others may have to look first.
   */
  readonly partitions?: number
  /**
   * The output ports that rows go to, for a source with several; each row leaves through one of
   * them, and watermarks through all. Only `out` if absent.
   */
  readonly ports?: readonly string[]
  /**
   * Reads on: at most `rowsMax` records. Undefined at the end; a promise where nothing is there
   * yet. Called again only after the promise is kept. Fails with a `JobFailed`.
   */
  read(rowsMax: number): SourceChunk | undefined | Promise<SourceChunk | undefined>
  /** What was read before this position is stored and need not be read again. */
  acknowledge?(position: Saved): void
  /** Reads one record that was refused and has been corrected; nothing else changes by it. */
  again?(record: RecordAgain): SourceChunk | Promise<SourceChunk>
  /** Lets go of files and sockets. Called once, also in the middle of reading. */
  close(): Promise<void>
}

/** A record that was refused, as it is after somebody has corrected it. */
export interface RecordAgain {
  readonly bytes: Uint8Array
  /** Of a record of a topic. */
  readonly key?: Uint8Array | null
  readonly partition?: number
  readonly offset?: number
  readonly timestampMs?: number
}

export interface SourceChunk {
  readonly rows: readonly Row[]
  /** Event times in UTC milliseconds, one for each row. Absent where records have none. */
  readonly times?: readonly number[]
  /** For each row, the index in the reader's `ports` of the one that it leaves through. */
  readonly rowPorts?: readonly number[]
  /** 0 where the source has one partition only. */
  readonly partition?: number
  /** Records that could not be read, in the order in which they stood between the rows. */
  readonly rejects: readonly Reject[]
  /** Lines that were no records. */
  readonly skippedLines?: number
  /**
   * Where reading goes on behind this chunk: a reader that finds it in `context.position` brings
   * the same records from there, in chunks of whatever size. Of replayable readers only.
   */
  readonly next?: Saved
}

export interface Reject extends Omit<RefusalDetail, 'code' | 'column' | 'channel'> {
  /** It stood before the row at this index. */
  readonly at: number
  /** The record as it came, as text. */
  readonly raw: string
  readonly reason: string
  /** Why, in words that stay the same; see `RefusalCause`. */
  readonly code?: string
  readonly column?: string | undefined
  /** From 1; absent where there are no lines. */
  readonly line?: number
  readonly offsetBytes?: number
}

export interface WatermarkSettings {
  /** How much earlier than the latest record another one may be without being late. */
  readonly maxOutOfOrdernessMs: number
  /** A watermark leaves when it enters another interval of this length, counted from the epoch. */
  readonly intervalMs: number
  /**
   * After this long without a record (processing time), a partition no longer holds the others
   * back.
   */
  readonly idleTimeoutMs?: number
}

/** How fast records are let through; as fast as they can be read where both are absent. */
export interface Pace {
  readonly recordsPerSecond?: number
  /** Milliseconds of event time per millisecond of processing time: 1 is as it happened. */
  readonly eventTimeSpeed?: number
}
