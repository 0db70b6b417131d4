/**
 * Aggregates that look at event time: FIRST_VALUE, LAST_VALUE, COLLECT and LISTAGG. Ties go by
 * arrival.
 */

import { canonicalText, type Value } from '../../value.ts'
import type { CheckContext } from '../check-context.ts'
import { quoted } from '../check-context.ts'
import { AggregateOverflow } from '../errors.ts'
import { LIST_MAX, STRING_MAX } from '../limits.ts'
import type { Typed } from '../typed.ts'
import type {
  Accumulator,
  AggregateDefinition,
  AggregateState,
  RetractableState,
} from './definition.ts'
import {
  behindLast,
  firstOther,
  insertPair,
  lastOther,
  noPairs,
  placeOfPair,
  removePair,
  type SortedPairs,
} from './sorted-pairs.ts'

/** Slots: event time or null, value. */
const FIRST: AggregateState = {
  slots: () => [null, null],
  add: (accumulator, at, value, timeMs) => {
    const best = accumulator[at] as number | null
    if (best === null || timeMs < best) setTimed(accumulator, at, timeMs, value)
  },
  merge: (into, from, at) => {
    const timeMs = from[at] as number | null
    if (timeMs !== null) FIRST.add(into, at, from[at + 1] as Value, timeMs)
  },
  result: (accumulator, at) => accumulator[at + 1] as Value,
}

const LAST: AggregateState = {
  slots: () => [null, null],
  add: (accumulator, at, value, timeMs) => {
    const best = accumulator[at] as number | null
    if (best === null || timeMs >= best) setTimed(accumulator, at, timeMs, value)
  },
  merge: (into, from, at) => {
    const timeMs = from[at] as number | null
    if (timeMs !== null) LAST.add(into, at, from[at + 1] as Value, timeMs)
  },
  result: (accumulator, at) => accumulator[at + 1] as Value,
}

function setTimed(accumulator: Accumulator, at: number, timeMs: number, value: Value): void {
  accumulator[at] = timeMs
  accumulator[at + 1] = value
}

/**
 * Slots: event times and values side by side, as they arrived; they are put in order when they
 * are read.
 */
function collected(
  name: string,
  distinct: boolean,
  toResult: (values: readonly Value[]) => Value,
): AggregateState {
  return {
    slots: () => [[], []],
    add: (accumulator, at, value, timeMs) => {
      const times = accumulator[at] as number[]
      if (times.length >= LIST_MAX) throw tooMany(name)
      times.push(timeMs)
      ;(accumulator[at + 1] as Value[]).push(value)
    },
    merge: (into, from, at) => {
      const times = into[at] as number[]
      const more = from[at] as readonly number[]
      if (times.length + more.length > LIST_MAX) throw tooMany(name)
      for (const timeMs of more) times.push(timeMs)
      for (const value of from[at + 1] as readonly Value[]) (into[at + 1] as Value[]).push(value)
    },
    result: (accumulator, at) => {
      const values = inOrder(
        accumulator[at] as readonly number[],
        accumulator[at + 1] as readonly Value[],
      )
      return toResult(distinct ? withoutRepeats(values) : values)
    },
  }
}

/**
 * Slots: count of values, and the values by event time, ties by arrival. What is taken back is the
 * value that came first of those that equal it and have its time.
 */
function retractableInOrder(
  toResult: (pairs: SortedPairs) => Value,
  nameOfLimited?: string,
): RetractableState {
  const pairsIn = (accumulator: readonly unknown[], at: number) =>
    accumulator[at + 1] as SortedPairs
  const add = (accumulator: Accumulator, at: number, value: Value, timeMs: number): void => {
    const count = accumulator[at] as number
    if (nameOfLimited !== undefined && count >= LIST_MAX) throw tooMany(nameOfLimited)
    accumulator[at] = count + 1
    const pairs = pairsIn(accumulator, at)
    insertPair(pairs, behindLast(pairs, timeMs), timeMs, value)
  }
  return {
    slots: () => [0, noPairs()],
    add,
    merge: (into, from, at) => {
      for (const chunk of pairsIn(from, at)) {
        for (let index = 0; index < chunk.length; index += 2)
          add(into, at, chunk[index + 1] ?? null, chunk[index] as number)
      }
    },
    result: (accumulator, at) => toResult(pairsIn(accumulator, at)),
    retraction: {
      holds: (accumulator, at, value, timeMs) =>
        placeOfPair(pairsIn(accumulator, at), timeMs, value) >= 0,
      retract: (accumulator, at, value, timeMs) => {
        const pairs = pairsIn(accumulator, at)
        removePair(pairs, placeOfPair(pairs, timeMs, value))
        accumulator[at] = (accumulator[at] as number) - 1
      },
    },
  }
}

function retractableCollected(
  name: string,
  distinct: boolean,
  toResult: (values: readonly Value[]) => Value,
): RetractableState {
  return retractableInOrder((pairs) => {
    const values = pairs.flatMap((chunk) => chunk.filter((_, index) => index % 2 === 1))
    return toResult(distinct ? withoutRepeats(values) : values)
  }, name)
}

const RETRACTABLE_FIRST = retractableInOrder(firstOther)
const RETRACTABLE_LAST = retractableInOrder(lastOther)

function inOrder(times: readonly number[], values: readonly Value[]): readonly Value[] {
  const sorted = times.every(
    (timeMs, index) => index === 0 || timeMs >= (times[index - 1] ?? timeMs),
  )
  if (sorted) return values.slice()
  const order = Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b)
  return order.map((index) => values[index] ?? null)
}

function withoutRepeats(values: readonly Value[]): readonly Value[] {
  const seen = new Set<string>()
  return values.filter((value) => {
    const key = canonicalText(value)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function joined(values: readonly Value[], separator: string): Value {
  if (values.length === 0) return null
  let length = -separator.length
  for (const value of values) length += (value as string).length + separator.length
  if (length <= STRING_MAX) return values.join(separator)
  throw new AggregateOverflow(
    `LISTAGG made a text of ${length} characters; the limit is ${STRING_MAX}. Use a smaller window, or COUNT.`,
  )
}

function tooMany(name: string): AggregateOverflow {
  return new AggregateOverflow(
    `${name} holds ${LIST_MAX} values of a group, which is its limit. Use a smaller window, or filter the values.`,
  )
}

function separatorFits([, separator]: readonly Typed[], context: CheckContext): boolean {
  if (separator === undefined || typeof separator.constant?.value === 'string') return true
  context.refuse(
    'separator',
    separator.span,
    `The separator of LISTAGG must be a constant string, but here is ${quoted(separator)}. Write it in quotes: LISTAGG(x, '; ').`,
  )
  return false
}

function separatorOf(arg: Typed | undefined): string {
  const value = arg?.constant?.value
  return typeof value === 'string' ? value : ','
}

export const ORDERED_AGGREGATES: readonly AggregateDefinition[] = [
  {
    name: 'FIRST_VALUE',
    signatures: ['FIRST_VALUE(value: T): T'],
    description:
      'The value of the earliest record whose value is not NULL; of equal event times, of the one that came first.',
    examples: [
      {
        aggregate: 'FIRST_VALUE(x)',
        type: 'string',
        values: ['NULL', "'a'", "'b'"],
        result: "'a'",
      },
    ],
    distinct: false,
    state: () => FIRST,
    retractableState: () => RETRACTABLE_FIRST,
  },
  {
    name: 'LAST_VALUE',
    signatures: ['LAST_VALUE(value: T): T'],
    description:
      'The value of the latest record whose value is not NULL; of equal event times, of the one that came last.',
    examples: [
      { aggregate: 'LAST_VALUE(x)', type: 'string', values: ["'a'", "'b'", 'NULL'], result: "'b'" },
    ],
    distinct: false,
    state: () => LAST,
    retractableState: () => RETRACTABLE_LAST,
  },
  {
    name: 'COLLECT',
    signatures: ['COLLECT(value: T): list<T>'],
    usage: 'COLLECT([DISTINCT] value)',
    description:
      'The values that are not NULL as a list, by event time. The job fails beyond 100,000 values in a group.',
    examples: [
      {
        aggregate: 'COLLECT(x)',
        type: 'integer',
        values: ['2', 'NULL', '1', '2'],
        result: 'ARRAY[2, 1, 2]',
      },
      {
        aggregate: 'COLLECT(DISTINCT x)',
        type: 'integer',
        values: ['2', '1', '2'],
        result: 'ARRAY[2, 1]',
      },
    ],
    distinct: true,
    ownDistinct: true,
    state: (_type, _args, distinct) => collected('COLLECT', distinct, (values) => values),
    retractableState: (_type, _args, distinct) =>
      retractableCollected('COLLECT', distinct, (values) => values),
  },
  {
    name: 'LISTAGG',
    signatures: ['LISTAGG(value: string, separator?: string): string'],
    usage: "LISTAGG([DISTINCT] value [, 'separator'])",
    description:
      'The texts that are not NULL, by event time, with a separator between them, by default a comma. NULL where there are none.',
    examples: [
      { aggregate: 'LISTAGG(x)', type: 'string', values: ["'a'", 'NULL', "'b'"], result: "'a,b'" },
      {
        aggregate: "LISTAGG(DISTINCT x, ' + ')",
        type: 'string',
        values: ["'a'", "'b'", "'a'"],
        result: "'a + b'",
      },
    ],
    distinct: true,
    ownDistinct: true,
    check: separatorFits,
    state: (_type, [, separator], distinct) => {
      const between = separatorOf(separator)
      return collected('LISTAGG', distinct, (values) => joined(values, between))
    },
    retractableState: (_type, [, separator], distinct) => {
      const between = separatorOf(separator)
      return retractableCollected('LISTAGG', distinct, (values) => joined(values, between))
    },
  },
]
