/**
 * Measures a pattern of two stages over rows in memory against a loop written by hand over the same
 * rows: a record over a limit, and within five seconds another one of the same user that is higher
 * still. The loop waits for the watermark as the pattern does, and makes the same result objects in
 * the same order.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings

import {
  createBatchSink,
  createMemorySource,
  seededRandom,
} from '../packages/engine/src/testing/index.ts'
import { appendStream, DOUBLE, type Row, STRING } from '../packages/pipeline/src/index.ts'
import { type Graph, heldBytes, median, runGraph, timed } from './memory-job.ts'

export const name = 'Pattern of two stages in memory, 1 M rows, half of them, and all of them'

const ROWS = 1_000_000
const ROUNDS = 5
const DELAY_MS = 3_000
const WITHIN_MS = 5_000
const LIMIT = 950
const KEYS = 200_000
const START_MS = 1_767_225_600_000
const schema = appendStream(
  [
    { name: 'user', type: STRING },
    { name: 'ms', type: DOUBLE },
  ],
  true,
)

interface Result {
  readonly user: string
  readonly first: number
  readonly second: number
}

export async function run() {
  const { rows, times } = makeRows()
  const handMs: number[] = []
  const pipelineMs: number[] = []
  const halfMs: number[] = []
  const half = { rows: rows.slice(0, ROWS / 2), times: times.slice(0, ROWS / 2) }
  for (let round = 0; round < ROUNDS; round++) {
    let byHand: readonly Result[] = []
    let pipeline: readonly Result[] = []
    globalThis.gc?.()
    handMs.push(await timed(() => (byHand = runByHand(rows, times))))
    globalThis.gc?.()
    pipelineMs.push(await timed(async () => (pipeline = await runPipeline(rows, times))))
    globalThis.gc?.()
    halfMs.push(await timed(() => runPipeline(half.rows, half.times)))
    if (JSON.stringify(byHand) !== JSON.stringify(pipeline)) {
      throw new Error('The pattern and the loop by hand have different results.')
    }
  }
  const perSecond = (count: number, all: readonly number[]) => count / (median(all) / 1000)
  const hand = perSecond(ROWS, handMs)
  const whole = perSecond(ROWS, pipelineMs)
  const part = perSecond(ROWS / 2, halfMs)
  return [
    { name: 'loop by hand', value: hand, unit: 'records/s' },
    { name: 'pattern', value: whole, unit: 'records/s', ratio: whole / hand },
    { name: 'pattern, half the rows', value: part, unit: 'records/s', ratio: part / whole },
    { name: 'state of a key with one partial match', value: await stateOfKey(true), unit: 'bytes' },
    { name: 'state of a record that waits', value: await stateOfKey(false), unit: 'bytes' },
  ]
}

/** Bytes that are held for a key whose one record has been looked at, or waits to be. */
async function stateOfKey(looked: boolean): Promise<number> {
  await heapBehind(1_000, looked)
  return (await heapBehind(KEYS, looked)) / KEYS
}

async function heapBehind(keys: number, looked: boolean): Promise<number> {
  const before = heap()
  let held = Number.NaN
  const source = createMemorySource('memory-source', schema, {
    slice: (from, count) => {
      const length = Math.max(0, Math.min(count, keys - from))
      // State is measured while the job is open: at the end of input it leaves.
      if (length === 0) held = heap()
      const made = Array.from({ length }, (_, index): Row => [`user-${from + index}`, LIMIT + 1])
      return { rows: made, times: made.map((_, index) => START_MS + from + index) }
    },
    watermark: { maxOutOfOrdernessMs: looked ? 0 : 3_600_000, intervalMs: 100 },
  })
  await runGraph(graph('1h'), [source, createBatchSink('batch-sink', () => {})])
  return held - before
}

function heap(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return heldBytes()
}

function makeRows() {
  const random = seededRandom(1)
  const rows: Row[] = []
  const times: number[] = []
  for (let index = 0; index < ROWS; index++) {
    rows.push([`user-${random.integer(1, 2000)}`, random.integer(0, 100_000) / 100])
    times.push(START_MS + index + random.integer(-2_900, 0))
  }
  return { rows, times }
}

interface Waiting {
  readonly time: number
  readonly user: string
  readonly ms: number
}

function runByHand(rows: readonly Row[], times: readonly number[]): Result[] {
  const results: Result[] = []
  const open = new Map<string, Waiting[]>()
  let waiting: Waiting[] = []
  let latest = Number.NEGATIVE_INFINITY
  let nextBoundary = Number.NEGATIVE_INFINITY
  const take = (record: Waiting) => {
    const { user, ms, time } = record
    if (ms <= LIMIT) return
    const before = open.get(user)
    if (before === undefined) {
      open.set(user, [record])
      return
    }
    const left = before.filter((first) => {
      if (time - first.time >= WITHIN_MS) return false
      if (ms <= first.ms) return true
      results.push({ user, first: first.ms, second: ms })
      return false
    })
    left.push(record)
    open.set(user, left)
  }
  const advance = (upTo: number) => {
    const due = waiting.filter(({ time }) => time <= upTo)
    waiting = waiting.filter(({ time }) => time > upTo)
    due.sort((a, b) => a.time - b.time || (a.user < b.user ? -1 : a.user > b.user ? 1 : 0))
    for (const record of due) take(record)
  }
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    const time = times[index] as number
    waiting.push({ time, user: row[0] as string, ms: row[1] as number })
    if (time <= latest) continue
    latest = time
    const next = time - DELAY_MS - 1
    if (next < nextBoundary) continue
    nextBoundary = (Math.floor((next + 1) / 100) + 1) * 100 - 1
    advance(next)
  }
  advance(Number.POSITIVE_INFINITY)
  return results
}

async function runPipeline(rows: readonly Row[], times: readonly number[]): Promise<Result[]> {
  const results: Result[] = []
  const source = createMemorySource('memory-source', schema, {
    slice: (from, count) => ({
      rows: rows.slice(from, from + count),
      times: times.slice(from, from + count),
    }),
    watermark: { maxOutOfOrdernessMs: DELAY_MS, intervalMs: 100 },
  })
  const sink = createBatchSink('batch-sink', (batch) => {
    for (const [user, first, second] of batch.rows) results.push({ user, first, second } as Result)
  })
  await runGraph(graph(`${WITHIN_MS}ms`), [source, sink])
  return results
}

function graph(within: string): Graph {
  const nodes = {
    source: { operator: 'memory-source', config: {} },
    rising: {
      operator: 'pattern',
      config: {
        partitionBy: ['user'],
        pattern: [
          { name: 'a', where: `ms > ${LIMIT}` },
          { name: 'b', where: `ms > ${LIMIT} AND ms > a.ms` },
        ],
        within,
        afterMatch: 'no-skip',
        columns: { user: 'user', first: 'a.ms', second: 'b.ms' },
      },
    },
    sink: { operator: 'batch-sink', config: {} },
  }
  const edges = [
    { from: 'source', to: 'rising' },
    { from: 'rising', to: 'sink' },
  ]
  return { nodes, edges }
}
