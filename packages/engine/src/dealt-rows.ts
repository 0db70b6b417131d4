/**
 * Deals the rows of a source to its ports, and every watermark to all of them. Rows of a port that
 * nobody reads are counted only.
 */

import type { Row } from '@millrace/pipeline'
import type { Mark } from './element.ts'
import type { OutputPort } from './output-port.ts'
import type { SourceChunk } from './source.ts'

/** Rows [from, to) of a chunk. Marks are counted from the first of them. */
export interface HandedRows {
  readonly chunk: SourceChunk
  readonly from: number
  readonly to: number
  readonly marks: readonly Mark[]
  /**
   * For each watermark and each reject, the row that it stands before, counted as marks are: it
   * takes a place among the origins. Undefined where nobody asks for origins.
   */
  readonly between: readonly number[] | undefined
}

/** 0, 1, 2, ... as far as they have been needed: to copy them is to have the room for others. */
const ascending: number[] = []

/** The origins of all rows; undefined where nobody asks for them. */
export function originsOf({ from, to, between }: HandedRows): readonly number[] | undefined {
  if (between === undefined) return undefined
  const origins = numbered(to - from)
  let others = 0
  for (let row = between[0] ?? origins.length; row < origins.length; row++) {
    while ((between[others] ?? origins.length) <= row) others++
    origins[row] = row + others
  }
  return origins
}

/** Throws where a row is for a port that is not there. */
export function dealRows(source: string, ports: readonly OutputPort[], handed: HandedRows): void {
  const { chunk, from, to, marks } = handed
  const counts = ports.map(() => 0)
  countPorts(source, handed, counts)
  const hands = ports.map((port, index) => new Hand(port.isRead, counts[index] ?? 0, handed))
  const place: Place = { row: from, others: 0 }
  for (const mark of marks) {
    dealUpTo(hands, handed, place, from + mark.at)
    for (const hand of hands) hand.mark(mark)
  }
  dealUpTo(hands, handed, place, to)
  for (const [index, hand] of hands.entries()) {
    const port = ports[index]
    if (!hand.isRead) port?.countRows(counts[index] ?? 0)
    else if (hand.count > 0 || hand.marks.length > 0) {
      port?.hand({
        kind: 'batch',
        rows: hand.rows,
        times: chunk.times && hand.times,
        changes: undefined,
        marks: hand.marks,
        origins: handed.between && hand.origins,
      })
    }
  }
}

/** How many rows each port gets. */
function countPorts(source: string, { chunk, from, to }: HandedRows, counts: number[]): void {
  const { rowPorts } = chunk
  for (let row = from; row < to; row++) {
    const port = rowPorts?.[row] ?? 0
    const count = counts[port]
    if (count === undefined) {
      throw new Error(`Source "${source}" gave row ${row} to a port that it does not have.`)
    }
    counts[port] = count + 1
  }
}

/** What comes next, and how many watermarks and rejects stand before it. */
interface Place {
  row: number
  others: number
}

function dealUpTo(hands: readonly Hand[], handed: HandedRows, place: Place, to: number): void {
  const { chunk, from, between } = handed
  while (place.row < to) {
    const next = from + (between?.[place.others] ?? to - from)
    if (next <= place.row) {
      place.others++
      continue
    }
    const stop = Math.min(next, to)
    dealStretch(hands, chunk, place.row, stop, place.others - from, between !== undefined)
    place.row = stop
  }
}

/**
 * By itself, since V8 takes long to optimise a loop in one function with what hands batches on,
 * into which it sees all the graph.
 */
function dealStretch(
  hands: readonly Hand[],
  { rows, times, rowPorts }: SourceChunk,
  first: number,
  to: number,
  beforeOrigin: number,
  tracksOrigins: boolean,
): void {
  for (let row = first; row < to; row++) {
    const hand = hands[rowPorts?.[row] ?? 0] as Hand
    if (!hand.isRead) continue
    const at = hand.count++
    hand.rows[at] = rows[row] as Row
    if (times !== undefined) hand.times[at] = times[row] as number
    if (tracksOrigins) hand.origins[at] = row + beforeOrigin
  }
}

/** What one port gets of a batch. The lists have the length that they will need. */
class Hand {
  readonly isRead: boolean
  /** So many have been dealt. */
  count = 0
  readonly rows: Row[]
  readonly times: number[]
  readonly origins: number[]
  readonly marks: Mark[] = []

  constructor(isRead: boolean, total: number, { chunk, from, between }: HandedRows) {
    const room = isRead ? total : 0
    this.isRead = isRead
    this.rows = chunk.rows.slice(from, from + room)
    this.times = chunk.times?.slice(from, from + room) ?? []
    this.origins = between === undefined ? [] : numbered(room)
  }

  /** Watermarks stand behind the rows that have been dealt. */
  mark(mark: Mark): void {
    if (this.isRead) this.marks.push({ ...mark, at: this.count })
  }
}

function numbered(count: number): number[] {
  while (ascending.length < count) ascending.push(ascending.length)
  return ascending.slice(0, count)
}
