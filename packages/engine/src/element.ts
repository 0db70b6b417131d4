/**
 * What flows along an edge: batches of rows with watermarks standing between them, and idleness.
 *
 *     rows    r0   r1   r2   r3   r4
 *     marks      ^ at 1         ^ at 4      a mark `at: n` stands before rows[n]
 *
 * Batches exist for speed: no result may depend on where one ends and the next begins.
 */

import type { Row } from '@millrace/pipeline'

/** The watermark at the end of input. */
export const END_OF_TIME_MS = Number.POSITIVE_INFINITY
/** The watermark before the first one. */
export const START_OF_TIME_MS = Number.NEGATIVE_INFINITY

export type Change = '+I' | '-U' | '+U' | '-D'

export interface Mark {
  /** It stands before the row at this index; at the end where it equals the number of rows. */
  readonly at: number
  /** No record with this event time or an earlier one should still come. */
  readonly watermarkMs: number
  /** Where it stands among the records of the source batch it stems from; see `Batch.origins`. */
  readonly origin: number
}

export interface Batch {
  readonly kind: 'batch'
  readonly rows: readonly Row[]
  /** Event times, row by row, in UTC milliseconds. Absent on streams without event time. */
  readonly times: readonly number[] | undefined
  /** How each row changes the table; absent on append streams, where every row is `+I`. */
  readonly changes: readonly Change[] | undefined
  /** In the order in which they stand; two may stand at one place. */
  readonly marks: readonly Mark[]
  /**
   * For each row, the position in its source batch of the record or watermark that it stems from.
   * Rows and marks of a source batch are numbered in one sequence. Present only in jobs where paths
   * from one source meet again: there the rows of all paths are taken in this order.
   */
  readonly origins: readonly number[] | undefined
}

/** From here on the edge does not hold back watermarks (idle), or does again (active). */
export interface Status {
  readonly kind: 'status'
  readonly idle: boolean
  readonly origin: number
}

export type Element = Batch | Status
