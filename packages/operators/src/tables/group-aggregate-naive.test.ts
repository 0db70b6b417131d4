/**
 * Goal: the table that the changes of a group-aggregate add up to is the one that a naive
 * recomputation gives over the rows that are there at the end, and the changes are well formed at
 * every step. Method: random streams and tables; every one in several batch sizes.
 */

import type { SeededRandom, TestElement, TestStream } from '@millrace/engine/testing'
import { describe, test } from 'vitest'
import { streamCount } from '../testing/stream-count.node.ts'
import { groupAggregate } from './group-aggregate.ts'
import { checkTable } from './testing/changelog.ts'
import {
  asStream,
  asTable,
  checkRandomly,
  ITEM_COLUMNS,
  type Item,
  outputOf,
  remaining,
} from './testing/random-tables.ts'

type Result = { readonly [column: string]: unknown }

type Name = 'k' | 'g' | 'n'

const AGGREGATES: Readonly<Record<string, string>> = {
  rows: 'COUNT(*)',
  sum: 'SUM(n)',
  mean: 'AVG(n)',
  least: 'MIN(n)',
  most: 'MAX(k)',
  kinds: 'COUNT(DISTINCT n)',
  exact: 'SUM(d)',
  middle: 'PERCENTILE(n, 0.5)',
  some: 'COUNT(*) FILTER (WHERE g)',
}

/** Over `items`, as one would write it by hand. */
function naive(
  items: readonly Item[],
  groupBy: readonly Name[],
  names: readonly string[],
): Result[] {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = JSON.stringify(groupBy.map((name) => item[name]))
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()].map((group) => {
    const result = resultOf(group, groupBy)
    return Object.fromEntries([...groupBy, ...names].map((name) => [name, result[name]]))
  })
}

function resultOf(group: readonly Item[], groupBy: readonly Name[]): Result {
  const numbers = group.flatMap(({ n }) => n ?? []).sort((a, b) => a - b)
  const doubles = group.flatMap(({ d }) => d ?? [])
  const texts = group.flatMap(({ k }) => k ?? []).sort()
  const [first] = group
  const place = (numbers.length - 1) / 2
  const [low = 0, high = 0] = [numbers[Math.floor(place)], numbers[Math.ceil(place)]]
  return {
    ...Object.fromEntries(groupBy.map((name) => [name, first?.[name] ?? null])),
    rows: group.length,
    sum: numbers.length === 0 ? null : numbers.reduce((sum, n) => sum + n, 0),
    mean: numbers.length === 0 ? null : numbers.reduce((sum, n) => sum + n, 0) / numbers.length,
    least: numbers[0] ?? null,
    most: texts.at(-1) ?? null,
    kinds: new Set(numbers).size,
    exact: doubles.length === 0 ? null : tenths(doubles),
    middle: numbers.length === 0 ? null : (low + high) / 2,
    some: group.filter(({ g }) => g === true).length,
  }
}

/** Random doubles are whole tenths, so their sum has one nearest double. */
function tenths(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.round(value * 10), 0) / 10
}

/** Sums that differ by what one rounding does are the same. */
function rounded(elements: readonly TestElement[]): TestElement[] {
  return elements.map((element) => {
    if (!('row' in element) || typeof element.row.exact !== 'number') return element
    const exact = Math.round(element.row.exact * 10) / 10
    return { ...element, row: { ...element.row, exact } }
  })
}

/** A few of the aggregates at a time, since most of a short run goes into compiling them. */
function randomNames(random: SeededRandom): readonly string[] {
  return Object.keys(AGGREGATES).filter(() => random.chance(0.3))
}

function run(
  input: TestStream,
  groupBy: readonly Name[],
  names: readonly string[],
): readonly TestElement[] {
  const aggregates = Object.fromEntries(names.map((name) => [name, AGGREGATES[name]]))
  return rounded(outputOf(groupAggregate, { groupBy, aggregates }, input))
}

const GROUPS: readonly (readonly Name[])[] = [[], ['k'], ['n'], ['k', 'g'], ['g', 'n']]

describe('as a naive recomputation says', () => {
  test('are results over a stream', () => {
    checkRandomly(groupAggregate, streamCount(1_000), (list, random) => {
      const groupBy = random.pick(GROUPS)
      const names = randomNames(random)
      const out = run({ schema: ITEM_COLUMNS, elements: asStream(list) }, groupBy, names)
      const items = list.flatMap((one) => ('item' in one ? [one.item] : []))
      checkTable(out, groupBy, naive(items, groupBy, names))
    })
  })

  test('are results over a table whose rows only come', () => {
    checkRandomly(groupAggregate, streamCount(1_000), (list, random) => {
      const groupBy = random.pick(GROUPS)
      const names = randomNames(random)
      const table = { changes: 'retract', key: ['id'], insertsOnly: true } as const
      const elements = asStream(list)
      const out = run({ schema: ITEM_COLUMNS, eventTime: false, table, elements }, groupBy, names)
      const items = list.flatMap((one) => ('item' in one ? [one.item] : []))
      checkTable(out, groupBy, naive(items, groupBy, names))
    })
  })

  test('are results over a table', () => {
    checkRandomly(groupAggregate, streamCount(1_000), (list, random) => {
      const groupBy = random.pick(GROUPS)
      const input: TestStream = {
        schema: ITEM_COLUMNS,
        eventTime: false,
        table: { changes: 'retract', key: ['id'] },
        elements: asTable(list),
      }
      const names = randomNames(random)
      const out = run(input, groupBy, names)
      checkTable(out, groupBy, naive(remaining(list), groupBy, names))
    })
  })
})
