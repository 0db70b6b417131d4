/**
 * The records that a join by event time holds under one key: each side in the order of time, equal
 * times in the order of arrival, so that partners stand next to each other.
 */

import type { Ledger } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { REFUSED, USED, type Use } from './pairing.ts'

/** Plain data, so that it can be saved. */
export interface Timed {
  readonly timeMs: number
  readonly row: Row
  /** How many records of the other side match it. */
  matches: number
  use: Use
}

/** What was let go stands in front of `from` until it is worth while to move the others up. */
export interface TimedList {
  records: (Timed | undefined)[]
  from: number
}

/** The index of the first record behind this time. */
function firstAfter({ records, from }: TimedList, timeMs: number): number {
  let low = from
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((records[middle]?.timeMs ?? 0) <= timeMs) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Gives the list with the record in it. Most records are the latest of their key: they are looked
 * at and put behind the others.
 */
export function put(list: TimedList | undefined, record: Timed): TimedList {
  if (list === undefined) return { records: [record], from: 0 }
  const last = list.records.at(-1)
  if (last === undefined || last.timeMs <= record.timeMs) list.records.push(record)
  else list.records.splice(firstAfter(list, record.timeMs), 0, record)
  return list
}

/** The first record, or undefined if there is none. */
export function first({ records, from }: TimedList): Timed | undefined {
  return records[from]
}

/** Lets go of the first record. Each is moved about once in its life. */
export function dropFirst(list: TimedList): void {
  list.records[list.from] = undefined
  list.from++
  if (list.from * 2 < list.records.length) return
  list.records = list.records.slice(list.from)
  list.from = 0
}

/** Counts a record where it belongs, now that nothing will look at it again. */
export function release({ use }: Timed, ledger: Ledger): void {
  ledger.release(use === USED ? 'absorbed' : use === REFUSED ? 'deadLettered' : 'expired', 1)
}
