/** What an operator that is run by `process` answers, and what it is given for its answers. */

import type { RefusalCause, Row, RowStep } from '@millrace/pipeline'
import type { Batch } from './element.ts'
import type { OutputPort } from './output-port.ts'

export interface Handler {
  /**
   * Rows [from, to) of the batch have arrived and no watermark stands between them. `input` counts
   * the channels over all ports in their order: 0 is left and 1 right for a join. Where one row may
   * cause very many, what is not done yet is given back, and the rows behind it come later.
   */
  rows: TakeRows<void> | TakeRows<Unfinished | undefined>
  /**
   * What `rows` does with each row of an append stream, where that is all the node does and what is
   * made leaves by `out`. In a job that is done instead, in one loop with its neighbours.
   */
  readonly step?: RowStep
  /**
   * The ports by which something may leave while `rows` is at work; all of them, if absent. Where
   * paths from one source meet again, rows can then be taken many at a time.
   */
  readonly rowPorts?: readonly string[]
  /**
   * The minimum over the inputs has risen to `watermarkMs`; `+Infinity` when all input has ended.
   * It leaves when this returns. What may emit many rows is a generator that yields after each row
   * or so.
   */
  watermark?(watermarkMs: number): Iterator<unknown> | undefined
  /**
   * The next point in processing time, in UTC milliseconds, at which `processingTime` should be
   * called; Infinity for none. What is pending when all input has ended is called no more: a node
   * does what is still to do at the watermark `+Infinity`.
   */
  nextProcessingMs?(): number
  /** The clock shows `nowMs`, which is not before `nextProcessingMs`. As `watermark`. */
  processingTime?(nowMs: number): Iterator<unknown> | undefined
  /** The watermark that leaves for this one; it must not fall. The same, if absent. */
  outgoingWatermark?(watermarkMs: number): number
  /**
   * Whether work goes on outside of the loop, of which something may still leave at
   * `processingTime`. The outputs of a node that says so end when it is over; till then the node is
   * called by the clock.
   */
  underWay?(): boolean
}

type TakeRows<Left> = (input: number, batch: Batch, from: number, to: number) => Left

/**
 * The rows before `to` have been taken, and `work` is still to be done for the last of them.
 * Without `work`, they have caused so much together that the thread may be due back.
 */
export interface Unfinished {
  readonly to: number
  /** Yields after each row or so. */
  readonly work: Iterator<unknown> | undefined
}

export interface Emit<Out extends string> {
  readonly out: { readonly [port in Out]: OutputPort }
  /**
   * Sends a record of this input to `errors`, or fails the job, as `onError` says. It is counted.
   */
  refuse(input: number, row: Row, cause: RefusalCause): void
  /**
   * Sends to `errors`, as text, what was to be made of records and has no value. It is not counted:
   * the records are in other buckets. `record` is the one that is at fault, if it is one.
   */
  refuseMade(raw: string, cause: RefusalCause, record?: Row): void
  /**
   * Lets a watermark leave that the node makes itself, behind what it has emitted. One that is not
   * above the last is ignored. Such a node keeps the ones that come in back through
   * `outgoingWatermark`.
   */
  watermark(watermarkMs: number): void
}

export interface ProcessSettings<Out extends string> {
  readonly ports: readonly Out[]
  readonly onError?: 'dead-letter' | 'fail'
}
