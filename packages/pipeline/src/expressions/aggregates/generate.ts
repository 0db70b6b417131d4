/**
 * Writes JavaScript for what aggregates do with a record and with a group: one function reads each
 * argument once and changes all slots, instead of a call for each aggregate.
 *
 * What an aggregate does not write itself is a call of its state, whose place in the text keeps
 * what V8 learns of it apart from all others.
 */

import type { Row, Value } from '../../value.ts'
import { Code } from '../generate/code.ts'
import {
  type CompileFunction,
  compileContext,
  type ExpressionContext,
  functionOf,
} from '../generate/compile.ts'
import { rowStatements } from '../generate/row-text.ts'
import { EMPTY_ROW, type Typed } from '../typed.ts'
import type { Accumulator, AddRow, Retraction, SlotIndex } from './definition.ts'
import { mergeSlots, type NumberAggregates, type ReadNumbersRow } from './number-slots.ts'
import type { AggregateCall, Place } from './states.ts'

/** A result: a call's own, or anything that is made of several. */
export type ResultSource = { readonly place: Place } | { readonly evaluate: ReadResult }
export type ReadResult = (accumulator: Accumulator, lead: readonly Value[]) => Value

type GeneratedAdd = (...values: [...Parameters<AddRow>, other: Row]) => void
type GeneratedRetract = (...values: [...Parameters<AddRow>, other: Row]) => boolean
type AddNumbers = NumberAggregates['add']
type GeneratedAddNumbers = (...values: [...Parameters<AddNumbers>, other: Row]) => void

export function generateAdd(
  places: readonly Place[],
  compile: CompileFunction,
  context: ExpressionContext,
): AddRow {
  const code = new Code(compileContext(context))
  const body = addBody(code, places, (at) => slotFrom(at))
  const add = functionOf(compile, code, ['a', 'row', 'timeMs', 'other'], body) as GeneratedAdd
  return (accumulator, row, timeMs) => add(accumulator, row, timeMs, EMPTY_ROW)
}

/** The same where the first slot of the group is at `at`. */
export function generateNumbersAdd(
  places: readonly Place[],
  compile: CompileFunction,
  context: ExpressionContext,
): AddNumbers {
  const code = new Code(compileContext(context))
  const body = addBody(code, places, (at) => slotFrom(at, 'at'))
  const parameters = ['a', 'at', 'row', 'timeMs', 'other']
  const add = functionOf(compile, code, parameters, body) as GeneratedAddNumbers
  return (numbers, at, row, timeMs) => add(numbers, at, row, timeMs, EMPTY_ROW)
}

/** Arguments and filters are all evaluated before any slot changes: one of them may throw. */
function addBody(
  code: Code,
  places: readonly Place[],
  slotAt: (at: number) => SlotIndex,
): readonly string[] {
  const names = new Names()
  const steps: string[] = []
  for (const { call, at } of places) {
    const { value, tests } = takenValue(code, names, call)
    const step = addSource(code, call, slotAt(at), value)
    steps.push(tests === '' ? step : `if (${tests}) { ${step} }`)
  }
  return [...names.lines, ...steps]
}

/** Where a call takes something of a record: when these tests hold, a value of this name. */
interface TakenValue {
  readonly value: string
  /** All of them; none is the empty text. */
  readonly tests: string
}

function takenValue(code: Code, names: Names, call: AggregateCall): TakenValue {
  const filter =
    call.filter === undefined ? undefined : names.of(`(${code.whole(call.filter)}) === true`)
  const name =
    call.argument === undefined ? undefined : names.of(argumentSource(code, call.argument, filter))
  const tests = [filter, name === undefined ? undefined : `${name} !== null`]
  return {
    value: name ?? 'true',
    tests: tests.filter((part) => part !== undefined).join(' && '),
  }
}

/** Of an accumulator whose slot 0 is the count of records: either all take it back, or none. */
export function generateRetract(
  places: readonly Place[],
  compile: CompileFunction,
  context: ExpressionContext,
): (accumulator: Accumulator, row: readonly Value[], timeMs: number) => boolean {
  const code = new Code(compileContext(context))
  const names = new Names()
  const steps: string[] = []
  for (const { call, at } of places) {
    const { value, tests } = takenValue(code, names, call)
    const state = code.capture(retractionOf(call))
    const step = `${state}.retract(a, ${at}, ${value}, timeMs)`
    const isMissing = `!${state}.holds(a, ${at}, ${value}, timeMs)`
    names.lines.push(`if (${tests === '' ? '' : `${tests} && `}${isMissing}) return false`)
    steps.push(tests === '' ? step : `if (${tests}) { ${step} }`)
  }
  const begin = 'if (a[0] === 0) return false'
  const body = [begin, ...names.lines, ...steps, 'a[0] = a[0] - 1', 'return true']
  const parameters = ['a', 'row', 'timeMs', 'other']
  const retract = functionOf(compile, code, parameters, body) as GeneratedRetract
  return (accumulator, row, timeMs) => retract(accumulator, row, timeMs, EMPTY_ROW)
}

export function retractionOf({ state }: AggregateCall): Retraction {
  const { retraction } = state
  if (retraction === undefined) throw new Error('The aggregates were not compiled to retract.')
  return retraction
}

/** Slots that begin at a known place, or so far behind the one whose index has this name. */
function slotFrom(first: number, base?: string): SlotIndex {
  return (distance) => {
    const at = first + distance
    if (base === undefined) return `${at}`
    return at === 0 ? base : `${base} + ${at}`
  }
}

/** Adds `b` to `a`. */
export function generateMerge(
  places: readonly Place[],
  compile: CompileFunction,
  context: ExpressionContext,
): (into: Accumulator, from: Accumulator) => void {
  const code = new Code(compileContext(context))
  const body = places.map(({ call: { state }, at }) => {
    const slot = slotFrom(at)
    return state.code?.merge?.(slot, slot) ?? `${code.capture(state)}.merge(a, b, ${at})`
  })
  const merge = functionOf(compile, code, ['a', 'b'], body)
  return merge as (into: Accumulator, from: Accumulator) => void
}

/** The same where the first slots of the groups are at `at` and `bt`. */
export function generateNumbersMerge(
  places: readonly Place[],
  compile: CompileFunction,
  context: ExpressionContext,
): NumberAggregates['merge'] {
  const code = new Code(compileContext(context))
  const body = places.map(({ call: { state }, at }) => {
    const [into, from] = [slotFrom(at, 'at'), slotFrom(at, 'bt')]
    const slots = `${code.capture(state)}, a, ${into(0)}, b, ${from(0)}`
    return state.code?.merge?.(into, from) ?? `${code.capture(mergeSlots)}(${slots})`
  })
  const merge = functionOf(compile, code, ['a', 'at', 'b', 'bt'], body)
  return merge as NumberAggregates['merge']
}

/** Makes a row of the columns before the results, of which there are `leadCount`, and these. */
export function generateRow(
  leadCount: number,
  results: readonly ResultSource[],
  compile: CompileFunction,
  context: ExpressionContext,
): (accumulator: Accumulator, lead: readonly Value[]) => Value[] {
  const code = new Code(compileContext(context))
  const lead = Array.from({ length: leadCount }, (_, index) => `lead[${index}]`)
  const made = results.map((result) => {
    if ('evaluate' in result) return `${code.capture(result.evaluate)}(a, lead)`
    const { call, at } = result.place
    const written = call.state.code?.result(slotFrom(at))
    return written ?? `${code.capture(call.state)}.result(a, ${at})`
  })
  const body = ['let made', ...rowStatements('made', [...lead, ...made]), 'return made']
  return functionOf(compile, code, ['a', 'lead'], body) as ReturnType<typeof generateRow>
}

/** The same of the group whose first slot is at `at`. */
export function generateNumbersRow(
  leadCount: number,
  read: readonly Place[],
  compile: CompileFunction,
  context: ExpressionContext,
): ReadNumbersRow {
  const code = new Code(compileContext(context))
  const lead = Array.from({ length: leadCount }, (_, index) => `lead[${index}]`)
  const made = read.map(({ call: { state }, at }) => {
    const slot = slotFrom(at, 'at')
    return state.code?.result(slot) ?? `${code.capture(state)}.result(a, ${slot(0)})`
  })
  const body = ['let made', ...rowStatements('made', [...lead, ...made]), 'return made']
  return functionOf(compile, code, ['a', 'at', 'lead'], body) as ReadNumbersRow
}

function addSource(code: Code, { state }: AggregateCall, at: SlotIndex, value: string): string {
  const written = state.code?.add(at, value, (captured) => code.capture(captured))
  return written ?? `${code.capture(state)}.add(a, ${at(0)}, ${value}, timeMs)`
}

function argumentSource(code: Code, argument: Typed, filter: string | undefined): string {
  // A column is read at no cost and cannot throw.
  if (filter === undefined || argument.column !== undefined) return code.whole(argument)
  return `${filter} ? (${code.whole(argument)}) : null`
}

/** Names for what is written once and used by several. */
class Names {
  readonly lines: string[] = []
  readonly #names = new Map<string, string>()

  of(source: string): string {
    const known = this.#names.get(source)
    if (known !== undefined) return known
    const name = `v${this.#names.size}`
    this.#names.set(source, name)
    this.lines.push(`const ${name} = ${source}`)
    return name
  }
}
