/**
 * Runs windows over the last records of a group. The records are added to parts, each as many as
 * the greatest number that divides size and slide, and a result is the sum of the parts:
 *
 *     size = 6, slide = 4   records   1 2 3 4 5 6 7 8 9 ...
 *                           parts     |-1-|-2-|-3-|-4-|
 *                           results         4 so far: 1 + 2
 *                                             after 8: 2 + 3 + 4
 */

import {
  type Batch,
  type Emit,
  END_OF_TIME_MS,
  type Handler,
  type Inputs,
  type Outputs,
  process,
  type RunContext,
  type StateTable,
} from '@millrace/engine'
import { EMPTY_ROW, EvaluationError, type Row } from '@millrace/pipeline'
import type { WindowConfig } from './window-config.ts'
import { type Group, WindowGroups } from './window-groups.ts'

type CountPort = 'out' | 'errors'
type GroupConfig = Pick<WindowConfig, 'groupBy' | 'aggregates' | 'onError'>

/** In records; `part` divides the others. */
export interface CountGrid {
  readonly size: number
  readonly slide: number
  readonly part: number
}

export function runCountWindows(
  grid: CountGrid,
  config: GroupConfig,
  inputs: Inputs<'in'>,
  context: RunContext,
): Outputs<CountPort> {
  const settings = { ports: ['out', 'errors'] as const, onError: config.onError }
  return process<'in', CountPort>(
    inputs,
    context,
    settings,
    (emit) => new CountWindows(grid, config, context, emit),
  )
}

interface Part extends Group {
  records: number
  latestMs: number
  /** A result has used it. */
  used: boolean
}

interface Counted {
  /** Records since the last result. */
  fresh: number
  /** Records of the group so far: their order, where there are no event times. */
  arrived: number
  /** The last is being filled. */
  parts: Part[]
}

/** All groups are in one namespace. */
const ALL = 0

class CountWindows implements Handler {
  readonly #grid: CountGrid
  readonly #context: RunContext
  readonly #emit: Emit<CountPort>
  readonly #groups: WindowGroups
  readonly #table: StateTable<Counted>

  constructor(grid: CountGrid, config: GroupConfig, context: RunContext, emit: Emit<CountPort>) {
    this.#grid = grid
    this.#context = context
    this.#emit = emit
    this.#groups = new WindowGroups(config, context, emit, false)
    this.#table = context.state.table('groups')
  }

  rows(input: number, { rows, times }: Batch, from: number, to: number): void {
    const { slide, size } = this.#grid
    for (let index = from; index < to; index++) {
      const row = rows[index] ?? EMPTY_ROW
      const key = this.#groups.readKey(row)
      const known = this.#table.change(ALL, key)
      const counted = known ?? { fresh: 0, arrived: 0, parts: [] }
      if (!this.#add(counted, input, row, times?.[index] ?? counted.arrived)) continue
      if (known === undefined) this.#table.put(ALL, key, counted)
      counted.arrived++
      counted.fresh++
      if (counted.fresh < slide) continue
      counted.fresh = 0
      this.#fire(counted)
      this.#letGo(counted, Math.max(0, size - slide))
    }
  }

  watermark(watermarkMs: number): Iterator<unknown> | undefined {
    return watermarkMs === END_OF_TIME_MS ? this.#end() : undefined
  }

  /** False where the record has no value for an aggregate: it was refused, and is not counted. */
  #add(counted: Counted, input: number, row: Row, timeMs: number): boolean {
    const { size, slide, part: partRecords } = this.#grid
    const { ledger } = this.#context
    const last = counted.parts.at(-1)
    const isFull = last === undefined || last.records === partRecords
    const part = isFull ? this.#begin(row, timeMs) : last
    if (!this.#groups.add(part, input, row, timeMs)) return false
    if (counted.fresh < slide - size) {
      // It is before the records that the next result takes.
      ledger.filtered++
      return true
    }
    part.records++
    part.latestMs = Math.max(part.latestMs, timeMs)
    ledger.held++
    // A list that is made with its first element has no room for others.
    if (last === undefined) counted.parts = [part]
    else if (isFull) counted.parts.push(part)
    return true
  }

  /** Written out, since an object that is made of another one keeps its properties apart. */
  #begin(row: Row, timeMs: number): Part {
    const { values, accumulator } = this.#groups.begin(row)
    return { values, accumulator, records: 0, latestMs: timeMs, used: false }
  }

  #fire({ parts }: Counted): void {
    const [first, ...others] = parts
    if (first === undefined) return
    const group = others.length === 0 ? first : this.#groups.copy(first)
    for (const part of others) this.#groups.merge(group, part)
    let latestMs = first.latestMs
    for (const part of parts) {
      part.used = true
      latestMs = Math.max(latestMs, part.latestMs)
    }
    const result = this.#groups.complete(group, group.values)
    if (result instanceof EvaluationError) {
      this.#groups.refuse('The group is', this.#groups.groupText(group.values), result)
    } else this.#emit.out.out.emit(result, latestMs)
  }

  /** Keeps the last parts, with so many records. */
  #letGo({ parts }: Counted, kept: number): void {
    const count = parts.length - kept / this.#grid.part
    if (count <= 0) return
    for (const { records, used } of parts.splice(0, count)) {
      this.#context.ledger.release(used ? 'absorbed' : 'expired', records)
    }
  }

  /** No more records come, and what there is makes no result. */
  *#end(): Generator<void, void> {
    for (const key of this.#table.keys(ALL)) {
      const counted = this.#table.change(ALL, key)
      if (counted !== undefined) this.#letGo(counted, 0)
      yield
    }
    this.#table.drop(ALL)
  }
}
