/**
 * A source in a running job: reads ahead into a small mailbox, and hands on batches with
 * watermarks when the loop asks for one.
 */

import type { RefusalCause } from '@millrace/pipeline'
import type { Mark } from './element.ts'
import type { RunContext } from './operator.ts'
import type { OutputPort } from './output-port.ts'
import type { EndTurn, IdleTurn, RecordedChunk, RecordsTurn } from './recorded-turn.ts'
import { inputEnded } from './resends.ts'
import type { RecordAgain, SourceChunk, SourceReader, WatermarkSettings } from './source.ts'
import { BYTES_AHEAD_MAX, SourceMailbox } from './source-mailbox.ts'
import { SourceOutput } from './source-output.ts'
import { SourcePace } from './source-pace.ts'
import {
  type PartitionProgress,
  type SavedWatermarks,
  SourceWatermarks,
} from './source-watermarks.ts'
import type { Saved } from './state-codec.ts'

/** A batch ends when its rows take about so much, however few they are. */
const BATCH_BYTES_MAX = 2 ** 20

/** After a watermark at which the source is no longer the one to read, the batch ends. */
export interface ReadLimit {
  readonly watermarkMs: number
  /** Whether this source goes first at an equal watermark. */
  readonly first: boolean
}

export type Readiness =
  | { readonly kind: 'ready' | 'reading' | 'ended' }
  /** Nothing goes before this time (monotonic milliseconds). */
  | { readonly kind: 'paced'; readonly untilMs: number }

/** A source at rest. */
export interface SavedSource {
  /** Where to read on: behind the last chunk that was handed on as a whole. */
  readonly position: Saved
  /** Rows and rejects behind that position that have been handed on. */
  readonly handedOn: number
  /** Whether `position` can be read again. */
  readonly replayable: boolean
  readonly ended: boolean
  readonly emittedMs: number
  readonly watermarks: SavedWatermarks | undefined
}

/** How far a source has come in event time. */
export interface SourceProgress {
  readonly settings: WatermarkSettings
  readonly partitions: readonly PartitionProgress[]
  /** Whether it has nothing to give. */
  readonly waiting: boolean
  readonly ended: boolean
}

/** What a source does in a turn. */
export type SourceDeed =
  | Omit<RecordsTurn, 'nowMs'>
  | Omit<IdleTurn, 'nowMs'>
  | Omit<EndTurn, 'nowMs'>

export class SourceNode {
  /** Told what it did, for a recording. */
  onDeed: ((deed: SourceDeed) => void) | undefined

  readonly nodeId: string
  readonly bounded: boolean
  readonly #context: RunContext
  readonly #reader: SourceReader
  readonly #wake: () => void
  readonly #output: SourceOutput
  #watermarks: SourceWatermarks | undefined
  /** Whether the partitions are known for good. */
  #counted: boolean
  readonly #mailbox: SourceMailbox
  readonly #pace: SourcePace
  #reading = false
  #readerEnded = false
  #completed = false
  #closed = false
  #drained = false
  /** Had ended before a restart. */
  #hadEnded: boolean
  #cancelIdleTimer: (() => void) | undefined
  #handedBytes = 0
  /** Of a recording that stands in for the reader. */
  #offeredPartitions: number | undefined
  #ceilingMs = Number.POSITIVE_INFINITY

  constructor(
    context: RunContext,
    reader: SourceReader,
    wake: () => void,
    saved: SavedSource | undefined,
  ) {
    this.nodeId = context.nodeId
    this.bounded = reader.bounded
    this.#context = context
    this.#reader = reader
    this.#wake = wake
    if (reader.watermark) {
      const { watermark } = reader
      const partitions = saved?.watermarks?.latestMs.length ?? reader.partitions ?? 1
      this.#watermarks = new SourceWatermarks(watermark, partitions, saved?.watermarks)
    }
    this.#counted = saved !== undefined && (saved.position !== undefined || saved.handedOn > 0)
    this.#mailbox = new SourceMailbox(
      {
        position: saved?.position,
        toSkip: saved?.replayable === true ? saved.handedOn : 0,
      },
      (count) => {
        context.ledger.skippedLines += count
      },
    )
    this.#pace = new SourcePace(reader.pace)
    this.#output = new SourceOutput(context, reader.ports ?? ['out'], saved?.emittedMs)
    this.#hadEnded = saved?.ended ?? false
    this.#readerEnded = this.#hadEnded
  }

  /** By port name, `errors` among them. */
  get outputs(): ReadonlyMap<string, OutputPort> {
    return this.#output.ports
  }

  get depth(): number {
    return this.#context.wiring.depth
  }

  get completed(): boolean {
    return this.#completed
  }

  /** The watermark by which bounded sources are read in turn. */
  get watermarkMs(): number {
    return this.#output.emittedMs
  }

  /** Silent for its timeout: it holds nobody back. */
  get idle(): boolean {
    return this.#watermarks?.idle ?? false
  }

  /** Undefined without event time. */
  get progress(): SourceProgress | undefined {
    const watermarks = this.#watermarks
    if (watermarks === undefined) return undefined
    const partitions = watermarks.progress()
    const { waiting, completed: ended } = this
    return { settings: watermarks.settings, partitions, waiting, ended }
  }

  get hasEventTime(): boolean {
    return this.#watermarks !== undefined
  }

  /** Reads ahead as far as the mailbox allows, and fewer records at once where they are large. */
  fill(rowsMax: number): void {
    try {
      while (!this.#reading && !this.#readerEnded && !this.#mailbox.full) {
        const read = this.#reader.read(Math.min(rowsMax, this.#rowsWithin(BYTES_AHEAD_MAX)))
        if (read instanceof Promise) this.#await(read)
        else this.#arrived(read)
      }
    } catch (error) {
      this.#context.fail(error instanceof Error ? error : new Error(String(error)))
    }
    this.#startIdleTimer()
  }

  /** In place of reading: what comes next, with the number of partitions; undefined at the end. */
  offer(chunk: RecordedChunk | undefined, partitions = 1): void {
    this.#offeredPartitions = partitions
    this.#arrived(chunk)
  }

  /**
   * Ends here. What a live source has read ahead still goes in, since nobody can read it again;
   * but not what its pace would only let in later. What a bounded source has read ahead is as if it
   * had not been read.
   */
  drain(): void {
    this.#drained = true
    this.#readerEnded = true
    if (this.bounded) this.#mailbox.clear()
  }

  /** The job stood still for this long: that is no silence of the source, nor time for its pace. */
  standStill(durationMs: number, nowMs: number): void {
    this.#pace.standStill(durationMs)
    this.#watermarks?.touchAll(nowMs)
  }

  readiness(nowMs: number): Readiness {
    if (this.#completed) return { kind: 'ended' }
    if (this.#drained && this.#dueMs(nowMs) > nowMs) this.#mailbox.clear()
    if (this.#mailbox.empty && !this.#readerEnded) return { kind: 'reading' }
    const dueMs = this.#dueMs(nowMs)
    return dueMs > nowMs ? { kind: 'paced', untilMs: dueMs } : { kind: 'ready' }
  }

  /** Whether a silent live source may wait: it has nothing to give and has not ended. */
  get waiting(): boolean {
    return this.#mailbox.empty && !this.#readerEnded
  }

  /** About how many bytes of rows have been handed on since the start. */
  get handedBytes(): number {
    return this.#handedBytes
  }

  /** As large as they were lately. One at least. */
  #rowsWithin(bytes: number): number {
    const { rowBytes } = this.#mailbox
    return Math.max(1, Math.floor(bytes / Math.max(1, rowBytes)))
  }

  /**
   * Hands on one batch of at most `rowsMax` records, or the end of input. Returns how many
   * records it took.
   */
  take(rowsMax: number, limit: ReadLimit | undefined, nowMs: number): number {
    const chunk = this.#mailbox.first
    this.#output.sequence = 0
    if (chunk === undefined) {
      this.onDeed?.({ kind: 'end', source: this.nodeId })
      this.#complete()
      return 0
    }
    this.#pace.start(nowMs)
    this.#countPartitions(nowMs)
    const from = this.#mailbox.row
    const each = this.#mailbox.bytesEach(rowsMax)
    const rowsOfBatch = Math.max(1, Math.floor(BATCH_BYTES_MAX / Math.max(1, each)))
    const allowed = Math.min(rowsMax, this.#pace.allows(nowMs), rowsOfBatch)
    const fromReject = this.#mailbox.reject
    this.#watermarks?.touch(chunk.partition ?? 0, nowMs, this.#output)
    const marks: Mark[] = []
    const between: number[] | undefined = this.#context.wiring.tracksOrigins ? [] : undefined
    const taken = this.#scan(chunk, allowed, limit, nowMs, marks, between)
    this.#output.hand({ chunk, from, to: this.#mailbox.row, marks, between })
    if (this.onDeed !== undefined) this.#tellRecords(chunk, from, fromReject)
    this.#handedBytes += each * (this.#mailbox.row - from)
    this.#mailbox.settle()
    this.#pace.count(taken)
    return taken
  }

  get #partitions(): number {
    return this.#offeredPartitions ?? this.#reader.partitions ?? 1
  }

  #tellRecords({ skippedLines, ...chunk }: SourceChunk, from: number, fromReject: number): void {
    const { row: to, reject: toReject } = this.#mailbox
    const { rows, times, rowPorts, partition, rejects } = chunk
    const isLast = to === rows.length && toReject === rejects.length
    this.onDeed?.({
      kind: 'records',
      source: this.nodeId,
      partitions: this.#partitions,
      chunk: {
        rows: rows.slice(from, to),
        ...(times === undefined ? {} : { times: times.slice(from, to) }),
        ...(rowPorts === undefined ? {} : { rowPorts: rowPorts.slice(from, to) }),
        ...(partition === undefined ? {} : { partition }),
        ...(skippedLines === undefined || !isLast ? {} : { skippedLines }),
        rejects: rejects.slice(fromReject, toReject).map((one) => ({ ...one, at: one.at - from })),
      },
    })
  }

  /** With the first chunk, also one in which nothing is left, a reader knows its partitions. */
  #countPartitions(nowMs: number): void {
    if (this.#counted) return
    this.#counted = true
    const { watermark } = this.#reader
    const partitions = this.#partitions
    if (watermark === undefined || partitions === this.#watermarks?.partitions) return
    // None of the partitions has been silent yet, and readers must hear that.
    if (this.#watermarks?.idle) this.#output.status(false)
    this.#watermarks = new SourceWatermarks(watermark, partitions)
    this.#watermarks.ceilingMs = this.#ceilingMs
    this.#watermarks.touchAll(nowMs)
  }

  /** From here on no higher watermark leaves. */
  holdAt(watermarkMs: number): void {
    this.#ceilingMs = watermarkMs
    if (this.#watermarks !== undefined) this.#watermarks.ceilingMs = watermarkMs
  }

  /** This watermark leaves now, where it has not. Between turns. */
  raiseTo(watermarkMs: number): void {
    if (this.#watermarks === undefined || watermarkMs <= this.#output.emittedMs) return
    this.#output.sequence = 0
    this.#watermarks.raiseTo(watermarkMs)
    this.#output.watermark(watermarkMs)
  }

  /** Behind the last chunk that was handed on as a whole; undefined before there is one. */
  get position(): Saved {
    return this.#mailbox.position
  }

  /** Between turns. */
  save(): SavedSource {
    return {
      position: this.#mailbox.position,
      handedOn: this.#mailbox.handedOn,
      replayable: this.#reader.replayable === true,
      ended: this.#completed || this.#hadEnded,
      emittedMs: this.#output.emittedMs,
      watermarks: this.#watermarks?.save(),
    }
  }

  /** What was read up to a position is stored. */
  acknowledge({ position, replayable }: SavedSource): void {
    if (replayable) this.#reader.acknowledge?.(position)
  }

  /** Undefined where the reader cannot. */
  again(record: RecordAgain): SourceChunk | Promise<SourceChunk> | undefined {
    return this.#reader.again?.(record)
  }

  /**
   * Hands on a chunk of one record that was refused before, in a turn of its own, or says why it
   * cannot. It moves no watermark: it is as late as it is.
   */
  sendAgain(chunk: SourceChunk): RefusalCause | undefined {
    if (this.#completed || this.#hadEnded) return inputEnded(this.nodeId)
    this.#output.handAgain(chunk)
    return undefined
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelIdleTimer?.()
    await this.#reader.close()
  }

  /** Moves over rows and rejects in their order, up to the first place where the batch must end. */
  #scan(
    chunk: SourceChunk,
    allowed: number,
    limit: ReadLimit | undefined,
    nowMs: number,
    marks: Mark[],
    between: number[] | undefined,
  ): number {
    const { rows, times, rejects, partition = 0 } = chunk
    const watermarks = this.#watermarks
    const mailbox = this.#mailbox
    const output = this.#output
    const pacedByTime = this.#pace.byEventTime
    const from = mailbox.row
    let taken = 0
    while (taken < allowed) {
      const reject = rejects[mailbox.reject]
      if (reject !== undefined && reject.at <= mailbox.row) {
        mailbox.reject++
        between?.push(mailbox.row - from)
        output.reject(reject)
        taken++
        continue
      }
      let to = Math.min(reject?.at ?? rows.length, rows.length, mailbox.row + allowed - taken)
      if (mailbox.row >= to) break
      if (pacedByTime) {
        const timeMs = times?.[mailbox.row] ?? 0
        if (taken > 0 && !this.#pace.isDue(timeMs, nowMs)) break
        this.#pace.noteTime(timeMs)
        to = mailbox.row + 1
      }
      if (watermarks !== undefined && times !== undefined) {
        to = watermarks.observeUpTo(partition, times, mailbox.row, to)
      }
      taken += to - mailbox.row
      output.sequence += to - mailbox.row
      mailbox.row = to
      const watermarkMs = watermarks?.left
      if (watermarkMs === undefined) continue
      marks.push({ at: to - from, watermarkMs, origin: output.sequence++ })
      between?.push(to - from)
      output.emittedMs = watermarkMs
      if (limit !== undefined && passes(watermarkMs, limit)) break
    }
    return taken
  }

  #complete(): void {
    this.#completed = true
    this.#cancelIdleTimer?.()
    // A watermark from an idle edge does not count, and the end must.
    if (this.#watermarks?.idle) this.#output.status(false)
    this.#output.complete()
  }

  #await(read: Promise<SourceChunk | undefined>): void {
    this.#reading = true
    read.then(
      (chunk) => {
        this.#reading = false
        this.#arrived(chunk)
        this.#wake()
      },
      (error) => {
        this.#reading = false
        if (!this.#closed) this.#context.fail(error)
        this.#wake()
      },
    )
  }

  #arrived(chunk: SourceChunk | undefined): void {
    if (this.#drained) return
    if (chunk === undefined) {
      this.#readerEnded = true
      return
    }
    if (!this.#mailbox.push(chunk)) this.#countPartitions(this.#context.env.clock.monotonicMs())
  }

  #dueMs(nowMs: number): number {
    const { first, row } = this.#mailbox
    return first === undefined ? nowMs : this.#pace.dueMs(nowMs, first.times?.[row])
  }

  // Idleness

  #startIdleTimer(): void {
    const timeoutMs = this.#reader.watermark?.idleTimeoutMs
    if (timeoutMs === undefined || this.#cancelIdleTimer !== undefined || this.#completed) return
    const { clock, timers } = this.#context.env
    if (!this.#pace.started) {
      const nowMs = clock.monotonicMs()
      this.#pace.start(nowMs)
      this.#watermarks?.touchAll(nowMs)
    }
    this.#cancelIdleTimer = timers.after(timeoutMs, () => {
      this.#cancelIdleTimer = undefined
      this.#idleDue = true
      this.#wake()
    })
  }

  #idleDue = false

  /** Called by the loop between turns: declares idle what has been silent for the timeout. */
  checkIdle(nowMs: number): void {
    if (!this.#idleDue || this.#completed) return
    this.#idleDue = false
    // Records that wait here for their pace have not come yet. Where others wait, silence is the
    // job's doing and not the partition's.
    if (this.waiting || this.#dueMs(nowMs) > nowMs) {
      const partitions = this.#watermarks?.expired(nowMs) ?? []
      if (partitions.length > 0) this.goIdle(partitions)
    } else this.#watermarks?.touchAll(nowMs)
    this.#startIdleTimer()
  }

  /** From here on these partitions hold nobody back, until they bring something. */
  goIdle(partitions: readonly number[]): void {
    this.#output.sequence = 0
    this.#watermarks?.setIdle(partitions, this.#output)
    this.onDeed?.({ kind: 'idle', source: this.nodeId, partitions })
  }
}

function passes(watermarkMs: number, limit: ReadLimit): boolean {
  return limit.first ? watermarkMs > limit.watermarkMs : watermarkMs >= limit.watermarkMs
}
