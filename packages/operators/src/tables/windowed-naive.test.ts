/**
 * Goal: grouped by the end of a window, group-aggregate and top-n give each result once, in order
 * and when the watermark has passed, and a table that ends up right where windows may fire again; a
 * suppress lets the final results of such windows through. Method: random results of windows, some
 * of them too late, in several batch sizes.
 */

import type { TestElement, TestStream } from '@millrace/engine/testing'
import { type ExampleInput, isoTimestamp } from '@millrace/pipeline'
import { describe, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { groupAggregate } from './group-aggregate.ts'
import { suppress } from './suppress.ts'
import { checkTable } from './testing/changelog.ts'
import { checkRandomly, type Happening, outputOf } from './testing/random-tables.ts'
import { topN } from './top-n.ts'

const SIZE_MS = 10
const COLUMNS = { id: 'integer', k: 'string', n: 'integer', window_end: 'timestamp' } as const

/** A result of the window that ends at `endMs`, as it is when the watermark stands there. */
interface Result {
  readonly id: number
  readonly k: string | null
  readonly n: number | null
  readonly endMs: number
}

/** One thing after the other: the row of a key in a window comes, changes or goes. */
type Step =
  | { readonly row: Result }
  | { readonly gone: { readonly id: number; readonly endMs: number } }
  | { readonly watermarkMs: number }

function toSteps(list: readonly Happening[]): readonly Step[] {
  const endOf = (atMs: number) => (Math.floor(atMs / SIZE_MS) + 1) * SIZE_MS
  return list.flatMap((one): readonly Step[] => {
    if ('watermarkMs' in one) return [{ watermarkMs: one.watermarkMs }]
    if ('gone' in one) return [{ gone: { id: one.gone, endMs: endOf(one.atMs) } }]
    if ('clockMs' in one) return []
    const { id, k, n } = one.item
    return [{ row: { id, k, n, endMs: endOf(one.atMs) } }]
  })
}

function rowOf({ id, k, n, endMs }: Result) {
  return { id, k, n, window_end: isoTimestamp(endMs) }
}

interface Made {
  readonly input: TestStream
  /** The rows that count, in the order in which they came or last changed. */
  readonly rows: readonly Result[]
}

/** What is too late for a window counts nowhere, and nothing is said to change it. */
function make(steps: readonly Step[], latenessMs: number | undefined): Made {
  const there = new Map<string, Result>()
  const elements: ExampleInput[] = []
  let watermarkMs = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if ('watermarkMs' in step) {
      watermarkMs = Math.max(watermarkMs, step.watermarkMs)
      elements.push({ watermark: step.watermarkMs })
      continue
    }
    const { id, endMs } = 'row' in step ? step.row : step.gone
    const key = latenessMs === undefined ? `${elements.length}` : `${id} ${endMs}`
    const before = there.get(key)
    const after = 'row' in step ? step.row : undefined
    const late = endMs - 1 + (latenessMs ?? 0) <= watermarkMs
    const at = endMs - 1
    if (before === undefined && after === undefined) continue
    if (latenessMs === undefined && after !== undefined) elements.push({ at, row: rowOf(after) })
    // Such windows say nothing any more; of others, what comes too late is for the operator to see.
    if (late) continue
    if (latenessMs !== undefined) {
      const change = before === undefined ? '+I' : '+U'
      if (before !== undefined) {
        elements.push({ at, change: after === undefined ? '-D' : '-U', row: rowOf(before) })
      }
      if (after !== undefined) elements.push({ at, change, row: rowOf(after) })
    }
    there.delete(key)
    if (after !== undefined) there.set(key, after)
  }
  const window = { endColumn: 'window_end', latenessMs: latenessMs ?? 0 }
  const table = { changes: 'retract', key: ['id', 'window_end'] } as const
  const input = { schema: COLUMNS, window, elements }
  return {
    input: latenessMs === undefined ? input : { ...input, table },
    rows: [...there.values()],
  }
}

function compareKeys(a: string | null, b: string | null): number {
  if (a === b) return 0
  return a === null || (b !== null && a < b) ? -1 : 1
}

/** One row for each window and `k`, by window, then `k`. */
function sums(rows: readonly Result[]) {
  const groups = new Map<string, Result[]>()
  for (const row of rows) {
    const key = JSON.stringify([row.endMs, row.k])
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()]
    .map((group) => ({
      endMs: group[0]?.endMs ?? 0,
      k: group[0]?.k ?? null,
      n: group.length,
      most: group.reduce((most: number | null, { n }) => {
        return n === null || (most !== null && most >= n) ? most : n
      }, null),
    }))
    .sort((a, b) => a.endMs - b.endMs || compareKeys(a.k, b.k))
    .map(({ endMs, k, n, most }) => ({ window_end: isoTimestamp(endMs), k, n, most }))
}

/** The `n` rows with the largest `n` of each window, with their place, by window and place. */
function tops(rows: readonly Result[], n: number) {
  const ends = [...new Set(rows.map(({ endMs }) => endMs))].sort((a, b) => a - b)
  const size = (value: number | null) => value ?? Number.NEGATIVE_INFINITY
  return ends.flatMap((endMs) =>
    rows
      .filter((row) => row.endMs === endMs)
      .sort((a, b) => (a.n === b.n ? 0 : size(b.n) - size(a.n)))
      .slice(0, n)
      .map((row, index) => ({ ...rowOf(row), place: index + 1 })),
  )
}

const aggregate = {
  groupBy: ['window_end', 'k'],
  aggregates: { n: 'COUNT(*)', most: 'MAX(n)' },
}

function ranking(n: number) {
  const orderBy = [{ expression: 'n', direction: 'desc' }]
  return { partitionBy: ['window_end'], orderBy, n, rank: 'place' }
}

/** Rows in order, each of which stood behind no watermark that had passed its window. */
function timely(elements: readonly TestElement[]): readonly unknown[] {
  let watermarkMs = Number.NEGATIVE_INFINITY
  return elements.flatMap((element) => {
    if ('watermark' in element) {
      watermarkMs = Number(element.watermark)
      return []
    }
    if (Number(element.at) <= watermarkMs) throw new Error(`Late: ${JSON.stringify(elements)}`)
    return [element.row]
  })
}

const STREAMS = streamCount(500)

describe('of windows that fire once', () => {
  test('a group-aggregate gives each group once, by (time, key)', () => {
    checkRandomly(groupAggregate, STREAMS, (list) => {
      const { input, rows } = make(toSteps(list), undefined)
      expectSame(timely(outputOf(groupAggregate, aggregate, input)), sums(rows))
    })
  })

  test('a top-n gives the first rows once, by (time, rank)', () => {
    checkRandomly(topN, STREAMS, (list, random) => {
      const n = random.integer(1, 3)
      const { input, rows } = make(toSteps(list), undefined)
      expectSame(timely(outputOf(topN, ranking(n), input)), tops(rows, n))
    })
  })
})

describe('of windows that may fire again', () => {
  test('a group-aggregate ends up with the table over their last results', () => {
    checkRandomly(groupAggregate, STREAMS, (list, random) => {
      const { input, rows } = make(toSteps(list), random.integer(0, 25))
      const out = outputOf(groupAggregate, aggregate, input)
      checkTable(out, ['window_end', 'k'], sums(rows))
    })
  })

  test('a top-n ends up with the first of their last results', () => {
    checkRandomly(topN, STREAMS, (list, random) => {
      const n = random.integer(1, 3)
      const { input, rows } = make(toSteps(list), random.integer(0, 25))
      checkTable(outputOf(topN, ranking(n), input), ['window_end', 'place'], tops(rows, n))
    })
  })

  test('a suppress lets their last results through, once, in time and by (time, key)', () => {
    checkRandomly(suppress, STREAMS * 4, (list, random) => {
      const { input, rows } = make(toSteps(list), random.integer(0, 25))
      const final = [...rows].sort((a, b) => a.endMs - b.endMs || a.id - b.id).map(rowOf)
      expectSame(timely(outputOf(suppress, {}, input)), final)
    })
  })
})
