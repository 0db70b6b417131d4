/**
 * The records that a join by event time holds under one key: each side in the order of time, equal
 * times in the order of arrival, so that partners stand next to each other.
 */

import type { Ledger } from '@millrace/engine'
import { compareRows, type Row } from '@millrace/pipeline'
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

/** By side: left, then right. */
export type TimedSides = [left: TimedList | undefined, right: TimedList | undefined]

/** A record that knows its side, so that it can stand for itself where its key has no other. */
export interface Sided extends Timed {
  readonly side: 0 | 1
}

/** The records of both sides. Most keys of many joins have one record, which needs no list. */
export type TimedEntry = Sided | TimedSides

export function isAlone(entry: TimedEntry): entry is Sided {
  return !Array.isArray(entry)
}

/** Lists in which other records may stand beside this one. */
export function sidesWith(alone: Sided): TimedSides {
  const list = put(undefined, alone)
  return alone.side === 0 ? [list, undefined] : [undefined, list]
}

/** The index of the first record that is not before this time; with `after`, that is behind it. */
export function firstAt({ records, from }: TimedList, timeMs: number, after = false): number {
  let low = from
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    const middleMs = records[middle]?.timeMs ?? 0
    if (middleMs < timeMs || (after && middleMs === timeMs)) low = middle + 1
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
  else list.records.splice(firstAt(list, record.timeMs, true), 0, record)
  return list
}

/** Takes out the latest of the equal records, where there is one. */
export function takeOut(list: TimedList | undefined, timeMs: number, row: Row): Timed | undefined {
  if (list === undefined) return undefined
  const first = firstAt(list, timeMs)
  for (let index = firstAt(list, timeMs, true) - 1; index >= first; index--) {
    const record = list.records[index]
    if (record === undefined || compareRows(record.row, row) !== 0) continue
    list.records.splice(index, 1)
    return record
  }
  return undefined
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
