/**
 * A pattern as its definition reads, without any thought of speed: every assignment of records to
 * stages is tried, and whether a record may come next is found by looking again at all records
 * behind the last one. Nothing of it is shared with the operator.
 */

import type { Row } from '@millrace/pipeline'
import type { StageConfig } from '../stage-config.ts'

/** Records by their places among those of the key, with the stages that have them. */
export type Assignment = readonly (readonly [stage: string, place: number])[]

/** Whether a record meets a condition, in a match that has these records so far. */
export type Meets = (row: Row, so: readonly (readonly [stage: string, row: Row])[]) => boolean

export interface NaiveSettings {
  readonly pattern: readonly StageConfig[]
  readonly withinMs: number | undefined
  readonly conditions: ReadonlyMap<string, Meets>
}

export interface TimedRow {
  readonly timeMs: number
  readonly row: Row
}

export interface FoundMatch {
  readonly assignment: Assignment
  /** The record that decides it; Infinity where time does. */
  readonly decidedBy: number
}

export interface Found {
  readonly matches: readonly FoundMatch[]
  /** What could still have gone on when its time was over, and was no match. */
  readonly open: readonly Assignment[]
  /** The places of records that any beginning has. */
  readonly taken: ReadonlySet<number>
}

type Contiguity = 'next' | 'followed-by' | 'followed-by-any'

/** A record may come in the stage, unless one of these stands against it. */
interface Candidate {
  readonly where: string | undefined
  readonly contiguity: Contiguity
  readonly bars: Bars
  /** Does not take what meets these. */
  readonly except: readonly string[]
}

interface Bars {
  /** No record behind the last one may meet these; undefined is met by all. */
  readonly never: readonly (string | undefined)[]
  /** The record right behind it must not. */
  readonly notNext: readonly (string | undefined)[]
  /** Nor may it be one that goes here first. */
  readonly before: readonly Candidate[]
}

interface Around {
  readonly bars: Bars
  /** What ends the groups that have been begun. */
  readonly untils: readonly string[]
  /** The same once the next record is there. */
  readonly laterUntils: readonly string[]
  /** What ends the groups that the next record begins, and it must not meet. */
  readonly except: readonly string[]
  /** In place of the next stage's own contiguity. */
  readonly contiguity?: Contiguity | undefined
}

type Then = (so: Assignment, bars: Bars) => void

const FREE: Bars = { never: [], notNext: [], before: [] }

export function naivePattern(settings: NaiveSettings, records: readonly TimedRow[]): Found {
  return new Search(settings, records).run()
}

class Search {
  readonly #settings: NaiveSettings
  readonly #records: readonly TimedRow[]
  readonly #matches = new Map<string, FoundMatch>()
  readonly #open = new Map<string, Assignment>()
  readonly #taken = new Set<number>()

  constructor(settings: NaiveSettings, records: readonly TimedRow[]) {
    this.#settings = settings
    this.#records = records
  }

  run(): Found {
    this.#sequence(this.#settings.pattern, 0, [], behindRecord(FREE, []), (so, bars) =>
      this.#complete(so, bars),
    )
    const timed = this.#settings.withinMs !== undefined
    const open = timed ? [...this.#open].filter(([text]) => !this.#matches.has(text)) : []
    return {
      matches: [...this.#matches.values()],
      open: open.map(([, so]) => so),
      taken: this.#taken,
    }
  }

  #sequence(
    parts: readonly StageConfig[],
    index: number,
    so: Assignment,
    around: Around,
    then: Then,
  ): void {
    const part = parts[index]
    if (part === undefined) {
      then(so, around.bars)
      return
    }
    const { bars } = around
    if (part.not === true) {
      const barred =
        part.contiguity === 'next'
          ? { ...bars, notNext: [...bars.notNext, part.where] }
          : { ...bars, never: [...bars.never, part.where] }
      this.#sequence(parts, index + 1, so, { ...around, bars: barred }, then)
      return
    }
    const contiguity = around.contiguity ?? part.contiguity ?? 'followed-by'
    const on: Then = (longer, left) =>
      this.#sequence(parts, index + 1, longer, behindRecord(left, around.laterUntils), then)
    this.#round(parts, index, 1, so, { ...around, contiguity }, on)
    const { min } = bounds(part)
    if (part.optional !== true && min > 0) return
    const first = { ...around, contiguity }
    const kept = part.greedy === true ? [...bars.before, candidate(part, 1, first)] : bars.before
    const rest = { ...around, bars: { ...bars, before: kept }, contiguity: undefined }
    this.#sequence(parts, index + 1, so, rest, then)
  }

  /** Round `round` of the part, and what may follow it. */
  #round(
    parts: readonly StageConfig[],
    index: number,
    round: number,
    so: Assignment,
    around: Around,
    then: Then,
  ): void {
    const part = parts[index] ?? {}
    const behind: Then = (longer, bars) => {
      const { min, max } = bounds(part)
      const again: Around = {
        ...behindRecord(withNegations(bars, parts.slice(index + 1)), around.laterUntils),
        contiguity: part.loopContiguity ?? 'followed-by',
      }
      if (round < max) this.#round(parts, index, round + 1, longer, again, then)
      if (round < Math.max(min, 1)) return
      const greedy = part.greedy === true && round < max
      const next = candidate(part, round + 1, again)
      then(longer, greedy ? { ...bars, before: [...bars.before, next] } : bars)
    }
    if (part.group === undefined) {
      this.#take(part.name ?? '', candidate(part, round, around), so, behind)
      return
    }
    const own = part.until === undefined ? [] : [part.until]
    const laterUntils = [...around.laterUntils, ...own]
    const inside =
      round === 1
        ? { ...around, laterUntils, except: [...around.except, ...own] }
        : { ...around, laterUntils, untils: laterUntils }
    this.#sequence(part.group, 0, so, inside, behind)
  }

  #take(stage: string, option: Candidate, so: Assignment, then: Then): void {
    const last = so.at(-1)?.[1] ?? -1
    if (last < 0) {
      for (let place = 0; place < this.#records.length; place++) {
        if (this.#fate(option, [], place, true) === 'takes') this.#go(so, stage, place, then)
      }
      return
    }
    for (let place = last + 1; this.#isInTime(so, place); place++) {
      const fate = this.#fate(option, so, place, place === last + 1)
      if (fate === 'takes') this.#go(so, stage, place, then)
      if (fate === 'over') return
      if (option.contiguity === 'next') return
      if (option.contiguity === 'followed-by' && this.#meets(option.where, so, place)) return
    }
    this.#open.set(JSON.stringify(so), so)
  }

  #go(so: Assignment, stage: string, place: number, then: Then): void {
    this.#taken.add(place)
    then([...so, [stage, place]], FREE)
  }

  #isInTime(so: Assignment, place: number): boolean {
    const record = this.#records[place]
    const first = this.#records[so[0]?.[1] ?? 0]
    if (record === undefined || first === undefined) return false
    const { withinMs } = this.#settings
    return withinMs === undefined || record.timeMs - first.timeMs < withinMs
  }

  /** What the record at `place` does to a candidate that nothing has ended before. */
  #fate(option: Candidate, so: Assignment, place: number, isNext: boolean) {
    const { bars, where, except } = option
    const meets = (condition: string | undefined) => this.#meets(condition, so, place)
    if (bars.never.some(meets) || (isNext && bars.notNext.some(meets))) return 'over'
    if (bars.before.some((other) => this.#wouldTake(other, so, place))) return 'over'
    return meets(where) && !except.some(meets) ? 'takes' : 'waits'
  }

  /** Whether the candidate has not been ended before this record, and takes it. */
  #wouldTake(option: Candidate, so: Assignment, place: number): boolean {
    const last = so.at(-1)?.[1] ?? place - 1
    for (let earlier = last + 1; earlier < place; earlier++) {
      if (option.contiguity === 'next') return false
      if (this.#fate(option, so, earlier, earlier === last + 1) === 'over') return false
      if (option.contiguity === 'followed-by' && this.#meets(option.where, so, earlier))
        return false
    }
    return this.#fate(option, so, place, place === last + 1) === 'takes'
  }

  #complete(so: Assignment, bars: Bars): void {
    const last = so.at(-1)?.[1] ?? -1
    if (bars.never.length === 0 && bars.notNext.length === 0) {
      this.#found(so, last)
      return
    }
    const end: Candidate = { where: undefined, contiguity: 'followed-by', bars, except: [] }
    for (let place = last + 1; this.#isInTime(so, place); place++) {
      if (this.#fate(end, so, place, place === last + 1) === 'over') return
      if (bars.never.length > 0) continue
      this.#found(so, place)
      return
    }
    this.#found(so, Number.POSITIVE_INFINITY)
  }

  #found(assignment: Assignment, decidedBy: number): void {
    const text = JSON.stringify(assignment)
    const known = this.#matches.get(text)
    if (known !== undefined && known.decidedBy <= decidedBy) return
    this.#matches.set(text, { assignment, decidedBy })
  }

  #meets(condition: string | undefined, so: Assignment, place: number): boolean {
    if (condition === undefined) return true
    const meets = this.#settings.conditions.get(condition)
    if (meets === undefined) throw new Error(`There is no condition ${condition}.`)
    const rowOf = (at: number) => this.#records[at]?.row ?? []
    return meets(
      rowOf(place),
      so.map(([stage, at]) => [stage, rowOf(at)]),
    )
  }
}

function bounds({ times, oneOrMore }: StageConfig): { min: number; max: number } {
  if (oneOrMore === true) return { min: 1, max: Number.POSITIVE_INFINITY }
  if (typeof times === 'number') return { min: times, max: times }
  return { min: times?.min ?? 1, max: times?.max ?? (times ? Number.POSITIVE_INFINITY : 1) }
}

function behindRecord(bars: Bars, untils: readonly string[]): Around {
  return { bars, untils, laterUntils: untils, except: [] }
}

/** A record of the stage in this round. */
function candidate(part: StageConfig, round: number, around: Around): Candidate {
  const { bars, untils, contiguity = 'followed-by' } = around
  const { until, where } = part
  const own = until === undefined ? [] : [until]
  const never = [...bars.never, ...untils, ...(round > 1 ? own : [])]
  const except = round > 1 ? around.except : [...own, ...around.except]
  return { where, contiguity, bars: { ...bars, never }, except }
}

/** What must not follow a part must not follow any of its rounds. */
function withNegations(bars: Bars, following: readonly StageConfig[]): Bars {
  const until = following.findIndex(({ not }) => not !== true)
  const negations = until < 0 ? following : following.slice(0, until)
  const of = (next: boolean) =>
    negations.filter(({ contiguity }) => (contiguity === 'next') === next).map(({ where }) => where)
  return {
    ...bars,
    never: [...bars.never, ...of(false)],
    notNext: [...bars.notNext, ...of(true)],
  }
}
