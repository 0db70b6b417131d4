/**
 * Measures what a key costs in the state of each operator that has any: the heap behind a
 * collection, with the job's state still held, less the heap before. Rows are made as they are
 * read, so that what remains of them is what the state holds: a text key, a whole number and a
 * double each. Each key comes once, so that a key of a join is one record of one side.
 */
// node-flags: --expose-gc --max-old-space-size=4096 --disallow-code-generation-from-strings

import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import { appendStream, DOUBLE, INTEGER, type Row, STRING } from '../packages/pipeline/src/index.ts'
import { type Graph, heldBytes, runGraph } from './memory-job.ts'

export const name = 'State of operators, by key'

const MILLION = 1_000_000
const FEWER = 200_000
/** Of a group-aggregate. */
const MILLION_MB_MAX = 300
const schema = appendStream(
  [
    { name: 'user', type: STRING },
    { name: 'n', type: INTEGER },
    { name: 'amount', type: DOUBLE },
  ],
  true,
)

interface Node {
  readonly operator: string
  readonly config: object
  /** Of a join: all records come in by the first, and none by the second. */
  readonly inputs?: readonly [string, string]
}

const key = ['user']
const toTable: Node = { operator: 'to-table', config: { key } }
const lasting = { groupBy: key, aggregates: { n: 'COUNT(*)', sum: 'SUM(amount)' } }

const columns = { user: 'left.user', n: 'right.n' }
const on = [['user', 'user']]
const sides = ['left', 'right'] as const
const interval = { on, lower: '-1h', upper: '1h', columns }
const windowed = { on, window: { type: 'tumbling', size: '1d' }, columns }

/** What is measured: nodes one behind the other, and the node whose own share it is. */
const MEASURED: readonly {
  readonly title: string
  readonly keys: number
  readonly nodes: readonly Node[]
  /** Those of `nodes` whose cost is taken away. */
  readonly without?: readonly Node[]
  /** How far the watermark is behind; an hour if absent. */
  readonly delayMs?: number
}[] = [
  {
    title: 'group-aggregate, COUNT and SUM',
    keys: MILLION,
    nodes: [{ operator: 'group-aggregate', config: lasting }],
  },
  {
    title: 'the same with a time to live',
    keys: FEWER,
    nodes: [{ operator: 'group-aggregate', config: { ...lasting, stateTimeToLive: '1h' } }],
  },
  {
    title: 'group-aggregate of a table, COUNT and SUM',
    keys: FEWER,
    nodes: [toTable, { operator: 'group-aggregate', config: lasting }],
    without: [toTable],
  },
  {
    title: 'group-aggregate of a table, MIN and LAST_VALUE',
    keys: FEWER,
    nodes: [
      toTable,
      {
        operator: 'group-aggregate',
        config: { groupBy: key, aggregates: { least: 'MIN(amount)', last: 'LAST_VALUE(n)' } },
      },
    ],
    without: [toTable],
  },
  { title: 'to-table', keys: FEWER, nodes: [toTable] },
  {
    title: 'deduplicate, keep first',
    keys: FEWER,
    nodes: [{ operator: 'deduplicate', config: { keys: key } }],
  },
  {
    title: 'deduplicate, keep first within an hour',
    keys: FEWER,
    nodes: [{ operator: 'deduplicate', config: { keys: key, within: '1h' } }],
  },
  {
    title: 'deduplicate, keep last',
    keys: FEWER,
    nodes: [{ operator: 'deduplicate', config: { keys: key, keep: 'last' } }],
  },
  {
    title: 'top-n, first of each partition',
    keys: FEWER,
    nodes: [
      {
        operator: 'top-n',
        config: { partitionBy: key, orderBy: [{ expression: 'amount' }], n: 1 },
      },
    ],
  },
  {
    title: 'suppress for an hour',
    keys: FEWER,
    nodes: [toTable, { operator: 'suppress', config: { until: '1h', limit: 10_000_000 } }],
    without: [toTable],
  },
  {
    title: 'tumbling-window, COUNT and SUM',
    keys: FEWER,
    nodes: [{ operator: 'tumbling-window', config: { ...lasting, size: '1d' } }],
  },
  {
    title: 'the same with late records allowed',
    keys: FEWER,
    nodes: [
      { operator: 'tumbling-window', config: { ...lasting, size: '1d', allowedLateness: '1h' } },
    ],
  },
  {
    title: 'session-window, COUNT and SUM',
    keys: FEWER,
    nodes: [{ operator: 'session-window', config: { ...lasting, gap: '2h' } }],
  },
  {
    title: 'sliding-window, COUNT and SUM',
    keys: FEWER,
    nodes: [{ operator: 'sliding-window', config: { ...lasting, size: '2h' } }],
  },
  {
    title: 'count-window of 100 records, COUNT and SUM',
    keys: FEWER,
    nodes: [{ operator: 'count-window', config: { ...lasting, size: 100, slide: 100 } }],
  },
  {
    title: 'window-join',
    keys: FEWER,
    nodes: [{ operator: 'window-join', config: windowed, inputs: sides }],
  },
  {
    title: 'interval-join, nobody asks',
    keys: FEWER,
    nodes: [{ operator: 'interval-join', config: interval, inputs: sides }],
  },
  {
    title: 'table-join',
    keys: FEWER,
    nodes: [{ operator: 'table-join', config: { on, columns }, inputs: sides }],
  },
  {
    title: 'temporal-join, the stream waits',
    keys: FEWER,
    nodes: [
      {
        operator: 'temporal-join',
        config: { on, columns: { user: 'stream.user', n: 'table.n' } },
        inputs: ['stream', 'table'],
      },
    ],
  },
  {
    title: 'temporal-join, versions of the table',
    keys: FEWER,
    nodes: [
      {
        operator: 'temporal-join',
        config: { on, columns: { user: 'stream.user', n: 'table.n' } },
        inputs: ['table', 'stream'],
      },
    ],
  },
  {
    title: 'pattern, first of two stages',
    keys: FEWER,
    delayMs: 1,
    nodes: [
      {
        operator: 'pattern',
        config: {
          partitionBy: key,
          within: '1d',
          afterMatch: 'skip-past-last',
          pattern: [
            { name: 'a', where: 'amount >= 0' },
            { name: 'b', where: 'amount < a.amount', contiguity: 'followed-by' },
          ],
          columns: { user: 'b.user', n: 'a.n' },
        },
      },
    ],
  },
]

interface Measured {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly limit?: number
}

export async function run() {
  const rows: Measured[] = []
  // What is compiled once, and grows no more, is there before anything is measured.
  for (const { nodes } of MEASURED) await heapOf(nodes, 1_000)
  for (const { title, keys, nodes, without, delayMs } of MEASURED) {
    const own = (await heapOf(nodes, keys, delayMs)) - (without ? await heapOf(without, keys) : 0)
    rows.push({ name: title, value: own / keys, unit: 'bytes/key' })
    if (keys === MILLION)
      rows.push({ name: '  in all, 1 M keys', value: own / 1e6, unit: 'MB', limit: MILLION_MB_MAX })
  }
  return rows
}

/** Bytes that the nodes hold when every key has come once and no end of input has been said. */
async function heapOf(nodes: readonly Node[], keys: number, delayMs = 3_600_000): Promise<number> {
  const before = heap()
  let within = Number.NaN
  const source = createMemorySource('memory-source', schema, {
    slice: (from, count) => {
      const length = Math.max(0, Math.min(count, keys - from))
      // State is measured while the job is open: at the end of input some of it would leave.
      if (length === 0) within = heap()
      const made = Array.from({ length }, (_, index) => rowOf(from + index))
      return { rows: made, times: made.map((_, index) => START_MS + from + index) }
    },
    watermark: { maxOutOfOrdernessMs: delayMs, intervalMs: 100 },
  })
  const sink = createBatchSink('batch-sink', () => {})
  await runGraph(graphOf(nodes), [source, sink])
  return within - before
}

const START_MS = 1_767_225_600_000

function rowOf(index: number): Row {
  return [`user-${index}`, index, index + 0.5]
}

function graphOf(nodes: readonly Node[]): Graph {
  const ids = ['source', ...nodes.map((_, index) => `node-${index}`), 'sink']
  const inputs = nodes.map((node) => node.inputs)
  const named = nodes.map(({ operator, config }, index) => [`node-${index}`, { operator, config }])
  const edges = ids.slice(1).flatMap((to, index) => {
    const from = ids[index] ?? ''
    const [first, second] = inputs[index] ?? []
    if (first === undefined) return [{ from, to }]
    return [
      { from, to: `${to}.${first}` },
      { from: 'none', to: `${to}.${second}` },
    ]
  })
  const hasJoin = inputs.some((one) => one !== undefined)
  const none = { none: { operator: 'filter', config: { where: 'n < 0' } } }
  return {
    nodes: {
      source: { operator: 'memory-source', config: {} },
      ...(hasJoin ? none : {}),
      ...Object.fromEntries(named),
      sink: { operator: 'batch-sink', config: {} },
    },
    edges: hasJoin ? [...edges, { from: 'source', to: 'none' }] : edges,
  }
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return heldBytes()
}
