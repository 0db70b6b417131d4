/** Draws patterns of every shape, with conditions that are written twice: as text and as code. */

import type { SeededRandom } from '@millrace/engine/testing'
import { columnText } from '@millrace/pipeline'
import type { Contiguity, StageConfig } from '../stage-config.ts'
import type { Meets } from './naive-pattern.ts'

/** The place of the column v, which is never NULL, and of b, which may be. */
const V = 2
const B = 1

const CONTIGUITIES: readonly (Contiguity | 'unsaid')[] = [
  'unsaid',
  'next',
  'followed-by',
  'followed-by-any',
]

export interface DrawnPattern {
  readonly pattern: readonly StageConfig[]
  readonly conditions: ReadonlyMap<string, Meets>
  readonly stages: readonly string[]
}

export function drawPattern(random: SeededRandom): DrawnPattern {
  return new PatternDrawer(random).draw()
}

class PatternDrawer {
  readonly #random: SeededRandom
  readonly #conditions = new Map<string, Meets>()
  readonly #stages: string[] = []
  #names = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  draw(): DrawnPattern {
    const pattern = this.#parts(this.#random.pick([1, 2, 2, 3, 3, 4]), 0)
    return { pattern, conditions: this.#conditions, stages: this.#stages }
  }

  #parts(count: number, depth: number): StageConfig[] {
    return Array.from({ length: count }, (_, index) => {
      if (index > 0 && this.#random.chance(0.15)) return this.#negation()
      return depth < 2 && this.#random.chance(0.15) ? this.#group(depth) : this.#stage()
    })
  }

  #stage(): StageConfig {
    const name = this.#name()
    const isLoop = this.#random.chance(0.4)
    const where = this.#random.chance(0.9) ? this.#condition(isLoop ? name : undefined) : undefined
    this.#stages.push(name)
    const repeated = isLoop ? this.#repetition() : {}
    const greedy = this.#random.chance(isLoop ? 0.3 : 0.1) ? { greedy: true } : {}
    return { name, ...(where && { where }), ...this.#nearness(), ...repeated, ...greedy }
  }

  #negation(): StageConfig {
    const contiguity = this.#random.pick(['next', 'followed-by', 'unsaid'] as const)
    const where = this.#random.chance(0.9) ? this.#condition(undefined) : undefined
    const near = contiguity === 'unsaid' ? {} : { contiguity }
    return { name: this.#name(), not: true, ...(where && { where }), ...near }
  }

  #group(depth: number): StageConfig {
    const group = this.#parts(this.#random.integer(1, 2), depth + 1)
    return { group, ...this.#nearness(), ...(this.#random.chance(0.6) ? this.#repetition() : {}) }
  }

  #nearness(): StageConfig {
    const contiguity = this.#random.pick(CONTIGUITIES)
    const optional = this.#random.chance(0.2) ? { optional: true } : {}
    return { ...optional, ...(contiguity === 'unsaid' ? {} : { contiguity }) }
  }

  #repetition(): StageConfig {
    const times = this.#random.pick([
      2,
      { min: 1 },
      { min: 2 },
      { min: 0, max: 2 },
      { min: 1, max: 3 },
    ])
    const loopContiguity = this.#random.pick(CONTIGUITIES)
    const until = this.#random.chance(0.2) ? this.#condition(undefined) : undefined
    const nearness = loopContiguity === 'unsaid' ? {} : { loopContiguity }
    return { times, ...nearness, ...(until && { until }) }
  }

  #name(): string {
    this.#names++
    return this.#random.chance(0.1) ? `s-${this.#names}` : `s${this.#names}`
  }

  /** `own` is the name of the stage where it may have earlier records. */
  #condition(own: string | undefined): string {
    const stages = own === undefined ? this.#stages : [...this.#stages, own]
    const reads = stages.length > 0 && this.#random.chance(0.35)
    const [text, meets] = reads ? this.#iterative(this.#random.pick(stages)) : this.#plain()
    this.#conditions.set(text, meets)
    return text
  }

  #plain(): readonly [string, Meets] {
    const n = this.#random.integer(0, 4)
    return this.#random.pick<readonly [string, Meets]>([
      [`v = ${n}`, (row) => row[V] === n],
      [`v <= ${n}`, (row) => Number(row[V]) <= n],
      [`v <> ${n}`, (row) => row[V] !== n],
      // NULL is neither above nor below.
      [`b >= ${n - 2}`, (row) => row[B] !== null && Number(row[B]) >= n - 2],
    ])
  }

  #iterative(stage: string): readonly [string, Meets] {
    const name = columnText(stage)
    const n = this.#random.integer(0, 8)
    const rows = (so: Parameters<Meets>[1]) =>
      so.flatMap(([of, row]) => (of === stage ? [Number(row[V])] : []))
    const sum = (so: Parameters<Meets>[1]) => rows(so).reduce((total, v) => total + v, 0)
    return this.#random.pick<readonly [string, Meets]>([
      [
        `v >= ${name}.v`,
        (row, so) => rows(so).length > 0 && Number(row[V]) >= (rows(so).at(-1) ?? 0),
      ],
      [`v >= COALESCE(${name}.v, 0)`, (row, so) => Number(row[V]) >= (rows(so).at(-1) ?? 0)],
      [`COALESCE(SUM(${name}.v), 0) + v <= ${n}`, (row, so) => sum(so) + Number(row[V]) <= n],
      [
        `b >= 0 AND v <> ${n} AND COUNT(${name}.*) < v`,
        (row, so) =>
          row[B] !== null &&
          Number(row[B]) >= 0 &&
          row[V] !== n &&
          rows(so).length < Number(row[V]),
      ],
      [`COUNT(${name}.*) < v`, (row, so) => rows(so).length < Number(row[V])],
      [
        `MIN(${name}.v) < v OR COUNT(*) > 2`,
        (row, so) =>
          (rows(so).length > 0 && Math.min(...rows(so)) < Number(row[V])) || so.length > 2,
      ],
    ])
  }
}
