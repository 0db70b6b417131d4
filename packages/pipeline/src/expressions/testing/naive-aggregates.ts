/** Aggregates beside a naive recomputation over all records of a group. */

import { compareValues, type Row, type Value } from '../../value.ts'
import { columnsOf } from './evaluate.ts'
import type { Dice } from './random.ts'

export const COLUMNS = columnsOf({
  g: 'string',
  i: 'integer',
  d: 'double',
  s: 'string',
  p: 'boolean',
  at: 'timestamp',
  list: 'list<integer>',
})

export interface Recorded {
  readonly row: Row
  readonly timeMs: number
}

export type Naive = (records: readonly Recorded[]) => Value

const values = (index: number, records: readonly Recorded[]): Value[] => {
  return records.map(({ row }) => row[index] ?? null).filter((value) => value !== null)
}
const numbers = (index: number, records: readonly Recorded[]): number[] =>
  values(index, records) as number[]
const distinct = <T>(items: readonly T[]): T[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
]
const total = (items: readonly number[]): number => items.reduce((sum, item) => sum + item, 0)
const byTime = (records: readonly Recorded[]): Recorded[] =>
  records.toSorted((a, b) => a.timeMs - b.timeMs)

function variance(items: readonly number[], fewer: number): Value {
  if (items.length <= fewer) return null
  const mean = total(items) / items.length
  return total(items.map((item) => (item - mean) ** 2)) / (items.length - fewer)
}

function percentile(items: readonly number[], share: number): Value {
  const sorted = items.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
  return low === undefined || high === undefined
    ? null
    : low + (high - low) * (position - Math.floor(position))
}

function extreme(index: number, sign: number): Naive {
  return (records) => values(index, records).sort((a, b) => sign * compareValues(a, b))[0] ?? null
}

const root = (value: Value): Value => (value === null ? null : Math.sqrt(value as number))
const sum = (items: readonly number[]): Value => (items.length === 0 ? null : total(items))
const mean = (items: readonly number[]): Value =>
  items.length === 0 ? null : total(items) / items.length
const joined = (items: readonly Value[], separator: string): Value =>
  items.length === 0 ? null : items.join(separator)

export const AGGREGATES: readonly (readonly [text: string, naive: Naive])[] = [
  ['COUNT(*)', (records) => records.length],
  ['COUNT(i)', (records) => values(1, records).length],
  ['COUNT(DISTINCT i)', (records) => distinct(values(1, records)).length],
  ['COUNT(DISTINCT list)', (records) => distinct(values(6, records)).length],
  ['COUNT(*) FILTER (WHERE p)', (records) => records.filter(({ row }) => row[4] === true).length],
  ['SUM(i)', (records) => sum(numbers(1, records))],
  ['SUM(i * 2 + 1)', (records) => sum(numbers(1, records).map((value) => value * 2 + 1))],
  [
    'SUM(i) FILTER (WHERE i > 0 AND p)',
    (records) =>
      sum(
        numbers(
          1,
          records.filter(({ row }) => row[4] === true && row[1] !== null && (row[1] as number) > 0),
        ),
      ),
  ],
  ['SUM(DISTINCT i)', (records) => sum(distinct(numbers(1, records)))],
  ['SUM(d)', (records) => sum(numbers(2, records))],
  ['AVG(i)', (records) => mean(numbers(1, records))],
  ['AVG(d)', (records) => mean(numbers(2, records))],
  ['AVG(DISTINCT i)', (records) => mean(distinct(numbers(1, records)))],
  ['MIN(i)', extreme(1, 1)],
  ['MAX(i)', extreme(1, -1)],
  ['MIN(d)', extreme(2, 1)],
  ['MAX(s)', extreme(3, -1)],
  ['MIN(s)', extreme(3, 1)],
  ['MIN(p)', extreme(4, 1)],
  ['MAX(at)', extreme(5, -1)],
  ['MAX(DISTINCT i)', extreme(1, -1)],
  ['FIRST_VALUE(s)', (records) => values(3, byTime(records))[0] ?? null],
  ['LAST_VALUE(s)', (records) => values(3, byTime(records)).at(-1) ?? null],
  ['LAST_VALUE(list)', (records) => values(6, byTime(records)).at(-1) ?? null],
  ['COLLECT(i)', (records) => values(1, byTime(records))],
  ['COLLECT(DISTINCT i)', (records) => distinct(values(1, byTime(records)))],
  ['LISTAGG(s)', (records) => joined(values(3, byTime(records)), ',')],
  ["LISTAGG(DISTINCT s, '; ')", (records) => joined(distinct(values(3, byTime(records))), '; ')],
  [
    'LISTAGG(s) FILTER (WHERE i % 2 = 0)',
    (records) =>
      joined(
        values(
          3,
          byTime(records).filter(({ row }) => row[1] !== null && (row[1] as number) % 2 === 0),
        ),
        ',',
      ),
  ],
  ['APPROX_COUNT_DISTINCT(i)', (records) => distinct(values(1, records)).length],
  ['PERCENTILE(d, 0.9)', (records) => percentile(numbers(2, records), 0.9)],
  [
    'PERCENTILE(i, ARRAY[0.25, 0.5])',
    (records) =>
      values(1, records).length === 0
        ? null
        : [percentile(numbers(1, records), 0.25), percentile(numbers(1, records), 0.5)],
  ],
  ['VAR_POP(d)', (records) => variance(numbers(2, records), 0)],
  ['VAR_SAMP(i)', (records) => variance(numbers(1, records), 1)],
  ['VARIANCE(i)', (records) => variance(numbers(1, records), 1)],
  ['STDDEV_POP(i)', (records) => root(variance(numbers(1, records), 0))],
  ['STDDEV_SAMP(d)', (records) => root(variance(numbers(2, records), 1))],
  [
    'COUNT(i) * 100 / NULLIF(COUNT(*), 0)',
    (records) =>
      records.length === 0 ? null : Math.trunc((values(1, records).length * 100) / records.length),
  ],
  ["g || '=' || CAST(COUNT(*) AS STRING)", (records) => `group=${records.length}`],
  ['ROUND(AVG(d), 2) IS NULL', (records) => values(2, records).length === 0],
  [
    'MAX(i) - MIN(i)',
    (records) =>
      values(1, records).length === 0
        ? null
        : (extreme(1, -1)(records) as number) - (extreme(1, 1)(records) as number),
  ],
]

/** The same, as `compileAggregates` takes them. */
export const NAMES = Object.fromEntries(AGGREGATES.map(([text], index) => [`a${index}`, text]))

export function randomRecord(dice: Dice, timeMs: number): Recorded {
  const maybe = (value: Value): Value => (dice.chance(0.15) ? null : value)
  const row = [
    'group',
    maybe(dice.below(40) - 20),
    maybe(dice.below(1_000) / 8),
    maybe(dice.pick(['a', 'b', 'c', 'dd', ''])),
    maybe(dice.chance(0.5)),
    maybe(dice.below(1_000_000)),
    maybe([dice.below(3), dice.below(2)]),
  ]
  return { row, timeMs }
}

/** Equal, but for what summing in another order does to doubles. */
export function close(actual: Value, expected: Value): boolean {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return (
      actual.length === expected.length &&
      actual.every((item: Value, index) => close(item, expected[index] as Value))
    )
  }
  if (typeof actual !== 'number' || typeof expected !== 'number') return actual === expected
  return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected))
}
