/** Joins behind the operators that make tables, as pipelines have them. */

import { runPipeline, seededRandom, type TestElement } from '@millrace/engine/testing'
import { compareRows, type Row, type Value } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { toTable } from '../tables/to-table.ts'
import { filter } from '../transforms/filter.ts'
import { tumblingWindow } from '../windows/tumbling-window.ts'
import { intervalJoin } from './interval-join.ts'
import { tableJoin } from './table-join.ts'
import { temporalJoin } from './temporal-join.ts'
import { recordSource, type SideRow } from './testing/diamond.ts'
import { naiveTableJoin, type TableSettings, tableOf } from './testing/naive-table-join.ts'
import { drawSteps, isRecord } from './testing/two-sides.ts'

const OPERATORS = [
  recordSource,
  filter,
  toTable,
  tumblingWindow,
  intervalJoin,
  tableJoin,
  temporalJoin,
]

interface Parts {
  /** Behind the left and the right records of one source. */
  readonly makers: readonly [object | undefined, object | undefined]
  readonly join: object
  readonly ports?: readonly [string, string]
}

function pipelineOf(
  rows: readonly SideRow[],
  { makers, join, ports = ['left', 'right'] }: Parts,
): object {
  const sides = ['left', 'right'].map((side, index) => {
    const maker = makers[index]
    return {
      nodes: {
        [`${side}-rows`]: { operator: 'filter', config: { where: `side = '${side}'` } },
        ...(maker === undefined ? {} : { [`${side}-table`]: maker }),
      },
      edges: [
        { from: 'source', to: `${side}-rows` },
        ...(maker === undefined ? [] : [{ from: `${side}-rows`, to: `${side}-table` }]),
        {
          from: maker === undefined ? `${side}-rows` : `${side}-table`,
          to: `join.${ports[index]}`,
        },
      ],
    }
  })
  return {
    format: 'millrace/1',
    name: 'Joins of tables',
    nodes: {
      source: { operator: 'record-source', config: { rows, delayMs: 0 } },
      ...sides[0]?.nodes,
      ...sides[1]?.nodes,
      join,
    },
    edges: sides.flatMap(({ edges }) => edges),
  }
}

function drawRows(seed: number): readonly SideRow[] {
  return drawSteps(seededRandom(seed), 60)
    .filter(isRecord)
    .map(({ side, timeMs, row }): SideRow => [timeMs, side === 0 ? 'left' : 'right', ...row])
}

/** What leaves the join, the same whatever the batches. */
async function outputOf(document: object): Promise<readonly TestElement[]> {
  const outputs: (readonly TestElement[])[] = []
  for (const batchRowsMax of [1, 7, 1_000_000]) {
    const { taps, failure } = await runPipeline(document, {
      operators: OPERATORS,
      tap: ['join'],
      batchRowsMax,
    })
    expect(failure).toBe(undefined)
    outputs.push(taps.get('join') ?? [])
  }
  const [first = [], ...others] = outputs
  for (const other of others) expect(other).toEqual(first)
  return first
}

const NAMES = ['a', 'b', 'v', 'n']
const columns = {
  ...Object.fromEntries(NAMES.map((name) => [name, `left.${name}`])),
  ...Object.fromEntries(NAMES.map((name) => [`r_${name}`, `right.${name}`])),
}

/** The last row of each key, as `to-table` has them. */
function lastRows(rows: readonly SideRow[], side: string, key: readonly number[]): readonly Row[] {
  const last = new Map<string, Row>()
  for (const [, of, ...row] of rows) {
    if (of === side) last.set(JSON.stringify(key.map((index) => row[index])), row)
  }
  return [...last.values()]
}

describe('tables of latest rows', () => {
  test.each(['inner', 'left', 'right', 'full'] as const)(
    'are joined as they are in the end: %s',
    async (type) => {
      for (let seed = 1; seed <= 25; seed++) {
        const rows = drawRows(seed)
        const document = pipelineOf(rows, {
          makers: [
            { operator: 'to-table', config: { key: ['a', 'b'] } },
            { operator: 'to-table', config: { key: ['a'] } },
          ],
          join: { operator: 'table-join', config: { on: [['a', 'a']], type, columns } },
        })
        const settings: TableSettings = { type, on: [[0, 0]], where: undefined, widths: [4, 4] }
        const expected = naiveTableJoin(settings, [
          ...lastRows(rows, 'left', [0, 1]).map((after) => ({
            side: 0 as const,
            before: undefined,
            after,
          })),
          ...lastRows(rows, 'right', [0]).map((after) => ({
            side: 1 as const,
            before: undefined,
            after,
          })),
        ])
        const key = type === 'full' ? undefined : type === 'right' ? ['a', 'b', 'r_a'] : ['a', 'b']
        const output = await outputOf(document)
        expect(tableOf(output, Object.keys(columns), key), `Seed ${seed}`).toEqual(expected)
      }
    },
  )

  test('give a temporal join its versions', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const rows = drawRows(seed)
      const join = (asOf: string) => ({
        operator: 'temporal-join',
        config: { on: [['a', 'a']], asOf, columns: { n: 'stream.n', r_n: 'table.n' } },
      })
      const ports = ['stream', 'table'] as const
      const table = { operator: 'to-table', config: { key: ['a'] } }
      for (const asOf of ['event-time', 'latest']) {
        const direct = await outputOf(
          pipelineOf(rows, { makers: [undefined, undefined], join: join(asOf), ports }),
        )
        const byTable = await outputOf(
          pipelineOf(rows, { makers: [undefined, table], join: join(asOf), ports }),
        )
        expect(byTable, `Seed ${seed}, ${asOf}`).toEqual(direct)
      }
    }
  })
})

test('counts of windows that fire again are joined as they are in the end', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const rows = drawRows(seed)
    const document = pipelineOf(rows, {
      makers: [
        {
          operator: 'tumbling-window',
          config: {
            size: '20ms',
            groupBy: ['a'],
            aggregates: { count: 'COUNT(*)' },
            allowedLateness: '1s',
          },
        },
        undefined,
      ],
      join: {
        operator: 'interval-join',
        config: {
          on: [['a', 'a']],
          lower: '-20ms',
          upper: '0ms',
          columns: { a: 'left.a', count: 'left.count', n: 'right.n' },
        },
      },
    })
    const output = await outputOf(document)
    expect(tableOf(output, ['a', 'count', 'n'], undefined), `Seed ${seed}`).toEqual(
      countsJoined(rows),
    )
  }
})

/** Each window's count with the right records that it ends with or behind. */
function countsJoined(rows: readonly SideRow[]): readonly Row[] {
  const counts = new Map<string, { a: Value; endMs: number; count: number }>()
  let latestMs = Number.NEGATIVE_INFINITY
  const rights: SideRow[] = []
  for (const row of rows) {
    const [timeMs, side, a = null] = row
    // The source's watermark stands behind the record that raised it.
    const isLate = timeMs <= latestMs - 1
    latestMs = Math.max(latestMs, timeMs)
    if (side === 'right') {
      if (!isLate) rights.push(row)
      continue
    }
    const endMs = Math.floor(timeMs / 20) * 20 + 20
    const key = JSON.stringify([a, endMs])
    const before = counts.get(key)?.count ?? 0
    counts.set(key, { a, endMs, count: before + 1 })
  }
  return [...counts.values()]
    .flatMap(({ a, endMs, count }) =>
      rights
        .filter(
          ([timeMs, , of = null]) =>
            of === a && a !== null && timeMs >= endMs - 21 && timeMs < endMs,
        )
        .map((right): Row => [a, count, right[5] ?? null]),
    )
    .sort(compareRows)
}
