/**
 * What two records of a join make: whether they match besides their key, the row that leaves, and
 * what is said where an expression has no value.
 */

import { type Emit, JobFailed, type Ledger, type RunContext, shownRecord } from '@millrace/engine'
import {
  compileExpression,
  createRowText,
  type Evaluate,
  EvaluationError,
  type Row,
  type Value,
} from '@millrace/pipeline'
import { createProjection, type Projected } from '../projection.ts'
import { type JoinConfig, type JoinSchemas, outputScope, pairScope } from './join-schema.ts'

/** The ports of a join that goes by event time. */
export const JOIN_PORTS = ['out', 'late', 'errors'] as const
export type JoinPort = (typeof JOIN_PORTS)[number]

/** As documents have it; `onError` is "fail" wherever an input is a table. */
export type RunConfig = JoinConfig & { readonly onError: 'dead-letter' | 'fail' }

/** Of a join that keeps rows for ever, unless it is told not to; in milliseconds. */
export type LivingConfig = RunConfig & { readonly stateTimeToLive?: number | undefined }

/** Grows only: a record that a result used stays used, whatever else becomes of it. */
export type Use = typeof UNUSED | typeof REFUSED | typeof USED
export const UNUSED = 0
/** Part of a pair that went to `errors`. */
export const REFUSED = 1
export const USED = 2

/** Counts what was held where it belongs, now that nothing will look at it again. */
export function releaseUse(use: Use, ledger: Ledger): void {
  ledger.release(use === USED ? 'absorbed' : use === UNUSED ? 'expired' : 'deadLettered', 1)
}

/** A record that came too late, as `lateColumns` has it. */
export function lateRow(side: 0 | 1, row: Row, { names }: JoinSchemas): Row {
  return side === 0 ? [names[0], row, null] : [names[1], null, row]
}

export class Pairing {
  readonly #onError: RunConfig['onError']
  readonly #emit: Pick<Emit<'errors'>, 'refuseMade'>
  readonly #names: readonly [string, string]
  readonly #where: Evaluate | undefined
  readonly #project: (left: Row, right: Row) => Row
  readonly #nobody: readonly [left: Row, right: Row]
  readonly #texts: readonly [left: (row: Row) => string, right: (row: Row) => string]

  /** `special` gives the columns that are no expressions over the two records. */
  constructor(
    config: RunConfig,
    schemas: JoinSchemas,
    context: RunContext,
    emit: Emit<'errors'>,
    special: (text: string) => Projected | undefined = () => undefined,
  ) {
    const { where, columns, type } = config
    this.#onError = config.onError
    this.#emit = emit
    this.#names = schemas.names
    this.#where =
      where === undefined
        ? undefined
        : compileExpression(where, pairScope(schemas), context).evaluate
    const scope = outputScope(type, schemas)
    const all = scope.relations.flatMap((of, relation) =>
      of.columns.map((_, index): Projected => ({ relation, index })),
    )
    this.#project = createProjection(
      columns?.map(({ value }) => special(value) ?? value) ?? all,
      scope,
      context,
    )
    const { left, right } = schemas
    this.#nobody = [nulls(left.columns.length), nulls(right.columns.length)]
    this.#texts = [createRowText(left.columns), createRowText(right.columns)]
  }

  /** Whether `where` is TRUE. Throws an `EvaluationError` where nobody knows. */
  holds(left: Row, right: Row): boolean {
    return this.#where === undefined || this.#where(left, right) === true
  }

  /**
   * The row that leaves; a side that is missing is NULL. Throws an `EvaluationError` where a column
   * has no value.
   */
  made(left: Row | undefined, right: Row | undefined): Row {
    return this.#project(left ?? this.#nobody[0], right ?? this.#nobody[1])
  }

  /** Sends both records to `errors`, or fails the job, as the node's config says. */
  refuse(left: Row | undefined, right: Row | undefined, error: unknown): void {
    if (!(error instanceof EvaluationError)) throw error
    const texts = [left, right].map((row, side) =>
      row === undefined ? 'null' : this.#texts[side === 0 ? 0 : 1](row),
    )
    const raw = `{"${this.#names[0]}":${texts[0]},"${this.#names[1]}":${texts[1]}}`
    if (this.#onError === 'fail') {
      const message = `${error.message} The records are ${shownRecord(raw)}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    this.#emit.refuseMade(raw, error)
  }
}

function nulls(count: number): Row {
  return new Array<Value>(count).fill(null)
}
