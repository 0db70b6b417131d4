/**
 * Where the checkpoints of a job lie. What stands behind it is an adapter's business: files, an
 * embedded store, or memory in a test.
 */

/** One entry of state: its key, which begins with the node, and its value, or that it is gone. */
export interface StateChange {
  readonly key: Uint8Array
  /** Undefined where the entry has been deleted. */
  readonly value: Uint8Array | undefined
}

/** Has one writer. After a call has failed with other than `no-space`, it must be opened again. */
export interface CheckpointStore {
  /**
   * Whether the next checkpoint must be full, since there is nothing that changes could go on from:
   * nothing has been read or written yet, or what was to be written last is not there.
   */
  readonly wantsFull: boolean
  /** The highest there is, though it may be damaged; 0 where there is none. */
  readonly newestId: number
  /**
   * The newest checkpoint, or the one with this id; undefined where there is none. What is written
   * next goes on from it. Fails where what is stored has been damaged: nothing wrong is returned.
   */
  read(id?: number): Promise<StoredCheckpoint | undefined>
  /** All or nothing; lasts through a power cut when it resolves. */
  write(checkpoint: CheckpointWrite): Promise<void>
  /** Those that can be read, oldest first. */
  list(): Promise<readonly CheckpointSummary[]>
  /** Ends the work that goes on behind writes. */
  close(): Promise<void>
}

export interface CheckpointSummary {
  /** Larger than those of all checkpoints before it. */
  readonly id: number
  readonly atMs: number
  /** What it takes to read it. */
  readonly bytes: number
}

export interface CheckpointWrite {
  readonly id: number
  readonly atMs: number
  /**
   * Whether `changes` is everything there is. Otherwise it is what has changed since the checkpoint
   * that was written or read last.
   */
  readonly full: boolean
  readonly meta: Uint8Array
  /** Each key once. */
  readonly changes: StateChanges
}

/** One by one, or in portions: a promise for each of a million would be most of the work. */
export type StateChanges =
  | Iterable<StateChange>
  | AsyncIterable<StateChange | readonly StateChange[]>

export interface StoredCheckpoint {
  readonly id: number
  readonly atMs: number
  /** A number of its own: another one with the same id has another. */
  readonly stamp: number
  readonly meta: Uint8Array
  /**
   * Each key once, in no order that means anything; none is deleted. To be read before the next
   * write.
   */
  entries(): AsyncIterable<StateChange | readonly StateChange[]>
}
