/**
 * Carries the partial matches of a key on by one record, or to the end of their time.
 *
 * A record may begin a match, go on with any that has been begun, or break one off. What it does
 * depends on how far a match has come (see `progress.ts`), so matches are kept in bunches of equal
 * progress, and a bunch that the record does not touch costs the same however large it is.
 *
 * A match is one assignment of records to stages; whatever way leads to it, it is found once.
 */

import { JobFailed, type Ledger } from '@millrace/engine'
import { compareRows, type Row } from '@millrace/pipeline'
import {
  addLink,
  addRecord,
  type Bunch,
  type Finished,
  hold,
  type KeyMatches,
  letGo,
  linkOrder,
  type PartialMatch,
  placeBehind,
  withOneMore,
} from './match-buffer.ts'
import type { Outcome, Progress, ProgressTable } from './progress.ts'
import type { RecordConditions } from './record-conditions.ts'

/** Partial matches of one key, and finished ones that wait for them. */
export const PARTIALS_MAX = 100_000

/** A record on its way through the bunches of its key. */
interface Step {
  readonly matches: KeyMatches
  readonly row: Row
  readonly timeMs: number
  readonly number: number
  /** Its place among the held records; -1 until something takes it. */
  record: number
  readonly begun: { readonly progress: Progress; readonly match: PartialMatch }[]
  readonly finished: Finished[]
}

export class PartialMatches {
  readonly #progresses: ProgressTable
  readonly #conditions: RecordConditions
  readonly #ledger: Ledger
  /** Says whose matches they are, for a failure. */
  readonly #keyText: (row: Row) => string

  constructor(
    progresses: ProgressTable,
    conditions: RecordConditions,
    ledger: Ledger,
    keyText: (row: Row) => string,
  ) {
    this.#progresses = progresses
    this.#conditions = conditions
    this.#ledger = ledger
    this.#keyText = keyText
  }

  /** Whether the record could begin a match. The conditions must have been set to it. */
  begins(): boolean {
    const { start } = this.#progresses
    this.#conditions.setMemory(this.#conditions.nothing)
    return start.watched.some((condition) => this.#conditions.holds(condition))
  }

  /**
   * Takes the record on. What it finishes goes to `finished`, in order. Gives the record's place,
   * -1 where nothing took it.
   */
  take(matches: KeyMatches, row: Row, timeMs: number): number {
    if (!this.#anyTouched(matches) && !this.begins()) return -1
    const number = matches.nextNumber++
    const step: Step = { matches, row, timeMs, number, record: -1, begun: [], finished: [] }
    const bunches = matches.bunches
    matches.bunches = []
    for (const bunch of bunches) this.#carryOn(step, bunch)
    this.#begin(step)
    this.#putBegun(step)
    this.#finish(matches, step.finished)
    return step.record
  }

  /** Of those that begin with record `first`, the ones that time alone completes become matches. */
  endInTime(matches: KeyMatches, first: number): void {
    const finished: Finished[] = []
    for (const bunch of matches.bunches) {
      if (!this.#progresses.of(bunch.progress).endsInTime) continue
      for (const match of bunch.matches) {
        if (match.first > first) break
        if (match.first < first || match.complete) continue
        match.complete = true
        hold(matches, match.link)
        finished.push({ link: match.link, first })
      }
    }
    this.#finish(matches, finished)
  }

  /** All that begin with record `last` or before it, in the order of their records. */
  until(matches: KeyMatches, last: number): readonly PartialMatch[] {
    const found = matches.bunches.flatMap((bunch) =>
      bunch.matches.slice(0, placeBehind(bunch.matches, last)),
    )
    if (found.length > 1) sortByLinks(matches, found)
    return found
  }

  /** Takes them out, in no order that means anything. */
  cut(matches: KeyMatches, last: number): readonly PartialMatch[] {
    const gone: PartialMatch[] = []
    let emptied = false
    for (const bunch of matches.bunches) {
      const count = placeBehind(bunch.matches, last)
      if (count === 0) continue
      gone.push(...bunch.matches.splice(0, count))
      emptied ||= bunch.matches.length === 0
    }
    if (emptied) matches.bunches = matches.bunches.filter((bunch) => bunch.matches.length > 0)
    matches.partials -= gone.length
    return gone
  }

  #carryOn(step: Step, bunch: Bunch): void {
    const { matches } = step
    const progress = this.#progresses.of(bunch.progress)
    if (!this.#isTouched(progress)) {
      matches.bunches = withOneMore(matches.bunches, bunch)
      return
    }
    if (!progress.readsStages) {
      const outcome = this.#progresses.outcome(progress, this.#conditions.holds)
      for (const match of bunch.matches) this.#apply(step, match, outcome)
      if (outcome.progress !== undefined) this.#move(matches, outcome.progress, bunch.matches)
      else this.#drop(matches, bunch.matches)
      return
    }
    this.#carryEach(step, bunch, progress)
  }

  /** The records of each match decide what becomes of it. */
  #carryEach(step: Step, bunch: Bunch, progress: Progress): void {
    const { matches } = step
    const moved = new Map<Progress | undefined, PartialMatch[]>()
    let left = 0
    for (const match of bunch.matches) {
      this.#conditions.setMemory(match.memory)
      const outcome = this.#progresses.outcome(progress, this.#conditions.holds)
      if (outcome !== progress.unmoved) this.#apply(step, match, outcome)
      if (outcome.progress === progress) {
        bunch.matches[left++] = match
        continue
      }
      const same = moved.get(outcome.progress)
      if (same === undefined) moved.set(outcome.progress, [match])
      else same.push(match)
    }
    bunch.matches.length = left
    if (left > 0) matches.bunches = withOneMore(matches.bunches, bunch)
    for (const [next, same] of moved) {
      if (next === undefined) this.#drop(matches, same)
      else this.#move(matches, next, same)
    }
  }

  #anyTouched({ bunches }: KeyMatches): boolean {
    for (const { progress } of bunches) {
      if (this.#isTouched(this.#progresses.of(progress))) return true
    }
    return false
  }

  #isTouched({ fresh, watched }: Progress): boolean {
    if (fresh) return true
    for (const condition of watched) if (this.#conditions.mayHold(condition)) return true
    return false
  }

  #begin(step: Step): void {
    const { start } = this.#progresses
    const { nothing } = this.#conditions
    this.#conditions.setMemory(nothing)
    const { takes } = this.#progresses.outcome(start, this.#conditions.holds)
    const { number: first, timeMs: firstMs } = step
    this.#takeAll(step, { link: -1, first, firstMs, memory: nothing, complete: false }, takes)
  }

  #apply(step: Step, match: PartialMatch, outcome: Outcome): void {
    if (outcome.takes.length > 0) this.#takeAll(step, match, outcome.takes)
    if (!outcome.ends || match.complete) return
    match.complete = true
    hold(step.matches, match.link)
    step.finished.push({ link: match.link, first: match.first })
  }

  #takeAll(step: Step, match: PartialMatch, takes: Outcome['takes']): void {
    const { matches, row, timeMs, number } = step
    const { first, firstMs } = match
    for (const { stage, taken } of takes) {
      const memory = this.#conditions.extended(match.memory, stage, timeMs)
      if (memory === undefined) continue
      if (step.record < 0) step.record = addRecord(matches, row, timeMs, number)
      const link = addLink(matches, step.record, stage, match.link)
      const { complete, progress } = taken
      if (complete) {
        hold(matches, link)
        step.finished.push({ link, first })
      }
      if (progress !== undefined) {
        hold(matches, link)
        step.begun.push({ progress, match: { link, first, firstMs, memory, complete } })
      }
      this.#checkCount(step)
    }
  }

  #checkCount({ matches, row, begun, finished }: Step): void {
    const count = matches.partials + matches.finished.length + begun.length + finished.length
    if (count <= PARTIALS_MAX) return
    const message =
      `${this.#keyText(row)} has ${count} partial matches, and may have ${PARTIALS_MAX}. Make the pattern narrower: a ` +
      'shorter "within", conditions that fewer records meet, "followed-by" in place of "followed-by-any", or more ' +
      'columns in "partitionBy".'
    throw new JobFailed({ domain: 'user', retry: false, message })
  }

  #putBegun({ matches, begun }: Step): void {
    const alike = new Map<Progress, PartialMatch[]>()
    for (const { progress, match } of begun) {
      const same = alike.get(progress)
      if (same === undefined) alike.set(progress, [match])
      else same.push(match)
    }
    for (const [progress, same] of alike) {
      this.#put(
        matches,
        progress,
        same.sort((a, b) => a.first - b.first),
      )
    }
  }

  /** They stay what they are, and may go on less. */
  #move(matches: KeyMatches, progress: Progress, moved: PartialMatch[]): void {
    matches.partials -= moved.length
    this.#put(matches, progress, moved)
  }

  #put(matches: KeyMatches, { text }: Progress, added: PartialMatch[]): void {
    matches.partials += added.length
    const bunch = matches.bunches.find(({ progress }) => progress === text)
    if (bunch === undefined) {
      matches.bunches = withOneMore(matches.bunches, { progress: text, matches: added })
      return
    }
    const [first] = added
    const last = bunch.matches.at(-1)
    if (first === undefined || last === undefined) return
    if (last.first <= first.first) for (const match of added) bunch.matches.push(match)
    else bunch.matches = merged(bunch.matches, added)
  }

  #drop(matches: KeyMatches, dropped: readonly PartialMatch[]): void {
    matches.partials -= dropped.length
    for (const { link } of dropped) letGo(matches, link, this.#ledger)
  }

  /** By their first record, and of those that one record finishes by their others. */
  #finish(matches: KeyMatches, finished: Finished[]): void {
    if (finished.length > 1) sortByLinks(matches, finished)
    for (const match of finished) {
      const at = placeBehind(matches.finished, match.first)
      matches.finished.splice(at, 0, match)
    }
  }
}

/** By the first record, then by the others, then by their stages. */
function sortByLinks<Match extends Finished>(matches: KeyMatches, links: Match[]): void {
  const keyed = links.map((one) => ({ one, order: linkOrder(matches, one.link) }))
  keyed.sort((a, b) => a.one.first - b.one.first || compareRows(a.order, b.order))
  for (const [index, { one }] of keyed.entries()) links[index] = one
}

/** Both are in order; of equals those in `one` come first. */
function merged(one: readonly PartialMatch[], other: readonly PartialMatch[]): PartialMatch[] {
  const all: PartialMatch[] = []
  let next = 0
  for (const match of one) {
    for (
      let mine = other[next];
      mine !== undefined && mine.first < match.first;
      mine = other[++next]
    )
      all.push(mine)
    all.push(match)
  }
  for (; next < other.length; next++) {
    const mine = other[next]
    if (mine !== undefined) all.push(mine)
  }
  return all
}
