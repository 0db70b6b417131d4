/**
 * About how much memory the values of rows take. A few rows stand for all, so that it costs next to
 * nothing however many there are.
 */

import { EMPTY_ROW, type Row } from '@millrace/pipeline'
import { estimateBytes } from './estimate-bytes.ts'

/** Rows of a list that are looked at. */
const LOOKED_AT_MAX = 16
const SLOT_BYTES = 8

export function bytesOfRow(row: Row): number {
  let bytes = 0
  for (let index = 0; index < row.length; index++) {
    const value = row[index]
    if (typeof value === 'string') bytes += value.length
    else if (typeof value === 'object' && value !== null) bytes += estimateBytes(value)
    bytes += SLOT_BYTES
  }
  return bytes
}

/**
 * Of each of the rows [from, to), on average, by at most so many. 0 where there are none. A whole
 * number: V8 keeps those in place, and compiles anew what reads a field once it has a fraction.
 */
export function bytesEach(
  rows: readonly Row[],
  from = 0,
  to = rows.length,
  looksMax = LOOKED_AT_MAX,
): number {
  const count = to - from
  const looks = Math.min(count, looksMax)
  let bytes = 0
  for (let look = 0; look < looks; look++) {
    bytes += bytesOfRow(rows[from + Math.floor((look * count) / looks)] ?? EMPTY_ROW)
  }
  return looks === 0 ? 0 : Math.round(bytes / looks)
}
