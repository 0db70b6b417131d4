/** However many groups fire at once, the thread is given back between them. */

import { createMemorySource, runPipeline, VirtualEnv } from '@millrace/engine/testing'
import { appendStream, INTEGER } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
import { slidingWindow } from './sliding-window.ts'
import { tumblingWindow } from './tumbling-window.ts'

const KEYS = 5000

const windows = [tumblingWindow, hoppingWindow, sessionWindow, cumulateWindow, slidingWindow]

/** One record of each key in each of the two first seconds. */
const source = createMemorySource('memory', appendStream([{ name: 'key', type: INTEGER }], true), {
  watermark: { maxOutOfOrdernessMs: 0, intervalMs: 100 },
  slice: (from, count) => {
    const indexes = Array.from({ length: Math.min(count, 2 * KEYS - from) }, (_, n) => from + n)
    return {
      rows: indexes.map((index) => [index % KEYS]),
      times: indexes.map((index) => Math.floor(index / KEYS) * 1000),
    }
  },
})

test.each([
  ['tumbling-window', { size: '1h' }, KEYS],
  ['hopping-window', { size: '2s', slide: '1s' }, 3 * KEYS],
  ['session-window', { gap: '1h' }, KEYS],
  ['cumulate-window', { size: '2s', step: '1s' }, 2 * KEYS],
  ['sliding-window', { size: '1h' }, 3 * KEYS],
  ['tumbling-window', { size: '1h', allowedLateness: '1h' }, KEYS],
  ['hopping-window', { size: '2s', slide: '1s', allowedLateness: '1h' }, 3 * KEYS],
  ['session-window', { gap: '1h', allowedLateness: '1h' }, KEYS],
])('%s with %j works on few groups in a slice', async (operator, config, results) => {
  const env = new VirtualEnv()
  // A slice is 10 ms, and so it is over after so many looks at the clock.
  env.tickMs = 1
  let before = 0
  let rowsASliceMax = 0
  const { nodes, failure } = await runPipeline(
    {
      format: 'millrace/1',
      name: 'Many groups',
      nodes: {
        source: { operator: 'memory', config: {} },
        window: {
          operator,
          config: { ...config, groupBy: ['key'], aggregates: { n: 'COUNT(*)' } },
        },
      },
      edges: [{ from: 'source', to: 'window' }],
    },
    {
      operators: [source, ...windows],
      env,
      onSlice: (job) => {
        const out = job.nodes().get('window')?.ledger.out ?? 0
        rowsASliceMax = Math.max(rowsASliceMax, out - before)
        before = out
      },
    },
  )
  expect(failure).toBeUndefined()
  expect(nodes.get('window')?.ledger).toMatchObject({
    in: 2 * KEYS,
    absorbed: 2 * KEYS,
    out: results,
  })
  expect(rowsASliceMax).toBeLessThan(100)
})

test('one late record may be in very many windows, and the thread is given back between them', async () => {
  const late = createMemorySource('late', appendStream([{ name: 'key', type: INTEGER }], true), {
    watermark: { maxOutOfOrdernessMs: 0, intervalMs: 1 },
    slice: (from, count) => {
      const times = [1_000_000, 3_000_000, 1_000_001].slice(from, from + count)
      return { rows: times.map(() => [1]), times }
    },
  })
  const env = new VirtualEnv()
  env.tickMs = 1
  let before = 0
  let rowsASliceMax = 0
  const { nodes, failure } = await runPipeline(
    {
      format: 'millrace/1',
      name: 'Many windows',
      nodes: {
        source: { operator: 'late', config: {} },
        window: {
          operator: 'hopping-window',
          config: {
            size: '1000s',
            slide: '1s',
            allowedLateness: '1d',
            aggregates: { n: 'COUNT(*)' },
          },
        },
      },
      edges: [{ from: 'source', to: 'window' }],
    },
    {
      operators: [late, hoppingWindow],
      env,
      onSlice: (job) => {
        const out = job.nodes().get('window')?.ledger.out ?? 0
        rowsASliceMax = Math.max(rowsASliceMax, out - before)
        before = out
      },
    },
  )
  expect(failure).toBeUndefined()
  // 1,000 windows of the first, 1,000 of the second, and an update of the first in each.
  expect(nodes.get('window')?.ledger).toMatchObject({ in: 3, absorbed: 3, out: 4000 })
  expect(rowsASliceMax).toBeLessThan(100)
})
