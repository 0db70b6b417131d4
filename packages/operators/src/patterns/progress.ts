/**
 * Where partial matches stand: the options that are still open, and whether a record of the key has
 * been looked at since the last one that was taken. Partial matches of equal progress fare alike,
 * as far as conditions look at the record alone; so each progress is worked out once.
 */

import { type Automaton, END, type Option } from './automaton.ts'

export interface Progress {
  /** Names it for good: options have the same numbers after a restart. */
  readonly text: string
  readonly options: readonly Option[]
  readonly fresh: boolean
  /** The conditions of which one must hold for anything to change, unless it is fresh. */
  readonly watched: readonly number[]
  /** Whether what happens depends on the records of the match. */
  readonly readsStages: boolean
  /** Whether the match is complete when time is over. */
  readonly endsInTime: boolean
  /** What a record does that no option has to do with. */
  readonly unmoved: Outcome
}

/** Behind a record that was taken. */
export interface Taken {
  readonly complete: boolean
  /** Absent where nothing may follow. */
  readonly progress: Progress | undefined
}

/** What a record does to a partial match. */
export interface Outcome {
  readonly takes: readonly { readonly stage: number; readonly taken: Taken }[]
  /** Absent where the partial match can go on no more without the record. */
  readonly progress: Progress | undefined
  /** What must not come next has not: it is a match as it is. */
  readonly ends: boolean
}

export class ProgressTable {
  readonly #automaton: Automaton
  readonly #readsStages: readonly boolean[]
  readonly #byText = new Map<string, Progress>()
  readonly #taken = new Map<string, Taken>()
  readonly start: Progress

  /** `readsStages` says of each condition whether it looks at the records of the match. */
  constructor(automaton: Automaton, readsStages: readonly boolean[]) {
    this.#automaton = automaton
    this.#readsStages = readsStages
    const progress = this.#behind([0]).progress
    if (progress === undefined) throw new Error('A pattern takes at least one record.')
    this.start = progress
  }

  of(text: string): Progress {
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const ids = text.slice(1).split(',').map(Number)
    const options = ids.flatMap((id) => this.#automaton.options[id] ?? [])
    return this.#create(text, options, text.startsWith('+'))
  }

  /** `holds` says whether the record meets a condition. */
  outcome(progress: Progress, holds: (condition: number) => boolean): Outcome {
    const { options, fresh } = progress
    let taking = NO_OPTIONS
    /** Undefined as long as all are left. */
    let left: Option[] | undefined
    let ends = false
    for (const [index, option] of options.entries()) {
      let stays = false
      if (!isEnded(option, fresh, taking, holds)) {
        if (option.stage === END) {
          stays = option.endedBy.length > 0
          ends ||= !stays
        } else {
          const met = holds(option.where)
          if (met && !option.notTaken.some(holds)) taking = [...taking, option]
          stays = option.contiguity === 'followed-by' ? !met : option.contiguity !== 'next'
        }
      }
      if (stays) left?.push(option)
      else left ??= options.slice(0, index)
    }
    if (taking === NO_OPTIONS && left === undefined && !ends) return progress.unmoved
    const rest = left === undefined ? progress.unmoved.progress : this.#left(left)
    return { takes: this.#takes(taking), progress: rest, ends }
  }

  /** Options into one stage are one match, wherever they lead. */
  #takes(taking: readonly Option[]): Outcome['takes'] {
    if (taking.length === 0) return []
    const stages = [...new Set(taking.map(({ stage }) => stage))]
    return stages.map((stage) => {
      const targets = taking.flatMap((one) => (one.stage === stage ? [one.target] : []))
      return { stage, taken: this.#behind(targets) }
    })
  }

  #behind(targets: readonly number[]): Taken {
    const text = targets.join(',')
    const known = this.#taken.get(text)
    if (known !== undefined) return known
    const positions = [...new Set(targets)]
      .sort((a, b) => a - b)
      .flatMap((target) => this.#automaton.positions[target] ?? [])
    const options = positions.flatMap((position) => position.options)
    const progress = options.length === 0 ? undefined : this.of(textOf(options, true))
    const taken = { complete: positions.some(({ complete }) => complete), progress }
    this.#taken.set(text, taken)
    return taken
  }

  #left(options: readonly Option[]): Progress | undefined {
    return options.length === 0 ? undefined : this.of(textOf(options, false))
  }

  #create(text: string, options: readonly Option[], fresh: boolean): Progress {
    const watched = new Set<number>()
    const all = new Set<number>()
    for (const { where, endedBy, endedByNext, notTaken } of options) {
      for (const condition of [where, ...endedBy]) if (condition >= 0) watched.add(condition)
      for (const condition of [where, ...endedBy, ...endedByNext, ...notTaken]) all.add(condition)
    }
    const unmoved: { takes: []; progress: Progress | undefined; ends: false } = {
      takes: [],
      progress: undefined,
      ends: false,
    }
    const progress: Progress = {
      text,
      options,
      fresh,
      watched: [...watched],
      readsStages: [...all].some((condition) => this.#readsStages[condition] === true),
      endsInTime: options.some(({ stage }) => stage === END),
      unmoved,
    }
    this.#byText.set(text, progress)
    unmoved.progress = fresh ? this.#left(options) : progress
    return progress
  }
}

const NO_OPTIONS: readonly Option[] = []

/** What must not come has come, or the record goes to an option that goes first. */
function isEnded(
  { endedBy, endedByNext, guards }: Option,
  fresh: boolean,
  taking: readonly Option[],
  holds: (condition: number) => boolean,
): boolean {
  if (endedBy.length > 0 && endedBy.some(holds)) return true
  if (fresh && endedByNext.length > 0 && endedByNext.some(holds)) return true
  return taking.length > 0 && guards.some((id) => taking.some((other) => other.id === id))
}

/** `+` marks a fresh one. */
function textOf(options: readonly Option[], fresh: boolean): string {
  return `${fresh ? '+' : '-'}${options.map(({ id }) => id).join(',')}`
}
