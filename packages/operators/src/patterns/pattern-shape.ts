/** A pattern as a tree of stages, groups and negations, with every default filled in. */

import type { Contiguity, StageConfig } from './stage-config.ts'

export type Path = readonly (string | number)[]

/** What is taken in, or kept out, in its turn. */
export type Part = StagePart | GroupPart | Negation

interface Repeated {
  /** From the config's root. */
  readonly path: Path
  /** At least 1: doing without it is `optional`. */
  readonly min: number
  readonly max: number
  readonly optional: boolean
  readonly contiguity: Contiguity
  readonly loop: Contiguity
  /** Its place among the conditions. */
  readonly until: number | undefined
}

export interface StagePart extends Repeated {
  readonly kind: 'stage'
  /** Its place among the stages that take records. */
  readonly stage: number
  readonly where: number
  readonly greedy: boolean
}

export interface GroupPart extends Repeated {
  readonly kind: 'group'
  readonly parts: readonly Part[]
}

export interface Negation {
  readonly kind: 'not'
  readonly path: Path
  readonly name: string
  readonly where: number
  /** Only the very next record is looked at. */
  readonly next: boolean
}

/** An expression that is TRUE or not for a record. */
export interface Condition {
  /** The stage, or the group, that it belongs to. */
  readonly of: string
  readonly path: Path
  /** Absent where every record meets it. */
  readonly text: string | undefined
  /** The stages whose records it may read. */
  readonly visible: readonly string[]
}

export interface Shape {
  readonly parts: readonly Part[]
  /** The names of the stages that take records, in their order. */
  readonly stages: readonly string[]
  readonly negations: readonly string[]
  readonly conditions: readonly Condition[]
}

export function createShape(pattern: readonly StageConfig[]): Shape {
  return new ShapeReader().read(pattern)
}

/** What `times` and `oneOrMore` say. */
export function repetition({ times, oneOrMore }: StageConfig): { min: number; max: number } {
  if (oneOrMore === true) return { min: 1, max: Number.POSITIVE_INFINITY }
  if (times === undefined) return { min: 1, max: 1 }
  if (typeof times === 'number') return { min: times, max: times }
  return { min: times.min, max: times.max ?? Number.POSITIVE_INFINITY }
}

class ShapeReader {
  readonly #stages: string[] = []
  readonly #negations: string[] = []
  readonly #conditions: Condition[] = []

  read(pattern: readonly StageConfig[]): Shape {
    const parts = this.#parts(pattern, ['pattern'], [])
    return {
      parts,
      stages: this.#stages,
      negations: this.#negations,
      conditions: this.#conditions,
    }
  }

  /** `repeated` are the stages that an earlier round of an enclosing group may have matched. */
  #parts(configs: readonly StageConfig[], path: Path, repeated: readonly string[]): Part[] {
    return configs.map((config, index) => this.#part(config, [...path, index], repeated))
  }

  #part(config: StageConfig, path: Path, repeated: readonly string[]): Part {
    const name = config.name ?? ''
    if (config.not === true) {
      this.#negations.push(name)
      const where = this.#condition(config, 'where', path, repeated)
      return { kind: 'not', path, name, where, next: config.contiguity === 'next' }
    }
    const { min, max } = repetition(config)
    const common = {
      path,
      min: Math.max(min, 1),
      max,
      optional: config.optional === true || min === 0,
      contiguity: config.contiguity ?? 'followed-by',
      loop: config.loopContiguity ?? 'followed-by',
    }
    if (config.group !== undefined) {
      const inside = max > 1 ? [...repeated, ...namesIn(config.group)] : repeated
      const parts = this.#parts(config.group, [...path, 'group'], inside)
      const until = this.#until(config, path, repeated)
      return { kind: 'group', ...common, parts, until }
    }
    const stage = this.#stages.length
    const own = max > 1 ? [...repeated, name] : repeated
    const where = this.#condition(config, 'where', path, own)
    this.#stages.push(name)
    const until = this.#until(config, path, repeated)
    return { kind: 'stage', ...common, stage, where, until, greedy: config.greedy === true }
  }

  #until(config: StageConfig, path: Path, repeated: readonly string[]): number | undefined {
    return config.until === undefined ? undefined : this.#condition(config, 'until', path, repeated)
  }

  #condition(
    config: StageConfig,
    field: 'where' | 'until',
    path: Path,
    also: readonly string[],
  ): number {
    const visible = [...new Set([...this.#stages, ...also])]
    const { name: of = '', [field]: text } = config
    return this.#conditions.push({ of, path: [...path, field], text, visible }) - 1
  }
}

function namesIn(configs: readonly StageConfig[]): string[] {
  return configs.flatMap(({ name, not, group }) => {
    if (group !== undefined) return namesIn(group)
    return not === true || name === undefined ? [] : [name]
  })
}
