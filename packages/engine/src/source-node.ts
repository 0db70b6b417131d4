/**
 * A source in a running job: reads ahead into a small mailbox, and hands on batches with
 * watermarks when the loop asks for one.
 */

import { ERRORS_SCHEMA, type RefusalCause, type Row } from '@millrace/pipeline'
import { END_OF_TIME_MS, type Mark, START_OF_TIME_MS } from './element.ts'
import type { RunContext } from './operator.ts'
import { OutputPort } from './output-port.ts'
import type { EndTurn, IdleTurn, RecordedChunk, RecordsTurn } from './recorded-turn.ts'
import { refusalRow } from './refusals.ts'
import { inputEnded } from './resends.ts'
import type { RecordAgain, Reject, SourceChunk, SourceReader } from './source.ts'
import { type SavedWatermarks, SourceWatermarks } from './source-watermarks.ts'
import type { Saved } from './state-codec.ts'
import { withoutFirst } from './without-first.ts'

/** Chunks that wait while another one is worked off. */
const CHUNKS_AHEAD_MAX = 2

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
  /** By port name, `errors` among them. */
  readonly outputs: ReadonlyMap<string, OutputPort>

  readonly #context: RunContext
  readonly #reader: SourceReader
  readonly #wake: () => void
  /** What `SourceChunk.rowPorts` points to. */
  readonly #dataPorts: readonly OutputPort[]
  readonly #errors: OutputPort
  #watermarks: SourceWatermarks | undefined
  /** Whether the partitions are known for good. */
  #counted: boolean
  readonly #chunks: SourceChunk[] = []
  #reading = false
  #readerEnded = false
  #completed = false
  #closed = false
  #drained = false
  /** Where reading goes on for the first chunk. */
  #position: Saved
  /** Records behind it that were handed on before a restart, and must not be again. */
  #toSkip: number
  /** Those of the first chunk that have been left out. */
  #skipped = 0
  /** Had ended before a restart. */
  #hadEnded: boolean
  /** Where the first chunk has been worked off to. */
  #row = 0
  #reject = 0
  #sequence = 0
  #startedMs: number | undefined
  #takenCount = 0
  #firstTimeMs = 0
  #latestTimeMs = START_OF_TIME_MS
  #emittedMs: number
  #cancelIdleTimer: (() => void) | undefined
  /** Of a recording that stands in for the reader. */
  #offeredPartitions: number | undefined

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
    this.#emittedMs = saved?.emittedMs ?? START_OF_TIME_MS
    context.progress.watermarkMs = this.#emittedMs
    this.#position = saved?.position
    this.#toSkip = saved?.replayable === true ? saved.handedOn : 0
    this.#hadEnded = saved?.ended ?? false
    this.#readerEnded = this.#hadEnded
    this.#dataPorts = (reader.ports ?? ['out']).map((name) => this.#createPort(name))
    this.#errors = this.#createPort('errors')
    const ports = [...this.#dataPorts, this.#errors]
    this.outputs = new Map(ports.map((port) => [port.name, port]))
  }

  get depth(): number {
    return this.#context.wiring.depth
  }

  get completed(): boolean {
    return this.#completed
  }

  /** The watermark by which bounded sources are read in turn. */
  get watermarkMs(): number {
    return this.#emittedMs
  }

  /** Silent for its timeout: it holds nobody back. */
  get idle(): boolean {
    return this.#watermarks?.idle ?? false
  }

  get hasEventTime(): boolean {
    return this.#watermarks !== undefined
  }

  /** Reads ahead as far as the mailbox allows. */
  fill(rowsMax: number): void {
    try {
      while (!this.#reading && !this.#readerEnded && this.#chunks.length < CHUNKS_AHEAD_MAX) {
        const read = this.#reader.read(rowsMax)
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
    if (this.bounded) this.#letGoOfChunks()
  }

  /** The job stood still for this long: that is no silence of the source, nor time for its pace. */
  standStill(durationMs: number, nowMs: number): void {
    if (this.#startedMs !== undefined) this.#startedMs += durationMs
    this.#watermarks?.touchAll(nowMs)
  }

  readiness(nowMs: number): Readiness {
    if (this.#completed) return { kind: 'ended' }
    if (this.#drained && this.#dueMs(nowMs) > nowMs) this.#letGoOfChunks()
    if (this.#chunks.length === 0 && !this.#readerEnded) return { kind: 'reading' }
    const dueMs = this.#dueMs(nowMs)
    return dueMs > nowMs ? { kind: 'paced', untilMs: dueMs } : { kind: 'ready' }
  }

  /** Whether a silent live source may wait: it has nothing to give and has not ended. */
  get waiting(): boolean {
    return this.#chunks.length === 0 && !this.#readerEnded
  }

  /**
   * Hands on one batch of at most `rowsMax` records, or the end of input. Returns how many
   * records it took.
   */
  take(rowsMax: number, limit: ReadLimit | undefined, nowMs: number): number {
    const chunk = this.#chunks[0]
    this.#sequence = 0
    if (chunk === undefined) {
      this.onDeed?.({ kind: 'end', source: this.nodeId })
      this.#complete()
      return 0
    }
    this.#startedMs ??= nowMs
    this.#countPartitions(nowMs)
    const from = this.#row
    const allowed = Math.min(rowsMax, this.#paceAllows(nowMs))
    const fromReject = this.#reject
    this.#watermarks?.touch(chunk.partition ?? 0, nowMs, this.#valveOutput())
    const marks: Mark[] = []
    const origins: number[] | undefined = this.#context.wiring.tracksOrigins ? [] : undefined
    const taken = this.#scan(chunk, allowed, limit, nowMs, marks, origins)
    this.#hand(chunk, from, marks, origins)
    if (this.onDeed !== undefined) this.#tellRecords(chunk, from, fromReject)
    if (this.#row === chunk.rows.length && this.#reject === chunk.rejects.length) this.#nextChunk()
    this.#takenCount += taken
    return taken
  }

  get #partitions(): number {
    return this.#offeredPartitions ?? this.#reader.partitions ?? 1
  }

  #tellRecords({ skippedLines, ...chunk }: SourceChunk, from: number, fromReject: number): void {
    const [to, toReject] = [this.#row, this.#reject]
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
    if (this.#watermarks?.idle) this.#valveOutput().status(false)
    this.#watermarks = new SourceWatermarks(watermark, partitions)
    this.#watermarks.touchAll(nowMs)
  }

  /** Behind the last chunk that was handed on as a whole; undefined before there is one. */
  get position(): Saved {
    return this.#position
  }

  /** Between turns. */
  save(): SavedSource {
    return {
      position: this.#position,
      handedOn: this.#toSkip + this.#skipped + this.#row + this.#reject,
      replayable: this.#reader.replayable === true,
      ended: this.#completed || this.#hadEnded,
      emittedMs: this.#emittedMs,
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
  sendAgain({ rows, times, rowPorts, rejects }: SourceChunk): RefusalCause | undefined {
    if (this.#completed) return inputEnded(this.nodeId)
    const { ledger, wiring } = this.#context
    this.#sequence = 0
    for (const reject of rejects) this.#emitReject(reject)
    this.#errors.flush()
    if (rows.length === 0) return undefined
    ledger.in += rows.length
    ledger.passed += rows.length
    const origins = wiring.tracksOrigins ? rows.map(() => this.#sequence++) : undefined
    const port = this.#dataPorts[rowPorts?.[0] ?? 0]
    port?.hand({ kind: 'batch', rows, times, changes: undefined, marks: [], origins })
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
    origins: number[] | undefined,
  ): number {
    const { rows, times, rejects, partition = 0 } = chunk
    const watermarks = this.#watermarks
    const pacedByTime = this.#reader.pace?.eventTimeSpeed !== undefined
    const from = this.#row
    let taken = 0
    while (taken < allowed) {
      const reject = rejects[this.#reject]
      if (reject !== undefined && reject.at <= this.#row) {
        this.#reject++
        this.#emitReject(reject)
        taken++
        continue
      }
      let to = Math.min(reject?.at ?? rows.length, rows.length, this.#row + allowed - taken)
      if (this.#row >= to) break
      if (pacedByTime) {
        const timeMs = times?.[this.#row] ?? 0
        if (taken > 0 && !this.#isDue(timeMs, nowMs)) break
        this.#noteTime(timeMs)
        to = this.#row + 1
      }
      if (watermarks !== undefined && times !== undefined) {
        to = watermarks.observeUpTo(partition, times, this.#row, to)
      }
      taken += to - this.#row
      if (origins === undefined) this.#row = to
      else for (; this.#row < to; this.#row++) origins.push(this.#sequence++)
      const watermarkMs = watermarks?.left
      if (watermarkMs === undefined) continue
      marks.push({ at: to - from, watermarkMs, origin: this.#sequence++ })
      this.#emittedMs = watermarkMs
      if (limit !== undefined && passes(watermarkMs, limit)) break
    }
    return taken
  }

  #hand(chunk: SourceChunk, from: number, marks: Mark[], origins: number[] | undefined): void {
    const { ledger, progress } = this.#context
    const to = this.#row
    ledger.in += to - from
    ledger.passed += to - from
    progress.watermarkMs = this.#emittedMs
    this.#errors.flush()
    if (to === from) return
    const [out, ...others] = this.#dataPorts
    if (out === undefined || others.length > 0) {
      this.#deal(chunk, from, marks, origins)
      return
    }
    const whole = from === 0 && to === chunk.rows.length
    const rows: readonly Row[] = whole ? chunk.rows : chunk.rows.slice(from, to)
    const times = whole ? chunk.times : chunk.times?.slice(from, to)
    out.hand({ kind: 'batch', rows, times, changes: undefined, marks, origins })
  }

  /** Hands each row to its port, and every watermark to all of them. */
  #deal(
    { rows, times, rowPorts }: SourceChunk,
    from: number,
    marks: readonly Mark[],
    origins: readonly number[] | undefined,
  ): void {
    const ports = this.#dataPorts
    const hands = ports.map(() => new Hand())
    let nextMark = 0
    for (let row = from; row <= this.#row; row++) {
      for (let mark = marks[nextMark]; mark?.at === row - from; mark = marks[++nextMark]) {
        for (const hand of hands) hand.marks.push({ ...mark, at: hand.rows.length })
      }
      if (row === this.#row) break
      const hand = hands[rowPorts?.[row] ?? 0]
      const values = rows[row]
      if (hand === undefined || values === undefined) {
        throw new Error(`Source "${this.nodeId}" gave row ${row} to a port that it does not have.`)
      }
      hand.rows.push(values)
      if (times !== undefined) hand.times.push(times[row] ?? Number.NaN)
      if (origins !== undefined) hand.origins.push(origins[row - from] ?? 0)
    }
    for (const [index, port] of ports.entries()) {
      const hand = hands[index]
      if (hand === undefined || (hand.rows.length === 0 && hand.marks.length === 0)) continue
      port.hand({
        kind: 'batch',
        rows: hand.rows,
        times: times === undefined ? undefined : hand.times,
        changes: undefined,
        marks: hand.marks,
        origins: origins === undefined ? undefined : hand.origins,
      })
    }
  }

  #markAll(watermarkMs: number, origin: number): void {
    for (const port of this.#dataPorts) {
      port.origin = origin
      port.mark(watermarkMs)
    }
  }

  #emitReject(reject: Reject): void {
    const { at: _at, raw, reason, code = 'refused', column, ...detail } = reject
    const { ledger, nodeId } = this.#context
    ledger.in++
    ledger.deadLettered++
    this.#errors.origin = this.#sequence++
    const cause = { code, message: reason, column }
    this.#errors.emit(refusalRow(nodeId, raw, cause, detail), Number.NaN)
  }

  #nextChunk(): void {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) this.#passOver(chunk)
    this.#row = 0
    this.#reject = 0
  }

  /** Reading goes on behind this chunk. */
  #passOver({ skippedLines = 0, next }: SourceChunk): void {
    this.#context.ledger.skippedLines += skippedLines
    this.#position = next
    this.#skipped = 0
  }

  #complete(): void {
    this.#completed = true
    this.#cancelIdleTimer?.()
    // A watermark from an idle edge does not count, and the end must.
    if (this.#watermarks?.idle) this.#valveOutput().status(false)
    this.#emittedMs = END_OF_TIME_MS
    this.#context.progress.watermarkMs = END_OF_TIME_MS
    for (const port of this.outputs.values()) {
      port.origin = this.#sequence
      port.mark(END_OF_TIME_MS)
      port.complete()
    }
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
    const records = chunk.rows.length + chunk.rejects.length
    if (this.#toSkip >= records) {
      this.#toSkip -= records
      this.#pushEmpty(chunk)
    } else if (this.#toSkip > 0) {
      this.#skipped = this.#toSkip
      this.#chunks.push(withoutFirst(chunk, this.#toSkip))
      this.#toSkip = 0
    } else this.#chunks.push(chunk)
  }

  /** Nothing of it is to be handed on, so it only moves the position behind those before it. */
  #pushEmpty(chunk: SourceChunk): void {
    const last = this.#chunks.pop()
    if (last === undefined) {
      this.#countPartitions(this.#context.env.clock.monotonicMs())
      this.#passOver(chunk)
      return
    }
    const skippedLines = (last.skippedLines ?? 0) + (chunk.skippedLines ?? 0)
    this.#chunks.push({
      ...last,
      skippedLines,
      ...(last.next === undefined ? {} : { next: chunk.next }),
    })
  }

  #letGoOfChunks(): void {
    this.#chunks.length = 0
    this.#row = 0
    this.#reject = 0
  }

  // Pace

  #paceAllows(nowMs: number): number {
    const perSecond = this.#reader.pace?.recordsPerSecond
    if (perSecond === undefined) return Number.POSITIVE_INFINITY
    const elapsedMs = nowMs - (this.#startedMs ?? nowMs)
    return Math.max(1, Math.floor((elapsedMs * perSecond) / 1000) + 1 - this.#takenCount)
  }

  #dueMs(nowMs: number): number {
    const startedMs = this.#startedMs
    const { pace } = this.#reader
    const chunk = this.#chunks[0]
    if (startedMs === undefined || pace === undefined || chunk === undefined) return nowMs
    let dueMs = nowMs
    if (pace.recordsPerSecond !== undefined) {
      dueMs = startedMs + (this.#takenCount * 1000) / pace.recordsPerSecond
    }
    const timeMs = chunk.times?.[this.#row]
    if (pace.eventTimeSpeed !== undefined && timeMs !== undefined) {
      dueMs = Math.max(dueMs, this.#eventTimeDueMs(timeMs, pace.eventTimeSpeed, startedMs))
    }
    return dueMs
  }

  #isDue(timeMs: number, nowMs: number): boolean {
    const speed = this.#reader.pace?.eventTimeSpeed
    if (speed === undefined || this.#startedMs === undefined) return true
    return this.#eventTimeDueMs(timeMs, speed, this.#startedMs) <= nowMs
  }

  #eventTimeDueMs(timeMs: number, speed: number, startedMs: number): number {
    if (this.#latestTimeMs === START_OF_TIME_MS) return startedMs
    return startedMs + (Math.max(timeMs, this.#latestTimeMs) - this.#firstTimeMs) / speed
  }

  #noteTime(timeMs: number): void {
    if (this.#latestTimeMs === START_OF_TIME_MS) this.#firstTimeMs = timeMs
    if (timeMs > this.#latestTimeMs) this.#latestTimeMs = timeMs
  }

  // Idleness

  #startIdleTimer(): void {
    const timeoutMs = this.#reader.watermark?.idleTimeoutMs
    if (timeoutMs === undefined || this.#cancelIdleTimer !== undefined || this.#completed) return
    const { clock, timers } = this.#context.env
    if (this.#startedMs === undefined) {
      this.#startedMs = clock.monotonicMs()
      this.#watermarks?.touchAll(this.#startedMs)
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
    this.#sequence = 0
    this.#watermarks?.setIdle(partitions, this.#valveOutput())
    this.onDeed?.({ kind: 'idle', source: this.nodeId, partitions })
  }

  #valveOutput() {
    const ports = this.#dataPorts
    return {
      watermark: (watermarkMs: number) => {
        this.#emittedMs = watermarkMs
        this.#context.progress.watermarkMs = watermarkMs
        this.#markAll(watermarkMs, this.#sequence++)
        for (const port of ports) port.flush()
      },
      status: (idle: boolean) => {
        this.#context.progress.idle = idle
        const origin = this.#sequence++
        for (const port of ports) {
          port.origin = origin
          port.status(idle)
        }
      },
    }
  }

  #createPort(name: string): OutputPort {
    const { connected, ledger, outputSchemas, wiring } = this.#context
    const schema = name === 'errors' ? ERRORS_SCHEMA : outputSchemas[name]
    return new OutputPort(
      {
        name,
        eventTime: schema?.eventTime ?? false,
        table: false,
        connected: connected(name),
        tracksOrigins: wiring.tracksOrigins,
      },
      ledger,
      () => {},
    )
  }
}

/** What one port of several gets of a batch. */
class Hand {
  readonly rows: Row[] = []
  readonly times: number[] = []
  readonly origins: number[] = []
  readonly marks: Mark[] = []
}

function passes(watermarkMs: number, limit: ReadLimit): boolean {
  return limit.first ? watermarkMs > limit.watermarkMs : watermarkMs >= limit.watermarkMs
}
