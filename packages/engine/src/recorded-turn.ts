/**
 * What a job's outcome depends on beside its plan and its state: which records came in which order,
 * when sources fell silent or ended, and at which readings of the clock. A job whose turns are
 * taken from a recording gives the same output, byte for byte.
 */

import type { RestoredJob } from './checkpoint.ts'
import type { SourceChunk } from './source.ts'

/** Everything that came in one turn. */
export type RecordedTurn = SourceTurn | TickTurn

export type SourceTurn = RecordsTurn | IdleTurn | EndTurn

interface Turn {
  /** Processing time as the job read it in this turn, UTC milliseconds. */
  readonly nowMs: number
}

export interface RecordsTurn extends Turn {
  readonly kind: 'records'
  readonly source: string
  readonly chunk: RecordedChunk
  /** How many the source has. */
  readonly partitions: number
}

export type RecordedChunk = Omit<SourceChunk, 'next'>

/** Partitions of a source have been silent for its timeout. */
export interface IdleTurn extends Turn {
  readonly kind: 'idle'
  readonly source: string
  readonly partitions: readonly number[]
}

export interface EndTurn extends Turn {
  readonly kind: 'end'
  readonly source: string
}

/** The processing time of a node had come. */
export interface TickTurn extends Turn {
  readonly kind: 'tick'
  readonly node: string
}

/** Takes down the turns of a running job. */
export interface TurnRecorder {
  /** Nothing is left to do of what was recorded so far. Must be quick. */
  betweenTurns(): void
  /** In the turn, or behind it. Must be quick. */
  record(turn: RecordedTurn): void
  /** Whether too much waits to be written: then the job takes no turn until it is woken. */
  readonly busy: boolean
}

/** Turns in the order in which they were taken. */
export interface TurnFeed {
  /** Undefined at the end; a promise where the next one is not there yet. */
  next(): RecordedTurn | undefined | Promise<RecordedTurn | undefined>
}

export interface ReplayOptions {
  readonly feed: TurnFeed
  /** The checkpoint that the recording begins with. */
  readonly restored?: RestoredJob
  /**
   * The nodes that went by the clock in the recorded run, where the plan is another one. What they
   * did at a reading of the clock they do at that reading; other nodes do what is due when it is
   * due. If absent, the plan is that of the recorded run, and everything happens as it did.
   */
  readonly clocked?: ReadonlySet<string>
}
