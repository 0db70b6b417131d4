/**
 * Measures filter, select and tumbling window over rows in memory against a loop written by hand
 * over the same rows. The loop does what the pipeline does: leaves out, calculates, counts per page
 * and minute behind a watermark, and makes the same result objects in the same order.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings

import {
  createBatchSink,
  createMemorySource,
  seededRandom,
} from '../packages/engine/src/testing/index.ts'
import { appendStream, DOUBLE, type Row, STRING } from '../packages/pipeline/src/index.ts'
import { median, runGraph, timed } from './memory-job.ts'

export const name = 'Filter, select and tumbling window in memory, 2 M rows'

const ROWS = 2_000_000
const ROUNDS = 7
const WINDOW_MS = 60_000
const DELAY_MS = 5_000
const schema = appendStream(
  [
    { name: 'page', type: STRING },
    { name: 'user', type: STRING },
    { name: 'ms', type: DOUBLE },
  ],
  true,
)

interface Result {
  readonly page: string
  readonly window_start: number
  readonly window_end: number
  readonly views: number
  readonly slowest: number
}

export async function run() {
  const { rows, times } = makeRows()
  const byHand: Result[][] = []
  const pipeline: Result[][] = []
  const handMs: number[] = []
  const pipelineMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.()
    handMs.push(await timed(() => byHand.push(runByHand(rows, times))))
    globalThis.gc?.()
    pipelineMs.push(await timed(async () => pipeline.push(await runPipeline(rows, times))))
  }
  if (JSON.stringify(byHand.at(-1)) !== JSON.stringify(pipeline.at(-1))) {
    throw new Error('The pipeline and the loop by hand have different results.')
  }
  const perSecond = (ms: readonly number[]) => ROWS / (median(ms) / 1000)
  return [
    { name: 'loop by hand', value: perSecond(handMs), unit: 'records/s' },
    {
      name: 'pipeline',
      value: perSecond(pipelineMs),
      unit: 'records/s',
      ratio: perSecond(pipelineMs) / perSecond(handMs),
    },
  ]
}

function makeRows() {
  const random = seededRandom(1)
  const pages = Array.from({ length: 200 }, (_, index) => `/page/${index}`)
  const rows: Row[] = []
  const times: number[] = []
  for (let index = 0; index < ROWS; index++) {
    rows.push([random.pick(pages), `user-${random.integer(1, 9999)}`, random.next() * 1000])
    times.push(1_767_225_600_000 + index + random.integer(-3_000, 0))
  }
  return { rows, times }
}

function runByHand(rows: readonly Row[], times: readonly number[]): Result[] {
  const results: Result[] = []
  const open = new Map<number, Map<string, { views: number; slowest: number }>>()
  let latest = Number.NEGATIVE_INFINITY
  let nextBoundary = Number.NEGATIVE_INFINITY
  let watermark = Number.NEGATIVE_INFINITY
  const fire = (upTo: number) => {
    for (const start of [...open.keys()].sort((a, b) => a - b)) {
      const end = start + WINDOW_MS
      if (end - 1 > upTo) continue
      const groups = [...(open.get(start) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
      for (const [page, group] of groups) {
        results.push({ page, window_start: start, window_end: end, ...group })
      }
      open.delete(start)
    }
  }
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as Row
    const time = times[index] as number
    const ms = row[2] as number
    if (ms > 100) {
      const page = row[0] as string
      const seconds = ms / 1000
      const start = time - (time % WINDOW_MS)
      if (start + WINDOW_MS - 1 > watermark) {
        let groups = open.get(start)
        if (groups === undefined) {
          groups = new Map()
          open.set(start, groups)
        }
        const group = groups.get(page)
        if (group === undefined) groups.set(page, { views: 1, slowest: seconds })
        else {
          group.views++
          if (seconds > group.slowest) group.slowest = seconds
        }
      }
    }
    if (time > latest) {
      latest = time
      const next = time - DELAY_MS - 1
      if (next >= nextBoundary) {
        nextBoundary = (Math.floor((next + 1) / 100) + 1) * 100 - 1
        watermark = next
        fire(next)
      }
    }
  }
  fire(Number.POSITIVE_INFINITY)
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
    for (const [page, window_start, window_end, views, slowest] of batch.rows) {
      results.push({ page, window_start, window_end, views, slowest } as Result)
    }
  })
  const nodes = {
    source: { operator: 'memory-source', config: {} },
    slow: { operator: 'filter', config: { where: 'ms > 100' } },
    seconds: {
      operator: 'select',
      config: { columns: { page: 'page', seconds: 'ms / 1000' } },
    },
    minutes: {
      operator: 'tumbling-window',
      config: {
        size: '1m',
        groupBy: ['page'],
        aggregates: { views: 'COUNT(*)', slowest: 'MAX(seconds)' },
      },
    },
    sink: { operator: 'batch-sink', config: {} },
  }
  const edges = [
    { from: 'source', to: 'slow' },
    { from: 'slow', to: 'seconds' },
    { from: 'seconds', to: 'minutes' },
    { from: 'minutes', to: 'sink' },
  ]
  await runGraph({ nodes, edges }, [source, sink])
  return results
}
