/** Sources with several output ports: who gets which row, and what everybody gets. */

import { expect, test } from 'vitest'
import { defineOperator } from './operator.ts'
import { record, watermark } from './testing/elements.ts'
import { runPipeline } from './testing/run-pipeline.ts'
import { dealingSource, smallOperators } from './testing/small-operators.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

function document(config: object, edges: readonly string[] = []) {
  const below = [...new Set(edges.map((edge) => edge.split(' > ')[1] ?? ''))]
  return {
    format: 'millrace/1',
    name: 'Tested',
    nodes: {
      a: { operator: 'dealing-source', config },
      ...Object.fromEntries(below.map((id) => [id, { operator: 'meet', config: {} }])),
    },
    edges: edges.map((edge) => {
      const [from, to] = edge.split(' > ')
      return { from, to }
    }),
  }
}

const ROWS = [[5, 2], [3, 1], [9, 3], 'no number', [12, 4]]

test.each([1, 2, 100])(
  'each row leaves by its port and watermarks by all, in batches of %i',
  async (batchRowsMax) => {
    const { taps, nodes, deadLetters } = await runPipeline(document({ rows: ROWS, delayMs: 2 }), {
      operators: smallOperators,
      tap: ['a.even', 'a.odd'],
      batchRowsMax,
    })
    expect(taps.get('a.even')).toEqual([
      record({ n: 2 }, 5),
      watermark(2),
      watermark(6),
      record({ n: 4 }, 12),
      watermark(9),
    ])
    expect(taps.get('a.odd')).toEqual([
      watermark(2),
      record({ n: 1 }, 3),
      record({ n: 3 }, 9),
      watermark(6),
      watermark(9),
    ])
    expect(nodes.get('a')?.ledger).toMatchObject({
      in: 5,
      passed: 4,
      deadLettered: 1,
      out: 5,
      ports: { even: 2, odd: 2, errors: 1 },
    })
    expect(deadLetters.map(({ raw }) => raw)).toEqual(['no number'])
  },
)

test.each([1, 3, 1000])(
  'where its ports meet again, rows stand as they were read, in batches of %i',
  async (batchRowsMax) => {
    const rows = Array.from({ length: 50 }, (_, n) => [n, (n * 7) % 11])
    const { taps } = await runPipeline(document({ rows }, ['a.even > all', 'a.odd > all']), {
      operators: smallOperators,
      tap: ['all'],
      batchRowsMax,
    })
    const met = taps.get('all')?.flatMap((element) => ('row' in element ? [element.row.n] : []))
    expect(met).toEqual(rows.map(([, n]) => n))
    const marks = taps.get('all')?.filter((element) => 'watermark' in element)
    expect(marks).toHaveLength(50)
  },
)

test('a port without event time has none, and both end with the source', async () => {
  const { taps, failure } = await runPipeline(
    document({ rows: [[1, 1]], timed: false }, ['a.even > x', 'a.odd > y']),
    { operators: smallOperators, tap: ['x', 'y'] },
  )
  expect(failure).toBeUndefined()
  expect([taps.get('x'), taps.get('y')]).toEqual([[], [record({ n: 1 })]])
})

test('silence lets every port go idle, and a record makes every port active', async () => {
  const rows = [
    [10, 1],
    [20, 2],
  ]
  const env = new VirtualEnv()
  const idle: (boolean | undefined)[] = []
  const { nodes, taps } = await runPipeline(
    document({ rows, everyMs: 500, idleTimeoutMs: 100, chunkRows: 1, delayMs: 5 }, [
      'a.even > x',
      'a.odd > y',
    ]),
    {
      operators: smallOperators,
      tap: ['x', 'y'],
      env,
      onSlice: (job) => {
        const now = job.nodes()
        const states = ['x', 'y'].map((id) => now.get(id)?.idle)
        expect(states[0]).toBe(states[1])
        if (states[0] !== idle.at(-1)) idle.push(states[0])
      },
    },
  )
  expect(idle).toEqual([false, true, false, true, false, true])
  expect(nodes.get('x')?.watermarkMs).toBe(Number.POSITIVE_INFINITY)
  expect(taps.get('x')).toContainEqual(record({ n: 2 }, 20))
})

test('a row for a port that is not there fails the job as a fault of ours', async () => {
  const astray = defineOperator({
    ...dealingSource,
    read: (config, context) => {
      const reader = dealingSource.read?.(config, context)
      if (reader === undefined) throw new Error('A source has something to read with.')
      return { ...reader, read: () => ({ rows: [[1]], times: [1], rowPorts: [2], rejects: [] }) }
    },
  })
  const { failure } = await runPipeline(document({ rows: [] }), { operators: [astray] })
  expect(failure).toMatchObject({ domain: 'internal', retry: false })
  expect(failure?.message).toContain('Source "a" gave row 0 to a port that it does not have.')
})
