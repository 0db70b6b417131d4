/**
 * Runs a temporal join as of event time. Records of the stream wait until the watermark of both
 * inputs has reached their time: then every version that held at it is there, and they leave in the
 * order of time.
 *
 *     table    v1@2      v2@5            v3@9        one key
 *     stream        4 6 5      W = 6     waits: 8    4 -> v1, 5 -> v2, 6 -> v2
 *
 * Of the versions at or before the watermark the last one is kept, since it still holds.
 */

import {
  type Batch,
  type Change,
  type Emit,
  END_OF_TIME_MS,
  type EventTimers,
  type Handler,
  type RunContext,
  START_OF_TIME_MS,
  type StateTable,
  type StateValue,
  showRows,
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'
import { createKeySides, type KeySide } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import { type JoinPort, type LivingConfig, lateRow, UNUSED, USED } from './pairing.ts'
import { StreamRecords } from './stream-records.ts'
import {
  createDeletes,
  createVersion,
  dropBefore,
  putVersion,
  releaseVersion,
  type Version,
  versionAt,
} from './table-versions.ts'
import { type DueRecords, showSlices, WaitingStream } from './waiting-stream.ts'

/** All keys are in one namespace of a table. */
const ALL = 0

/** Timers have one namespace, too. */
const VERSIONS = 0

/** After so many records, the thread may be given back. */
const RECORDS_A_STEP = 64

const NONE: readonly Version[] = []

export class TemporalJoin implements Handler {
  readonly #schemas: JoinSchemas
  readonly #context: RunContext
  readonly #emit: Emit<JoinPort>
  readonly #records: StreamRecords
  readonly #keys: readonly [KeySide, KeySide]
  readonly #deletes: ReturnType<typeof createDeletes>
  /** Records of the stream. */
  readonly #waiting: WaitingStream
  /** By key, in the order of time; at least one. */
  readonly #versions: StateTable<Version[]>
  /** At the time of each version: those before it may go then. */
  readonly #timers: EventTimers
  readonly #watermarkMs: StateValue<number>
  readonly #lifetime: StateLifetime

  constructor(
    config: LivingConfig,
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<JoinPort>,
  ) {
    this.#schemas = schemas
    this.#context = context
    this.#emit = emit
    this.#records = new StreamRecords(config, schemas, context, emit)
    this.#keys = createKeySides(config, schemas)
    this.#deletes = createDeletes(
      schemas.right,
      config.on.map(([, name]) => name),
    )
    this.#waiting = new WaitingStream(context.state, this.#keys[0].readKey)
    this.#versions = context.state.table('versions')
    context.state.showAs(
      showSlices(showRows({ waiting: schemas.left, versions: schemas.right }, {})),
    )
    this.#timers = context.state.timers('versions')
    this.#watermarkMs = context.state.value('watermark', START_OF_TIME_MS)
    this.#lifetime = new StateLifetime(context, config.stateTimeToLive)
  }

  rows(input: number, batch: Batch, from: number, to: number): void {
    if (input === 0) this.#wait(batch, from, to)
    else this.#changes(batch, from, to)
  }

  /** Those that neither are late nor match nothing by their key, as they stand side by side. */
  #wait({ rows, times = [] }: Batch, from: number, to: number): void {
    const { ledger } = this.#context
    const { keepsAlone } = this.#records
    const [keys] = this.#keys
    const watermarkMs = this.#watermarkMs.get()
    let begin = from
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times[index] as number
      const isLate = timeMs <= watermarkMs
      if (!isLate && (keepsAlone || !keys.hasNull(row))) continue
      this.#hold(rows, times, begin, index)
      begin = index + 1
      if (isLate) this.#late(0, row, timeMs)
      else ledger.expired++
    }
    this.#hold(rows, times, begin, to)
  }

  #hold(rows: readonly Row[], times: readonly number[], from: number, to: number): void {
    if (from === to) return
    this.#context.ledger.held += to - from
    this.#waiting.put(rows, times, from, to)
  }

  #changes({ rows, times, changes }: Batch, from: number, to: number): void {
    const watermarkMs = this.#watermarkMs.get()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index] ?? '+I'
      // The row that takes its place stands behind it, and says from when on.
      if (change === '-U') this.#context.ledger.absorbed++
      else if (timeMs <= watermarkMs) this.#late(1, row, timeMs)
      else this.#change(change, row, timeMs)
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    this.#watermarkMs.set(watermarkMs)
    if (watermarkMs === END_OF_TIME_MS) return this.#end()
    const isDue = this.#waiting.hasDue(watermarkMs) || this.#timers.nextMs() <= watermarkMs
    return isDue ? this.#settleDue(watermarkMs) : undefined
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (_namespace, key) => this.#forget(key))
  }

  #late(side: 0 | 1, row: Row, timeMs: number): void {
    this.#context.ledger.late++
    this.#emit.out.late.emit(lateRow(side, row, this.#schemas), timeMs)
  }

  #change(change: Change, row: Row, timeMs: number): void {
    const { ledger } = this.#context
    const keys = this.#keys[1]
    if (keys.hasNull(row)) {
      ledger.expired++
      return
    }
    ledger.held++
    const key = keys.readKey(row)
    const gone = change === '-D' || this.#deletes(row, timeMs)
    const version = createVersion(timeMs, gone ? null : row)
    const versions = this.#versionsOf(key)
    if (versions === undefined) this.#versions.put(ALL, key, [version])
    else putVersion(versions, version, ledger)
    this.#timers.set(timeMs, VERSIONS, key)
    this.#lifetime.written(ALL, key)
  }

  /** Versions go when all records that needed them have left. */
  *#settleDue(watermarkMs: number): Generator<void, void> {
    let due = this.#waiting.takeSomeDue(watermarkMs)
    for (; due !== undefined; due = this.#waiting.takeSomeDue(watermarkMs)) {
      for (let { from } = due; from < due.to; from += RECORDS_A_STEP) {
        this.#settle(due, from, Math.min(from + RECORDS_A_STEP, due.to))
        yield
      }
    }
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      this.#drop(timer.key, timer.timeMs)
      yield
    }
  }

  #settle({ rows, times, keys }: DueRecords, from: number, to: number): void {
    let used = 0
    let unused = 0
    let refused = 0
    try {
      for (let index = from; index < to; index++) {
        const timeMs = times[index] as number
        const version = this.#versionFor(keys[index] as Key, timeMs)
        const use = this.#records.meet(rows[index] as Row, timeMs, version)
        if (use === USED) used++
        else if (use === UNUSED) unused++
        else refused++
      }
    } finally {
      const { ledger } = this.#context
      ledger.release('absorbed', used)
      ledger.release('expired', unused)
      ledger.release('deadLettered', refused)
    }
  }

  /** A record with NULL in its key finds nothing: no version is kept under such a key. */
  #versionFor(key: Key, timeMs: number): Version | undefined {
    if (this.#lifetime.hasExpired(ALL, key)) this.#forget(key)
    const version = versionAt(this.#versions.get(ALL, key) ?? NONE, timeMs)
    if (version === undefined || version.use === USED) return version
    // It is about to say what became of it.
    return versionAt(this.#versions.change(ALL, key) ?? NONE, timeMs)
  }

  #versionsOf(key: Key): Version[] | undefined {
    if (this.#lifetime.hasExpired(ALL, key)) this.#forget(key)
    return this.#versions.change(ALL, key)
  }

  #forget(key: Key): void {
    for (const version of this.#versions.get(ALL, key) ?? []) {
      releaseVersion(version, this.#context.ledger)
    }
    this.#versions.delete(ALL, key)
  }

  #drop(key: Key, timeMs: number): void {
    const versions = this.#versions.change(ALL, key)
    if (versions === undefined) return
    dropBefore(versions, timeMs, this.#context.ledger)
    if (versions.length === 0) this.#versions.delete(ALL, key)
  }

  /** Nothing comes any more, so no version is needed either. */
  *#end(): Generator<void, void> {
    yield* this.#settleDue(END_OF_TIME_MS)
    let count = 0
    for (const [, versions] of this.#versions.entries(ALL)) {
      for (const version of versions) releaseVersion(version, this.#context.ledger)
      count++
      if (count % RECORDS_A_STEP === 0) yield
    }
    this.#versions.drop(ALL)
  }
}
