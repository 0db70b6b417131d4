/**
 * The rows of one side of a table join under one key, in the order of what identifies them: found
 * by halving, and visited in an order that is the same after a restart. Many rows are divided into
 * chunks, so that one more never moves all the others.
 */

import { compareValues, type Row } from '@millrace/pipeline'
import type { Use } from './pairing.ts'

/** Plain data, so that it can be saved. */
export interface MatchedRow {
  row: Row
  /** How many equal rows it stands for. */
  copies: number
  /** How many rows of the other side match it, each as often as there are copies of it. */
  matches: number
  use: Use
}

/** No chunk is empty. */
export type MatchedRows = MatchedRow[][]

/** The rows under one key as they are stored: left, then right. */
export type MatchedSides = [left: MatchedRows | undefined, right: MatchedRows | undefined]

const CHUNK_MAX = 256

export type CompareRows = (a: Row, b: Row) => number

/** Compares the columns at these places. */
export function createCompare(indexes: readonly number[]): CompareRows {
  return (a, b) => {
    for (let place = 0; place < indexes.length; place++) {
      const index = indexes[place] as number
      const one = a[index] ?? null
      const other = b[index] ?? null
      if (one === other) continue
      const order = compareValues(one, other)
      if (order !== 0) return order
    }
    return 0
  }
}

export function findRow(
  rows: MatchedRows | undefined,
  row: Row,
  compare: CompareRows,
): MatchedRow | undefined {
  if (rows === undefined) return undefined
  const chunk = rows[chunkOf(rows, row, compare)] ?? []
  const found = chunk[placeIn(chunk, row, compare)]
  return found !== undefined && compare(found.row, row) === 0 ? found : undefined
}

/** Gives the row of which this is another one, or adds it and gives it back. */
export function findOrAdd(rows: MatchedRows, added: MatchedRow, compare: CompareRows): MatchedRow {
  const place = chunkOf(rows, added.row, compare)
  const chunk = rows[place]
  if (chunk === undefined) {
    rows.push([added])
    return added
  }
  const index = placeIn(chunk, added.row, compare)
  const found = chunk[index]
  if (found !== undefined && compare(found.row, added.row) === 0) return found
  if (index === chunk.length) chunk.push(added)
  else chunk.splice(index, 0, added)
  if (chunk.length > CHUNK_MAX) rows.splice(place + 1, 0, chunk.splice(CHUNK_MAX / 2))
  return added
}

/** Takes out a row that is there. */
export function removeRow(rows: MatchedRows, row: Row, compare: CompareRows): void {
  const place = chunkOf(rows, row, compare)
  const chunk = rows[place]
  if (chunk === undefined) return
  chunk.splice(placeIn(chunk, row, compare), 1)
  if (chunk.length === 0) rows.splice(place, 1)
}

/** The index of the last chunk that begins at or before the row; 0 if none does. */
function chunkOf(rows: MatchedRows, row: Row, compare: CompareRows): number {
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const first = rows[middle]?.[0]
    if (first !== undefined && compare(first.row, row) <= 0) low = middle
    else high = middle - 1
  }
  return low
}

/** The index of the first row that is not before this one. */
function placeIn(chunk: readonly MatchedRow[], row: Row, compare: CompareRows): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = chunk[middle]
    if (other !== undefined && compare(other.row, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}
