/**
 * Measures queries of Nexmark against loops written by hand over the same bids in memory. The
 * pipelines are those under examples/nexmark, with another source and sink; what both make is
 * measured in interleaved rounds, and then compared row by row.
 */
// node-flags: --expose-gc --max-semi-space-size=4 --disallow-code-generation-from-strings

import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Job } from '../packages/engine/src/index.ts'
import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import {
  NEXMARK_PORTS,
  NexmarkGenerator,
} from '../packages/operators/src/sources/nexmark-events.ts'
import {
  appendStream,
  type Column,
  INTEGER,
  type Row,
  STRING,
  TIMESTAMP,
} from '../packages/pipeline/src/index.ts'
import { type Graph, median, runGraph, timed } from './memory-job.ts'
import { BY_HAND, type ByHand } from './nexmark-by-hand.ts'

export const name = 'Nexmark over bids in memory, one core'

const EVENTS = 300_000
/** So often the same bids come, later each time: V8 needs some 10 ms to know what is hot. */
const REPEATS = 8
const ROUNDS = 5
/** What leaves is collected by so many; if nobody took the rows, V8 would not make them at all. */
const BATCH_ROWS = 1024
const RATIO_MIN = 0.66
const MEGABYTE = 1_048_576
/** Records per second that a query must reach besides its ratio. */
const RATE_MIN: ReadonlyMap<string, number> = new Map([
  ['q1', 1_000_000],
  ['q2', 1_000_000],
])

const BID: readonly Column[] = [
  { name: 'auction', type: INTEGER },
  { name: 'bidder', type: INTEGER },
  { name: 'price', type: INTEGER },
  { name: 'channel', type: STRING },
  { name: 'url', type: STRING },
  { name: 'dateTime', type: TIMESTAMP },
  { name: 'extra', type: STRING },
]

interface Bids {
  readonly rows: readonly Row[]
  readonly times: readonly number[]
}

export async function run() {
  const bids = makeBids()
  const measured = []
  for (const [query, byHand] of Object.entries(BY_HAND)) {
    measured.push(...(await measure(query, byHand, bids)))
  }
  return measured
}

async function measure(query: string, byHand: ByHand, bids: Bids) {
  const handMs: number[] = []
  const pipelineMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.()
    let left = 0
    let batch: Row[] = []
    const take = (row: Row) => {
      left++
      batch.push(row)
      if (batch.length === BATCH_ROWS) batch = []
    }
    handMs.push(await timed(() => byHand(bids.rows, take)))
    globalThis.gc?.()
    let arrived = 0
    const count = (rows: readonly Row[]) => {
      arrived += rows.length
    }
    pipelineMs.push(await timed(() => runQuery(query, bids, count)))
    if (arrived !== left) throw new Error(`${query}: ${arrived} rows left instead of ${left}.`)
  }
  const { peakBytes, keptBytes } = await measureHeap(query, bids)
  // Last: rows that all stay would teach V8 to put those of the loop among the old ones at once.
  await compare(query, byHand, bids)
  const perSecond = (ms: readonly number[]) => bids.rows.length / (median(ms) / 1000)
  const rate = perSecond(pipelineMs)
  const ratio = rate / perSecond(handMs)
  const met = ratio >= RATIO_MIN && rate >= (RATE_MIN.get(query) ?? 0) ? 'met' : 'not met'
  return [
    { name: `${query} by hand`, value: perSecond(handMs), unit: 'records/s' },
    { name: `${query} pipeline, target ${met}`, value: rate, unit: 'records/s', ratio },
    { name: `${query} heap at its highest`, value: peakBytes / MEGABYTE, unit: 'MB' },
    { name: `${query} heap that the job keeps`, value: keptBytes / MEGABYTE, unit: 'MB' },
  ]
}

/** In a run of its own: asking for the heap's size takes time. */
async function measureHeap(query: string, bids: Bids) {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let peakBytes = 0
  const job = await runQuery(query, bids, () => {
    peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed - before)
  })
  globalThis.gc?.()
  const keptBytes = Math.max(0, process.memoryUsage().heapUsed - before)
  // The job is held until here, so what it keeps is in the difference.
  if (job === undefined) throw new Error(`${query} did not run.`)
  return { peakBytes, keptBytes }
}

async function compare(query: string, byHand: ByHand, bids: Bids): Promise<void> {
  const expected: Row[] = []
  byHand(bids.rows, (row) => expected.push(row))
  let at = 0
  await runQuery(query, bids, (rows) => {
    for (const row of rows) {
      const other = JSON.stringify(expected[at])
      const text = JSON.stringify(row)
      if (text !== other) throw new Error(`${query}: row ${at} is ${text} instead of ${other}.`)
      at++
    }
  })
  if (at !== expected.length) throw new Error(`${query}: ${at} of ${expected.length} rows left.`)
}

function runQuery(
  query: string,
  { rows, times }: Bids,
  onRows: (rows: readonly Row[]) => void,
): Promise<Job> {
  const source = createMemorySource('memory-source', appendStream(BID, true), {
    slice: (from, count) => ({
      rows: rows.slice(from, from + count),
      times: times.slice(from, from + count),
    }),
    watermark: { maxOutOfOrdernessMs: 4_000, intervalMs: 200 },
  })
  const sink = createBatchSink('batch-sink', (batch) => onRows(batch.rows))
  return runGraph(inMemory(query), [source, sink])
}

/** The example's graph with the rows in memory in place of its source and its file. */
function inMemory(query: string): Graph {
  const file = path.join('examples', 'nexmark', query, 'pipeline.json')
  const { nodes, edges } = JSON.parse(readFileSync(file, 'utf8')) as Graph
  const replaced = Object.entries(nodes).map(([id, node]) => {
    if (node.operator === 'nexmark-source') return [id, { operator: 'memory-source', config: {} }]
    if (node.operator === 'file-sink') return [id, { operator: 'batch-sink', config: {} }]
    return [id, { operator: node.operator, config: node.config }]
  })
  const outgoing = edges.map(({ from, to }) => ({ from: from.replace(/\.bid$/, ''), to }))
  return { nodes: Object.fromEntries(replaced), edges: outgoing }
}

function makeBids(): Bids {
  const settings = { seed: 1, startMs: 1_767_225_600_000, eventsPerSecond: 10_000, groupSize: 1 }
  const { rows, times, rowPorts } = new NexmarkGenerator(settings).make(0, EVENTS)
  const port = NEXMARK_PORTS.indexOf('bid')
  const isBid = (_value: unknown, index: number) => rowPorts[index] === port
  const bids = { rows: rows.filter(isBid), times: times.filter(isBid) }
  const spanMs = EVENTS / (settings.eventsPerSecond / 1000)
  const all: { rows: Row[]; times: number[] } = { rows: [], times: [] }
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const row of bids.rows) all.rows.push(row)
    for (const timeMs of bids.times) all.times.push(timeMs + repeat * spanMs)
  }
  return all
}
