/** The run loop: order, batches, slices, pace, ends. */

import { expect, test } from 'vitest'
import type { Job } from './job.ts'
import { record, watermark } from './testing/elements.ts'
import { seededRandom } from './testing/random.ts'
import { runPipeline } from './testing/run-pipeline.ts'
import { smallOperators } from './testing/small-operators.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

type Nodes = { readonly [id: string]: readonly [operator: string, config?: object] }

function pipeline(nodes: Nodes, edges: readonly (readonly [string, string])[]) {
  return {
    format: 'millrace/1',
    name: 'Tested',
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([id, [operator, config = {}]]) => [id, { operator, config }]),
    ),
    edges: edges.map(([from, to]) => ({ from, to })),
  }
}

const operators = smallOperators

/** Rows with event times that go up, with some disorder. */
function rows(count: number, seed: number, from = 0): [number, number][] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, n) => [from + n * 2 + random.integer(-6, 6), n])
}

async function run(
  nodes: Nodes,
  edges: readonly (readonly [string, string])[],
  tap: readonly string[],
  options: { batchRowsMax?: number; env?: VirtualEnv; onSlice?(job: Job): void } = {},
) {
  return runPipeline(pipeline(nodes, edges), { operators, tap, ...options })
}

test('a source sends a watermark behind each record that raises it, and rows pass in between', async () => {
  const source: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [5, 1],
          [3, 2],
          [9, 3],
        ],
        delayMs: 2,
      },
    ],
  }
  const { taps } = await run(source, [], ['a'])
  expect(taps.get('a')).toEqual([
    record({ n: 1 }, 5),
    watermark(2),
    record({ n: 2 }, 3),
    record({ n: 3 }, 9),
    watermark(6),
  ])
})

test('a watermark leaves only when it enters another interval', async () => {
  const times = [
    [0, 1],
    [99, 2],
    [100, 3],
    [150, 4],
    [310, 5],
  ]
  const source: Nodes = { a: ['list-source', { rows: times, intervalMs: 100 }] }
  const { taps } = await run(source, [], ['a'])
  const marks = taps.get('a')?.filter((element) => 'watermark' in element)
  expect(marks).toEqual([watermark(-1), watermark(99), watermark(309)])
})

test('bounded sources are read by lowest watermark, ties by node id', async () => {
  const nodes: Nodes = {
    b: [
      'list-source',
      {
        rows: [
          [1, 10],
          [3, 30],
          [5, 50],
        ],
        chunkRows: 2,
      },
    ],
    a: [
      'list-source',
      {
        rows: [
          [1, 11],
          [2, 20],
          [9, 90],
        ],
      },
    ],
    all: ['meet'],
  }
  const { taps } = await run(
    nodes,
    [
      ['a', 'all'],
      ['b', 'all'],
    ],
    ['all'],
  )
  const numbers = taps.get('all')?.flatMap((element) => ('row' in element ? [element.row.n] : []))
  expect(numbers).toEqual([11, 10, 20, 30, 90, 50])
})

/**
 * One source, two filters, one of them followed by a node that fires at watermarks: the paths meet
 * again.
 *
 *     a ──► even ─────────► all ──► twice ──► end
 *       ──► third ──► burst ─┘                 ▲
 *       ───────────────────────────────────────┘
 */
const diamond: Nodes = {
  a: ['list-source', { rows: rows(300, 7), delayMs: 5, intervalMs: 10, chunkRows: 37 }],
  even: ['keep', { divisor: 2 }],
  third: ['keep', { divisor: 3 }],
  sums: ['burst', { copies: 3 }],
  all: ['meet'],
  twice: ['keep', { copies: 2 }],
  end: ['meet'],
}
const diamondEdges = [
  ['a', 'even'],
  ['a', 'third'],
  ['even', 'all'],
  ['third', 'sums'],
  ['sums', 'all'],
  ['all', 'twice'],
  ['twice', 'end'],
  ['a', 'end'],
] as const

test('where paths meet, rows come in the order of the records they stem from', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
          [5, 5],
          [6, 6],
        ],
        intervalMs: 3,
      },
    ],
    even: ['keep', { divisor: 2 }],
    odd: ['keep', { divisor: 2, remainder: 1, copies: 2 }],
    all: ['meet'],
  }
  const edges = [
    ['a', 'even'],
    ['a', 'odd'],
    ['even', 'all'],
    ['odd', 'all'],
  ] as const
  const { taps } = await run(nodes, edges, ['all'])
  const numbers = taps.get('all')?.map((element) => ('row' in element ? element.row.n : element))
  expect(numbers).toEqual([1, 1, watermark(0), 2, 3, 3, watermark(2), 4, 5, 5, 6, watermark(5)])
})

test('what a watermark causes stands at its place among the rows of the other path', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
        ],
        intervalMs: 2,
      },
    ],
    count: ['burst', { copies: 2 }],
    all: ['meet'],
  }
  const edges = [
    ['a', 'all'],
    ['a', 'count'],
    ['count', 'all'],
  ] as const
  const { taps } = await run(nodes, edges, ['all'])
  // The input from "a" comes before the one from "count".
  expect(taps.get('all')).toEqual([
    record({ n: 1 }, 1),
    record({ n: 1 }, 0),
    record({ n: 1 }, 0),
    watermark(0),
    record({ n: 2 }, 2),
    record({ n: 1 }, 1),
    record({ n: 1 }, 1),
    watermark(1),
    record({ n: 3 }, 3),
    record({ n: 4 }, 4),
    record({ n: 2 }, 3),
    record({ n: 2 }, 3),
    watermark(3),
  ])
})

test.each([1, 7, 1000])('output does not depend on the batch size (%i)', async (batchRowsMax) => {
  const reference = await run(diamond, diamondEdges, ['end', 'all'])
  const { taps, nodes } = await run(diamond, diamondEdges, ['end', 'all'], { batchRowsMax })
  expect(taps).toEqual(reference.taps)
  expect(nodes.get('end')?.ledger).toEqual(reference.nodes.get('end')?.ledger)
  expect(taps.get('end')?.length).toBeGreaterThan(900)
})

test('output does not depend on where slices end', async () => {
  const reference = await run(diamond, diamondEdges, ['end', 'all'])
  for (const tickMs of [0.01, 0.4, 3, 20]) {
    const env = new VirtualEnv()
    env.tickMs = tickMs
    const { taps } = await run(diamond, diamondEdges, ['end', 'all'], { env })
    expect(taps, `a clock that moves ${tickMs} ms at each look`).toEqual(reference.taps)
  }
})

test('two sources that meet give the same whatever the batch size', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const nodes: Nodes = {
      a: ['list-source', { rows: rows(200, seed), delayMs: 4, intervalMs: 5, chunkRows: 64 }],
      b: [
        'list-source',
        { rows: rows(200, seed + 50, 31), delayMs: 9, intervalMs: 3, chunkRows: 11 },
      ],
      all: ['meet'],
      sums: ['burst'],
    }
    const edges = [
      ['a', 'all'],
      ['b', 'all'],
      ['all', 'sums'],
    ] as const
    const reference = await run(nodes, edges, ['all', 'sums'], { batchRowsMax: 1 })
    const { taps } = await run(nodes, edges, ['all', 'sums'])
    expect(taps, `seed ${seed}`).toEqual(reference.taps)
  }
})

test('a firing of many rows is left and resumed, and nothing overtakes it', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
      },
    ],
    many: ['burst', { copies: 20_000 }],
    again: ['burst', { copies: 5 }],
    all: ['meet'],
  }
  const edges = [
    ['a', 'many'],
    ['many', 'again'],
    ['again', 'all'],
    ['a', 'all'],
  ] as const
  let slices = 0
  const env = new VirtualEnv()
  env.tickMs = 0.5
  const onSlice = () => {
    slices++
  }
  const { taps, nodes: views } = await run(nodes, edges, ['again'], { env, onSlice })
  const five = Array.from({ length: 5 }, () => ({ n: 20_000 }))
  const results = taps.get('again')?.flatMap((element) => ('row' in element ? [element.row] : []))
  expect(results).toEqual([...five, ...five, ...five])
  expect(slices).toBeGreaterThan(50)
  expect(views.get('again')?.ledger).toMatchObject({
    in: 60_000,
    absorbed: 60_000,
    held: 0,
    out: 15,
  })
})

test('records that cannot be read are dead letters of the source, in their place', async () => {
  const nodes: Nodes = {
    a: ['list-source', { rows: [[1, 1], 'x', [2, 2], 'y', 'z'], chunkRows: 9 }],
  }
  const { deadLetters, nodes: views } = await run(nodes, [], [])
  expect(deadLetters.map(({ raw, reason, nodeId }) => [raw, reason, nodeId])).toEqual([
    ['x', 'It is a text.', 'a'],
    ['y', 'It is a text.', 'a'],
    ['z', 'It is a text.', 'a'],
  ])
  expect(views.get('a')?.ledger).toMatchObject({ in: 5, passed: 2, deadLettered: 3 })
})

test('an errors port that is connected keeps its records out of the dead letters', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [1, 12],
          [2, 13],
        ],
      },
    ],
    b: ['keep'],
    sink: ['slow-sink'],
  }
  const { deadLetters, nodes: views } = await run(
    nodes,
    [
      ['a', 'b'],
      ['b.errors', 'sink'],
    ],
    [],
  )
  expect(deadLetters).toEqual([])
  expect(views.get('sink')?.ledger).toMatchObject({ in: 1, passed: 1 })
})

test('a failing operator fails the job with its node, and sinks abort', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [1, 1],
          [2, 666],
          [3, 3],
        ],
      },
    ],
    b: ['keep'],
    sink: ['slow-sink'],
  }
  const { failure, env } = await run(
    nodes,
    [
      ['a', 'b'],
      ['b', 'sink'],
    ],
    [],
  )
  expect(failure).toMatchObject({ domain: 'user', nodeId: 'b', message: '666!' })
  expect([...env.disk.files.keys()]).toEqual(['/sink.abort'])
})

test('no sink commits before every sink has prepared', async () => {
  const nodes: Nodes = {
    a: ['list-source', { rows: [[1, 1]] }],
    first: ['slow-sink'],
    second: ['slow-sink', { failAt: 'prepare' }],
  }
  const { failure, env } = await run(
    nodes,
    [
      ['a', 'first'],
      ['a', 'second'],
    ],
    [],
  )
  expect(failure).toMatchObject({ domain: 'external', nodeId: 'second' })
  const steps = [...env.disk.files.keys()]
  expect(steps).toEqual(['/first.prepare', '/second.prepare', '/first.abort', '/second.abort'])
})

test('no batch is taken while more is outstanding than allowed', async () => {
  const nodes: Nodes = {
    a: ['list-source', { rows: rows(30, 1), chunkRows: 1 }],
    sink: ['slow-sink', { weight: 10 }],
  }
  const { env, nodes: views } = await run(nodes, [['a', 'sink']], [], { batchRowsMax: 1 })
  expect(views.get('sink')?.ledger.in).toBe(30)
  // Two records of weight 10 pass the limit of 16, and both are let go 5 ms later.
  expect(env.clock.monotonicMs()).toBe((30 / 2) * 5)
})

test('a paused job lets in as many records as it is asked to step', async () => {
  const nodes: Nodes = { a: ['list-source', { rows: rows(10, 1) }], b: ['keep'] }
  const seen: number[] = []
  let slices = 0
  const onSlice = (job: Job) => {
    seen.push(job.nodes().get('b')?.ledger.in ?? 0)
    slices++
    if (slices === 1) job.step(2)
    else if (slices === 2) job.step()
    else job.resume()
  }
  const env = new VirtualEnv()
  const document = pipeline(nodes, [['a', 'b']])
  const { failure } = await runPipeline(document, { operators, env, onSlice, paused: true })
  expect(failure).toBeUndefined()
  expect(seen).toEqual([0, 2, 3])
})

test('a source with a rate takes the time that its records take', async () => {
  const pace = { recordsPerSecond: 10 }
  const nodes: Nodes = { a: ['list-source', { rows: rows(21, 1), pace }] }
  const { env } = await run(nodes, [], [])
  expect(env.clock.monotonicMs()).toBe(2000)
})

test.each([3, 7, 1300, 4000])(
  'a job of %i records a second lets each in at its moment, whatever rounding says',
  async (perSecond) => {
    const env = new VirtualEnv()
    env.advance(0.1 + 0.2)
    const before = env.clock.monotonicMs()
    let slices = 0
    const onSlice = (job: Job) => {
      // One that looks again and again at a moment that does not pass.
      if (slices++ > 2000) job.stop()
      if (slices > 1) return
      job.setPace(perSecond)
      job.resume()
    }
    const document = pipeline({ a: ['list-source', { rows: rows(200, 1), chunkRows: 50 }] }, [])
    const ran = await runPipeline(document, { operators, env, onSlice, paused: true })
    expect(ran.nodes.get('a')?.ledger.ports['out']).toBe(200)
    const tookMs = env.clock.monotonicMs() - before
    // So many may go in at once as go in a second, and the first goes in when it wants.
    expect(tookMs).toBeGreaterThan(0.9 * Math.max(0, ((199 - perSecond) * 1000) / perSecond))
    expect(tookMs).toBeLessThanOrEqual((200 * 1000) / perSecond + 1)
  },
)

test.each([
  [0, 1000, 199, 199],
  [10, 1000, 20, 200],
  [10, 50, 199, 3980],
])(
  'a job that rests %i ms takes in %i records a second, none too late, in so many turns',
  async (restMs, recordsPerSecond, turns, tookMs) => {
    const pace = { recordsPerSecond }
    const env = new VirtualEnv()
    let slices = 0
    const onSlice = (job: Job) => {
      const due = Math.floor(((env.clock.monotonicMs() - restMs) * recordsPerSecond) / 1000)
      expect(job.nodes().get('a')?.ledger.ports['out']).toBeGreaterThanOrEqual(Math.min(200, due))
      slices++
    }
    const document = pipeline({ a: ['list-source', { rows: rows(200, 1), pace }] }, [])
    await runPipeline(document, { operators, env, restMs, onSlice })
    expect([slices, env.clock.monotonicMs()]).toEqual([turns, tookMs])
  },
)

test('a source paced by event time keeps the gaps between its records', async () => {
  const pace = { eventTimeSpeed: 2 }
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [0, 1],
          [1000, 2],
          [400, 3],
          [5000, 4],
        ],
        pace,
      },
    ],
  }
  const { env } = await run(nodes, [], [])
  expect(env.clock.monotonicMs()).toBe(2500)
})

test('a silent live source goes idle, and what it held back leaves', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [10, 1],
          [20, 2],
        ],
        everyMs: 1000,
        chunkRows: 1,
        idleTimeoutMs: 300,
      },
    ],
    b: ['list-source', { rows: rows(50, 1, 100), everyMs: 10, chunkRows: 1 }],
    all: ['meet'],
    sums: ['burst'],
  }
  const edges = [
    ['a', 'all'],
    ['b', 'all'],
    ['all', 'sums'],
  ] as const
  const at: number[] = []
  const env = new VirtualEnv(0)
  const onSlice = (job: Job) => {
    if ((job.nodes().get('sums')?.watermarkMs ?? 0) > 20) at.push(env.clock.nowMs())
  }
  await run(nodes, edges, [], { env, onSlice })
  expect(at[0]).toBe(300)
})

test('a source that ends while it is idle still brings the end of time to everything below', async () => {
  const list = { rows: [[10, 1]], everyMs: 1000, chunkRows: 1, idleTimeoutMs: 300 }
  const nodes: Nodes = { a: ['list-source', list], sums: ['burst'] }
  const result = await run(nodes, [['a', 'sums']], [], { env: new VirtualEnv(0) })
  expect(result.nodes.get('sums')?.watermarkMs).toBe(Number.POSITIVE_INFINITY)
})

test('a live source with nothing to say never holds a bounded one back', async () => {
  const nodes: Nodes = {
    live: ['list-source', { rows: [[0, 1]], everyMs: 60_000 }],
    a: ['list-source', { rows: rows(500, 1) }],
    all: ['meet'],
  }
  const env = new VirtualEnv(0)
  let doneAtMs = -1
  const onSlice = (job: Job) => {
    if (doneAtMs < 0 && job.nodes().get('a')?.watermarkMs === Number.POSITIVE_INFINITY) {
      doneAtMs = env.clock.nowMs()
    }
  }
  await run(
    nodes,
    [
      ['a', 'all'],
      ['live', 'all'],
    ],
    [],
    { env, onSlice },
  )
  expect(doneAtMs).toBe(0)
})

test('a stopped job fires nothing more, and sinks leave what was there', async () => {
  const nodes: Nodes = {
    a: ['list-source', { rows: rows(100, 1), chunkRows: 1, pace: { recordsPerSecond: 100 } }],
    sums: ['burst'],
    sink: ['slow-sink'],
  }
  const onSlice = (job: Job) => {
    if ((job.nodes().get('sums')?.ledger.in ?? 0) > 20) job.stop()
  }
  const {
    failure,
    nodes: views,
    env,
  } = await run(
    nodes,
    [
      ['a', 'sums'],
      ['sums', 'sink'],
    ],
    [],
    { onSlice },
  )
  expect(failure).toBeUndefined()
  expect(views.get('a')?.ledger.in).toBeLessThan(30)
  expect([...env.disk.files.keys()]).toEqual(['/sink.abort'])
})

test('a failed job says what it had not come to, and its ledgers balance', async () => {
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [1, 1],
          [2, 2],
          [3, 666],
          [4, 4],
          [5, 5],
        ],
        chunkRows: 5,
      },
    ],
    b: ['keep'],
  }
  const { failure, nodes: views } = await run(nodes, [['a', 'b']], [])
  expect(failure?.nodeId).toBe('b')
  expect(views.get('b')?.ledger).toMatchObject({ in: 5, passed: 2, inFlight: 3 })
})

test('a source whose records wait for their pace is silent, and goes idle', async () => {
  const pace = { eventTimeSpeed: 1 }
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [10, 1],
          [20, 2],
          [60_000, 3],
        ],
        pace,
        idleTimeoutMs: 300,
      },
    ],
    b: ['list-source', { rows: rows(50, 1, 100), everyMs: 10, chunkRows: 1 }],
    all: ['meet'],
  }
  const at: number[] = []
  const env = new VirtualEnv(0)
  const onSlice = (job: Job) => {
    if ((job.nodes().get('all')?.watermarkMs ?? 0) > 20) at.push(env.clock.nowMs())
  }
  await run(
    nodes,
    [
      ['a', 'all'],
      ['b', 'all'],
    ],
    [],
    { env, onSlice },
  )
  expect(at[0]).toBeLessThan(1000)
})

test('a bounded source that has gone idle holds no other one back', async () => {
  const pace = { eventTimeSpeed: 1 }
  const nodes: Nodes = {
    a: [
      'list-source',
      {
        rows: [
          [10, 1],
          [60_000, 2],
        ],
        pace,
        idleTimeoutMs: 300,
      },
    ],
    b: ['list-source', { rows: rows(500, 1, 100) }],
    all: ['meet'],
  }
  const env = new VirtualEnv(0)
  let doneAtMs = -1
  const onSlice = (job: Job) => {
    const { watermarkMs = 0 } = job.nodes().get('b') ?? {}
    if (doneAtMs < 0 && watermarkMs === Number.POSITIVE_INFINITY) doneAtMs = env.clock.nowMs()
  }
  await run(
    nodes,
    [
      ['a', 'all'],
      ['b', 'all'],
    ],
    [],
    { env, onSlice },
  )
  expect(doneAtMs).toBeLessThan(1000)
})

test('time spent in pause is not made up for by a burst', async () => {
  const pace = { recordsPerSecond: 10 }
  const nodes: Nodes = { a: ['list-source', { rows: rows(40, 1), pace, chunkRows: 40 }] }
  const env = new VirtualEnv(0)
  let paused = false
  const seen: number[] = []
  const onSlice = (job: Job) => {
    const taken = job.nodes().get('a')?.ledger.in ?? 0
    seen.push(taken)
    if (paused || taken < 10) return
    paused = true
    job.pause()
    env.advance(60_000)
    job.resume()
  }
  await run(nodes, [], [], { env, onSlice })
  expect(paused).toBe(true)
  const steps = seen.map((taken, index) => taken - (seen[index - 1] ?? 0))
  expect(Math.max(...steps)).toBeLessThanOrEqual(2)
})

test('what a node throws as it starts fails the job, and closes what had started', async () => {
  const nodes: Nodes = {
    a: ['list-source', { rows: [[1, 1]] }],
    first: ['slow-sink'],
    second: ['slow-sink', { failAt: 'start' }],
  }
  const { failure, env } = await run(
    nodes,
    [
      ['a', 'first'],
      ['a', 'second'],
    ],
    [],
  )
  expect(failure).toMatchObject({ nodeId: 'second', message: 'It does not start.' })
  expect([...env.disk.files.keys()]).toEqual(['/first.abort'])
})
