/**
 * The newest records of every port, for whoever looks at it later: at one where records come slowly
 * or not any more, at a job that is paused, and at one that has ended before anybody could look.
 *
 * To look at a port costs: its rows have to be made, and those of neighbouring nodes go from one to
 * the next. So that is done only as long as few records pass. Once a job is fast nothing is kept of
 * it, since what came before would soon not be what came last; whoever looks sees records at once.
 */

import { bytesEach, type Change, type Element } from '@millrace/engine'
import { EMPTY_ROW, type Row } from '@millrace/pipeline'
import { type Observable, Subscription } from 'rxjs'
import { Newest } from './newest.ts'

/** Of each port. */
const KEPT_MAX = 50
/** Of each port: of large records, fewer are kept. */
const KEPT_BYTES_MAX = 64 * 1024
const BESIDE_ROW_BYTES = 100
/** Of all ports together. */
const ROWS_A_SECOND_MAX = 20_000
/** Looks again when half of that is left, so as not to begin and end all the time. */
const ROWS_A_SECOND_AGAIN = ROWS_A_SECOND_MAX / 2

export interface PassedRecord {
  readonly row: Row
  readonly timeMs: number | undefined
  readonly change: Change | undefined
  readonly seenAtMs: number
}

export interface WatchedPort {
  readonly node: string
  readonly port: string
  readonly stream: Observable<Element>
}

export class EarlierRecords {
  readonly #ports: readonly WatchedPort[]
  readonly #nowMs: () => number
  readonly #onSlow: (isSlow: boolean) => void
  readonly #kept = new Map<string, Newest<PassedRecord>>()
  #looking = new Subscription()
  /** Rows that may still pass in this second. */
  #left = ROWS_A_SECOND_MAX
  #secondFromMs = Number.NEGATIVE_INFINITY

  /** `onSlow` is told whether the job is slow enough to be looked at, at first that it is. */
  constructor(
    ports: readonly WatchedPort[],
    nowMs: () => number,
    onSlow: (isSlow: boolean) => void = () => {},
  ) {
    this.#ports = ports
    this.#nowMs = nowMs
    this.#onSlow = onSlow
    this.#look()
  }

  /** The newest that have passed, oldest first; none of a job that is fast. */
  of(node: string, port: string): readonly PassedRecord[] {
    return this.#kept.get(keyOf(node, port))?.last(KEPT_MAX) ?? []
  }

  /** Told now and then how many rows leave all nodes a second. `monotonicMs` rises. */
  measured(monotonicMs: number, rowsPerSecond: number): void {
    if (monotonicMs - this.#secondFromMs < 1_000) return
    this.#secondFromMs = monotonicMs
    this.#left = ROWS_A_SECOND_MAX
    if (this.#looking.closed && rowsPerSecond < ROWS_A_SECOND_AGAIN) this.#look()
  }

  close(): void {
    this.#looking.unsubscribe()
    this.#kept.clear()
  }

  #look(): void {
    this.#looking = new Subscription()
    for (const { node, port, stream } of this.#ports) {
      const kept = new Newest<PassedRecord>({ countMax: KEPT_MAX, bytesMax: KEPT_BYTES_MAX })
      this.#kept.set(keyOf(node, port), kept)
      this.#looking.add(stream.subscribe((element) => this.#take(element, kept)))
    }
    this.#onSlow(true)
  }

  #take(element: Element, kept: Newest<PassedRecord>): void {
    if (element.kind !== 'batch' || element.rows.length === 0) return
    const { rows, times, changes } = element
    this.#left -= rows.length
    if (this.#left < 0) {
      this.close()
      this.#onSlow(false)
      return
    }
    const seenAtMs = this.#nowMs()
    const from = Math.max(0, rows.length - KEPT_MAX)
    const bytes = bytesEach(rows, from) + BESIDE_ROW_BYTES
    for (let index = from; index < rows.length; index++) {
      const row = rows[index] ?? EMPTY_ROW
      kept.add({ row, timeMs: times?.[index], change: changes?.[index], seenAtMs }, bytes)
    }
  }
}

function keyOf(node: string, port: string): string {
  return `${node}.${port}`
}
