/**
 * Aggregates of a group: checked together, compiled to one accumulator and one pass over each
 * record.
 */

import { type Column, UNKNOWN } from '../../type.ts'
import type { Row, Value } from '../../value.ts'
import { CheckContext } from '../check-context.ts'
import { Checker } from '../checker.ts'
import { EvaluationError } from '../errors.ts'
import { columnTypeRefusal, compileTyped, type ExpressionContext } from '../expression.ts'
import { parseExpression } from '../parser.ts'
import type { ExpressionProblem } from '../syntax.ts'
import { EMPTY_ROW, type Evaluate, type Typed } from '../typed.ts'
import { AggregateCalls, type CheckedCall } from './check.ts'
import type { Accumulator, AddRow } from './definition.ts'
import {
  generateAdd,
  generateMerge,
  generateRetract,
  generateRow,
  type ReadResult,
  type ResultSource,
  retractionOf,
} from './generate.ts'
import type { NumberAggregates } from './number-slots.ts'
import { compileNumbers, needsTime } from './numbers.ts'
import { type AggregateCall, layOut, type Place, type StateUse } from './states.ts'

export type { Accumulator } from './definition.ts'
export type { NumberAggregates } from './number-slots.ts'

export type AggregateProblem = ExpressionProblem & {
  /** The result column whose text it is in. */
  readonly name: string
}

export interface CompiledAggregates {
  /** The result columns, in order. */
  readonly columns: readonly Column[]
  /** An accumulator of a group without records. */
  create(): Accumulator
  /** Whether `add` looks at the time of a record: one that is handed over must be put in a box. */
  readonly needsTime: boolean
  /**
   * Throws EvaluationError where an argument has no value for this record, and leaves the
   * accumulator as it was; throws AggregateOverflow where an aggregate leaves its range, after
   * which it is not to be used.
   */
  add(accumulator: Accumulator, row: Row, timeMs: number): void
  /**
   * Adds the records of `from`, which stays as it is. Of equal event times, those of `into` came
   * first.
   */
  merge(into: Accumulator, from: Accumulator): void
  /**
   * A row of `lead` and a value for each result column. `lead` begins with the values of the group
   * columns in order. Throws EvaluationError, naming the column, where what is made of the
   * aggregates has no value: 1 / COUNT(x).
   */
  row(accumulator: Accumulator, lead: Row): Row
  /** Compiles the same over numbers alone; undefined where there is more to keep of a group. */
  inNumbers?(): NumberAggregates | undefined
}

/** Aggregates from which records can be taken back. */
export interface RetractableAggregates extends CompiledAggregates {
  /**
   * Takes back a record that was added, with the event time it was added with. False, and nothing
   * changes, where the state shows that no such record is there: it was never added, or is
   * forgotten. Throws as `add`.
   */
  retract(accumulator: Accumulator, row: Row, timeMs: number): boolean
  /** How many records were added and not taken back. At 0 there is no group any more. */
  count(accumulator: Accumulator): number
}

/** What aggregates are compiled for. The results are the same; what is kept differs. */
export interface AggregateUse {
  /** Records may be taken back. MIN and its like then keep all values. */
  readonly retractable?: boolean
  /** Results are read after each record rather than once. */
  readonly updating?: boolean
  /** How many columns stand before the results: those of the group, if absent. */
  readonly leadCount?: number
}

export function checkAggregates(
  aggregates: Readonly<Record<string, string>>,
  columns: readonly Column[],
  groupBy: readonly string[],
): { readonly columns: readonly Column[]; readonly problems: readonly AggregateProblem[] } {
  const { results, problems } = analyse(aggregates, columns, groupBy)
  return {
    columns: results.map(({ name, typed }) => ({ name, type: typed?.type ?? UNKNOWN })),
    problems,
  }
}

/** Throws where a text has problems: callers check first. */
export function compileAggregates(
  aggregates: Readonly<Record<string, string>>,
  columns: readonly Column[],
  groupBy: readonly string[],
  context: ExpressionContext,
  use: AggregateUse & { readonly retractable: true },
): RetractableAggregates
export function compileAggregates(
  aggregates: Readonly<Record<string, string>>,
  columns: readonly Column[],
  groupBy: readonly string[],
  context: ExpressionContext,
  use?: AggregateUse,
): CompiledAggregates
export function compileAggregates(
  aggregates: Readonly<Record<string, string>>,
  columns: readonly Column[],
  groupBy: readonly string[],
  context: ExpressionContext,
  use: AggregateUse = {},
): CompiledAggregates {
  const { results, problems, calls } = analyse(aggregates, columns, groupBy)
  const [problem] = problems
  if (problem !== undefined)
    throw new Error(`Aggregate "${problem.name}" was not checked: ${problem.message}`)
  const leadCount = use.leadCount ?? groupBy.length
  const places = layOut(calls, use.retractable === true ? 1 : 0, stateUse(use))
  const compiled = compile(results, leadCount, places, context)
  return use.retractable === true ? retractable(compiled, places, context) : compiled
}

function stateUse({ retractable, updating }: AggregateUse): StateUse {
  if (retractable === true) return 'retract'
  return updating === true ? 'update' : 'add'
}

function compile(
  results: readonly Result[],
  leadCount: number,
  places: readonly Place[],
  context: ExpressionContext,
): CompiledAggregates {
  const template = places.flatMap(({ call }) => call.state.slots())
  const numbers = template.every((slot) => typeof slot === 'number')
  // A fraction that comes and goes makes V8 keep the slots as unboxed doubles, which no sum has
  // to allocate.
  if (numbers) template.push(0.5)
  if (numbers) template.pop()
  const readArgument = ({ call }: Place) => filteredArgument(call.argument, call.filter, context)
  const sources = sourcesOf(results, places, context)
  return {
    columns: results.map(({ name, typed }) => ({ name, type: typed?.type ?? UNKNOWN })),
    needsTime: needsTime(places, context),
    inNumbers: () => compileNumbers(places, context, readArgument, sources, leadCount),
    create: numbers
      ? () => template.slice()
      : () => exactly(places.flatMap(({ call }) => call.state.slots())),
    add: compileAdd(places, context),
    merge: compileMerge(places, context),
    row: compileRow(sources, leadCount, context),
  }
}

/** Calls that were checked elsewhere, and whose results are read one by one. */
export interface CompiledCalls {
  create(): Accumulator
  /** Throws as `CompiledAggregates.add`. */
  readonly add: AddRow
  /** What `from` holds, in slots of its own. */
  copy(from: Accumulator): Accumulator
  result(accumulator: Accumulator, call: number): Value
}

export function compileCalls(
  calls: readonly CheckedCall[],
  context: ExpressionContext,
): CompiledCalls {
  const places = layOut(calls, 0, 'add')
  const create = () => places.flatMap(({ call }) => call.state.slots())
  return {
    create,
    add: compileAdd(places, context),
    copy: (from) => {
      const copied = create()
      for (const { call, at } of places) call.state.merge(copied, from, at)
      return copied
    },
    result: (accumulator, index) => {
      const place = places[index]
      return place === undefined ? null : place.call.state.result(accumulator, place.at)
    },
  }
}

/** A copy without the room to grow that a list has which was built step by step. */
function exactly(slots: Accumulator): Accumulator {
  return slots.slice()
}

/** Slot 0 is the count of records. */
function retractable(
  compiled: CompiledAggregates,
  places: readonly Place[],
  context: ExpressionContext,
): RetractableAggregates {
  return {
    columns: compiled.columns,
    needsTime: compiled.needsTime,
    create: () => exactly([0, ...compiled.create()]),
    add: (accumulator, row, timeMs) => {
      compiled.add(accumulator, row, timeMs)
      accumulator[0] = (accumulator[0] as number) + 1
    },
    merge: (into, from) => {
      compiled.merge(into, from)
      into[0] = (into[0] as number) + (from[0] as number)
    },
    row: compiled.row,
    retract: compileRetract(places, context),
    count: (accumulator) => accumulator[0] as number,
  }
}

interface Result {
  readonly name: string
  readonly typed: Typed | undefined
}

function analyse(
  aggregates: Readonly<Record<string, string>>,
  columns: readonly Column[],
  groupBy: readonly string[],
): { results: Result[]; problems: AggregateProblem[]; calls: readonly CheckedCall[] } {
  const problems: AggregateProblem[] = []
  const results: Result[] = []
  const calls = new AggregateCalls(columns, groupBy, new CheckContext(''))
  for (const [name, text] of Object.entries(aggregates)) {
    const found = checkOne(text, columns, calls)
    for (const problem of found.problems) problems.push({ name, ...problem })
    results.push({ name, typed: found.typed })
  }
  return { results, problems, calls: calls.calls }
}

function checkOne(
  text: string,
  columns: readonly Column[],
  calls: AggregateCalls,
): { typed: Typed | undefined; problems: readonly ExpressionProblem[] } {
  const parsed = parseExpression(text)
  if ('problem' in parsed) return { typed: undefined, problems: [parsed.problem] }
  const context = new CheckContext(text)
  calls.context = context
  const before = calls.requests
  const typed = new Checker({ relations: [{ columns }] }, context, calls).check(parsed.node)
  if (context.problems.length === 0) {
    const refusal = columnTypeRefusal(typed.type)
    if (refusal !== undefined) context.refuse('aggregate-type', typed.span, refusal)
    else if (calls.requests === before) {
      context.refuse(
        'aggregate-missing',
        typed.span,
        `"${text.slice(0, 60)}" has no aggregate, so it says nothing about the records of a group. Write one, such as COUNT(*) or MAX(x).`,
      )
    }
  }
  return { typed, problems: context.problems }
}

function compileMerge(
  places: readonly Place[],
  context: ExpressionContext,
): CompiledAggregates['merge'] {
  const generate = context.env?.compile
  if (generate !== undefined) return generateMerge(places, generate, context)
  return (into, from) => {
    for (const { call, at } of places) call.state.merge(into, from, at)
  }
}

/** Arguments that might be refused are all evaluated before any slot changes. */
function compileAdd(places: readonly Place[], context: ExpressionContext): AddRow {
  const generate = context.env?.compile
  if (generate !== undefined) return generateAdd(places, generate, context)
  const staged: Value[] = []
  const stages: Evaluate[] = []
  const adders = places.map(({ call, at }): AddRow => {
    const { state, argument, filter } = call
    if (filter === undefined) {
      if (argument === undefined) return countAll(at)
      const { column } = argument
      if (column !== undefined)
        return state.columnAdder?.(at, column.index) ?? columnAdder(call, at, column.index)
    }
    const stage = stages.length
    stages.push(filteredArgument(argument, filter, context))
    return (accumulator, _row, timeMs) => {
      const value = staged[stage] as Value
      if (value !== null) state.add(accumulator, at, value, timeMs)
    }
  })
  const addAll = inTurn(adders)
  if (stages.length === 0) return addAll
  return (accumulator, row, timeMs) => {
    for (let index = 0; index < stages.length; index++)
      staged[index] = stages[index]?.(row, EMPTY_ROW) ?? null
    addAll(accumulator, row, timeMs)
  }
}

/** Either every aggregate takes the record back, or none does. */
function compileRetract(
  places: readonly Place[],
  context: ExpressionContext,
): RetractableAggregates['retract'] {
  const generate = context.env?.compile
  if (generate !== undefined) return generateRetract(places, generate, context)
  const reads = places.map(({ call }) => filteredArgument(call.argument, call.filter, context))
  const retractions = places.map(({ call, at }) => ({ retraction: retractionOf(call), at }))
  const values: Value[] = []
  return (accumulator, row, timeMs) => {
    if (accumulator[0] === 0) return false
    for (const [index, { retraction, at }] of retractions.entries()) {
      const value = reads[index]?.(row, EMPTY_ROW) ?? null
      values[index] = value
      if (value !== null && !retraction.holds(accumulator, at, value, timeMs)) return false
    }
    for (const [index, { retraction, at }] of retractions.entries()) {
      const value = values[index] ?? null
      if (value !== null) retraction.retract(accumulator, at, value, timeMs)
    }
    accumulator[0] = (accumulator[0] as number) - 1
    return true
  }
}

function countAll(at: number): AddRow {
  return (accumulator) => {
    accumulator[at] = (accumulator[at] as number) + 1
  }
}

function columnAdder({ state }: AggregateCall, at: number, index: number): AddRow {
  return (accumulator, row, timeMs) => {
    const value = row[index] as Value
    if (value !== null) state.add(accumulator, at, value, timeMs)
  }
}

/** NULL, which every aggregate ignores, where the filter does not hold. */
function filteredArgument(
  argument: Typed | undefined,
  filter: Typed | undefined,
  context: ExpressionContext,
): Evaluate {
  const read = argument === undefined ? (): Value => true : compileTyped(argument, context)
  if (filter === undefined) return read
  const condition = compileTyped(filter, context)
  return (row, other) => (condition(row, other) === true ? read(row, other) : null)
}

/** Without a loop for the usual few, so that each call has its own inline cache. */
function inTurn(adders: readonly AddRow[]): AddRow {
  const [a, b, c, ...others] = adders
  if (a === undefined) return () => undefined
  if (b === undefined) return a
  if (c === undefined) {
    return (accumulator, row, timeMs) => {
      a(accumulator, row, timeMs)
      b(accumulator, row, timeMs)
    }
  }
  const rest = others.length === 0 ? undefined : inTurn(others)
  return (accumulator, row, timeMs) => {
    a(accumulator, row, timeMs)
    b(accumulator, row, timeMs)
    c(accumulator, row, timeMs)
    rest?.(accumulator, row, timeMs)
  }
}

function sourcesOf(
  results: readonly Result[],
  places: readonly Place[],
  context: ExpressionContext,
): readonly ResultSource[] {
  const valuesOf = (accumulator: Accumulator) =>
    places.map(({ call, at }) => call.state.result(accumulator, at))
  return results.map(({ name, typed }): ResultSource => {
    const place = typed?.column?.relation === 1 ? places[typed.column.index] : undefined
    if (place !== undefined) return { place }
    const evaluate = typed === undefined ? () => null : compileTyped(typed, context)
    return { evaluate: (accumulator, lead) => named(name, evaluate, lead, valuesOf(accumulator)) }
  })
}

function compileRow(
  sources: readonly ResultSource[],
  leadCount: number,
  context: ExpressionContext,
): CompiledAggregates['row'] {
  const generate = context.env?.compile
  if (generate !== undefined) return generateRow(leadCount, sources, generate, context)
  const reads = sources.map((source): ReadResult => {
    if ('evaluate' in source) return source.evaluate
    const { call, at } = source.place
    return (accumulator) => call.state.result(accumulator, at)
  })
  return (accumulator, lead) => {
    const row: Value[] = new Array(leadCount + reads.length)
    for (let index = 0; index < leadCount; index++) row[index] = lead[index] ?? null
    for (let index = 0; index < reads.length; index++) {
      row[leadCount + index] = reads[index]?.(accumulator, lead) ?? null
    }
    return row
  }
}

function named(name: string, evaluate: Evaluate, group: Row, values: Row): Value {
  try {
    return evaluate(group, values)
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error
    throw new EvaluationError(`Aggregate "${name}": ${error.message}`, error.code)
  }
}
