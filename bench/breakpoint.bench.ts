/**
 * Measures what a breakpoint costs that nothing ever hits: the same records through a filter and a
 * window, without one, with one before the filter, and with a condition.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings

import {
  createBatchSink,
  createMemorySource,
  seededRandom,
} from '../packages/engine/src/testing/index.ts'
import {
  appendStream,
  compileExpression,
  DOUBLE,
  EMPTY_ROW,
  INTEGER,
  type Row,
} from '../packages/pipeline/src/index.ts'
import { cpuTimed, median, runGraph } from './memory-job.ts'

export const name = 'A breakpoint that nothing hits, 500,000 rows through a filter and a window'

const ROWS = 500_000
const ROUNDS = 5
const columns = [
  { name: 'key', type: INTEGER },
  { name: 'value', type: DOUBLE },
]
const schema = appendStream(columns, true)
const CONDITION = compileExpression('value < 0', { relations: [{ columns }] }, { nowMs: () => 0 })

/** What is waited for, of each row. */
const KINDS = {
  'without a breakpoint': undefined,
  'with a breakpoint': () => false,
  'with a breakpoint with a condition': (row: Row) => CONDITION.evaluate(row, EMPTY_ROW) === true,
}

export async function run() {
  const { rows, times } = makeRows()
  const taken = new Map<string, number[]>()
  let expected: string | undefined
  for (let round = 0; round < ROUNDS; round++) {
    for (const [kind, hits] of Object.entries(KINDS)) {
      globalThis.gc?.()
      let results = ''
      const ms = await cpuTimed(async () => {
        results = JSON.stringify(await runWith(rows, times, hits))
      })
      expected ??= results
      if (results !== expected) throw new Error(`The results ${kind} are others.`)
      taken.set(kind, [...(taken.get(kind) ?? []), ms])
    }
  }
  const perSecond = (kind: string) => ROWS / (median(taken.get(kind) ?? []) / 1000)
  const bare = perSecond('without a breakpoint')
  return Object.keys(KINDS).map((kind) => {
    const value = perSecond(kind)
    const how = 'records a second of processor time'
    return { name: kind, value, unit: 'records/s', ratio: value / bare, how }
  })
}

function makeRows() {
  const random = seededRandom(1)
  const rows: Row[] = []
  const times: number[] = []
  for (let index = 0; index < ROWS; index++) {
    rows.push([random.integer(1, 20), random.next() * 1000])
    times.push(1_767_225_600_000 + index + random.integer(-3_000, 0))
  }
  return { rows, times }
}

async function runWith(
  rows: readonly Row[],
  times: readonly number[],
  hits: ((row: Row) => boolean) | undefined,
): Promise<readonly Row[]> {
  const results: Row[] = []
  const source = createMemorySource('memory', schema, {
    watermark: { maxOutOfOrdernessMs: 5000, intervalMs: 100 },
    slice: (from, count) => ({
      rows: rows.slice(from, from + count),
      times: times.slice(from, from + count),
    }),
  })
  const aggregates = { count: 'COUNT(*)', most: 'MAX(value)' }
  const graph = {
    nodes: {
      source: { operator: 'memory', config: {} },
      large: { operator: 'filter', config: { where: 'value > 100' } },
      window: { operator: 'tumbling-window', config: { size: '1m', groupBy: ['key'], aggregates } },
      sink: { operator: 'batch-sink', config: {} },
    },
    edges: [
      { from: 'source', to: 'large' },
      { from: 'large', to: 'window' },
      { from: 'window', to: 'sink' },
    ],
  }
  const sink = createBatchSink('batch-sink', (batch) => results.push(...batch.rows))
  await runGraph(graph, [source, sink], (job) => {
    if (hits === undefined) return
    job.breakAt('source', 'out', {
      hits: (element) => element.kind === 'batch' && element.rows.some(hits),
    })
  })
  return results
}
