/**
 * Measures for how long the run loop holds the thread when very much is due at once: a million keys
 * that fire in one window, and ten million rows that a join still holds when its input ends. A
 * heartbeat asks for the thread every 100 ms meanwhile.
 */
// node-flags: --max-old-space-size=12288 --max-semi-space-size=4

import { readFileSync } from 'node:fs'
import type { Job } from '../packages/engine/src/index.ts'
import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import { appendStream, INTEGER, type Row, STRING } from '../packages/pipeline/src/index.ts'
import { type Graph, runGraph } from './memory-job.ts'

export const name = 'Longest time in which the thread is not given back'

const HEARTBEAT_MS = 100
const schema = appendStream(
  [
    { name: 'key', type: STRING },
    { name: 'n', type: INTEGER },
  ],
  true,
)

export async function run() {
  const firing = await measure('1 M keys fire', 1_000_000, {
    nodes: {
      source: { operator: 'many-source', config: {} },
      fire: {
        operator: 'tumbling-window',
        config: { size: '1d', groupBy: ['key'], aggregates: { sum: 'SUM(n)' } },
      },
      sink: { operator: 'batch-sink', config: {} },
    },
    edges: [
      { from: 'source', to: 'fire' },
      { from: 'fire', to: 'sink' },
    ],
  })
  const flush = await measure('10 M rows are flushed', 10_000_000, {
    nodes: {
      source: { operator: 'many-source', config: {} },
      none: { operator: 'no-source', config: {} },
      fire: {
        operator: 'window-join',
        config: {
          window: { type: 'tumbling', size: '1d' },
          on: [['key', 'key']],
          type: 'left',
          columns: { key: 'left.key', n: 'left.n', other: 'right.n' },
        },
      },
      sink: { operator: 'batch-sink', config: {} },
    },
    edges: [
      { from: 'source', to: 'fire.left' },
      { from: 'none', to: 'fire.right' },
      { from: 'fire', to: 'sink' },
    ],
  })
  return [...firing, ...flush]
}

async function measure(title: string, rowCount: number, graph: Graph) {
  let received = 0
  const sink = createBatchSink('batch-sink', ({ rows }) => {
    received += rows.length
  })
  const arriving = { wallMs: 0, cpuMs: 0 }
  const leaving = { wallMs: 0, cpuMs: 0 }
  const heartbeat = startHeartbeat()
  const startMs = performance.now()
  await runGraph(graph, [createManySource(rowCount), noSource, sink], (job) => {
    clockSlices(job, () => (received === 0 ? arriving : leaving))
  })
  const seconds = (performance.now() - startMs) / 1000
  const lateMs = heartbeat.stop()
  if (received !== rowCount) throw new Error(`${received} rows came of ${rowCount}.`)
  const row = (name: string, value: number) => ({ name: `${title}: ${name}`, value, unit: 'ms' })
  return [
    { name: `${title}: all of it`, value: seconds, unit: 's' },
    row('longest slice while they leave', leaving.wallMs),
    row("the same in the thread's CPU time", leaving.cpuMs),
    row('longest slice while they arrive', arriving.wallMs),
    row("the same in the thread's CPU time", arriving.cpuMs),
    row('heartbeat late by at most', lateMs),
  ]
}

const noSource = createMemorySource('no-source', schema, {
  slice: () => ({ rows: [], times: [] }),
  watermark: { maxOutOfOrdernessMs: 0, intervalMs: 60_000 },
})

/** Every key once a million rows, all in one day. */
function createManySource(rowCount: number) {
  return createMemorySource('many-source', schema, {
    slice: (from, count) => {
      const rows: Row[] = []
      const times: number[] = []
      for (let index = from; index < Math.min(rowCount, from + count); index++) {
        rows.push([`key-${(index * 7919) % 1_000_003}`, index])
        times.push(Math.floor((index / rowCount) * 86_000_000))
      }
      return { rows, times }
    },
    watermark: { maxOutOfOrdernessMs: 0, intervalMs: 60_000 },
  })
}

interface Longest {
  wallMs: number
  cpuMs: number
}

/** On a busy machine the thread also waits for a processor; its own CPU time leaves that out. */
function clockSlices(job: Job, phase: () => Longest): void {
  const runSlice = job.runSlice.bind(job)
  job.runSlice = () => {
    const longest = phase()
    const cpuMs = threadCpuMs()
    const startMs = performance.now()
    const slice = runSlice()
    longest.wallMs = Math.max(longest.wallMs, performance.now() - startMs)
    longest.cpuMs = Math.max(longest.cpuMs, threadCpuMs() - cpuMs)
    return slice
  }
}

/** From Linux's accounts of the main thread; NaN elsewhere. */
function threadCpuMs(): number {
  try {
    const accounts = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
    return Number(accounts.split(' ')[0]) / 1e6
  } catch {
    return Number.NaN
  }
}

function startHeartbeat() {
  let expectedMs = performance.now() + HEARTBEAT_MS
  let latestMs = 0
  const timer = setInterval(() => {
    const nowMs = performance.now()
    latestMs = Math.max(latestMs, nowMs - expectedMs)
    expectedMs = nowMs + HEARTBEAT_MS
  }, HEARTBEAT_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return latestMs
    },
  }
}
