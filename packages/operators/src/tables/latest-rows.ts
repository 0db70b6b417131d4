/** The latest row of each key, and the changes that it makes to a table. */

import type { OutputPort, RunContext, StateTable } from '@millrace/engine'
import { compareRows, type Key, type Row } from '@millrace/pipeline'
import { StateLifetime } from '../state-lifetime.ts'

/** A row that stands in a table. */
export interface Kept {
  row: Row
  timeMs: number
}

/** All rows are in one namespace. */
const ALL = 0

export class LatestRows {
  readonly lifetime: StateLifetime
  readonly #rows: StateTable<Kept>
  readonly #out: OutputPort
  readonly #timed: boolean

  constructor(context: RunContext, timeToLiveMs: number | undefined, out: OutputPort) {
    this.lifetime = new StateLifetime(context, timeToLiveMs)
    this.#rows = context.state.table('rows')
    this.#out = out
    this.#timed = context.outputSchemas[out.name]?.eventTime ?? false
  }

  /** False where the same row stands there already, which is then not said again. */
  put(key: Key, row: Row, timeMs: number): boolean {
    return this.#put(key, this.#find(key), row, timeMs)
  }

  /** As `put`; false also where the row that stands there has a later time, and stays. */
  putUnlessOlder(key: Key, row: Row, timeMs: number): boolean {
    const kept = this.#find(key)
    if (kept !== undefined && kept.timeMs > timeMs) return false
    return this.#put(key, kept, row, timeMs)
  }

  #put(key: Key, kept: Kept | undefined, row: Row, timeMs: number): boolean {
    this.lifetime.written(ALL, key)
    if (kept === undefined) {
      this.#rows.put(ALL, key, { row, timeMs })
      this.#out.emitChange('+I', row, timeMs)
      return true
    }
    const { row: before, timeMs: beforeMs } = kept
    kept.row = row
    kept.timeMs = timeMs
    const same = beforeMs === timeMs || !this.#timed
    if (same && !this.lifetime.on && compareRows(before, row) === 0) return false
    this.#out.emitChange('-U', before, beforeMs)
    this.#out.emitChange('+U', row, timeMs)
    return true
  }

  /** For changing. */
  #find(key: Key): Kept | undefined {
    if (this.lifetime.hasExpired(ALL, key)) this.forget(key)
    return this.#rows.change(ALL, key)
  }

  /** False where there is no row of this key. The row leaves as it stood there. */
  remove(key: Key): boolean {
    const before = this.#find(key)
    if (before === undefined) return false
    this.#out.emitChange('-D', before.row, before.timeMs)
    this.forget(key)
    return true
  }

  /** Without a word. */
  forget(key: Key): void {
    this.#rows.delete(ALL, key)
  }
}
