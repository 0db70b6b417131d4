/**
 * Deals the rows of a source to its ports, and every watermark to all of them. Rows of a port that
 * nobody reads are counted only.
 */

import type { Row } from '@millrace/pipeline'
import type { Mark } from './element.ts'
import type { OutputPort } from './output-port.ts'
import type { SourceChunk } from './source.ts'

/** Rows [from, to) of a chunk. Marks and origins are counted from the first of them. */
export interface HandedRows {
  readonly chunk: SourceChunk
  readonly from: number
  readonly to: number
  readonly marks: readonly Mark[]
  readonly origins: readonly number[] | undefined
}

/** Throws where a row is for a port that is not there. */
export function dealRows(source: string, ports: readonly OutputPort[], handed: HandedRows): void {
  const { chunk, from, to, marks, origins } = handed
  const hands = ports.map((port) => new Hand(port.isRead))
  let row = from
  for (const mark of marks) {
    dealStretch(source, hands, handed, row, from + mark.at)
    row = from + mark.at
    for (const hand of hands) hand.mark(mark)
  }
  dealStretch(source, hands, handed, row, to)
  for (const [index, hand] of hands.entries()) {
    const port = ports[index]
    if (!hand.isRead) port?.countRows(hand.count)
    else if (hand.count > 0 || hand.marks.length > 0) {
      port?.hand({
        kind: 'batch',
        rows: hand.rows,
        times: chunk.times && hand.times,
        changes: undefined,
        marks: hand.marks,
        origins: origins && hand.origins,
      })
    }
  }
}

/**
 * Between two watermarks. By itself, since V8 takes long to optimise a loop in one function with
 * what hands batches on, into which it sees all the graph.
 */
function dealStretch(
  source: string,
  hands: readonly Hand[],
  { chunk, from, origins }: HandedRows,
  first: number,
  to: number,
): void {
  const { rows, times, rowPorts } = chunk
  for (let row = first; row < to; row++) {
    const hand = hands[rowPorts?.[row] ?? 0]
    const values = rows[row]
    if (hand === undefined || values === undefined) {
      throw new Error(`Source "${source}" gave row ${row} to a port that it does not have.`)
    }
    hand.count++
    if (!hand.isRead) continue
    hand.rows.push(values)
    if (times !== undefined) hand.times.push(times[row] ?? Number.NaN)
    if (origins !== undefined) hand.origins.push(origins[row - from] ?? 0)
  }
}

/** What one port gets of a batch. */
class Hand {
  readonly isRead: boolean
  count = 0
  readonly rows: Row[] = []
  readonly times: number[] = []
  readonly origins: number[] = []
  readonly marks: Mark[] = []

  constructor(isRead: boolean) {
    this.isRead = isRead
  }

  /** Watermarks stand behind the rows that have been dealt. */
  mark(mark: Mark): void {
    if (this.isRead) this.marks.push({ ...mark, at: this.rows.length })
  }
}
