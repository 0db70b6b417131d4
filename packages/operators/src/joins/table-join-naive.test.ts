/** Random tables and streams through every type of table join, against a naive one. */

import {
  runOperator,
  type SeededRandom,
  seededRandom,
  type TestElement,
  type TestStream,
  watermark,
} from '@millrace/engine/testing'
import type { Row } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { expectSame } from '../testing/expect-same.ts'
import { checkSmallest, overSeeds } from '../testing/random-streams.ts'
import { streamCount } from '../testing/stream-count.node.ts'
import { tableJoin } from './table-join.ts'
import { outputsByBatchSize } from './testing/any-batches.ts'
import {
  naiveTableJoin,
  type TableChange,
  type TableSettings,
  tableOf,
} from './testing/naive-table-join.ts'
import { named, type SideColumns } from './testing/two-sides.ts'

const STREAMS_EACH = streamCount(500)

const COLUMNS: readonly [SideColumns, SideColumns] = [
  { id: 'integer', a: 'string', v: 'integer' },
  { r_id: 'integer', r_a: 'string', r_v: 'integer' },
]
const NAMES = COLUMNS.flatMap((columns) => Object.keys(columns))

/** Which columns are a side's key; none for a stream. */
type Keys = readonly [readonly number[] | undefined, readonly number[] | undefined]

function draw(seed: number, type: TableSettings['type']) {
  const random = seededRandom(seed)
  const keys: Keys = [
    random.pick<Keys[0] | 'none'>(['none', [0], [0], [1]]),
    random.pick<Keys[0] | 'none'>(['none', [0], [1], [1]]),
  ].map((key) => (key === 'none' ? undefined : key)) as unknown as Keys
  const on = random.pick<TableSettings['on']>([
    [[1, 1]],
    [[1, 1]],
    [[0, 0]],
    [
      [0, 0],
      [1, 1],
    ],
  ])
  const restrained = random.chance(0.4)
  const settings: TableSettings = {
    type,
    on,
    widths: [3, 3],
    where: restrained ? (left, right) => Number(left[2]) <= Number(right[2]) : undefined,
  }
  const config = {
    type,
    on: on.map(([a, b]) => [NAMES[a], NAMES[3 + b]]),
    onError: 'fail',
    ...(restrained ? { where: 'v <= r_v' } : {}),
  }
  return { settings, config, keys, changes: drawChanges(random, keys) }
}

function drawChanges(random: SeededRandom, keys: Keys): readonly TableChange[] {
  const tables = [new Map<string, Row>(), new Map<string, Row>()] as const
  return Array.from({ length: random.integer(0, 40) }, (): TableChange => {
    const side = random.chance(0.5) ? 0 : 1
    const key = keys[side]
    const drawn: Row = [
      random.integer(0, 3),
      random.chance(0.15) ? null : random.pick(['x', 'y', '']),
      random.integer(0, 2),
    ]
    if (key === undefined) return { side, before: undefined, after: drawn }
    const keyText = JSON.stringify(key.map((index) => drawn[index]))
    const before = tables[side].get(keyText)
    if (before !== undefined && random.chance(0.3)) {
      tables[side].delete(keyText)
      return { side, before, after: undefined }
    }
    tables[side].set(keyText, drawn)
    return { side, before, after: drawn }
  })
}

/** Both sides take turns; where it is not a side's turn, it has a watermark that says nothing. */
function toStream(changes: readonly TableChange[], side: 0 | 1, key: Keys[0]): TestStream {
  const columns = COLUMNS[side]
  const elements = changes.flatMap((change): TestElement[] => {
    const { before, after } = change
    const count = before !== undefined && after !== undefined ? 2 : 1
    if (change.side !== side) return Array(count).fill(watermark(Number.NEGATIVE_INFINITY))
    return [
      ...(before === undefined
        ? []
        : [{ change: after === undefined ? '-D' : '-U', row: named(columns, before) } as const]),
      ...(after === undefined
        ? []
        : [{ change: before === undefined ? '+I' : '+U', row: named(columns, after) } as const]),
    ]
  })
  const names = Object.keys(columns)
  const table =
    key === undefined
      ? {}
      : { table: { changes: 'retract' as const, key: key.map((index) => names[index] ?? '') } }
  return { schema: columns, elements, eventTime: false, ...table }
}

/** Without the changes of a key that stand on others that were left out. */
function wellFormed(changes: readonly TableChange[], keys: Keys): readonly TableChange[] {
  const tables = [new Map<string, Row>(), new Map<string, Row>()] as const
  return changes.flatMap((change): TableChange[] => {
    const { side, after } = change
    const key = keys[side]
    if (key === undefined) return [change]
    const keyText = JSON.stringify(key.map((index) => (after ?? change.before)?.[index]))
    const before = tables[side].get(keyText)
    if (after === undefined) tables[side].delete(keyText)
    else tables[side].set(keyText, after)
    return before === undefined && after === undefined ? [] : [{ side, before, after }]
  })
}

describe.each(['inner', 'left', 'right', 'full'] as const)('%s', (type) => {
  test(`${STREAMS_EACH} random changelogs from seed 1`, () => {
    overSeeds(tableJoin, STREAMS_EACH, (seed) => {
      const { settings, config, keys, changes } = draw(seed, type)
      const about = `Seed ${seed}, keys ${JSON.stringify(keys)}, ${JSON.stringify(config)}`
      checkSmallest(about, changes, (fewer) => {
        const some = wellFormed(fewer, keys)
        const inputs = { left: toStream(some, 0, keys[0]), right: toStream(some, 1, keys[1]) }
        const { outputs, outputSchemas, failure, ledger } = runOperator(tableJoin, config, inputs)
        expect(failure).toBe(undefined)
        const isKeyed = keys[0] !== undefined && keys[1] !== undefined
        const key = isKeyed ? outputSchemas.out?.key : undefined
        expectSame(tableOf(outputs.out ?? [], NAMES, key), naiveTableJoin(settings, some))
        expect(ledger.late + ledger.passed + ledger.filtered + ledger.deadLettered).toBe(0)
      })
    })
  })
})

test('what leaves does not depend on the size of batches, in 40 random pipelines', async () => {
  for (let seed = 5001; seed <= 5040; seed++) {
    const random = seededRandom(seed)
    const names = ['a', 'b', 'v', 'n']
    const columns = Object.fromEntries(
      names.flatMap((name) => [
        [name, `left.${name}`],
        [`r_${name}`, `right.${name}`],
      ]),
    )
    const type = random.pick(['inner', 'left', 'right', 'full'])
    const outputs = await outputsByBatchSize(random, {
      operator: tableJoin,
      ports: ['left', 'right'],
      config: { type, on: [['a', 'a']], where: 'left.v <= right.v', columns },
      tapped: [],
    })
    expect(new Set(outputs).size, `Seed ${seed}, ${type}`).toBe(1)
  }
})
