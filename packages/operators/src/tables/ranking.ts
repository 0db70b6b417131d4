/** Rows in the order of a ranking, and how the first `n` of them change. */

import type { OutputPort } from '@millrace/engine'
import { compareRows, compareValues, type Row, type Value } from '@millrace/pipeline'

/** Plain data, so that it can be saved. */
export interface Ranked {
  readonly row: Row
  /** The values of the expressions that it is ranked by. */
  readonly order: readonly Value[]
  /** Larger than that of each row which came before. */
  readonly arrival: number
  /** Whether it has ever been among the first. */
  wasFirst: boolean
}

/** 1 where an expression ranks ascending, -1 where descending. */
export type Signs = readonly (1 | -1)[]

/**
 * Rows in order, in chunks that follow one another, so that one may come or go among a million
 * without the others being moved. No chunk is empty but the only one.
 */
export type Ranking = Ranked[][]

const CHUNK_MAX = 512
/** Up to here a ranking is copied where it changes, which leaves no room behind its end. */
const TIGHT_MAX = 16

export function emptyRanking(): Ranking {
  return [[]]
}

export function isEmpty(ranking: Ranking): boolean {
  return ranking.length === 1 && ranking[0]?.length === 0
}

/** Up to so many chunks, some thousand rows that rank alike are looked through for one of them. */
const SEARCHED_CHUNKS_MAX = 8

/** Whether there may be so many rows in it that `removeEqual` would take too long. */
export function isLong(ranking: Ranking): boolean {
  return ranking.length > SEARCHED_CHUNKS_MAX
}

/** Of a row: the chunk, and the index in it. */
interface Place {
  readonly chunk: number
  readonly index: number
}

/**
 * Puts a row behind those that rank alike: of equal rows, the one that came first stays first. With
 * `rowsMax`, only so many are kept: false where the row is not among them.
 */
export function insertRanked(
  ranking: Ranking,
  ranked: Ranked,
  signs: Signs,
  rowsMax = Number.POSITIVE_INFINITY,
): boolean {
  const { order } = ranked
  const place = search(ranking, (other) => compareOrders(other.order, order, signs) <= 0)
  if (rowsMax < Number.POSITIVE_INFINITY && rankOf(ranking, place) >= rowsMax) return false
  const chunk = ranking[place.chunk] ?? []
  if (chunk.length < TIGHT_MAX) ranking[place.chunk] = chunk.toSpliced(place.index, 0, ranked)
  else chunk.splice(place.index, 0, ranked)
  if (chunk.length > CHUNK_MAX) ranking.splice(place.chunk + 1, 0, chunk.splice(CHUNK_MAX / 2))
  if (rowsMax < Number.POSITIVE_INFINITY) {
    const last = ranking.length - 1
    const end: Place = { chunk: last, index: (ranking[last]?.length ?? 0) - 1 }
    if (rankOf(ranking, end) >= rowsMax) takeOut(ranking, end)
  }
  return true
}

/** Whether there are `count` rows, none of which is behind one of this order that comes last. */
export function isFullBefore(
  ranking: Ranking,
  order: readonly Value[],
  signs: Signs,
  count: number,
): boolean {
  const [only] = ranking
  const last = only?.[count - 1]
  return ranking.length === 1 && last !== undefined && compareOrders(last.order, order, signs) <= 0
}

/** Takes out the row that came as this number; undefined where it is not there. */
export function removeRanked(
  ranking: Ranking,
  { row, order, arrival }: Omit<Ranked, 'wasFirst'>,
  signs: Signs,
): Ranked | undefined {
  const place = search(ranking, (other) => {
    const difference = compareOrders(other.order, order, signs)
    return difference < 0 || (difference === 0 && other.arrival < arrival)
  })
  // Behind the end of a chunk stands the first row of the next one.
  const atEnd = place.index === ranking[place.chunk]?.length
  const found = atEnd ? { chunk: place.chunk + 1, index: 0 } : place
  const ranked = ranking[found.chunk]?.[found.index]
  if (ranked?.arrival !== arrival || compareRows(ranked.row, row) !== 0) return undefined
  return takeOut(ranking, found)
}

/** Takes the first equal row out of a ranking that is not long; undefined where there is none. */
export function removeEqual(
  ranking: Ranking,
  row: Row,
  order: readonly Value[],
  signs: Signs,
): Ranked | undefined {
  const place = search(ranking, (other) => compareOrders(other.order, order, signs) < 0)
  let from = place.index
  for (let chunk = place.chunk; chunk < ranking.length; chunk++) {
    const rows = ranking[chunk] ?? []
    for (let index = from; index < rows.length; index++) {
      const ranked = rows[index] as Ranked
      if (compareOrders(ranked.order, order, signs) !== 0) return undefined
      if (compareRows(ranked.row, row) === 0) return takeOut(ranking, { chunk, index })
    }
    from = 0
  }
  return undefined
}

export function firstRanked(ranking: Ranking, count: number): readonly Ranked[] {
  const [only] = ranking
  if (ranking.length === 1 && only !== undefined) return only.slice(0, count)
  const first: Ranked[] = []
  for (const chunk of ranking) {
    if (first.length >= count) break
    first.push(...chunk.slice(0, count - first.length))
  }
  return first
}

function takeOut(ranking: Ranking, place: Place): Ranked | undefined {
  const chunk = ranking[place.chunk] ?? []
  const ranked = chunk[place.index]
  if (chunk.length <= TIGHT_MAX) ranking[place.chunk] = chunk.toSpliced(place.index, 1)
  else chunk.splice(place.index, 1)
  const left = ranking[place.chunk] ?? []
  const next = ranking[place.chunk + 1]
  if (left.length === 0 && ranking.length > 1) ranking.splice(place.chunk, 1)
  else if (next !== undefined && left.length + next.length <= CHUNK_MAX / 2) {
    ranking.splice(place.chunk, 2, [...left, ...next])
  }
  return ranked
}

/** How many rows are before this place. */
function rankOf(ranking: Ranking, { chunk, index }: Place): number {
  let rank = index
  for (let before = 0; before < chunk; before++) rank += ranking[before]?.length ?? 0
  return rank
}

/** Behind the rows at the front for which `before` is true. */
function search(ranking: Ranking, before: (row: Ranked) => boolean): Place {
  const starts = countOf(ranking.length, (index) => {
    const first = ranking[index]?.[0]
    return first !== undefined && before(first)
  })
  const chunk = Math.max(0, starts - 1)
  const rows = ranking[chunk] ?? []
  const index = countOf(rows.length, (at) => {
    const row = rows[at]
    return row !== undefined && before(row)
  })
  return { chunk, index }
}

/** Of `length` things, the first so many of which are so, how many are. */
function countOf(length: number, isSo: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isSo(middle)) low = middle + 1
    else high = middle
  }
  return low
}

function compareOrders(a: readonly Value[], b: readonly Value[], signs: Signs): number {
  for (let index = 0; index < signs.length; index++) {
    const order = compareValues(a[index] ?? null, b[index] ?? null)
    if (order !== 0) return order * (signs[index] ?? 1)
  }
  return 0
}

/**
 * Emits what turns the first rows into others, rank by rank. With `numbered` each carries its rank;
 * without, there is one rank only.
 */
export function emitByRank(
  before: readonly Ranked[],
  after: readonly Ranked[],
  numbered: boolean,
  out: OutputPort,
  timeMs: number,
): void {
  const rowAt = ({ row }: Ranked, index: number) => (numbered ? [...row, index + 1] : row)
  for (let index = 0; index < Math.max(before.length, after.length); index++) {
    const old = before[index]
    const now = after[index]
    if (old === now) continue
    if (old === undefined) {
      if (now !== undefined) out.emitChange('+I', rowAt(now, index), timeMs)
    } else if (now === undefined) out.emitChange('-D', rowAt(old, index), timeMs)
    else if (compareRows(old.row, now.row) !== 0) {
      out.emitChange('-U', rowAt(old, index), timeMs)
      out.emitChange('+U', rowAt(now, index), timeMs)
    }
  }
}

/**
 * Emits what leaves and what joins the first rows. Of the whole ranking, `old` has gone and `now`
 * has come, if they are given; both together are an update.
 */
export function emitByRow(
  before: readonly Ranked[],
  after: readonly Ranked[],
  old: Ranked | undefined,
  now: Ranked | undefined,
  out: OutputPort,
  timeMs: number,
): void {
  const { left, joined } = apart(before, after, now)
  const isUpdate =
    old !== undefined && now !== undefined && left.includes(old) && joined.includes(now)
  if (isUpdate && compareRows(old.row, now.row) !== 0) {
    out.emitChange('-U', old.row, timeMs)
    out.emitChange('+U', now.row, timeMs)
  }
  for (const one of left) if (!isUpdate || one !== old) out.emitChange('-D', one.row, timeMs)
  for (const one of joined) if (!isUpdate || one !== now) out.emitChange('+I', one.row, timeMs)
}

/** What is in one of the lists only. But for one that has come, no row has another before it. */
function apart(
  before: readonly Ranked[],
  after: readonly Ranked[],
  now: Ranked | undefined,
): { readonly left: readonly Ranked[]; readonly joined: readonly Ranked[] } {
  const left: Ranked[] = []
  const joined: Ranked[] = []
  let place = 0
  for (const row of before) {
    if (now !== undefined && after[place] === now) {
      joined.push(now)
      place++
    }
    if (after[place] === row) place++
    else left.push(row)
  }
  for (; place < after.length; place++) joined.push(after[place] as Ranked)
  return { left, joined }
}
