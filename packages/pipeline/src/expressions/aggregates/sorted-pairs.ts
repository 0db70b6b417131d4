/**
 * Pairs in the order of their keys, as plain data: how aggregates keep what may be taken back.
 *
 *     [[key, other, key, other, ...], [key, other, ...], ...]
 *
 * The chunks follow one another and hold up to 256 pairs each, so that putting a pair in or taking
 * one out moves a few hundred values at most, however many there are. No chunk is empty but the
 * only one. Few pairs take no more room than they need, since there may be millions of groups.
 */

import { compareValues, type Value } from '../../value.ts'

export type SortedPairs = Value[][]

export function noPairs(): SortedPairs {
  return [[]]
}

/** Of a pair: the number of its chunk times `STRIDE`, plus where its key stands in the chunk. */
export type Place = number

const CHUNK_MAX = 512
const STRIDE = 1_024
/** Up to here a chunk is copied to grow, which leaves no room behind its end. */
const TIGHT_MAX = 16

/** The first pair whose key is not below `key`. It may lie behind the end of a chunk. */
export function firstFrom(pairs: SortedPairs, key: Value): Place {
  return seek(pairs, key, -1)
}

/** Behind the last pair whose key is not above `key`. */
export function behindLast(pairs: SortedPairs, key: Value): Place {
  return seek(pairs, key, 0)
}

/** The pair at this place, or the next one where the place is behind a chunk; -1 at the end. */
export function settled(pairs: SortedPairs, place: Place): Place {
  const chunk = Math.floor(place / STRIDE)
  if (place % STRIDE < (pairs[chunk]?.length ?? 0)) return place
  return chunk + 1 < pairs.length ? (chunk + 1) * STRIDE : -1
}

/**
 * The first pair with this key and this other half; -1 where there is none. Costs a step for each
 * pair with the same key before it, so the steps are short: there may be a table's worth of them.
 */
export function placeOfPair(pairs: SortedPairs, key: Value, other: Value): Place {
  const first = settled(pairs, firstFrom(pairs, key))
  if (first < 0) return -1
  let at = first % STRIDE
  for (let index = Math.floor(first / STRIDE); index < pairs.length; index++) {
    const chunk = pairs[index] ?? []
    for (; at < chunk.length; at += 2) {
      if (chunk[at] !== key) return -1
      const found = chunk[at + 1] ?? null
      if (found === other || isEqualButNotSame(found, other)) return index * STRIDE + at
    }
    at = 0
  }
  return -1
}

/** Of lists, objects and NaN; any other values that are equal are the same. */
function isEqualButNotSame(a: Value, b: Value): boolean {
  if (typeof a === 'object') return typeof b === 'object' && compareValues(a, b) === 0
  return Number.isNaN(a) && Number.isNaN(b)
}

export function keyAt(pairs: SortedPairs, place: Place): Value {
  return pairs[Math.floor(place / STRIDE)]?.[place % STRIDE] ?? null
}

export function otherAt(pairs: SortedPairs, place: Place): Value {
  return pairs[Math.floor(place / STRIDE)]?.[(place % STRIDE) + 1] ?? null
}

export function setOther(pairs: SortedPairs, place: Place, other: Value): void {
  const chunk = pairs[Math.floor(place / STRIDE)]
  if (chunk !== undefined) chunk[(place % STRIDE) + 1] = other
}

/** Puts a pair where `firstFrom` or `behindLast` says that it belongs. */
export function insertPair(pairs: SortedPairs, place: Place, key: Value, other: Value): void {
  const index = Math.floor(place / STRIDE)
  const chunk = pairs[index] ?? []
  const at = place % STRIDE
  if (chunk.length < TIGHT_MAX) {
    pairs[index] = chunk.toSpliced(at, 0, key, other)
    return
  }
  if (at === chunk.length) chunk.push(key, other)
  else chunk.splice(at, 0, key, other)
  if (chunk.length > CHUNK_MAX) pairs.splice(index + 1, 0, chunk.splice(CHUNK_MAX / 2))
}

/** Takes out the pair at a settled place. */
export function removePair(pairs: SortedPairs, place: Place): void {
  const index = Math.floor(place / STRIDE)
  const chunk = pairs[index]
  if (chunk === undefined) return
  chunk.splice(place % STRIDE, 2)
  const next = pairs[index + 1]
  if (chunk.length === 0 && pairs.length > 1) pairs.splice(index, 1)
  else if (next !== undefined && chunk.length + next.length <= CHUNK_MAX / 2) {
    chunk.push(...next)
    pairs.splice(index + 1, 1)
  }
}

export function firstKey(pairs: SortedPairs): Value {
  return pairs[0]?.[0] ?? null
}

export function lastKey(pairs: SortedPairs): Value {
  return pairs.at(-1)?.at(-2) ?? null
}

export function firstOther(pairs: SortedPairs): Value {
  return pairs[0]?.[1] ?? null
}

export function lastOther(pairs: SortedPairs): Value {
  return pairs.at(-1)?.at(-1) ?? null
}

/** Changes how often `key` is there, where the other half of a pair is that count. */
export function addCount(pairs: SortedPairs, key: Value, count: number): void {
  const place = firstFrom(pairs, key)
  const found = settled(pairs, place)
  if (found < 0 || compareValues(keyAt(pairs, found), key) !== 0) {
    insertPair(pairs, place, key, count)
    return
  }
  const left = (otherAt(pairs, found) as number) + count
  if (left > 0) setOther(pairs, found, left)
  else removePair(pairs, found)
}

export function hasKey(pairs: SortedPairs, key: Value): boolean {
  const found = settled(pairs, firstFrom(pairs, key))
  return found >= 0 && compareValues(keyAt(pairs, found), key) === 0
}

/** The place behind the pairs that compare with `key` as `above` or lower. */
function seek(pairs: SortedPairs, key: Value, above: -1 | 0): Place {
  let low = 0
  let high = pairs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareValues(pairs[middle]?.[0] ?? null, key) <= above) low = middle + 1
    else high = middle
  }
  const index = Math.max(0, low - 1)
  const chunk = pairs[index]
  if (chunk === undefined) return 0
  let from = 0
  let to = chunk.length / 2
  while (from < to) {
    const middle = (from + to) >>> 1
    if (compareValues(chunk[middle * 2] ?? null, key) <= above) from = middle + 1
    else to = middle
  }
  return index * STRIDE + from * 2
}
