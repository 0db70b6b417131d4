/** A job that stands still as soon as a record comes that somebody waits for. */

import { expect, test } from 'vitest'
import type { Element } from './element.ts'
import type { Job } from './job.ts'
import { runPipeline } from './testing/run-pipeline.ts'
import { smallOperators as operators } from './testing/small-operators.ts'

const ROWS = Array.from({ length: 100 }, (_, n) => [n, n])

const DOCUMENT = {
  format: 'millrace/1',
  name: 'Tested',
  nodes: {
    a: { operator: 'list-source', config: { rows: ROWS, chunkRows: 100 } },
    b: { operator: 'keep', config: {} },
  },
  edges: [{ from: 'a', to: 'b' }],
}

type Act = (job: Job, entered: number) => void

/** What `b` has taken in after each slice in which the job stands. */
async function stands(begin: (job: Job) => void, acts: readonly Act[]): Promise<number[]> {
  const seen: number[] = []
  const left = [...acts]
  let begun = false
  const onSlice = (job: Job) => {
    if (!begun) {
      begun = true
      begin(job)
      job.resume()
      return
    }
    if (job.state !== 'paused') return
    const entered = job.nodes().get('b')?.ledger.in ?? 0
    seen.push(entered)
    const act = left.shift()
    if (act === undefined) job.resume()
    else act(job, entered)
  }
  const { failure, nodes } = await runPipeline(DOCUMENT, { operators, onSlice, paused: true })
  expect(failure).toBeUndefined()
  expect(nodes.get('b')?.ledger.in).toBe(ROWS.length)
  return seen
}

const at = (n: number) => ({
  hits: (element: Element) => element.kind === 'batch' && element.rows.some((row) => row[0] === n),
})

test('it stands right behind the record, and goes on when it is told to', async () => {
  const begin = (job: Job) => {
    job.breakAt('b', 'out', at(41))
    job.breakAt('a', 'out', at(70))
  }
  expect(await stands(begin, [])).toEqual([42, 71])
})

test('steps that are left are not taken, and the next step is taken whole', async () => {
  const begin = (job: Job) => void job.breakAt('b', 'out', at(5))
  const acts: Act[] = [(job) => job.step(3), (job) => job.step(1)]
  expect(await stands(begin, acts)).toEqual([6, 9, 10])
  const again = (job: Job) => {
    job.breakAt('b', 'out', at(5))
    job.breakAt('b', 'out', at(8))
  }
  expect(await stands(again, [(job) => job.step(50), (job) => job.step(2)])).toEqual([6, 9, 11])
})

test('it stands behind the last record too, and ends only when it goes on', async () => {
  const begin = (job: Job) => void job.breakAt('b', 'out', at(99))
  expect(await stands(begin, [])).toEqual([100])
})

test('what is taken away stops nothing any more, and records go in many at a time again', async () => {
  let batches = 0
  const begin = (job: Job) => {
    const onStand = () => subscription.unsubscribe()
    const subscription = job.breakAt('b', 'out', { ...at(9), onStand })
    job.tap('b', 'out').subscribe((element) => {
      if (element.kind === 'batch') batches++
    })
  }
  expect(await stands(begin, [])).toEqual([10])
  expect(batches).toBeGreaterThanOrEqual(11)
  expect(batches).toBeLessThan(20)
})

test('a job that stands at a breakpoint can be stopped, and drained', async () => {
  for (const end of ['stop', 'drain'] as const) {
    const states: string[] = []
    const onSlice = (job: Job) => {
      states.push(job.state)
      if (states.length === 1) {
        job.breakAt('b', 'out', at(10))
        job.resume()
      } else if (job.state === 'paused') job[end]()
    }
    const { nodes, failure } = await runPipeline(DOCUMENT, { operators, onSlice, paused: true })
    expect(failure).toBeUndefined()
    expect(states).toContain('paused')
    expect(nodes.get('b')?.ledger.in).toBe(11)
  }
})
