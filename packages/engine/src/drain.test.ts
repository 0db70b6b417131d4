/** Ending the input of a job from outside. */

import { expect, test } from 'vitest'
import type { Job } from './job.ts'
import { record } from './testing/elements.ts'
import { runPipeline } from './testing/run-pipeline.ts'
import { smallOperators } from './testing/small-operators.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

const ROWS = Array.from({ length: 30 }, (_, n) => [n, n])

/** The source feeds windows that fire at watermarks, and a sink. */
async function run(source: object, drainAt: (job: Job, env: VirtualEnv) => boolean) {
  const env = new VirtualEnv()
  const document = {
    format: 'millrace/1',
    name: 'Drained',
    nodes: {
      a: {
        operator: 'list-source',
        config: { rows: ROWS, delayMs: 1000, intervalMs: 100_000, ...source },
      },
      b: { operator: 'burst' },
      c: { operator: 'slow-sink' },
    },
    edges: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ],
  }
  let drained = false
  let paused = false
  const { failure, nodes, taps } = await runPipeline(document, {
    operators: smallOperators,
    env,
    tap: ['b'],
    onSlice: (job) => {
      if (drained || !drainAt(job, env)) return
      drained = true
      paused = job.state === 'paused'
      job.drain()
    },
  })
  expect([failure, drained]).toEqual([undefined, true])
  const committed = env.disk.files.has('/c.commit')
  return { nodes, fired: taps.get('b'), committed, elapsedMs: env.clock.monotonicMs(), paused }
}

function readBy(job: Job): number {
  return job.nodes().get('a')?.ledger.in ?? 0
}

test('a live source ends where it is, what is held fires, and sinks complete', async () => {
  const { nodes, fired, committed } = await run({ everyMs: 100 }, (job) => readBy(job) >= 9)
  expect(nodes.get('a')?.ledger).toMatchObject({ in: 9, passed: 9 })
  // The first record raised the first watermark, which fired for it.
  expect(fired?.at(-1)).toEqual(record({ n: 8 }, Number.POSITIVE_INFINITY))
  expect(committed).toBe(true)
})

test('a pace holds nothing back any more, and a bounded source reads no further', async () => {
  const source = { pace: { recordsPerSecond: 1 } }
  const { nodes, elapsedMs, committed } = await run(source, (job) => readBy(job) >= 4)
  expect(nodes.get('a')?.ledger).toMatchObject({ in: 4, passed: 4 })
  expect(elapsedMs).toBeLessThan(5000)
  expect(committed).toBe(true)
})

test('a job that is paused goes on to its end', async () => {
  const { committed, paused } = await run({ everyMs: 100 }, (job) => {
    if (readBy(job) < 3) return false
    job.pause()
    return true
  })
  expect([committed, paused]).toEqual([true, true])
})

test('a sink that is behind holds back a firing too, not only the sources', async () => {
  const env = new VirtualEnv()
  let outstandingMax = 0
  const document = {
    format: 'millrace/1',
    name: 'Flushed',
    nodes: {
      a: { operator: 'list-source', config: { rows: [[1, 1]] } },
      b: { operator: 'burst', config: { copies: 200_000 } },
      c: { operator: 'slow-sink', config: { weight: 1 } },
    },
    edges: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ],
  }
  const operators = smallOperators.map((operator) => {
    if (operator.id !== 'slow-sink' || operator.run === undefined) return operator
    const { run } = operator
    let outstanding = 0
    return {
      ...operator,
      run: (...[config, inputs, context]: Parameters<typeof run>) => {
        const { add, remove } = context.outstanding
        const counted = {
          add: (count: number) => {
            outstanding += count
            outstandingMax = Math.max(outstandingMax, outstanding)
            add(count)
          },
          remove: (count: number) => {
            outstanding -= count
            remove(count)
          },
        }
        return run.call(operator, config, inputs, { ...context, outstanding: counted })
      },
    }
  })
  const { failure, nodes } = await runPipeline(document, { operators, env })
  expect(failure).toBeUndefined()
  expect(nodes.get('c')?.ledger.in).toBe(200_000)
  expect(outstandingMax).toBeGreaterThan(10)
  // The limit, and what a slice of some thousand rows comes to in batches.
  expect(outstandingMax).toBeLessThan(50)
})

test('what the pace of a live source would only let in later does not go in', async () => {
  const source = { everyMs: 1, chunkRows: 30, pace: { recordsPerSecond: 10 } }
  const { nodes, committed } = await run(source, (job) => readBy(job) >= 4)
  expect(nodes.get('a')?.ledger.in).toBeLessThanOrEqual(5)
  expect(committed).toBe(true)
})
