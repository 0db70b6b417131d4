/**
 * Records that a source makes up go through here: one whose time is beyond the year 9999, or whose
 * integer has passed what is exact, is refused as if it had been read.
 */

import { JobFailed, type Reject, shownRecord } from '@millrace/engine'
import {
  type Column,
  createRowText,
  isoTimestamp,
  type RefusalCause,
  type Row,
  TIMESTAMP_MAX,
} from '@millrace/pipeline'

export type OnError = 'dead-letter' | 'fail'

export interface MadeChunk {
  readonly rows: Row[]
  readonly times: number[]
  /** Of sources with several ports. */
  readonly rowPorts?: number[]
  readonly rejects: Reject[]
}

/** Checks the records of one port. */
export class MadeRecords {
  readonly #columns: readonly Column[]
  readonly #onError: OnError
  readonly #text: (row: Row) => string
  /** Positions of columns whose values may be too large. */
  readonly #timestamps: readonly number[]
  readonly #integers: readonly number[]

  constructor(columns: readonly Column[], onError: OnError) {
    this.#columns = columns
    this.#onError = onError
    this.#text = createRowText(columns)
    this.#timestamps = positionsOf(columns, 'timestamp')
    this.#integers = positionsOf(columns, 'integer')
  }

  /** Puts it behind the others. Throws a `JobFailed` where a refused record is to fail the job. */
  add(row: Row, timeMs: number, { rows, times, rowPorts, rejects }: MadeChunk, port = 0): void {
    const cause = this.#fault(row, timeMs)
    if (cause === undefined) {
      rows.push(row)
      times.push(timeMs)
      rowPorts?.push(port)
      return
    }
    const raw = this.#text(row)
    const { code, message: reason, column } = cause
    if (this.#onError === 'fail') {
      const message =
        `${reason} The record is ${shownRecord(raw)}. ` +
        'Or set onError to "dead-letter" to put such records aside.'
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    rejects.push({ at: rows.length, raw, reason, code, column })
  }

  #fault(row: Row, timeMs: number): RefusalCause | undefined {
    if (timeMs > TIMESTAMP_MAX) {
      return { code: 'event-time-out-of-range', message: `The event time ${BEYOND}` }
    }
    for (const at of this.#timestamps) {
      if (((row[at] ?? 0) as number) <= TIMESTAMP_MAX) continue
      const column = this.#name(at)
      return {
        code: 'timestamp-out-of-range',
        message: `The time in column "${column}" ${BEYOND}`,
        column,
      }
    }
    for (const at of this.#integers) {
      if (Number.isSafeInteger(row[at] ?? 0)) continue
      const column = this.#name(at)
      const message =
        `The value of column "${column}" has passed 2^53 - 1, up to which integers are exact. ` +
        'Begin lower, or take smaller steps.'
      return { code: 'integer-overflow', message, column }
    }
    return undefined
  }

  #name(at: number): string {
    return this.#columns[at]?.name ?? ''
  }
}

const BEYOND = `is after ${isoTimestamp(TIMESTAMP_MAX)}. Begin earlier, or raise the rate.`

function positionsOf(columns: readonly Column[], kind: Column['type']['kind']): readonly number[] {
  return columns.flatMap(({ type }, at) => (type.kind === kind ? [at] : []))
}
