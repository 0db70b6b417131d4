/**
 * The rows under one key of an inner join of two streams, where rows only come: as they came, and
 * put in order when the other side first asks for them. In a checkpoint they look as those of any
 * other table join.
 *
 *     came      c  a  b            two places in one list for each row, which cost no object
 *     slots     c 0  a 0  b 0      the row, and what became of it
 *     asked     a 0  b 0  c 0
 */

import { Packed } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import type { CompareRows, MatchedRow, MatchedRows } from './matched-rows.ts'
import type { Use } from './pairing.ts'

/** The rows under one key as they are stored: left, then right. */
export type MatchedSides = [left: MatchedRows | undefined, right: MatchedRows | undefined]

/** Of one side; more are kept in order, since sorting so many at once would take long. */
export const APPENDED_MAX = 4096
/** As many are stored in a chunk, so that more fit into it. */
const STORED_CHUNK = 128
/** With more of them it is not looked whether there are few enough rows. */
const CHUNKS_MAX = 2 * (APPENDED_MAX / STORED_CHUNK) - 1

/** Of the number beside a row: what became of it, and above that how many rows match it. */
const USE_BITS = 3
const ONE_MATCH = 4

type Compares = readonly [CompareRows, CompareRows]

/** The rows of one side. Equal rows are there as often as they came. */
export class AppendedRows {
  readonly slots: (Row | number)[]
  /** So many at the front are in order, and those that are equal are one and the same. */
  #ordered = 1

  constructor(row: Row) {
    this.slots = [row, 0]
  }

  get count(): number {
    return this.slots.length >> 1
  }

  add(row: Row): void {
    this.slots.push(row, 0)
  }

  rowAt(index: number): Row {
    return this.slots[index * 2] as Row
  }

  /** One more row matches the row; what becomes of it grows only. */
  match(index: number, use: Use): void {
    const notes = this.slots[index * 2 + 1] as number
    const before = notes & USE_BITS
    this.slots[index * 2 + 1] = notes + ONE_MATCH + (before < use ? use - before : 0)
  }

  /** Puts them into the order in which they are visited. */
  order(compare: CompareRows): void {
    if (this.#ordered === this.count) return
    const sorted = this.#inOrder(compare)
    let first: Row | undefined
    for (const [index, { row, notes }] of sorted.entries()) {
      if (first === undefined || compare(first, row) !== 0) first = row
      this.slots[index * 2] = first
      this.slots[index * 2 + 1] = notes
    }
    this.#ordered = sorted.length
  }

  /** Whether the row is equal to the one before it; where they are in order. */
  isRepeat(index: number): boolean {
    return index > 0 && this.slots[index * 2] === this.slots[index * 2 - 2]
  }

  pack(compare: CompareRows): MatchedRows {
    const packed: MatchedRow[] = []
    for (const { row, notes } of this.#inOrder(compare)) {
      const last = packed.at(-1)
      if (last !== undefined && compare(last.row, row) === 0) {
        last.copies++
        continue
      }
      const matches = Math.floor(notes / ONE_MATCH)
      packed.push({ row, copies: 1, matches, use: (notes & USE_BITS) as Use })
    }
    const chunks: MatchedRows = []
    for (let from = 0; from < packed.length; from += STORED_CHUNK) {
      chunks.push(packed.slice(from, from + STORED_CHUNK))
    }
    return chunks
  }

  /** Undefined where there are none, or too many. */
  static unpack(chunks: MatchedRows | undefined): AppendedRows | undefined {
    const [first] = chunks?.[0] ?? []
    if (chunks === undefined || first === undefined) return undefined
    const rows = new AppendedRows(first.row)
    rows.slots.length = 0
    for (const chunk of chunks) {
      for (const { row, copies, matches, use } of chunk) {
        for (let copy = 0; copy < copies; copy++) rows.slots.push(row, matches * ONE_MATCH + use)
      }
    }
    rows.#ordered = rows.count
    return rows
  }

  /** Of equal rows the one that came first is first. */
  #inOrder(compare: CompareRows): readonly { readonly row: Row; readonly notes: number }[] {
    const rows = Array.from({ length: this.count }, (_, index) => ({
      row: this.rowAt(index),
      notes: this.slots[index * 2 + 1] as number,
    }))
    return rows.sort((a, b) => compare(a.row, b.row))
  }
}

export class AppendedSides extends Packed {
  left: AppendedRows | undefined
  right: AppendedRows | undefined
  readonly #compares: Compares

  constructor(compares: Compares, left?: AppendedRows, right?: AppendedRows) {
    super()
    this.#compares = compares
    this.left = left
    this.right = right
  }

  /** As it is stored. */
  unpack(): MatchedSides {
    return [this.left?.pack(this.#compares[0]), this.right?.pack(this.#compares[1])]
  }

  /** Of what was stored; undefined where there are too many rows. */
  static of([left, right]: MatchedSides, compares: Compares): AppendedSides | undefined {
    if (!areFew(left) || !areFew(right)) return undefined
    return new AppendedSides(compares, AppendedRows.unpack(left), AppendedRows.unpack(right))
  }
}

function areFew(chunks: MatchedRows | undefined): boolean {
  if (chunks === undefined) return true
  if (chunks.length > CHUNKS_MAX) return false
  let rows = 0
  for (const chunk of chunks) rows += chunk.length
  if (rows > APPENDED_MAX) return false
  let count = 0
  for (const chunk of chunks) {
    for (const { copies } of chunk) {
      count += copies
      if (count > APPENDED_MAX) return false
    }
  }
  return true
}
