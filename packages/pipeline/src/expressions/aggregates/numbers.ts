/**
 * Aggregates whose state is nothing but numbers, over groups that lie one behind another in an
 * array of doubles: no group is an object, so that a million of them cost the collector nothing.
 */

import type { Value } from '../../value.ts'
import type { ExpressionContext } from '../generate/compile.ts'
import { EMPTY_ROW, type Evaluate } from '../typed.ts'
import type { Accumulator } from './definition.ts'
import {
  generateNumbersAdd,
  generateNumbersMerge,
  generateNumbersRow,
  type ResultSource,
} from './generate.ts'
import { mergeSlots, type NumberAggregates, type ReadNumbersRow } from './number-slots.ts'
import type { Place } from './states.ts'

/** Undefined where the state of some call is more than numbers. */
export function compileNumbers(
  places: readonly Place[],
  context: ExpressionContext,
  readArgument: (place: Place) => Evaluate,
  results: readonly ResultSource[],
  leadCount: number,
): NumberAggregates | undefined {
  if (places.some(({ call }) => call.state.numeric !== true)) return undefined
  const initial = places.flatMap(({ call }) => call.state.slots() as number[])
  const compile = context.env?.compile
  const read = results.flatMap((result) => ('place' in result ? [result.place] : []))
  const isPlain = read.length === results.length
  if (compile === undefined) {
    const row = isPlain ? { row: rowInTurn(read, leadCount) } : {}
    const add = addInTurn(places, readArgument)
    return {
      initial,
      needsTime: needsTime(places, context),
      add,
      merge: mergeInTurn(places),
      ...row,
    }
  }
  const row = isPlain ? { row: generateNumbersRow(leadCount, read, compile, context) } : {}
  return {
    ...row,
    initial,
    needsTime: needsTime(places, context),
    add: generateNumbersAdd(places, compile, context),
    merge: generateNumbersMerge(places, compile, context),
  }
}

/** A state that is written out as JavaScript knows of values only. */
export function needsTime(places: readonly Place[], { env }: ExpressionContext): boolean {
  return env?.compile === undefined || places.some(({ call }) => call.state.code === undefined)
}

/** Arguments are all evaluated before any number changes: one of them may be refused. */
function addInTurn(
  places: readonly Place[],
  readArgument: (place: Place) => Evaluate,
): NumberAggregates['add'] {
  const reads = places.map(readArgument)
  const values: Value[] = []
  return (numbers, at, row, timeMs) => {
    for (let index = 0; index < reads.length; index++) {
      values[index] = reads[index]?.(row, EMPTY_ROW) ?? null
    }
    for (let index = 0; index < places.length; index++) {
      const value = values[index] ?? null
      const place = places[index]
      if (value === null || place === undefined) continue
      place.call.state.add(asSlots(numbers), at + place.at, value, timeMs)
    }
  }
}

function rowInTurn(read: readonly Place[], leadCount: number): ReadNumbersRow {
  return (numbers, at, lead) => [
    ...lead.slice(0, leadCount),
    ...read.map((place) => place.call.state.result(asSlots(numbers), at + place.at)),
  ]
}

function mergeInTurn(places: readonly Place[]): NumberAggregates['merge'] {
  return (into, intoAt, from, fromAt) => {
    for (const { call, at } of places) mergeSlots(call.state, into, intoAt + at, from, fromAt + at)
  }
}

/** A state that is numeric reads and writes its slots one by one, and nothing but numbers. */
function asSlots(numbers: Float64Array): Accumulator {
  return numbers as unknown as Accumulator
}
