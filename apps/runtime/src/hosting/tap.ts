/**
 * What flows through one port, for somebody who looks. The newest records are kept, whether or not
 * they are sent; what is sent is as much as a page can show. Nothing is skipped uncounted: every
 * record has a number.
 */

import { bytesEach, type Element } from '@millrace/engine'
import { EMPTY_ROW, type Row, type wire } from '@millrace/pipeline'
import type { Observable, Subscription } from 'rxjs'
import type { PassedRecord } from './earlier-records.ts'
import { Newest } from './newest.ts'
import { createCondition, type PortCondition } from './port-condition.ts'
import { createRecordJson, type SizedRecord } from './record-json.ts'

/** A page shows some dozens of rows and is told five times a second. */
const RECORDS_A_FLUSH_MAX = 100
/** After a pause, what was kept meanwhile is sent in pieces of this many. */
const KEPT_A_FLUSH_MAX = 500
/** Of large records, fewer are sent. In characters of JSON. */
const FLUSH_LENGTH_MAX = 512 * 1024
/** Of large records, fewer are kept. */
const KEPT_BYTES_MAX = 8 * 2 ** 20
const BESIDE_ROW_BYTES = 100

interface Seen extends PassedRecord {
  readonly number: number
}

export interface TapSettings extends PortCondition {
  readonly keep: number
  readonly earlier?: Earlier
}

/** What passed before: with this a tap begins. */
export interface Earlier {
  /** The newest, oldest first. */
  readonly records: readonly PassedRecord[]
  /** How many have passed in all, with them: so numbers are those of the port. */
  readonly passed: number
}

export class Tap {
  readonly #settings: TapSettings
  readonly #kept: Newest<Seen>
  readonly #json: (row: Row) => SizedRecord
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
    this.#kept = new Newest({ countMax: settings.keep, bytesMax: KEPT_BYTES_MAX })
    this.#json = createRecordJson(settings.schema.columns)
    this.#passes = createCondition(settings)
    if (settings.earlier !== undefined) this.#begin(settings.earlier)
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

  /** Kept, and not sent yet. */
  get waiting(): number {
    return this.#kept.count
  }

  close(): void {
    this.#subscription.unsubscribe()
  }

  #begin({ records, passed }: Earlier): void {
    // For how many of the others a condition is true, nobody knows.
    if (this.#settings.where === undefined) this.#seen = Math.max(0, passed - records.length)
    for (const record of records) {
      if (this.#passes(record.row))
        this.#keep(record, bytesEach([record.row], 0) + BESIDE_ROW_BYTES)
    }
  }

  #next(): wire.TappedRecord[] {
    const waiting = this.#kept.last(this.#seen - this.#shown)
    const kept = waiting.filter(({ number }) => number <= this.#keptTo)
    if (kept.length === 0) {
      this.#shown = this.#seen
      return this.#recordsOf(waiting.slice(-RECORDS_A_FLUSH_MAX).toReversed()).reverse()
    }
    const records = this.#recordsOf(kept.slice(0, KEPT_A_FLUSH_MAX))
    this.#shown = records.at(-1)?.number ?? this.#seen
    return records
  }

  /** As many of the first as may be sent at once, one at least. */
  #recordsOf(chosen: readonly Seen[]): wire.TappedRecord[] {
    const records: wire.TappedRecord[] = []
    let left = FLUSH_LENGTH_MAX
    for (const seen of chosen) {
      const { record, length } = this.#json(seen.row)
      left -= length
      if (left < 0 && records.length > 0) break
      records.push(toTapped(seen, record))
    }
    return records
  }

  #look(element: Element): void {
    if (element.kind !== 'batch' || element.rows.length === 0) return
    const { rows, times, changes } = element
    const seenAtMs = this.#settings.nowMs()
    const filtered = this.#settings.where !== undefined
    // Of a long batch, only the end can stay.
    const from = filtered ? 0 : Math.max(0, rows.length - this.#settings.keep)
    const bytes = bytesEach(rows, from) + BESIDE_ROW_BYTES
    this.#seen += from
    for (let index = from; index < rows.length; index++) {
      const row = rows[index] ?? EMPTY_ROW
      if (filtered && !this.#passes(row)) continue
      const [timeMs, change] = [times?.[index], changes?.[index]]
      this.#keep({ row, timeMs, change, seenAtMs }, bytes)
    }
  }

  #keep(record: PassedRecord, bytes: number): void {
    this.#seen++
    this.#kept.add({ ...record, number: this.#seen }, bytes)
  }
}

export function toTapped(
  { number, timeMs, change, seenAtMs }: Omit<Seen, 'row'>,
  row: wire.TappedRecord['row'],
): wire.TappedRecord {
  return { number, eventTime: timeMs ?? null, seenAtMs, change: change ?? null, row }
}
