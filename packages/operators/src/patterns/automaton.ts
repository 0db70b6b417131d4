/**
 * What a pattern allows next, for each way in which a match can have begun.
 *
 * A position says which stage took the last record, and in which round of which repetition. From it
 * lead options: a stage that may take a record next, how far ahead that record may be, and what
 * must not come before it. For `a  not c  b+ (greedy)  d`:
 *
 *     position      options
 *     start         a
 *     a             b, unless c comes before it
 *     b             b again;  d, unless the record could be another b (the guard)
 *     d             none: the match is complete
 *
 * Positions and options are numbered in the order in which a walk from the start finds them, so
 * they have the same numbers after a restart. There is one position for each round of a repetition
 * that has a limit.
 */

import type { GroupPart, Negation, Part, StagePart } from './pattern-shape.ts'
import type { Contiguity } from './stage-config.ts'

/** In place of a stage: nothing more is needed, and what must not come has not come so far. */
export const END = -1

export interface Option {
  readonly id: number
  /** The stage that takes the record, or `END`. */
  readonly stage: number
  /** Its condition; -1 at `END`. */
  readonly where: number
  readonly contiguity: Contiguity
  /** The position behind the record. */
  readonly target: number
  /** Conditions under which any record ends the option: not followed by, and until. */
  readonly endedBy: readonly number[]
  /** Conditions under which the very next record ends it: not next. */
  readonly endedByNext: readonly number[]
  /** Conditions under which this option does not take a record: until, before the first round. */
  readonly notTaken: readonly number[]
  /** Options of the same position that go first: where one takes a record, this one ends. */
  readonly guards: readonly number[]
}

export interface Position {
  /** Whether a match is complete here, whatever comes. */
  readonly complete: boolean
  readonly options: readonly Option[]
}

export interface Automaton {
  /** The first is the start, before any record. */
  readonly positions: readonly Position[]
  readonly options: readonly Option[]
  /** Greedy stages that end the pattern: nothing that must come stands behind them. */
  readonly greedyEnds: readonly StagePart[]
  /** Whether negations stand behind the last record, so that only time can decide. */
  readonly endsWithNegation: boolean
}

export const POSITIONS_MAX = 2000
export const OPTIONS_MAX = 20_000

/** A part of the pattern in progress: in which sequence it stands, and in which round it is. */
interface Frame {
  readonly parts: readonly Part[]
  readonly index: number
  readonly round: number
}

/** What an option collects on its way from the last record to the next stage. */
interface Way {
  readonly endedBy: readonly number[]
  readonly endedByNext: readonly number[]
  readonly notTaken: readonly number[]
  readonly guards: readonly number[]
}

const NOTHING: Way = { endedBy: [], endedByNext: [], notTaken: [], guards: [] }

/** Undefined where there would be too many positions. */
export function createAutomaton(parts: readonly Part[]): Automaton | undefined {
  return new AutomatonBuilder(parts).build()
}

class AutomatonBuilder {
  readonly #parts: readonly Part[]
  readonly #positions: Position[] = []
  readonly #found: (readonly Frame[])[] = [[]]
  readonly #numbers = new Map<string, number>([['', 0]])
  readonly #allOptions: Option[] = []
  readonly #greedyEnds = new Set<StagePart>()
  #endsWithNegation = false
  /** Of the position that is being walked from. */
  #options: Option[] = []
  #complete = false

  constructor(parts: readonly Part[]) {
    this.#parts = parts
  }

  build(): Automaton | undefined {
    for (let number = 0; number < this.#found.length; number++) {
      this.#options = []
      this.#complete = false
      const frames = this.#found[number] ?? []
      if (frames.length === 0) this.#goOn([], this.#parts, 0, NOTHING)
      else this.#leave(frames, NOTHING)
      this.#positions.push({ complete: this.#complete, options: this.#options })
      if (this.#found.length > POSITIONS_MAX || this.#allOptions.length > OPTIONS_MAX) {
        return undefined
      }
    }
    return {
      positions: this.#positions,
      options: this.#allOptions,
      greedyEnds: [...this.#greedyEnds],
      endsWithNegation: this.#endsWithNegation,
    }
  }

  /** The part of the last frame has had its round: another one, or on to what follows. */
  #leave(frames: readonly Frame[], way: Way): void {
    const outer = frames.slice(0, -1)
    const frame = frames.at(-1)
    const part = frame?.parts[frame.index]
    if (frame === undefined || part === undefined || part.kind === 'not') {
      throw new Error('Only stages and groups have rounds.')
    }
    const { parts, index, round } = frame
    const loops: number[] = []
    if (round < part.max) {
      // What must not follow a part that is repeated must not follow any of its rounds.
      const apart = negationsFrom(parts, index + 1).reduce(withNegation, way)
      const staying = this.#inside(frames, apart)
      this.#enter(outer, parts, index, round + 1, part.loop, staying, loops)
    }
    if (round < part.min) return
    const greedy = part.kind === 'stage' && part.greedy
    const left = greedy ? { ...way, guards: [...way.guards, ...loops] } : way
    this.#goOn(outer, parts, index + 1, left)
  }

  /** Whatever may come at this place of the sequence or, where it is over, behind it. */
  #goOn(outer: readonly Frame[], parts: readonly Part[], from: number, before: Way): void {
    let way = before
    for (let index = from; index < parts.length; index++) {
      const part = parts[index]
      if (part === undefined) continue
      if (part.kind === 'not') {
        way = withNegation(way, part)
        continue
      }
      const entered: number[] = []
      const staying = this.#inside(outer, way)
      this.#enter(outer, parts, index, 1, part.contiguity, staying, entered)
      if (!part.optional) return
      if (part.kind === 'stage' && part.greedy) {
        way = { ...way, guards: [...way.guards, ...entered] }
      }
    }
    if (outer.length > 0) this.#leave(outer, way)
    else this.#end(way)
  }

  /** A round of the part begins; the numbers of the options that lead into it go to `into`. */
  #enter(
    outer: readonly Frame[],
    parts: readonly Part[],
    index: number,
    round: number,
    contiguity: Contiguity,
    before: Way,
    into: number[],
  ): void {
    const part = parts[index]
    if (part === undefined || part.kind === 'not') return
    const counted = part.max === Number.POSITIVE_INFINITY ? Math.min(round, part.min) : round
    const frames = [...outer, { parts, index, round: counted }]
    const { until } = part
    const begins = round === 1 && until !== undefined
    const way = begins ? { ...before, notTaken: [...before.notTaken, until] } : before
    if (part.kind === 'stage') {
      into.push(this.#option(part, contiguity, way, this.#numberOf(frames)))
    } else this.#enterGroup(frames, part, contiguity, way, into)
  }

  /** The first stage stands to the record before as the group does. */
  #enterGroup(
    frames: readonly Frame[],
    { parts }: GroupPart,
    contiguity: Contiguity,
    before: Way,
    into: number[],
  ): void {
    let way = before
    for (const [index, part] of parts.entries()) {
      if (part.kind === 'not') {
        way = withNegation(way, part)
        continue
      }
      const entered: number[] = []
      const nearness = index === 0 ? contiguity : part.contiguity
      this.#enter(frames, parts, index, 1, nearness, way, entered)
      into.push(...entered)
      if (!part.optional) return
      if (part.kind === 'stage' && part.greedy) {
        way = { ...way, guards: [...way.guards, ...entered] }
      }
    }
  }

  /** An option that stays inside these parts is ended by their until. */
  #inside(frames: readonly Frame[], way: Way): Way {
    const endedBy = frames.flatMap(({ parts, index }) => {
      const part = parts[index]
      return part === undefined || part.kind === 'not' ? [] : (part.until ?? [])
    })
    return endedBy.length === 0 ? way : { ...way, endedBy: [...way.endedBy, ...endedBy] }
  }

  #end(way: Way): void {
    if (way.endedBy.length === 0 && way.endedByNext.length === 0) {
      this.#complete = true
      for (const guard of way.guards) {
        const stage = this.#stageOf(guard)
        if (stage !== undefined) this.#greedyEnds.add(stage)
      }
      return
    }
    this.#endsWithNegation = true
    this.#add({ stage: END, where: -1, contiguity: 'followed-by', target: 0, ...way })
  }

  #option(part: StagePart, contiguity: Contiguity, way: Way, target: number): number {
    return this.#add({ stage: part.stage, where: part.where, contiguity, target, ...way })
  }

  #add(option: Omit<Option, 'id'>): number {
    const id = this.#allOptions.length
    const numbered = { id, ...option }
    this.#allOptions.push(numbered)
    this.#options.push(numbered)
    return id
  }

  #stageOf(option: number): StagePart | undefined {
    const frame = this.#found[this.#allOptions[option]?.target ?? 0]?.at(-1)
    const part = frame?.parts[frame.index]
    return part?.kind === 'stage' ? part : undefined
  }

  #numberOf(frames: readonly Frame[]): number {
    const text = frames.map(({ index, round }) => `${index}.${round}`).join('/')
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#found.push(frames) - 1
    this.#numbers.set(text, number)
    return number
  }
}

/** Those that stand side by side from here on. */
function negationsFrom(parts: readonly Part[], from: number): readonly Negation[] {
  const negations: Negation[] = []
  for (const part of parts.slice(from)) {
    if (part.kind !== 'not') break
    negations.push(part)
  }
  return negations
}

function withNegation(way: Way, { where, next }: Negation): Way {
  if (next) return { ...way, endedByNext: [...way.endedByNext, where] }
  return { ...way, endedBy: [...way.endedBy, where] }
}
