/**
 * What flows through one port, for somebody who looks. The newest records are kept, whether or not
 * they are sent; what is sent is as much as a page can show. Nothing is skipped uncounted: every
 * record has a number.
 */

import type { Change, Element } from '@millrace/engine'
import {
  BOOLEAN,
  checkExpression,
  compileExpression,
  EMPTY_ROW,
  EvaluationError,
  type Row,
  type StreamSchema,
  type wire,
} from '@millrace/pipeline'
import type { Observable, Subscription } from 'rxjs'
import { Refusal } from '../supervision/refusal.ts'
import { createRecordJson, type RecordJson } from './record-json.ts'
import { Ring } from './ring.ts'

/** A page shows some dozens of rows and is told five times a second. */
const RECORDS_A_FLUSH_MAX = 100
/** After a pause, what was kept meanwhile is sent in pieces of this many. */
const KEPT_A_FLUSH_MAX = 500

interface Seen {
  readonly number: number
  readonly row: Row
  readonly timeMs: number | undefined
  readonly change: Change | undefined
  readonly seenAtMs: number
}

export interface TapSettings {
  readonly keep: number
  readonly where: string | undefined
  readonly schema: StreamSchema
  nowMs(): number
}

export class Tap {
  readonly #settings: TapSettings
  readonly #kept: Ring<Seen>
  readonly #json: (row: Row) => RecordJson
  readonly #passes: (row: Row) => boolean
  readonly #subscription: Subscription
  #seen = 0
  /** The number of the last record that was sent or left out for good. */
  #shown = 0
  #told = 0
  #paused = false
  /** Records up to this number were kept by a pause that is over, and are not sampled. */
  #keptTo = 0

  constructor(stream: Observable<Element>, settings: TapSettings) {
    this.#settings = settings
    this.#kept = new Ring(settings.keep)
    this.#json = createRecordJson(settings.schema.columns)
    this.#passes = createCondition(settings)
    this.#subscription = stream.subscribe((element) => this.#look(element))
  }

  set paused(paused: boolean) {
    if (this.#paused && !paused) this.#keptTo = this.#seen
    this.#paused = paused
  }

  /**
   * The newest records that were not taken before, and how many there were in all; undefined where
   * nothing is new. While paused there are no records. After a pause, what was kept meanwhile comes
   * from its beginning.
   */
  take(): { readonly records: wire.TappedRecord[]; readonly seen: number } | undefined {
    const news = this.#seen > this.#told
    const waits = !this.#paused && this.#seen > this.#shown
    if (!news && !waits) return undefined
    this.#told = this.#seen
    return { records: waits ? this.#next() : [], seen: this.#seen }
  }

  close(): void {
    this.#subscription.unsubscribe()
  }

  #next(): wire.TappedRecord[] {
    const waiting = this.#kept.last(this.#seen - this.#shown)
    const kept = waiting.filter(({ number }) => number <= this.#keptTo)
    const chosen =
      kept.length > 0 ? kept.slice(0, KEPT_A_FLUSH_MAX) : waiting.slice(-RECORDS_A_FLUSH_MAX)
    this.#shown = chosen.at(-1)?.number ?? this.#seen
    return chosen.map((seen) => this.#toRecord(seen))
  }

  #look(element: Element): void {
    if (element.kind !== 'batch' || element.rows.length === 0) return
    const { rows, times, changes } = element
    const seenAtMs = this.#settings.nowMs()
    const filtered = this.#settings.where !== undefined
    // Of a long batch, only the end can stay.
    const from = filtered ? 0 : Math.max(0, rows.length - this.#settings.keep)
    this.#seen += from
    for (let index = from; index < rows.length; index++) {
      const row = rows[index] ?? EMPTY_ROW
      if (filtered && !this.#passes(row)) continue
      this.#seen++
      const [timeMs, change] = [times?.[index], changes?.[index]]
      this.#kept.add({ number: this.#seen, row, timeMs, change, seenAtMs })
    }
  }

  #toRecord({ number, row, timeMs, change, seenAtMs }: Seen): wire.TappedRecord {
    return {
      number,
      eventTime: timeMs ?? null,
      seenAtMs,
      change: change ?? null,
      row: this.#json(row),
    }
  }
}

/** A record for which the condition has no value does not pass. Throws a `Refusal`. */
function createCondition({ where, schema, nowMs }: TapSettings): (row: Row) => boolean {
  if (where === undefined) return () => true
  const scope = { relations: [{ columns: schema.columns }] }
  const [problem] = checkExpression(where, scope, BOOLEAN).problems
  if (problem !== undefined) throw new Refusal('bad-request', problem.code, problem.message)
  const { evaluate } = compileExpression(where, scope, { nowMs })
  return (row) => {
    try {
      return evaluate(row, EMPTY_ROW) === true
    } catch (error) {
      if (error instanceof EvaluationError) return false
      throw error
    }
  }
}
