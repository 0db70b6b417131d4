/** Rows that a node refuses: they leave by `errors`, or fail the job, as its `onError` says. */

import { createRowText, type RefusalCause, type Row } from '@millrace/pipeline'
import type { Batch } from './element.ts'
import { JobFailed, shownRecord } from './failure.ts'
import type { RunContext } from './operator.ts'
import type { OutputPort } from './output-port.ts'
import { refusalRow } from './refusals.ts'

export interface RefusalSettings {
  /** The input port of each channel. */
  readonly inputPorts: readonly string[]
  readonly onError: 'dead-letter' | 'fail'
  /** Absent where the node has no such port; then the job fails. */
  readonly errors: OutputPort | undefined
}

export class RowRefusals {
  readonly #context: RunContext
  readonly #settings: RefusalSettings
  /** How a row of each channel reads. */
  readonly #texts: readonly ((row: Row) => string)[]
  /** What the handler takes now, and from where on its refused rows are looked for. */
  #taken: Batch | undefined
  #takenFrom = 0

  constructor(context: RunContext, settings: RefusalSettings) {
    this.#context = context
    this.#settings = settings
    this.#texts = settings.inputPorts.map((port) =>
      createRowText(context.inputSchemas[port]?.columns ?? []),
    )
  }

  /** Rows of this batch are being taken, the first of them at `from`. */
  taking(batch: Batch, from: number): void {
    this.#taken = batch
    this.#takenFrom = from
  }

  /** See `Emit.refuse`: a row of the batch that is being taken. */
  refuse(channel: number, row: Row, cause: RefusalCause): void {
    this.refuseAt(channel, row, cause, this.#timeOf(row))
  }

  refuseAt(channel: number, row: Row, cause: RefusalCause, eventTimeMs: number | undefined): void {
    const { onError, errors } = this.#settings
    const { nodeId, ledger } = this.#context
    const raw = this.#texts[channel]?.(row) ?? ''
    if (onError === 'fail' || errors === undefined) {
      throw new JobFailed({
        domain: 'user',
        retry: false,
        message: `${cause.message} The record is ${shownRecord(raw)}.`,
      })
    }
    ledger.deadLettered++
    errors.emit(refusalRow(nodeId, raw, cause, detailOf(channel, eventTimeMs)), Number.NaN)
  }

  /** See `Emit.refuseMade`. */
  refuseMade(raw: string, cause: RefusalCause, record: Row | undefined): void {
    const detail = record === undefined ? {} : detailOf(0, this.#timeOf(record))
    const row = refusalRow(this.#context.nodeId, raw, cause, detail)
    this.#settings.errors?.emit(row, Number.NaN)
  }

  /** Refused rows come in the order of their batch. */
  #timeOf(row: Row): number | undefined {
    const batch = this.#taken
    if (batch?.times === undefined) return undefined
    const index = batch.rows.indexOf(row, this.#takenFrom)
    if (index < 0) return undefined
    this.#takenFrom = index
    return batch.times[index]
  }
}

function detailOf(channel: number, eventTimeMs: number | undefined) {
  return { channel, ...(eventTimeMs === undefined ? {} : { eventTimeMs }) }
}
