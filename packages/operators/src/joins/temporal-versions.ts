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
} from '@millrace/engine'
import { EMPTY_ROW, type Key, type Row } from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'
import { createKeySides, type KeySide } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import { type JoinPort, type LivingConfig, lateRow, UNUSED } from './pairing.ts'
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
import { dropFirst, first, put, type TimedList } from './timed-records.ts'

/** All keys are in one namespace of a table. */
const ALL = 0

/** Of timers at one time, the records that need a version come first. */
const RECORDS = 0
const VERSIONS = 1

/** After so many records, the thread may be given back. */
const RECORDS_A_STEP = 64

export class TemporalJoin implements Handler {
  readonly #schemas: JoinSchemas
  readonly #context: RunContext
  readonly #emit: Emit<JoinPort>
  readonly #records: StreamRecords
  readonly #keys: readonly [KeySide, KeySide]
  readonly #deletes: ReturnType<typeof createDeletes>
  /** Records of the stream, by key, in the order of time. */
  readonly #waiting: StateTable<TimedList>
  /** By key, in the order of time; at least one. */
  readonly #versions: StateTable<Version[]>
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
    this.#waiting = context.state.table('waiting')
    this.#versions = context.state.table('versions')
    this.#timers = context.state.timers('due')
    this.#watermarkMs = context.state.value('watermark', START_OF_TIME_MS)
    this.#lifetime = new StateLifetime(context, config.stateTimeToLive)
  }

  rows(input: number, { rows, times, changes }: Batch, from: number, to: number): void {
    const side = input === 0 ? 0 : 1
    const watermarkMs = this.#watermarkMs.get()
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const timeMs = times?.[index] ?? 0
      const change = changes?.[index] ?? '+I'
      // The row that takes its place stands behind it, and says from when on.
      if (change === '-U') this.#context.ledger.absorbed++
      else if (timeMs <= watermarkMs) this.#late(side, row, timeMs)
      else if (side === 0) this.#wait(row, timeMs)
      else this.#change(change, row, timeMs)
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    this.#watermarkMs.set(watermarkMs)
    if (watermarkMs === END_OF_TIME_MS) return this.#end()
    return this.#timers.nextMs() <= watermarkMs ? this.#settleDue(watermarkMs) : undefined
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

  #wait(row: Row, timeMs: number): void {
    const { ledger } = this.#context
    const keys = this.#keys[0]
    if (!this.#records.keepsAlone && keys.hasNull(row)) {
      ledger.expired++
      return
    }
    ledger.held++
    const key = keys.readKey(row)
    const list = this.#waiting.change(ALL, key)
    const head = list === undefined ? undefined : first(list)
    const added = put(list, { timeMs, row, matches: 0, use: UNUSED })
    if (list === undefined) this.#waiting.put(ALL, key, added)
    if (head === undefined || timeMs < head.timeMs) this.#timers.set(timeMs, RECORDS, key)
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

  *#settleDue(watermarkMs: number): Generator<void, void> {
    let timer = this.#timers.takeDue(watermarkMs)
    for (; timer !== undefined; timer = this.#timers.takeDue(watermarkMs)) {
      if (timer.namespace === RECORDS) yield* this.#settle(timer.key, timer.timeMs)
      else this.#drop(timer.key, timer.timeMs)
      yield
    }
  }

  *#settle(key: Key, timeMs: number): Generator<void, void> {
    const list = this.#waiting.change(ALL, key)
    if (list === undefined) return
    // A record with NULL in its key finds nothing: no version is kept under such a key.
    const version = versionAt(this.#versionsOf(key) ?? [], timeMs)
    let count = 0
    let record = first(list)
    for (; record !== undefined && record.timeMs <= timeMs; record = first(list)) {
      this.#records.settle(record, version)
      dropFirst(list)
      count++
      if (count % RECORDS_A_STEP === 0) yield
    }
    if (record === undefined) this.#waiting.delete(ALL, key)
    else this.#timers.set(record.timeMs, RECORDS, key)
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
