/** The groups of a window: what records are added to, and what becomes a result row. */

import { type Emit, JobFailed, type RunContext, shownRecord } from '@millrace/engine'
import {
  type Accumulator,
  AggregateOverflow,
  type CompiledAggregates,
  columnIndex,
  compileAggregates,
  createKeyReader,
  createRowText,
  EvaluationError,
  isScalar,
  type Key,
  type NumberAggregates,
  type RefusalCause,
  type RetractableAggregates,
  type Row,
} from '@millrace/pipeline'
import { showGroups } from '../shown-groups.ts'
import type { WindowConfig } from './window-config.ts'
import { aggregateTexts, WINDOW_COLUMNS } from './window-schema.ts'

/** The records of one group in one stretch of time. Plain data, so that it can be saved. */
export interface Group {
  /** Of the group columns, in the order of `groupBy`. */
  readonly values: Row
  accumulator: Accumulator
}

/** The ports of every window. */
export type WindowPort = 'out' | 'late' | 'errors'
export const WINDOW_PORTS = ['out', 'late', 'errors'] as const

export class WindowGroups {
  readonly readKey: (row: Row) => Key
  /** The values that a result begins with. */
  readonly readValues: (row: Row) => Row
  /** How many they are. */
  readonly valueCount: number
  /** Whether a group's key is all there is of them. */
  readonly keyIsValue: boolean
  readonly #aggregates: CompiledAggregates
  /** The same, where records may be taken back. */
  readonly #retractable: RetractableAggregates | undefined
  readonly groupText: (row: Row) => string
  readonly #resultText: (row: Row) => string
  readonly #onError: WindowConfig['onError']
  readonly #emit: Emit<'out' | 'errors'>

  /** With bounds, the window's start and end stand between group and aggregates. */
  constructor(
    config: Pick<WindowConfig, 'groupBy' | 'aggregates' | 'onError'>,
    context: RunContext,
    emit: Emit<'out' | 'errors'>,
    hasBounds = true,
  ) {
    const { groupBy, aggregates, onError } = config
    const schema = context.inputSchemas['in']
    if (schema === undefined) throw new Error('A window has an input "in".')
    const { columns } = schema
    const indexes = groupBy.map((name) => columnIndex(schema, name))
    const grouped = indexes.flatMap((index) => columns[index] ?? [])
    const [only] = grouped
    this.readValues = createValuesReader(indexes)
    this.valueCount = indexes.length
    this.keyIsValue = grouped.length === 1 && only !== undefined && isScalar(only.type)
    this.readKey = createKeyReader(indexes, this.keyIsValue)
    const texts = aggregateTexts(aggregates)
    const leadCount = groupBy.length + (hasBounds ? WINDOW_COLUMNS.length : 0)
    if (schema.changes !== 'append') {
      const use = { retractable: true, leadCount } as const
      this.#retractable = compileAggregates(texts, columns, groupBy, context, use)
    }
    this.#aggregates =
      this.#retractable ?? compileAggregates(texts, columns, groupBy, context, { leadCount })
    this.groupText = createRowText(grouped)
    this.#resultText = createRowText([...grouped, ...WINDOW_COLUMNS])
    this.#onError = onError
    this.#emit = emit
    const bounds = WINDOW_COLUMNS.map(() => null)
    context.state.showAs(
      showGroups([...grouped, ...this.#aggregates.columns], (values, accumulator) => {
        const row = this.#aggregates.row(accumulator, [...values, ...(hasBounds ? bounds : [])])
        return [...values, ...row.slice(leadCount)]
      }),
    )
  }

  /** What is kept of each group as numbers; undefined where that is not all. Costs compiling. */
  inNumbers(): NumberAggregates | undefined {
    return this.#aggregates.inNumbers?.()
  }

  /** The group of this record, before any record has been added to it. */
  begin(row: Row): Group {
    return { values: this.readValues(row), accumulator: this.#aggregates.create() }
  }

  /**
   * False where the record has no value for an aggregate: then it was refused, and nothing has
   * changed.
   */
  add(group: Group, input: number, row: Row, timeMs: number): boolean {
    try {
      const aggregates = this.#aggregates
      aggregates.add(group.accumulator, row, aggregates.needsTime ? timeMs : 0)
      return true
    } catch (error) {
      this.refuseRow(input, row, error, group)
      return false
    }
  }

  /** The record could not be added to its group. */
  refuseRow(input: number, row: Row, error: unknown, group: Group): void {
    if (!(error instanceof EvaluationError)) throw this.failure(error, group)
    this.#emit.refuse(input, row, error)
  }

  /**
   * Takes the record back; false where the group shows that it is not there, and then nothing has
   * changed.
   */
  takeBack(group: Group, row: Row, timeMs: number): boolean {
    try {
      return this.#retractable?.retract(group.accumulator, row, timeMs) ?? false
    } catch (error) {
      // It had no value when it came, and so it was refused and is in no group.
      if (error instanceof EvaluationError) return false
      throw this.failure(error, group)
    }
  }

  /** Whether all records of the group have been taken back: then there is no such group. */
  isEmpty({ accumulator }: Group): boolean {
    return this.#retractable?.count(accumulator) === 0
  }

  /** Forgets the records; those to come are a part of their own. */
  clear(group: Group): void {
    group.accumulator = this.#aggregates.create()
  }

  /** Adds the records of `from`, which stays as it is and comes after `into`. */
  merge(into: Group, from: Group): void {
    try {
      this.#aggregates.merge(into.accumulator, from.accumulator)
    } catch (error) {
      throw this.failure(error, into)
    }
  }

  copy(group: Group): Group {
    const copied = { values: group.values, accumulator: this.#aggregates.create() }
    this.merge(copied, group)
    return copied
  }

  /**
   * The result of the window [startMs, endMs), or why it has none: the records are in order and
   * were used; it is what was to be made of them that has no value.
   */
  result(group: Group, startMs: number, endMs: number): Row | EvaluationError {
    const { values } = group
    const [only = null] = values
    const lead = values.length === 1 ? [only, startMs, endMs] : [...values, startMs, endMs]
    return this.complete(group, lead)
  }

  /** Adds the aggregates to the columns that stand before them. */
  complete(group: Group, lead: Row): Row | EvaluationError {
    try {
      return this.#aggregates.row(group.accumulator, lead)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw this.failure(error, group)
      return error
    }
  }

  /**
   * Emits the result of the window [startMs, endMs), at the last millisecond that belongs to it.
   */
  fire(group: Group, startMs: number, endMs: number): void {
    const result = this.result(group, startMs, endMs)
    if (result instanceof EvaluationError) this.refuseResult(group, startMs, endMs, result)
    else this.#emit.out.out.emit(result, endMs - 1)
  }

  refuseResult({ values }: Group, startMs: number, endMs: number, cause: RefusalCause): void {
    this.refuse(
      'The group and its window are',
      this.#resultText([...values, startMs, endMs]),
      cause,
    )
  }

  /** What has no value leaves through errors, as `raw`, or fails the job. */
  refuse(subject: string, raw: string, cause: RefusalCause): void {
    if (this.#onError === 'fail') {
      const message = `${cause.message} ${subject} ${shownRecord(raw)}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    this.#emit.refuseMade(raw, cause)
  }

  /** What to throw for what adding or merging has thrown. */
  failure(error: unknown, { values }: Group): unknown {
    if (!(error instanceof AggregateOverflow)) return error
    const group = values.length === 0 ? '' : `Group ${this.groupText(values)}: `
    return new JobFailed({
      domain: 'user',
      retry: false,
      message: `${group}${error.message}`,
      cause: error,
    })
  }
}

/** Most groups are of one column. */
function createValuesReader(indexes: readonly number[]): (row: Row) => Row {
  const [first = -1] = indexes
  if (indexes.length === 1) return (row) => [row[first] ?? null]
  return (row) => indexes.map((index) => row[index] ?? null)
}
