/**
 * Joins the records that one window holds under one key, and writes what becomes of each.
 *
 * For each left record, in the order of arrival, leave its matches in the order of arrival, or it leaves alone
 * where the type keeps it; then the right records that stayed alone. Memory does not grow with the matches.
 *
 * A pair for which `where` or a column has no value is no result: it goes to `errors`, with both records, and
 * neither of them leaves alone in this window, since nobody knows whether they match.
 */

import { type Emit, JobFailed, type RunContext } from '@millrace/engine'
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

/** Between two points at which the thread may be given back lie at most so many pairs. A power of 2. */
const PAIRS_A_STEP = 16

export class PairJoin {
  readonly #config: JoinConfig & { readonly onError: 'dead-letter' | 'fail' }
  readonly #emit: Emit<JoinPort>
  readonly #nodeId: string
  readonly #keepsLeft: boolean
  readonly #keepsRight: boolean
  readonly #where: Evaluate | undefined
  readonly #project: (left: Row, right: Row) => Row
  readonly #nobody: { readonly left: Row; readonly right: Row }
  readonly #texts: { readonly left: (row: Row) => string; readonly right: (row: Row) => string }
  #window: WindowBounds = { startMs: Number.NaN, endMs: Number.NaN }
  /** Counts pairs, to know when to yield. */
  #pairs = 0

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

  /** `comparable` is false for a key with NULL in it, which matches nothing. */
  *fire(
    window: WindowBounds,
    left: readonly Held[],
    right: readonly Held[],
    comparable: boolean,
  ): Generator<void, void> {
    this.#window = window
    const partners = comparable ? right : []
    if (leavesLeftOnly(this.#config.type)) yield* this.#filterLeft(left, partners)
    else yield* this.#pair(left, partners, right)
  }

  *#pair(
    left: readonly Held[],
    partners: readonly Held[],
    right: readonly Held[],
  ): Generator<void, void> {
    const met = this.#keepsRight ? new Uint8Array(partners.length) : undefined
    for (const one of left) {
      let alone = true
      for (let index = 0; index < partners.length; index++) {
        const other = partners[index]
        if (other !== undefined && this.#match(one, other)) {
          alone = false
          if (met !== undefined) met[index] = 1
        }
        if (this.#stepIsOver()) yield
      }
      if (alone && this.#keepsLeft) this.#leaveAlone(one, undefined)
      if (this.#stepIsOver()) yield
    }
    if (!this.#keepsRight) return
    for (const [index, other] of right.entries()) {
      if (met?.[index] !== 1) this.#leaveAlone(undefined, other)
      if (this.#stepIsOver()) yield
    }
  }

  /** Emits the pair if it matches. False only if it certainly does not. */
  #match(one: Held, other: Held): boolean {
    let made: Row
    try {
      if (this.#where !== undefined && this.#where(one.row, other.row) !== true) return false
      made = this.#project(one.row, other.row)
    } catch (error) {
      this.#refuse(one, other, error)
      return true
    }
    one.use = USED
    other.use = USED
    this.#emit.out.out.emit(made, this.#window.endMs - 1)
    return true
  }

  *#filterLeft(left: readonly Held[], partners: readonly Held[]): Generator<void, void> {
    const { type } = this.#config
    for (const one of left) {
      let partner: Held | undefined
      let doubtful = false
      for (const other of partners) {
        const matches = this.#holds(one, other)
        doubtful ||= matches === undefined
        if (matches === true) partner = other
        if (this.#stepIsOver()) yield
        if (partner !== undefined) break
      }
      if (type === 'semi' && partner !== undefined) {
        if (this.#leaveAlone(one, undefined)) partner.use = USED
      } else if (type === 'anti' && partner === undefined && !doubtful) {
        this.#leaveAlone(one, undefined)
      }
      if (this.#stepIsOver()) yield
    }
  }

  /** Whether the condition holds; undefined where it has no value, and the pair was refused. */
  #holds(one: Held, other: Held): boolean | undefined {
    if (this.#where === undefined) return true
    try {
      return this.#where(one.row, other.row) === true
    } catch (error) {
      this.#refuse(one, other, error)
      return undefined
    }
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
      const message = `${error.message} The records are ${raw}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    for (const held of [one, other]) {
      if (held?.use === UNUSED) held.use = REFUSED
    }
    this.#emit.out.errors.emit([raw, error.message, this.#nodeId, null, null], Number.NaN)
  }

  #stepIsOver(): boolean {
    this.#pairs = (this.#pairs + 1) & (PAIRS_A_STEP - 1)
    return this.#pairs === 0
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
