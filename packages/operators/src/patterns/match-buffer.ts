/**
 * The partial matches of one key, and the records that they share. Matches that begin alike share
 * their beginning: a link holds a record in a stage and the link before it, and is kept as long as
 * a partial match, a finished match or another link leads to it. A record is kept as long as links
 * hold it.
 *
 *     a1 <- b1 <- b2        partial matches  a1,  a1 b1,  a1 b1 b2  are three links, of which each
 *                           is held by the next one and by the match that ends there
 *
 * Everything is plain data: links and records are known by their places in lists.
 */

import type { Ledger } from '@millrace/engine'
import type { Row, StageMemory } from '@millrace/pipeline'

/** Grows only: a record that a result used stays used, whatever else becomes of it. */
export type Use = 0 | 1 | 2
export const UNUSED = 0
/** A condition had no value for it. */
export const REFUSED = 1
export const USED = 2

export interface HeldRecord {
  readonly row: Row
  readonly timeMs: number
  /** In the order in which the records of the key were looked at. */
  readonly number: number
  links: number
  use: Use
}

export interface Link {
  readonly record: number
  readonly stage: number
  /** -1 at the beginning. */
  readonly before: number
  holders: number
}

/** Records in stages, which more records may follow. */
export interface PartialMatch {
  readonly link: number
  /** The number and time of the first record. */
  readonly first: number
  readonly firstMs: number
  /** What conditions read of the records so far; null where none reads anything. */
  readonly memory: StageMemory | null
  /** It has left as it is, as a match or by timeout, and does not do so again. */
  complete: boolean
}

/** Partial matches for which the same may come next, by `first`. */
export interface Bunch {
  progress: string
  matches: PartialMatch[]
}

/** A match that waits for the others that begin before it. */
export interface Finished {
  readonly link: number
  readonly first: number
}

export interface KeyMatches {
  records: (HeldRecord | null)[]
  readonly freeRecords: number[]
  links: (Link | null)[]
  readonly freeLinks: number[]
  bunches: Bunch[]
  /** By `first`, and in the order in which they were finished. */
  finished: Finished[]
  /** Partial matches in all bunches. */
  partials: number
  nextNumber: number
  /** When the next time is over for a partial match, or before. */
  timerMs: number
}

export function createKeyMatches(): KeyMatches {
  return {
    records: [],
    freeRecords: [],
    links: [],
    freeLinks: [],
    bunches: [],
    finished: [],
    partials: 0,
    nextNumber: 0,
    timerMs: Number.POSITIVE_INFINITY,
  }
}

export function addRecord(matches: KeyMatches, row: Row, timeMs: number, number: number): number {
  const record = { row, timeMs, number, links: 0, use: UNUSED } as const
  const index = matches.freeRecords.pop() ?? matches.records.length
  matches.records = replaced(matches.records, index, record)
  return index
}

export function addLink(
  matches: KeyMatches,
  record: number,
  stage: number,
  before: number,
): number {
  recordAt(matches, record).links++
  if (before >= 0) linkAt(matches, before).holders++
  const index = matches.freeLinks.pop() ?? matches.links.length
  matches.links = replaced(matches.links, index, { record, stage, before, holders: 0 })
  return index
}

export function hold(matches: KeyMatches, link: number): void {
  linkAt(matches, link).holders++
}

/** One holder fewer. What nobody holds goes, and records go to the books. */
export function letGo(matches: KeyMatches, from: number, ledger: Ledger): void {
  for (let at = from; at >= 0; ) {
    const link = linkAt(matches, at)
    if (--link.holders > 0) return
    matches.links[at] = null
    matches.freeLinks.push(at)
    const record = recordAt(matches, link.record)
    if (--record.links === 0) {
      matches.records[link.record] = null
      matches.freeRecords.push(link.record)
      ledger.release(bucketOf(record.use), 1)
    }
    at = link.before
  }
}

/** The links of a match from its first record to its last. */
export function linksTo(matches: KeyMatches, last: number): readonly Link[] {
  const links: Link[] = []
  for (let at = last; at >= 0; ) {
    const link = linkAt(matches, at)
    links.push(link)
    at = link.before
  }
  return links.reverse()
}

/** Orders matches by their records from the first one on, then by their stages. */
export function linkOrder(matches: KeyMatches, last: number): readonly number[] {
  return linksTo(matches, last).flatMap(({ record, stage }) => [
    recordAt(matches, record).number,
    stage,
  ])
}

export function recordAt(matches: KeyMatches, index: number): HeldRecord {
  const record = matches.records[index]
  if (record === undefined || record === null) throw new Error(`There is no record ${index}.`)
  return record
}

export function linkAt(matches: KeyMatches, index: number): Link {
  const link = matches.links[index]
  if (link === undefined || link === null) throw new Error(`There is no link ${index}.`)
  return link
}

/** Where a partial match that begins with record `first` belongs, behind those that equal it. */
export function placeBehind(sorted: readonly { readonly first: number }[], first: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.first ?? 0) <= first) low = middle + 1
    else high = middle
  }
  return low
}

/** The first of a key's partial matches begins with this record; Infinity if there is none. */
export function earliestFirst({ bunches }: KeyMatches): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const { matches } of bunches) earliest = Math.min(earliest, matches[0]?.first ?? earliest)
  return earliest
}

function bucketOf(use: Use): 'absorbed' | 'deadLettered' | 'expired' {
  if (use === USED) return 'absorbed'
  return use === REFUSED ? 'deadLettered' : 'expired'
}

function replaced<T>(items: T[], index: number, item: T): T[] {
  if (items.length === 0) return [item]
  items[index] = item
  return items
}

/**
 * The list with one more; a list of one is made anew, since V8 leaves room for sixteen more in one
 * that grows, and there are many keys with a single partial match.
 */
export function withOneMore<T>(items: T[], item: T): T[] {
  return replaced(items, items.length, item)
}
