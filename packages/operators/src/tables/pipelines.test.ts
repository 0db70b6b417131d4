/** Whole pipelines with tables in them: what comes out behind several steps, what is refused. */

import { runPipeline, smallOperators, type TestElement } from '@millrace/engine/testing'
import { isoTimestamp } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { operators } from '../index.ts'
import { materialized } from './testing/changelog.ts'

type Nodes = { readonly [id: string]: { readonly operator: string; readonly config: object } }

/** Time and number of each record; the one at 4 comes late, and the one at 5 too late. */
const ROWS = [
  [1, 5],
  [2, 7],
  [12, 1],
  [4, 6],
  [25, 2],
  [45, 3],
  [5, 100],
]

const numbers = { operator: 'list-source', config: { rows: ROWS, delayMs: 0, intervalMs: 1 } }
const window = {
  operator: 'tumbling-window',
  config: { size: '10ms', aggregates: { sum: 'SUM(n)', n: 'COUNT(*)' }, allowedLateness: '20ms' },
}

function documentOf(nodes: Nodes) {
  const ids = Object.keys(nodes)
  const edges = ids.slice(1).map((to, index) => ({ from: ids[index], to }))
  return { format: 'millrace/1', name: 'Tested', nodes, edges }
}

async function run(nodes: Nodes, node: string): Promise<readonly TestElement[]> {
  const outputs: (readonly TestElement[])[] = []
  for (const batchRowsMax of [1, 7, 1_000]) {
    const options = { operators: [...smallOperators, ...operators], batchRowsMax, tap: [node] }
    const { taps, failure } = await runPipeline(documentOf(nodes), options)
    expect(failure).toBe(undefined)
    outputs.push(taps.get(node) ?? [])
  }
  const [first = [], ...others] = outputs
  for (const other of others) expect(other).toEqual(first)
  return first
}

const rowsOf = (elements: readonly TestElement[]) =>
  elements.flatMap((element) => ('row' in element ? [element.row] : []))

describe('behind windows that take late records', () => {
  test('a suppress gives one final row for each window', async () => {
    const suppress = { operator: 'suppress', config: {} }
    const out = await run({ numbers, window, suppress }, 'suppress')
    expect(rowsOf(out).map((row) => [row.sum, row.n])).toEqual([
      [18, 3],
      [1, 1],
      [2, 1],
      [3, 1],
    ])
  })

  test('a filter lets a result in when a late record makes it pass', async () => {
    const filter = { operator: 'filter', config: { where: 'sum > 12 OR sum < 2' } }
    const out = await run({ numbers, window, filter }, 'filter')
    const changes = out.flatMap((one) => ('row' in one ? [[one.change, one.row.sum]] : []))
    expect(changes).toEqual([
      ['+I', 18],
      ['+I', 1],
    ])
  })

  test('an aggregate of all results follows their changes', async () => {
    const total = {
      operator: 'group-aggregate',
      config: { aggregates: { sum: 'SUM(sum)', most: 'MAX(sum)', windows: 'COUNT(*)' } },
    }
    const table = materialized(await run({ numbers, window, total }, 'total'), [])
    expect([...table.values()]).toEqual([{ sum: 24, most: 18, windows: 4 }])
  })

  test('an aggregate by their end leaves when they end, and changes while they may', async () => {
    const byEnd = {
      operator: 'group-aggregate',
      config: { groupBy: ['window_end'], aggregates: { sum: 'SUM(sum)' } },
    }
    const out = await run({ numbers, window, 'by-end': byEnd }, 'by-end')
    const first = isoTimestamp(10)
    const ofFirst = out.filter((one) => 'row' in one && one.row.window_end === first)
    expect(ofFirst).toEqual([
      { at: 9, change: '+I', row: { window_end: first, sum: 12 } },
      { at: 9, change: '-U', row: { window_end: first, sum: 12 } },
      { at: 9, change: '+U', row: { window_end: first, sum: 18 } },
    ])
  })

  test('a table by another key shows the result that came last', async () => {
    const byCount = { operator: 'to-table', config: { key: ['n'] } }
    const table = materialized(await run({ numbers, window, 'by-count': byCount }, 'by-count'), [
      'n',
    ])
    expect([...table.values()].map((row) => [row.n, row.sum])).toEqual([
      [3, 18],
      [1, 3],
    ])
  })
})

describe('is refused', () => {
  const total = { operator: 'group-aggregate', config: { aggregates: { n: 'COUNT(*)' } } }
  test.each([
    ['a window over a table', { numbers, total, window }, 'stream-needed window.in A window takes'],
    [
      'a deduplicate of windows that may fire again',
      { numbers, window, deduplicate: { operator: 'deduplicate', config: { keys: ['sum'] } } },
      'append-stream-needed deduplicate.in A deduplicate takes records that stay as they are',
    ],
    [
      'a suppress of a stream',
      { numbers, suppress: { operator: 'suppress', config: {} } },
      'suppress-of-stream suppress.in A suppress holds back the updates of a table',
    ],
    [
      'errors apart on a table',
      { numbers, total, again: { ...total, config: { ...total.config, onError: 'dead-letter' } } },
      'dead-letter-on-table again.onError On error is "dead-letter", and input "in" is a table',
    ],
  ])('%s', async (_, nodes, line) => {
    const options = { operators: [...smallOperators, ...operators] }
    await expect(runPipeline(documentOf(nodes), options)).rejects.toThrow(line)
  })
})
