/** COUNT and APPROX_COUNT_DISTINCT, and what DISTINCT does to any aggregate. */

import { isScalar, type Type } from '../../type.ts'
import { canonicalText, type Value } from '../../value.ts'
import type { Accumulator, AggregateDefinition, AggregateState } from './definition.ts'
import { addHash, estimate, hashOf, mergeRegisters, type Registers } from './hyperloglog.ts'

const COUNT_STATE: AggregateState = {
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

export const COUNTING_AGGREGATES: readonly AggregateDefinition[] = [
  {
    name: 'COUNT',
    signatures: ['COUNT(value: T): integer'],
    usage: 'COUNT(*) or COUNT([DISTINCT] value)',
    description:
      'The number of records, or of those whose value is not NULL. 0 where there are none.',
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
  },
]

/** Passes each value on once: the first slot is the set of those seen. */
export function distinctState(inner: AggregateState, type: Type): AggregateState {
  // A list or record is kept as its text. Only COUNT takes those, and it does not look at the
  // value.
  const keyOf =
    isScalar(type) || type.kind === 'months' ? (value: Value): Value => value : canonicalText
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
  }
}
