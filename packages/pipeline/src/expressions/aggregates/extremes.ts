/** MIN and MAX. */

import type { Type } from '../../type.ts'
import { compareValues, type Value } from '../../value.ts'
import { isNumeric } from '../common-type.ts'
import type {
  AggregateDefinition,
  AggregateState,
  RetractableState,
  SlotIndex,
  StateCode,
} from './definition.ts'
import { addCount, firstKey, hasKey, lastKey, noPairs, type SortedPairs } from './sorted-pairs.ts'

/** Types whose values are numbers, which are compared without a call. */
function isNumber(type: Type): boolean {
  return (
    isNumeric(type) ||
    type.kind === 'timestamp' ||
    type.kind === 'interval' ||
    type.kind === 'months'
  )
}

/** Slots as below. */
function extremeCode(better: '<' | '>'): StateCode {
  const takes = (at: SlotIndex, value: string) =>
    `if (a[${at(0)}] === 0 || ${value} ${better} a[${at(1)}]) { a[${at(1)}] = ${value}; a[${at(0)}] = 1 }`
  return {
    add: takes,
    merge: (into, from) => `if (b[${from(0)}] !== 0) { ${takes(into, `b[${from(1)}]`)} }`,
    result: (at) => `a[${at(0)}] === 0 ? null : a[${at(1)}]`,
  }
}

/** Slots: whether there is a value, the smallest. */
const MIN_NUMBER: AggregateState = {
  slots: () => [0, 0],
  add: (accumulator, at, value) => {
    if (accumulator[at] === 0 || (value as number) < (accumulator[at + 1] as number))
      accumulator[at + 1] = value
    accumulator[at] = 1
  },
  columnAdder: (at, index) => (accumulator, row) => {
    const value = row[index] as number | null
    if (value === null) return
    if (accumulator[at] === 0 || value < (accumulator[at + 1] as number)) {
      accumulator[at + 1] = value
      accumulator[at] = 1
    }
  },
  merge: (into, from, at) => {
    if (from[at] !== 0) MIN_NUMBER.add(into, at, from[at + 1] as number, 0)
  },
  result: (accumulator, at) => (accumulator[at] === 0 ? null : (accumulator[at + 1] as number)),
  numeric: true,
  code: extremeCode('<'),
}

const MAX_NUMBER: AggregateState = {
  slots: () => [0, 0],
  add: (accumulator, at, value) => {
    if (accumulator[at] === 0 || (value as number) > (accumulator[at + 1] as number))
      accumulator[at + 1] = value
    accumulator[at] = 1
  },
  columnAdder: (at, index) => (accumulator, row) => {
    const value = row[index] as number | null
    if (value === null) return
    if (accumulator[at] === 0 || value > (accumulator[at + 1] as number)) {
      accumulator[at + 1] = value
      accumulator[at] = 1
    }
  },
  merge: (into, from, at) => {
    if (from[at] !== 0) MAX_NUMBER.add(into, at, from[at + 1] as number, 0)
  },
  result: (accumulator, at) => (accumulator[at] === 0 ? null : (accumulator[at + 1] as number)),
  numeric: true,
  code: extremeCode('>'),
}

/** Slot: the value, or null before the first. */
function anyExtreme(sign: number): AggregateState {
  const state: AggregateState = {
    slots: () => [null],
    add: (accumulator, at, value) => {
      const best = accumulator[at] as Value
      if (best === null || compareValues(value, best) * sign > 0) accumulator[at] = value
    },
    merge: (into, from, at) => {
      const value = from[at] as Value
      if (value !== null) state.add(into, at, value, 0)
    },
    result: (accumulator, at) => accumulator[at] as Value,
  }
  return state
}

const MIN_ANY = anyExtreme(-1)
const MAX_ANY = anyExtreme(1)

/** Slot: all values in order, and how often each is there. */
function retractableExtreme(best: (pairs: SortedPairs) => Value): RetractableState {
  const pairsIn = (accumulator: readonly unknown[], at: number) => accumulator[at] as SortedPairs
  return {
    slots: () => [noPairs()],
    add: (accumulator, at, value) => addCount(pairsIn(accumulator, at), value, 1),
    merge: (into, from, at) => {
      for (const chunk of pairsIn(from, at)) {
        for (let index = 0; index < chunk.length; index += 2)
          addCount(pairsIn(into, at), chunk[index] ?? null, chunk[index + 1] as number)
      }
    },
    result: (accumulator, at) => best(pairsIn(accumulator, at)),
    retraction: {
      holds: (accumulator, at, value) => hasKey(pairsIn(accumulator, at), value),
      retract: (accumulator, at, value) => addCount(pairsIn(accumulator, at), value, -1),
    },
  }
}

const RETRACTABLE_MIN = retractableExtreme(firstKey)
const RETRACTABLE_MAX = retractableExtreme(lastKey)

export const EXTREME_AGGREGATES: readonly AggregateDefinition[] = [
  {
    name: 'MIN',
    signatures: ['MIN(value: C): C'],
    description: 'The smallest of the values that are not NULL; NULL where there are none.',
    examples: [
      { aggregate: 'MIN(x)', type: 'double', values: ['2.5', 'NULL', '1.5'], result: '1.5' },
      { aggregate: 'MIN(x)', type: 'string', values: ["'b'", "'a'"], result: "'a'" },
    ],
    distinct: true,
    state: (type) => (isNumber(type) ? MIN_NUMBER : MIN_ANY),
    retractableState: () => RETRACTABLE_MIN,
  },
  {
    name: 'MAX',
    signatures: ['MAX(value: C): C'],
    description: 'The largest of the values that are not NULL; NULL where there are none.',
    examples: [
      { aggregate: 'MAX(x)', type: 'integer', values: ['2', 'NULL', '5'], result: '5' },
      { aggregate: 'MAX(x)', type: 'boolean', values: ['FALSE', 'TRUE'], result: 'TRUE' },
    ],
    distinct: true,
    state: (type) => (isNumber(type) ? MAX_NUMBER : MAX_ANY),
    retractableState: () => RETRACTABLE_MAX,
  },
]
