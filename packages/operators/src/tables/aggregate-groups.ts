/** The groups of an aggregate whose results are updated: what rows are added to and taken from. */

import {
  ColumnKeys,
  type Emit,
  JobFailed,
  KEY_COLUMNS_MAX,
  type RunContext,
} from '@millrace/engine'
import {
  type Accumulator,
  AggregateOverflow,
  type AggregateUse,
  type Column,
  type CompiledAggregates,
  columnIndex,
  compareValues,
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

/** Plain data, so that it can be saved. */
export interface Group {
  /**
   * The values of the group columns, and behind them those of the aggregates as they left last.
   */
  row: Row
  /** Whether `row` is a row of the output. */
  isOut: boolean
  readonly accumulator: Accumulator
}

export interface GroupSettings {
  readonly groupBy: readonly string[]
  readonly aggregates: Readonly<Record<string, string>>
  readonly onError: 'dead-letter' | 'fail'
  /** Whether a result that is as before leaves too, so that nothing further down expires. */
  readonly repeats: boolean
}

export type GroupPort = 'out' | 'errors'

export class AggregateGroups {
  readonly readKey: (row: Row) => Key
  /** Whether a group's key is all there is of the columns that are grouped by. */
  readonly keyIsValue: boolean
  readonly #grouped: readonly Column[]
  readonly #settings: GroupSettings
  readonly #indexes: readonly number[]
  readonly #aggregates: CompiledAggregates
  /** The same, where rows may be taken back. */
  readonly #retractable: RetractableAggregates | undefined
  readonly #groupText: (row: Row) => string
  readonly #nodeId: string
  readonly #emit: Emit<GroupPort>

  constructor(
    settings: GroupSettings,
    use: AggregateUse,
    context: RunContext,
    emit: Emit<GroupPort>,
  ) {
    const { groupBy, aggregates } = settings
    const input = context.inputSchemas.in
    if (input === undefined) throw new Error('An aggregate has an input "in".')
    const { columns } = input
    this.#settings = settings
    this.#indexes = groupBy.map((name) => columnIndex(input, name))
    const grouped = this.#indexes.flatMap((index) => columns[index] ?? [])
    this.#grouped = grouped
    this.keyIsValue = isOneScalar(grouped)
    this.readKey = createKeyReader(this.#indexes, this.keyIsValue)
    if (use.retractable === true) {
      const retractable = { ...use, retractable: true } as const
      this.#retractable = compileAggregates(aggregates, columns, groupBy, context, retractable)
    }
    this.#aggregates =
      this.#retractable ?? compileAggregates(aggregates, columns, groupBy, context, use)
    this.#groupText = createRowText(grouped)
    this.#nodeId = context.nodeId
    this.#emit = emit
    const shown = [...grouped, ...this.#aggregates.columns]
    context.state.showAs(
      showGroups(shown, (values, accumulator) => this.#aggregates.row(accumulator, values)),
    )
  }

  /** Reads keys of several columns as numbers; undefined where they are not all scalar. */
  columnKeys(): ColumnKeys | undefined {
    const { length } = this.#grouped
    if (length < 2 || length > KEY_COLUMNS_MAX) return undefined
    if (!this.#grouped.every(({ type }) => isScalar(type))) return undefined
    return new ColumnKeys(this.#indexes)
  }

  /** What is kept of each group as numbers; undefined where that is not all. Costs compiling. */
  inNumbers(): NumberAggregates | undefined {
    return this.#aggregates.inNumbers?.()
  }

  /** Whether the rows are of one group, as far as one look tells. */
  areOneGroup(row: Row, other: Row): boolean {
    for (const index of this.#indexes) if (row[index] !== other[index]) return false
    return true
  }

  /** The group of this record, before any record has been added to it. */
  begin(row: Row): Group {
    const values = this.#indexes.map((index) => row[index] ?? null)
    return { row: values, isOut: false, accumulator: this.#aggregates.create() }
  }

  /** False where the record has no value for an aggregate: then it was refused. */
  add(group: Group, row: Row, timeMs: number): boolean {
    try {
      const aggregates = this.#aggregates
      aggregates.add(group.accumulator, row, aggregates.needsTime ? timeMs : 0)
      return true
    } catch (error) {
      this.refuseRow(row, error, group)
      return false
    }
  }

  /** The record could not be added to its group. */
  refuseRow(row: Row, error: unknown, group: Pick<Group, 'row'>): void {
    if (!(error instanceof EvaluationError)) throw this.#failure(error, group)
    this.#emit.refuse(0, row, error)
  }

  /** False where the state shows that no such record was added. */
  retract(group: Group, row: Row, timeMs: number): boolean {
    try {
      return this.#retractable?.retract(group.accumulator, row, timeMs) ?? false
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw this.#failure(error, group)
      this.#emit.refuse(0, row, error)
      return false
    }
  }

  /** Whether every record of the group has been taken back. */
  isEmpty({ accumulator }: Group): boolean {
    return this.#retractable?.count(accumulator) === 0
  }

  /** Emits what has changed since the group's row left, if anything has. */
  update(group: Group, timeMs: number): void {
    const after = this.isEmpty(group) ? undefined : this.#result(group)
    const { row: before, isOut } = group
    if (after === undefined) {
      if (isOut) this.#emit.out.out.emitChange('-D', before, timeMs)
      group.isOut = false
      return
    }
    if (!this.emitUpdate(isOut ? before : undefined, after, timeMs)) return
    group.row = after
    group.isOut = true
  }

  /** Emits what leads from the row that stands, if any, to the next one; false if nothing does. */
  emitUpdate(before: Row | undefined, after: Row, timeMs: number): boolean {
    const { out } = this.#emit.out
    if (before === undefined) {
      out.emitChange('+I', after, timeMs)
      return true
    }
    if (!this.#settings.repeats && this.#isSame(before, after)) return false
    out.emitUpdate(before, timeMs, after, timeMs)
    return true
  }

  /** Undefined where it has no value, which then left through `errors`. */
  #result({ row, accumulator }: Group): Row | undefined {
    try {
      return this.#aggregates.row(accumulator, row)
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      this.#refuseResult(row.slice(0, this.#indexes.length), error)
      return undefined
    }
  }

  /** Rows of one group, which differ in their results if at all. */
  #isSame(before: Row, after: Row): boolean {
    for (let index = this.#indexes.length; index < after.length; index++) {
      const one = before[index] ?? null
      const other = after[index] ?? null
      if (one !== other && compareValues(one, other) !== 0) return false
    }
    return true
  }

  /** The records are in order; it is what was to be made of them that has no value. */
  #refuseResult(values: Row, cause: RefusalCause): void {
    const raw = this.#groupText(values)
    if (this.#settings.onError === 'fail') {
      const message = `${cause.message} The group is ${raw}.`
      throw new JobFailed({ domain: 'user', retry: false, message })
    }
    this.#emit.refuseMade(raw, cause)
  }

  #failure(error: unknown, { row }: Pick<Group, 'row'>): unknown {
    if (!(error instanceof AggregateOverflow)) return error
    const group = this.#indexes.length === 0 ? '' : `, group ${this.#groupText(row)}`
    return new JobFailed({
      domain: 'user',
      retry: false,
      message: `Node "${this.#nodeId}"${group}: ${error.message}`,
      cause: error,
    })
  }
}

function isOneScalar(grouped: readonly Column[]): boolean {
  const [only] = grouped
  return grouped.length === 1 && only !== undefined && isScalar(only.type)
}
