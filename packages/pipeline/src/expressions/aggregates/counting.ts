/** COUNT and APPROX_COUNT_DISTINCT, and what DISTINCT does to any aggregate. */

import { isScalar, type Type } from '../../type.ts'
import { canonicalText, type Value } from '../../value.ts'
import type {
  Accumulator,
  AggregateDefinition,
  AggregateState,
  RetractableState,
  SlotIndex,
  StateCode,
} from './definition.ts'
import {
  addHash,
  cellOf,
  estimate,
  hashOf,
  mergeRegisters,
  type Registers,
  registersOf,
} from './hyperloglog.ts'

const COUNT_STATE: RetractableState = {
  slots: () => [0],
  add: (accumulator, at) => {
    accumulator[at] = (accumulator[at] as number) + 1
  },
  columnAdder: (at, index) => (accumulator, row) => {
    if (row[index] !== null) accumulator[at] = (accumulator[at] as number) + 1
  },
  merge: (into, from, at) => {
    into[at] = (into[at] as number) + (from[at] as number)
  },
  result: (accumulator, at) => accumulator[at] as number,
  numeric: true,
  code: {
    add: (at) => `a[${at(0)}] = a[${at(0)}] + 1`,
    merge: (into, from) => `a[${into(0)}] = a[${into(0)}] + b[${from(0)}]`,
    result: (at) => `a[${at(0)}]`,
  },
  retraction: {
    holds: (accumulator, at) => (accumulator[at] as number) > 0,
    retract: (accumulator, at) => {
      accumulator[at] = (accumulator[at] as number) - 1
    },
  },
}

const APPROXIMATE_STATE: AggregateState = {
  slots: () => [new Map<number, number>()],
  add: (accumulator, at, value) => {
    accumulator[at] = addHash(accumulator[at] as Registers, hashOf(value))
  },
  merge: (into, from, at) => {
    into[at] = mergeRegisters(into[at] as Registers, from[at] as Registers)
  },
  result: (accumulator, at) => estimate(accumulator[at] as Registers),
}

/**
 * Slot: how many values fell on each register with each run of zeros. So the runs that remain are
 * known, and there are only so many cells, however many values come.
 */
const RETRACTABLE_APPROXIMATE: RetractableState = {
  slots: () => [new Map<number, number>()],
  add: (accumulator, at, value) => addOccurrences(accumulator[at], cellOf(hashOf(value)), 1),
  merge: (into, from, at) => {
    for (const [cell, count] of from[at] as Map<number, number>)
      addOccurrences(into[at], cell, count)
  },
  result: (accumulator, at) =>
    estimate(registersOf((accumulator[at] as Map<number, number>).keys())),
  retraction: {
    holds: (accumulator, at, value) =>
      (accumulator[at] as Map<number, number>).has(cellOf(hashOf(value))),
    retract: (accumulator, at, value) => addOccurrences(accumulator[at], cellOf(hashOf(value)), -1),
  },
}

/** What is there no more has no entry. */
function addOccurrences(slot: unknown, key: Value, count: number): number {
  const counts = slot as Map<Value, number>
  const before = counts.get(key) ?? 0
  if (before + count > 0) counts.set(key, before + count)
  else counts.delete(key)
  return before
}

export const COUNTING_AGGREGATES: readonly AggregateDefinition[] = [
  {
    name: 'COUNT',
    signatures: ['COUNT(value: T): integer'],
    usage: 'COUNT(*) or COUNT([DISTINCT] value)',
    description:
      'The number of records, or of those whose value is not NULL. 0 where there are none. COUNT(a.*) counts the records ' +
      'of stage a of a pattern.',
    examples: [
      { aggregate: 'COUNT(*)', type: 'integer', values: ['1', 'NULL', '1'], result: '3' },
      { aggregate: 'COUNT(x)', type: 'integer', values: ['1', 'NULL', '1'], result: '2' },
      { aggregate: 'COUNT(DISTINCT x)', type: 'integer', values: ['1', 'NULL', '1'], result: '1' },
      {
        aggregate: 'COUNT(*) FILTER (WHERE x > 1)',
        type: 'integer',
        values: ['1', '2', '3'],
        result: '2',
      },
    ],
    distinct: true,
    state: () => COUNT_STATE,
    retractableState: () => COUNT_STATE,
  },
  {
    name: 'APPROX_COUNT_DISTINCT',
    signatures: ['APPROX_COUNT_DISTINCT(value: T): integer'],
    description:
      'About how many different values there are, in bounded memory (HyperLogLog, 16,384 registers). The standard error is 0.8 %; up to a few thousand values it is nearly exact.',
    examples: [
      {
        aggregate: 'APPROX_COUNT_DISTINCT(x)',
        type: 'string',
        values: ["'a'", "'b'", "'a'", 'NULL'],
        result: '2',
      },
    ],
    distinct: false,
    state: () => APPROXIMATE_STATE,
    retractableState: () => RETRACTABLE_APPROXIMATE,
  },
]

/**
 * A list or record is kept as its text. Only COUNT takes those DISTINCT, and it does not look at
 * the value.
 */
function distinctKey(type: Type): (value: Value) => Value {
  return isOwnKey(type) ? (value) => value : canonicalText
}

function isOwnKey(type: Type): boolean {
  return isScalar(type) || type.kind === 'months'
}

/** Passes each value on once: the first slot is the set of those seen. */
export function distinctState(inner: AggregateState, type: Type): AggregateState {
  const keyOf = distinctKey(type)
  const seenIn = (accumulator: Accumulator, at: number): Set<Value> => accumulator[at] as Set<Value>
  return {
    slots: () => [new Set<Value>(), ...inner.slots()],
    add: (accumulator, at, value, timeMs) => {
      const seen = seenIn(accumulator, at)
      const key = keyOf(value)
      if (seen.has(key)) return
      seen.add(key)
      inner.add(accumulator, at + 1, value, timeMs)
    },
    merge: (into, from, at) => {
      const seen = seenIn(into, at)
      for (const key of seenIn(from, at)) {
        if (seen.has(key)) continue
        seen.add(key)
        inner.add(into, at + 1, key, 0)
      }
    },
    result: (accumulator, at) => inner.result(accumulator, at + 1),
    ...distinctCode(inner, type),
  }
}

/** Where a value is its own key. */
function distinctCode({ code }: AggregateState, type: Type): { readonly code?: StateCode } {
  if (code === undefined || !isOwnKey(type)) return {}
  const innerAt =
    (at: SlotIndex): SlotIndex =>
    (distance) =>
      at(distance + 1)
  const add: StateCode['add'] = (at, value, capture) => {
    const seen = `a[${at(0)}]`
    return `if (!${seen}.has(${value})) { ${seen}.add(${value}); ${code.add(innerAt(at), value, capture)} }`
  }
  return { code: { add, result: (at) => code.result(innerAt(at)) } }
}

/** As `distinctState`; the first slot is how often each value is there. */
export function retractableDistinctState(inner: RetractableState, type: Type): RetractableState {
  const keyOf = distinctKey(type)
  return {
    slots: () => [new Map<Value, number>(), ...inner.slots()],
    add: (accumulator, at, value, timeMs) => {
      const before = addOccurrences(accumulator[at], keyOf(value), 1)
      if (before === 0) inner.add(accumulator, at + 1, value, timeMs)
    },
    merge: (into, from, at) => {
      for (const [key, count] of from[at] as Map<Value, number>) {
        const before = addOccurrences(into[at], key, count)
        if (before === 0) inner.add(into, at + 1, key, 0)
      }
    },
    result: (accumulator, at) => inner.result(accumulator, at + 1),
    retraction: {
      holds: (accumulator, at, value) => (accumulator[at] as Map<Value, number>).has(keyOf(value)),
      retract: (accumulator, at, value, timeMs) => {
        const before = addOccurrences(accumulator[at], keyOf(value), -1)
        if (before === 1) inner.retraction.retract(accumulator, at + 1, value, timeMs)
      },
    },
  }
}
