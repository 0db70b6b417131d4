/**
 * Runs a join with what a table has at the moment: a record of the stream leaves as it arrives, and
 * changes of the table make nothing leave. Event time plays no part.
 */

import {
  type Batch,
  type Emit,
  END_OF_TIME_MS,
  type Handler,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import { EMPTY_ROW, type Key } from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'
import { createKeySides, type KeySide } from './held-records.ts'
import type { JoinSchemas } from './join-schema.ts'
import { type JoinPort, type LivingConfig, REFUSED, USED } from './pairing.ts'
import { StreamRecords } from './stream-records.ts'
import { createDeletes, createVersion, releaseVersion, type Version } from './table-versions.ts'

const ALL = 0

/** After so many rows, the thread may be given back. */
const ROWS_A_STEP = 256

export class LatestJoin implements Handler {
  readonly #context: RunContext
  readonly #records: StreamRecords
  readonly #keys: readonly [KeySide, KeySide]
  readonly #deletes: ReturnType<typeof createDeletes>
  /** The row that holds now, by key. */
  readonly #table: StateTable<Version>
  readonly #lifetime: StateLifetime

  constructor(
    config: LivingConfig,
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<JoinPort>,
  ) {
    this.#context = context
    this.#records = new StreamRecords(config, schemas, context, emit)
    this.#keys = createKeySides(config, schemas)
    this.#deletes = createDeletes(
      schemas.right,
      config.on.map(([, name]) => name),
    )
    this.#table = context.state.table('rows')
    this.#lifetime = new StateLifetime(context, config.stateTimeToLive)
  }

  rows(input: number, batch: Batch, from: number, to: number): void {
    if (input === 0) this.#join(batch, from, to)
    else this.#change(batch, from, to)
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return watermarkMs === END_OF_TIME_MS ? this.#end() : undefined
  }

  nextProcessingMs(): number {
    return this.#lifetime.nextMs()
  }

  processingTime(nowMs: number): Iterator<unknown> {
    return this.#lifetime.expire(nowMs, (_namespace, key) => this.#forget(key))
  }

  #join({ rows, times }: Batch, from: number, to: number): void {
    const keys = this.#keys[0]
    let used = 0
    let refused = 0
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const version = keys.hasNull(row) ? undefined : this.#rowOf(keys.readKey(row))
      const use = this.#records.meet(row, times?.[index] ?? 0, version)
      if (use === USED) used++
      else if (use === REFUSED) refused++
    }
    const { ledger } = this.#context
    ledger.absorbed += used
    ledger.deadLettered += refused
    ledger.expired += to - from - used - refused
  }

  #change({ rows, times, changes }: Batch, from: number, to: number): void {
    const { ledger } = this.#context
    const keys = this.#keys[1]
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const change = changes?.[index] ?? '+I'
      if (keys.hasNull(row)) {
        ledger.expired++
        continue
      }
      const key = keys.readKey(row)
      this.#forget(key)
      const timeMs = times?.[index]
      if (change === '-U' || change === '-D' || this.#deletes(row, timeMs)) {
        ledger.absorbed++
      } else {
        this.#table.put(ALL, key, createVersion(timeMs ?? 0, row))
        this.#lifetime.written(ALL, key)
        ledger.held++
      }
    }
  }

  #rowOf(key: Key): Version | undefined {
    if (this.#lifetime.hasExpired(ALL, key)) this.#forget(key)
    const version = this.#table.get(ALL, key)
    // One that has been of use stays as it is.
    return version === undefined || version.use === USED ? version : this.#table.change(ALL, key)
  }

  #forget(key: Key): void {
    const before = this.#table.get(ALL, key)
    if (before === undefined) return
    releaseVersion(before, this.#context.ledger)
    this.#table.delete(ALL, key)
  }

  /** Nothing comes any more, so no row is needed either. */
  *#end(): Generator<void, void> {
    let count = 0
    for (const [, version] of this.#table.entries(ALL)) {
      releaseVersion(version, this.#context.ledger)
      count++
      if (count % ROWS_A_STEP === 0) yield
    }
    this.#table.drop(ALL)
  }
}
