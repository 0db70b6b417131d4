/**
 * Measures whether jobs grow: ten million records through queries whose state is bounded, and the
 * heap behind a collection at two million and at ten million of them, less the heap before. Rows
 * are made as they are read, keys come again and again and some new ones all the time, so that what
 * remains is what the job keeps. A ratio of about 1 is no growth.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings

import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import { appendStream, DOUBLE, INTEGER, type Row, STRING } from '../packages/pipeline/src/index.ts'
import { type Graph, heldBytes, runGraph } from './memory-job.ts'

export const name = 'Heap behind a collection, after 2 M records and after 10 M'

const ROWS = 10_000_000
const EARLY_ROWS = 2_000_000
const START_MS = 1_767_225_600_000
/** Records of one second of event time, and of the virtual clock. */
const ROWS_A_SECOND = 1_000
/** So many keys are used at a time; every second brings ten new ones. */
const KEYS = 10_000
const NEW_KEYS_A_SECOND = 10
const MEGABYTE = 1_048_576
/** Heaps of the same state differ by some hundredths. */
const RATIO_MOST = 1.1

const schema = appendStream(
  [
    { name: 'user', type: STRING },
    { name: 'n', type: INTEGER },
    { name: 'amount', type: DOUBLE },
  ],
  true,
)

const aggregates = { n: 'COUNT(*)', sum: 'SUM(amount)' }
const user = ['user']

interface Query {
  readonly title: string
  readonly operator: string
  readonly config: object
  /** The names of its inputs; the second one gets every tenth record. */
  readonly inputs?: readonly [string, string]
}

const QUERIES: readonly Query[] = [
  {
    title: 'tumbling-window of 10 s',
    operator: 'tumbling-window',
    config: { size: '10s', groupBy: user, aggregates },
  },
  {
    title: 'hopping-window of 60 s every 10 s, with lateness',
    operator: 'hopping-window',
    config: { size: '60s', slide: '10s', groupBy: user, aggregates, allowedLateness: '20s' },
  },
  {
    title: 'session-window with a gap of 5 s',
    operator: 'session-window',
    config: { gap: '5s', groupBy: user, aggregates },
  },
  {
    title: 'interval-join within 5 s',
    operator: 'interval-join',
    config: {
      on: [['user', 'user']],
      lower: '-5s',
      upper: '5s',
      columns: { user: 'left.user', n: 'right.n' },
    },
    inputs: ['left', 'right'],
  },
  {
    title: 'deduplicate with a time to live of 10 s',
    operator: 'deduplicate',
    config: { keys: user, stateTimeToLive: '10s' },
  },
  {
    title: 'group-aggregate with a time to live of 10 s',
    operator: 'group-aggregate',
    config: { groupBy: user, aggregates, stateTimeToLive: '10s' },
  },
  {
    title: 'pattern of two stages within 10 s',
    operator: 'pattern',
    config: {
      partitionBy: user,
      within: '10s',
      afterMatch: 'skip-past-last',
      pattern: [
        { name: 'a', where: 'amount > 900' },
        { name: 'b', where: 'amount > a.amount', contiguity: 'followed-by' },
      ],
      columns: { user: 'b.user', first: 'a.amount', second: 'b.amount' },
    },
  },
]

export async function run() {
  const measured = []
  for (const query of QUERIES) {
    const { early, late } = await heapsOf(query)
    measured.push(
      { name: `${query.title}: after 2 M`, value: early / MEGABYTE, unit: 'MB' },
      {
        name: '  after 10 M',
        value: late / MEGABYTE,
        unit: 'MB',
        ratio: late / early,
        ratioMost: RATIO_MOST,
      },
    )
  }
  return measured
}

async function heapsOf(query: Query): Promise<{ early: number; late: number }> {
  const before = heap()
  let nowMs = START_MS
  let early = Number.NaN
  let late = Number.NaN
  const source = createMemorySource('memory-source', schema, {
    slice: (from, count) => {
      if (Number.isNaN(early) && from >= EARLY_ROWS) early = heap() - before
      const length = Math.max(0, Math.min(count, ROWS - from))
      // Measured while the job is open: at the end of input all of it would leave.
      if (length === 0) late = heap() - before
      nowMs = START_MS + timeOf(from)
      const rows = Array.from({ length }, (_, index) => rowOf(from + index))
      return { rows, times: rows.map((_, index) => START_MS + timeOf(from + index)) }
    },
    watermark: { maxOutOfOrdernessMs: 1_000, intervalMs: 100 },
  })
  const sink = createBatchSink('batch-sink', () => {})
  await runGraph(
    graphOf(query),
    [source, sink],
    () => {},
    () => nowMs,
  )
  return { early, late }
}

function timeOf(index: number): number {
  return Math.floor((index * 1000) / ROWS_A_SECOND)
}

/** The same for the same index; every key is used for a while and then no more. */
function rowOf(index: number): Row {
  const dice = Math.imul(index ^ (index >>> 15), 0x2c1b3c6d) >>> 0
  const oldest = Math.floor(index / ROWS_A_SECOND) * NEW_KEYS_A_SECOND
  return [`user-${oldest + (dice % KEYS)}`, index, (dice % 1_000_003) / 1000]
}

function graphOf({ operator, config, inputs }: Query): Graph {
  const nodes = {
    source: { operator: 'memory-source', config: {} },
    tenth: { operator: 'filter', config: { where: 'n % 10 = 0' } },
    query: { operator, config },
    sink: { operator: 'batch-sink', config: {} },
  }
  const { tenth, ...others } = nodes
  const out = { from: 'query', to: 'sink' }
  if (inputs === undefined) return { nodes: others, edges: [{ from: 'source', to: 'query' }, out] }
  const [first, second] = inputs
  return {
    nodes: { ...others, tenth },
    edges: [
      { from: 'source', to: `query.${first}` },
      { from: 'source', to: 'tenth' },
      { from: 'tenth', to: `query.${second}` },
      out,
    ],
  }
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return heldBytes()
}
