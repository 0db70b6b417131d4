/**
 * Measures what overlap costs: the same records through hopping windows of ten minutes, of which
 * one or ten contain each record. There are 3,000 records a key and pane, so that the results
 * themselves hardly count.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings

import {
  createBatchSink,
  createMemorySource,
  seededRandom,
} from '../packages/engine/src/testing/index.ts'
import { appendStream, DOUBLE, INTEGER, type Row } from '../packages/pipeline/src/index.ts'
import { median, runGraph, timed } from './memory-job.ts'

export const name = 'Hopping windows that overlap, 1 M rows of 20 keys'

const ROWS = 1_000_000
const ROUNDS = 5
const KEYS = 20
/** Ten times the overlap may take 1.3 times as long. */
const RATIO_LEAST = 0.77
const schema = appendStream(
  [
    { name: 'key', type: INTEGER },
    { name: 'value', type: DOUBLE },
  ],
  true,
)
const MODES = [
  ['fire once', {}],
  ['late records allowed', { allowedLateness: '10m' }],
  ['early results every second', { early: { every: '1s' } }],
] as const

export async function run() {
  const { rows, times } = makeRows()
  const results = []
  for (const [mode, config] of MODES) {
    const once: number[] = []
    const tenfold: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      once.push(await measure(rows, times, '10m', config))
      tenfold.push(await measure(rows, times, '1m', config))
    }
    const perSecond = (ms: readonly number[]) => ROWS / (median(ms) / 1000)
    results.push(
      { name: `${mode}: in 1 window`, value: perSecond(once), unit: 'records/s' },
      {
        name: `${mode}: in 10 windows`,
        value: perSecond(tenfold),
        unit: 'records/s',
        ratio: perSecond(tenfold) / perSecond(once),
        ratioLeast: RATIO_LEAST,
      },
    )
  }
  return results
}

function makeRows() {
  const random = seededRandom(1)
  const rows: Row[] = []
  const times: number[] = []
  for (let index = 0; index < ROWS; index++) {
    rows.push([random.integer(1, KEYS), random.next() * 1000])
    times.push(1_767_225_600_000 + index + random.integer(-3_000, 0))
  }
  return { rows, times }
}

async function measure(
  rows: readonly Row[],
  times: readonly number[],
  slide: string,
  mode: object,
): Promise<number> {
  globalThis.gc?.()
  const source = createMemorySource('memory', schema, {
    watermark: { maxOutOfOrdernessMs: 5000, intervalMs: 100 },
    slice: (from, count) => ({
      rows: rows.slice(from, from + count),
      times: times.slice(from, from + count),
    }),
  })
  const aggregates = {
    count: 'COUNT(*)',
    sum: 'SUM(value)',
    least: 'MIN(value)',
    most: 'MAX(value)',
  }
  const config = { size: '10m', slide, groupBy: ['key'], aggregates, ...mode }
  const graph = {
    nodes: {
      source: { operator: 'memory', config: {} },
      window: { operator: 'hopping-window', config },
      sink: { operator: 'batch-sink', config: {} },
    },
    edges: [
      { from: 'source', to: 'window' },
      { from: 'window', to: 'sink' },
    ],
  }
  return timed(() => runGraph(graph, [source, createBatchSink('batch-sink', () => {})]))
}
