/**
 * The log as everything that runs sees it: topics with partitions, in which records keep their
 * order and their offsets. One process owns the files; the others reach it through this interface.
 */

// Rooms that know no documents name topics, too.
export { topicNameRefusal } from '@millrace/pipeline'

export interface Topics {
  /** Fails with `topic-exists` where there is one of this name. */
  create(topic: string, settings: NewTopicSettings): Promise<TopicDescription>
  /** By name. */
  list(): Promise<readonly TopicDescription[]>
  describe(topic: string): Promise<TopicDescription>
  /** With all its records. */
  remove(topic: string): Promise<void>

  /**
   * Resolves when the records last through a power cut, with where they stand in each partition
   * they went to. Records go in the order in which they are given, and in the order of the calls.
   * Where it fails, some partitions may have theirs; an idempotency key makes trying again safe.
   */
  append(topic: string, records: readonly TopicRecord[], options?: AppendOptions): Promise<Appended>

  /**
   * Puts records aside for a transaction, which begins with the first of them. Readers see them
   * when it is committed. A transaction is one writer's: its calls come one after another.
   */
  stage(transaction: string, topic: string, records: readonly TopicRecord[]): Promise<void>
  /** What was staged lasts through a power cut and waits for `commit` or `abort`. */
  prepare(transaction: string): Promise<void>
  /**
   * Appends what was prepared to all its partitions, all or nothing. Doing it again does nothing:
   * the last 10,000 transactions are known. Fails with `unknown-transaction` for any other.
   */
  commit(transaction: string): Promise<void>
  /** Forgets what was staged. Does nothing where there is nothing, or where it is committed. */
  abort(transaction: string): Promise<void>
  /** Those that are neither committed nor aborted and whose id begins so, by id. */
  openTransactions(prefix: string): Promise<readonly OpenTransaction[]>

  /**
   * Records from this offset on, at least one if there is any, only what was committed. At the end
   * of the partition there is none; use `onAppended`. Fails with `offset-out-of-range` before the
   * start and behind the end.
   */
  read(topic: string, partition: number, fromOffset: number, bytesMax: number): Promise<TopicBatch>
  /** Of each partition. */
  offsets(topic: string): Promise<readonly PartitionOffsets[]>
  /**
   * The topic's only reader is done with everything before the offset: that lasts, and `offsets`
   * tells of it. Whole segments of it go when their records were written longer than `keepMs` ago.
   */
  acknowledge(topic: string, partition: number, offset: number, keepMs: number): Promise<void>
  /** Of the first record with this time or a later one; the end where there is none. */
  offsetAt(topic: string, partition: number, timestampMs: number): Promise<number>
  /** Calls back some time after the end of a partition has moved; returns how to stop that. */
  onAppended(topic: string, callback: () => void): () => void
}

export interface TopicHeader {
  readonly name: string
  readonly value: Uint8Array
}

export interface TopicRecord {
  readonly key: Uint8Array | null
  /** Null says that the key is gone: a tombstone. */
  readonly value: Uint8Array | null
  /** UTC milliseconds. */
  readonly timestampMs: number
  readonly headers?: readonly TopicHeader[]
  /**
   * Where it goes. Left out, records of one key go to one partition, and those without a key go to
   * the next partition with each append.
   */
  readonly partition?: number
}

export interface StoredRecord {
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestampMs: number
  readonly headers: readonly TopicHeader[]
}

export interface TopicBatch {
  /** By offset, with gaps where a topic was compacted. */
  readonly records: readonly StoredRecord[]
  /** Where to read on. */
  readonly nextOffset: number
  /** Behind the last record that may be read. */
  readonly endOffset: number
}

/** [start, end) */
export interface OffsetRange {
  readonly startOffset: number
  readonly endOffset: number
}

export interface PartitionOffsets extends OffsetRange {
  /** Absent where nobody has acknowledged. */
  readonly acknowledgedOffset?: number
}

export interface AppendOptions {
  /**
   * The same records under the same key are appended once, as long as each partition remembers the
   * key: 4,096 of the newest.
   */
  readonly idempotencyKey?: string
}

export interface Appended {
  /** The partitions that records went to, in order, with the offsets of those records. */
  readonly partitions: readonly ({ readonly partition: number } & OffsetRange)[]
  /** Whether the idempotency key was known, so that nothing was appended. */
  readonly duplicate: boolean
}

export interface TopicSettings {
  /** From 1 to 256; it stays as it is. */
  readonly partitions: number
  /** Records go when the newest in their segment was written longer ago. */
  readonly retentionMs?: number
  /** Of each partition: the oldest segments go while the others hold this much. */
  readonly retentionBytes?: number
  /** Whether only the newest record of each key is kept. Each record then needs a key. */
  readonly compact: boolean
  /** How long a compacted topic tells its readers that a key is gone. */
  readonly tombstoneRetentionMs: number
  /** A segment ends when it holds this much. */
  readonly segmentBytes: number
  /** Of key, value and headers together. */
  readonly recordBytesMax: number
}

export type NewTopicSettings = {
  readonly [name in keyof TopicSettings]?: TopicSettings[name] | undefined
}

export interface TopicDescription {
  readonly topic: string
  readonly settings: TopicSettings
  readonly partitions: readonly PartitionDescription[]
  /** Why nothing can be read or written. */
  readonly damage?: string
}

export interface PartitionDescription extends PartitionOffsets {
  /** On the disk. */
  readonly bytes: number
  /** Of segments with something that was not acknowledged, where anything was. */
  readonly unreadBytes?: number
  /** When the last record was written, UTC milliseconds; absent where there is none. */
  readonly appendedAtMs?: number
}

export interface OpenTransaction {
  readonly id: string
  /** Otherwise it is still being staged. */
  readonly prepared: boolean
}

export type TopicFailureCode =
  | 'unknown-topic'
  | 'topic-exists'
  | 'unknown-partition'
  | 'unknown-transaction'
  | 'offset-out-of-range'
  /** A name, a setting or a record that no topic takes. */
  | 'refused'
  /** More is waiting to be written than memory is kept for. */
  | 'busy'
  | 'no-space'
  /** What is stored is not what was written. */
  | 'damaged'
  /** The log does nothing any more, since the disk has refused something or it was closed. */
  | 'stopped'

export class TopicFailure extends Error {
  readonly code: TopicFailureCode
  /** Whether the same may succeed later. */
  readonly retry: boolean
  /** The setting, or the part of a record, that is refused; `topic` for its name. */
  readonly field: string | undefined

  constructor(code: TopicFailureCode, message: string, cause?: unknown, field?: string) {
    super(message, { cause })
    this.name = 'TopicFailure'
    this.code = code
    this.field = field
    this.retry = code === 'busy' || code === 'no-space' || code === 'stopped'
  }
}
