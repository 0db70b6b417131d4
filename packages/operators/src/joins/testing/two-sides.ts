/**
 * Random input for a node with two inputs, as one sequence: what arrives at which side, in the
 * order of arrival.
 */

import { record, type SeededRandom, type TestStream, watermark } from '@millrace/engine/testing'
import type { Row, Value } from '@millrace/pipeline'

/** 0 is the first input, 1 the second. */
export type Side = 0 | 1

export interface SideRecord {
  readonly side: Side
  readonly timeMs: number
  readonly row: Row
  readonly change: '+I' | '-U' | '+U' | '-D'
}

export interface SideWatermark {
  readonly side: Side
  readonly watermarkMs: number
}

export type Step = SideRecord | SideWatermark

/** Columns by name, with their types. The last one numbers the records. */
export interface SideColumns {
  readonly [column: string]: string
}

/** A key of two parts, a value, and the number of the record. */
export const LEFT: SideColumns = { a: 'string', b: 'integer', v: 'integer', n: 'integer' }
export const RIGHT: SideColumns = {
  r_a: 'string',
  r_b: 'integer',
  r_v: 'integer',
  r_n: 'integer',
}

/**
 * Disorder, equal and negative times, duplicates, NULL in keys, long silence of one side, and
 * watermarks that are too early, so that records are late.
 */
export function drawSteps(random: SeededRandom, stepsMax = 40): readonly Step[] {
  // In a dense stream, times meet each other's bounds.
  const isDense = random.chance(0.4)
  const disorder = isDense ? random.integer(0, 4) : random.pick([0, 5, 40])
  const lagMs = isDense ? 4 : 25
  const paces = isDense ? [0, 0, 1, 2] : [0, 0, 1, 3, 15]
  const silent = random.chance(0.15) ? random.integer(0, 1) : undefined
  const keys = random.pick([1, 2, 3])
  const steps: Step[] = []
  let nowMs = random.integer(-60, 60)
  const count = random.integer(0, stepsMax)
  for (let index = 0; index < count; index++) {
    nowMs += random.pick(paces)
    const side: Side = random.chance(0.5) ? 0 : 1
    if (random.chance(0.25)) {
      if (side !== silent) steps.push({ side, watermarkMs: nowMs - random.integer(0, lagMs) })
      continue
    }
    const isJustInTime = isDense && silent === undefined && random.chance(0.2)
    if (isJustInTime) {
      steps.push({ side: 0, watermarkMs: nowMs - 1 }, { side: 1, watermarkMs: nowMs - 1 })
    }
    const a = random.chance(0.1) ? null : random.pick(['x', 'y', ''].slice(0, keys))
    const b = random.chance(0.1) ? null : random.integer(-1, keys - 2)
    const row: Row = [a, b, random.integer(0, 4), index]
    const timeMs = isJustInTime ? nowMs : nowMs - random.integer(0, disorder)
    steps.push({ side, timeMs, row, change: '+I' })
    // A record that comes twice differs in nothing, its number included.
    if (random.chance(0.05)) steps.push({ side, timeMs, row, change: '+I' })
  }
  return steps
}

export function isRecord(step: Step): step is SideRecord {
  return 'row' in step
}

export function named(columns: SideColumns, row: Row | null): { [column: string]: Value } {
  return Object.fromEntries(
    Object.keys(columns).map((name, index) => [name, row === null ? null : (row[index] ?? null)]),
  )
}

/** Watermarks that say nothing stand where the other side's turn is. */
const NOTHING = watermark(Number.NEGATIVE_INFINITY)

/** For `runOperator`, which takes the elements of both inputs in turn. */
export function toStreams(
  steps: readonly Step[],
  columns: readonly [SideColumns, SideColumns] = [LEFT, RIGHT],
): readonly [TestStream, TestStream] {
  const [first, second] = ([0, 1] as const).map((side): TestStream => {
    const elements = steps.map((step) => {
      if (step.side !== side) return NOTHING
      if (!isRecord(step)) return watermark(step.watermarkMs)
      return { ...record(named(columns[side], step.row), step.timeMs), change: step.change }
    })
    return { schema: columns[side], elements }
  })
  if (first === undefined || second === undefined) throw new Error('There are two sides.')
  return [first, second]
}

/** What `runOperator` puts behind all elements: the inputs end one after the other. */
export const ENDS: readonly SideWatermark[] = [
  { side: 0, watermarkMs: Number.POSITIVE_INFINITY },
  { side: 1, watermarkMs: Number.POSITIVE_INFINITY },
]

/** The lower watermark of both sides behind each step. */
export class BothWatermarks {
  readonly #sides: [number, number] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]

  get minimumMs(): number {
    return Math.min(...this.#sides)
  }

  /** True where the minimum has risen. */
  advance({ side, watermarkMs }: SideWatermark): boolean {
    const before = this.minimumMs
    this.#sides[side] = Math.max(this.#sides[side], watermarkMs)
    return this.minimumMs > before
  }
}
