/** What goes out in one request: records in their order, and the key by which a repeat is known. */

import type { Saved } from '@millrace/engine'

export interface RequestBatch {
  /** How many records of the job had come to the sink before the first of these. */
  readonly first: number
  /** Each as JSON. */
  readonly records: readonly string[]
  /** Those of one lane go one after another. */
  readonly lane: number
}

/**
 * The same for the same records at the same place in the job, whatever crashes come between. What
 * the records say is part of it: should a job that goes on come to other ones, as it may where
 * the clock decides, they must not be taken for a repeat.
 */
export function idempotencyKey(scope: string, { first, records }: RequestBatch): string {
  return `${scope}-${first}-${records.length}-${digest(records)}`
}

export function savedBatch({ first, records, lane }: RequestBatch): Saved {
  return { first, records: [...records], lane }
}

/** The two halves of a batch that was refused, to find the record that it was refused for. */
export function halves({ first, records, lane }: RequestBatch): readonly RequestBatch[] {
  const half = records.length >> 1
  return [
    { first, records: records.slice(0, half), lane },
    { first: first + half, records: records.slice(half), lane },
  ]
}

/** The same lane for the same text. */
export function laneOf(text: string, lanes: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % lanes
}

/** 64 bits, in two halves with different multipliers; nobody is kept from making two alike. */
function digest(records: readonly string[]): string {
  let a = 0x811c9dc5
  let b = 0xdeadbeef
  for (const text of records) {
    for (let index = 0; index <= text.length; index++) {
      // Behind each record a sign that stands in none, so that they do not run together.
      const code = index === text.length ? 0x1_0000 : text.charCodeAt(index)
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b ^ code, 0x9e3779b1)
      b ^= b >>> 15
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
