/**
 * Joins the records that one window holds under one key, and writes what becomes of each.
 *
 * For each left record, in the order of arrival, leave its matches in the order of arrival, or it
 * leaves alone where the type keeps it; then the right records that stayed alone. Memory does not
 * grow with the matches.
 *
 * A pair for which `where` or a column has no value is no result: it goes to `errors`, with both
 * records, and neither of them leaves alone in this window, since nobody knows whether they match.
 */

import { type Emit, JobFailed, type RunContext, shownRecord } from '@millrace/engine'
import {
  compileExpression,
  createRowText,
  type Evaluate,
  EvaluationError,
  type Row,
  type Value,
} from '@millrace/pipeline'
import { createProjection, type Projected, projected } from '../projection.ts'
import {
  type JoinConfig,
  type JoinSchemas,
  keepsAlone,
  leavesLeftOnly,
  outputScope,
  pairScope,
  windowBound,
} from './join-schema.ts'

/** A record that waits for its partners. Plain data, so that it can be saved. */
export interface Held {
  readonly row: Row
  /** Which record of the node it was, over both inputs. */
  readonly order: number
  use: Use
}

/** Grows only: a record that a result used stays used, whatever other windows do with it. */
export type Use = typeof UNUSED | typeof REFUSED | typeof USED
export const UNUSED = 0
/** Part of a pair that went to `errors`. */
export const REFUSED = 1
export const USED = 2

export interface WindowBounds {
  readonly startMs: number
  readonly endMs: number
}

/** A record that came too late, as `lateColumns` has it. */
export function lateRow(side: 0 | 1, row: Row): Row {
  return side === 0 ? ['left', row, null] : ['right', null, row]
}

/** The ports of a window-join. */
export const JOIN_PORTS = ['out', 'late', 'errors'] as const
export type JoinPort = (typeof JOIN_PORTS)[number]

/** Between two points at which the thread may be given back lie about so many pairs. */
const PAIRS_A_STEP = 32

const NOBODY: readonly Held[] = []

/** What came of looking for partners; with several, the highest counts. */
type Found = typeof NOTHING | typeof DOUBT | typeof MATCH
const NOTHING = 0
/** A pair was refused, so nobody knows. */
const DOUBT = 1
const MATCH = 2

/** The records of one window and key. */
interface Group {
  readonly left: readonly Held[]
  /** The right records that may match: none for a key with NULL in it. */
  readonly partners: readonly Held[]
  /** The right records that leave alone if nothing matches them. */
  readonly alone: readonly Held[]
  /** Which of the partners have met somebody; present where some are to leave alone. */
  readonly met: Uint8Array | undefined
}

export class PairJoin {
  readonly #config: JoinConfig & { readonly onError: 'dead-letter' | 'fail' }
  readonly #emit: Emit<JoinPort>
  readonly #nodeId: string
  readonly #leftOnly: boolean
  readonly #keepsLeft: boolean
  readonly #keepsRight: boolean
  readonly #where: Evaluate | undefined
  readonly #project: (left: Row, right: Row) => Row
  readonly #nobody: { readonly left: Row; readonly right: Row }
  readonly #texts: { readonly left: (row: Row) => string; readonly right: (row: Row) => string }
  /** The last partner that was found for a left record that leaves as it is. */
  #partner: Held | undefined
  #window: WindowBounds = { startMs: Number.NaN, endMs: Number.NaN }

  constructor(
    config: JoinConfig & { readonly onError: 'dead-letter' | 'fail' },
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<JoinPort>,
  ) {
    const { type, where } = config
    this.#config = config
    this.#emit = emit
    this.#nodeId = context.nodeId
    this.#leftOnly = leavesLeftOnly(type)
    this.#keepsLeft = keepsAlone(type, 'left')
    this.#keepsRight = keepsAlone(type, 'right')
    this.#where =
      where === undefined
        ? undefined
        : compileExpression(where, pairScope(schemas), context).evaluate
    this.#project = createProjection(this.#columns(schemas, context))
    const { left, right } = schemas
    this.#nobody = { left: nulls(left.columns.length), right: nulls(right.columns.length) }
    this.#texts = { left: createRowText(left.columns), right: createRowText(right.columns) }
  }

  /**
   * Gives what is left to do where there are many pairs; few are joined at once. `comparable` is
   * false for a key with NULL in it, which matches nothing.
   */
  fire(
    window: WindowBounds,
    left: readonly Held[],
    right: readonly Held[],
    comparable: boolean,
  ): Iterable<void> | undefined {
    this.#window = window
    const partners = comparable ? right : NOBODY
    const group = {
      left,
      partners,
      alone: this.#keepsRight ? right : NOBODY,
      met: this.#keepsRight ? new Uint8Array(partners.length) : undefined,
    }
    if (left.length * (partners.length + 1) + right.length > PAIRS_A_STEP) {
      return this.#joinSlowly(group)
    }
    for (const one of left) {
      this.#settle(one, this.#match(one, group, 0, partners.length))
    }
    this.#leaveUnmet(group, 0, right.length)
    return undefined
  }

  *#joinSlowly(group: Group): Generator<void, void> {
    const { left, partners, alone } = group
    let steps = 0
    for (const one of left) {
      let found: Found = NOTHING
      for (let from = 0; from < partners.length; from += PAIRS_A_STEP) {
        const to = Math.min(from + PAIRS_A_STEP, partners.length)
        const next = this.#match(one, group, from, to)
        if (next > found) found = next
        steps += to - from
        if (steps >= PAIRS_A_STEP) {
          steps = 0
          yield
        }
        if (found === MATCH && this.#leftOnly) break
      }
      this.#settle(one, found)
      steps++
    }
    for (let from = 0; from < alone.length; from += PAIRS_A_STEP) {
      this.#leaveUnmet(group, from, from + PAIRS_A_STEP)
      yield
    }
  }

  /**
   * Tries the record with the partners in [from, to); one match is enough where left rows leave as
   * they are.
   */
  #match(one: Held, { partners, met }: Group, from: number, to: number): Found {
    let found: Found = NOTHING
    for (let index = from; index < to; index++) {
      const other = partners[index] as Held
      const result = this.#leftOnly ? this.#holds(one, other) : this.#emitPair(one, other)
      if (result === NOTHING) continue
      if (met !== undefined) met[index] = 1
      if (result > found) found = result
      if (found === MATCH && this.#leftOnly) break
    }
    return found
  }

  /** All partners have been tried. */
  #settle(one: Held, found: Found): void {
    if (found === DOUBT) return
    const { type } = this.#config
    const leaves = type === 'semi' ? found === MATCH : found === NOTHING && this.#keepsLeft
    if (!leaves) return
    const left = this.#leaveAlone(one, undefined)
    if (left && type === 'semi' && this.#partner !== undefined) this.#partner.use = USED
  }

  #leaveUnmet({ alone, met }: Group, from: number, to: number): void {
    for (let index = from; index < Math.min(to, alone.length); index++) {
      if (met?.[index] !== 1) this.#leaveAlone(undefined, alone[index])
    }
  }

  #emitPair(one: Held, other: Held): Found {
    let made: Row
    try {
      if (this.#where !== undefined && this.#where(one.row, other.row) !== true) return NOTHING
      made = this.#project(one.row, other.row)
    } catch (error) {
      this.#refuse(one, other, error)
      return DOUBT
    }
    one.use = USED
    other.use = USED
    this.#emit.out.out.emit(made, this.#window.endMs - 1)
    return MATCH
  }

  /** Whether the condition holds. */
  #holds(one: Held, other: Held): Found {
    try {
      if (this.#where !== undefined && this.#where(one.row, other.row) !== true) return NOTHING
    } catch (error) {
      this.#refuse(one, other, error)
      return DOUBT
    }
    this.#partner = other
    return MATCH
  }

  /** Emits a record with NULL for the other side; false where it has no value. */
  #leaveAlone(one: Held | undefined, other: Held | undefined): boolean {
    const held = one ?? other
    if (held === undefined) return false
    let made: Row
    try {
      made = this.#project(one?.row ?? this.#nobody.left, other?.row ?? this.#nobody.right)
    } catch (error) {
      this.#refuse(one, other, error)
      return false
    }
    held.use = USED
    this.#emit.out.out.emit(made, this.#window.endMs - 1)
    return true
  }

  #refuse(one: Held | undefined, other: Held | undefined, error: unknown): void {
    if (!(error instanceof EvaluationError)) throw error
    const left = one === undefined ? 'null' : this.#texts.left(one.row)
    const right = other === undefined ? 'null' : this.#texts.right(other.row)
    const raw = `{"left":${left},"right":${right}}`
    if (this.#config.onError === 'fail') {
      const message = `${error.message} The records are ${shownRecord(raw)}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    for (const held of [one, other]) {
      if (held?.use === UNUSED) held.use = REFUSED
    }
    this.#emit.out.errors.emit([raw, error.message, this.#nodeId, null, null], Number.NaN)
  }

  #columns(schemas: JoinSchemas, context: RunContext): readonly Projected[] {
    const { columns, type } = this.#config
    const scope = outputScope(type, schemas)
    if (columns === undefined) {
      return scope.relations.flatMap((of, relation) =>
        of.columns.map((_, index): Projected => ({ relation, index })),
      )
    }
    return columns.map(({ value }): Projected => {
      const bound = windowBound(value)
      if (bound === 'window_start') return () => this.#window.startMs
      if (bound === 'window_end') return () => this.#window.endMs
      return projected(value, scope, context)
    })
  }
}

function nulls(count: number): Row {
  return new Array<Value>(count).fill(null)
}
