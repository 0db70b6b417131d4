/** Checkpoints of whole jobs: what goes wrong with them, what ends meanwhile, and edits. */

import { describe, expect, test } from 'vitest'
import { decodeMeta, EntryKeys, encodeMeta, readCheckpoint } from './checkpoint.ts'
import { fitCheckpoint } from './checkpoint-fit.ts'
import { END_OF_TIME_MS, START_OF_TIME_MS } from './element.ts'
import { DiskError, type Timers } from './env.ts'
import { Job } from './job.ts'
import { toJobPlan } from './plan.ts'
import { encodeState } from './state-codec.ts'
import { MemoryCheckpoints } from './testing/memory-checkpoints.ts'
import { createOutboxSink, Outbox } from './testing/outbox.ts'
import { checkDocument, driveVirtually } from './testing/run-pipeline.ts'
import { smallOperators } from './testing/small-operators.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

const ROWS = Array.from({ length: 20 }, (_, n) => [n * 10, n % 10])

interface Nodes {
  readonly [id: string]: { readonly operator: string; readonly config?: object }
}

const LIST = {
  operator: 'list-source',
  config: { rows: ROWS, chunkRows: 4, delayMs: 15, intervalMs: 50 },
}
const COUNTED: Nodes = {
  list: LIST,
  count: { operator: 'burst', config: {} },
  out: { operator: 'outbox-sink' },
}

function document(nodes: Nodes, edges: readonly (readonly [string, string])[]) {
  const named = Object.entries(nodes).map(([id, node]) => [id, { config: {}, ...node }])
  return {
    format: 'millrace/1',
    name: 'Test',
    nodes: Object.fromEntries(named),
    edges: edges.map(([from, to]) => ({ from, to })),
  }
}

const LINE = [
  ['list', 'count'],
  ['count', 'out'],
] as const

/** A process that may be started again on what the one before it has left. */
class Process {
  readonly outbox = new Outbox()
  env = new VirtualEnv()
  store = new MemoryCheckpoints()
  readonly nodes: Nodes
  readonly edges: readonly (readonly [string, string])[]

  constructor(nodes: Nodes = COUNTED, edges: readonly (readonly [string, string])[] = LINE) {
    this.nodes = nodes
    this.edges = edges
  }

  plan(nodes = this.nodes, edges = this.edges) {
    const sink = createOutboxSink(this.outbox, { pause: async () => {} })
    return toJobPlan(checkDocument(document(nodes, edges), [...smallOperators, sink]))
  }

  async start(nodes = this.nodes, edges = this.edges): Promise<Job> {
    this.store = new MemoryCheckpoints(this.store)
    this.env = new VirtualEnv()
    return new Job(this.plan(nodes, edges), {
      env: this.env,
      batchRowsMax: 1,
      resolvePath: (path) => path,
      deadLetters: () => {},
      checkpoints: { store: this.store, restored: await readCheckpoint(this.store, this.env) },
    })
  }

  async end(job: Job) {
    await driveVirtually(job, this.env)
    return job.finish()
  }

  get visible(): readonly string[] {
    return this.outbox.visible.get('out') ?? []
  }
}

async function reference(): Promise<readonly string[]> {
  const process = new Process()
  expect(await process.end(await process.start())).toBeUndefined()
  return process.visible
}

/** Runs until so many records are in, and no further. */
async function runTo(job: Job, records: number): Promise<void> {
  job.pause()
  job.step(records)
  await settle(job)
}

async function settle(job: Job): Promise<void> {
  for (let round = 0; round < 200; round++) {
    job.runSlice()
    await Promise.resolve()
  }
}

async function checkpoint(job: Job): Promise<void> {
  const taken = job.checkpoint()
  await settle(job)
  await taken
}

describe('what goes wrong', () => {
  test('a checkpoint that cannot be written fails the job, which can be started again', async () => {
    const expected = await reference()
    const process = new Process()
    const job = await process.start()
    await runTo(job, 9)
    process.store.beforeWrite = () =>
      Promise.reject(new DiskError('no-space', '/jobs/1', 'The disk is full.'))
    const taken = job.checkpoint().catch((error: unknown) => error)
    await settle(job)
    expect(await taken).toBeInstanceOf(DiskError)
    const failure = await process.end(job)
    expect(failure).toMatchObject({ domain: 'external', retry: true })
    expect(failure?.message).toContain('The disk is full.')
    expect(process.visible).toEqual([])
    expect(await process.end(await process.start())).toBeUndefined()
    expect(process.visible).toEqual(expected)
  })

  test('what was stored although the disk did not say so becomes visible after the restart', async () => {
    const expected = await reference()
    const process = new Process()
    const job = await process.start()
    await runTo(job, 9)
    process.store.afterWrite = () =>
      Promise.reject(new DiskError('other', '/jobs/1', 'The disk does not answer.'))
    const taken = job.checkpoint().catch((error: unknown) => error)
    await settle(job)
    expect(await taken).toBeInstanceOf(DiskError)
    expect(await process.end(job)).toMatchObject({ retry: true })
    expect(process.visible).toEqual([])
    const again = await process.start()
    await settle(again)
    expect(await process.end(again)).toBeUndefined()
    expect(process.visible).toEqual(expected)
  })

  test('a sink that refuses is named', async () => {
    const nodes = { ...COUNTED, slow: { operator: 'slow-sink', config: { failAt: 'prepare' } } }
    const process = new Process(nodes, [...LINE, ['count', 'slow']])
    const failure = await process.end(await process.start())
    expect(failure).toMatchObject({ nodeId: 'slow', message: 'It does not prepare.' })
  })

  test('without a store, asking for a checkpoint is refused', async () => {
    const process = new Process()
    const job = new Job(process.plan(), {
      env: process.env,
      resolvePath: (path) => path,
      deadLetters: () => {},
    })
    await expect(job.checkpoint()).rejects.toThrow('The job takes no checkpoints.')
  })
})

describe('what ends meanwhile', () => {
  /** A checkpoint is being written, and waits for `release`. */
  async function whileWriting(process: Process) {
    const job = await process.start()
    await runTo(job, 9)
    let release: () => void = () => {}
    process.store.beforeWrite = () =>
      new Promise((resolve) => {
        release = resolve
      })
    const taken = job.checkpoint()
    await settle(job)
    process.store.beforeWrite = async () => {}
    return { job, taken, release: () => release() }
  }

  test('turns go on while a checkpoint is written, and the next one waits for it', async () => {
    const process = new Process()
    const { job, taken, release } = await whileWriting(process)
    const next = job.checkpoint()
    job.step(4)
    await settle(job)
    expect(job.nodes().get('list')?.ledger.in).toBe(13)
    expect(await process.store.list()).toEqual([])
    release()
    await settle(job)
    expect([(await taken).id, (await next).id]).toEqual([1, 2])
    const stored = await readCheckpoint(process.store, process.env, 1)
    expect(stored?.meta.nodes['list']?.ledger.in).toBe(9)
  })

  test('a job that is stopped completes the checkpoint, and the next one is given up', async () => {
    const expected = await reference()
    const process = new Process()
    const { job, taken, release } = await whileWriting(process)
    const next = job.checkpoint().catch((error: unknown) => error)
    job.stop()
    const finished = process.end(job)
    release()
    expect(await finished).toBeUndefined()
    expect((await taken).id).toBe(1)
    expect(await next).toEqual(new Error('The job has ended before the checkpoint was taken.'))
    expect(process.visible.length).toBeGreaterThan(0)
    expect(process.visible.length).toBeLessThan(expected.length)
    expect(await process.end(await process.start())).toBeUndefined()
    expect(process.visible).toEqual(expected)
  })

  test('a job that is suspended takes nothing in behind its last checkpoint', async () => {
    const expected = await reference()
    const process = new Process()
    const job = await process.start()
    await runTo(job, 9)
    job.resume()
    const suspended = job.suspend()
    job.setPace(undefined)
    expect(await process.end(job)).toBeUndefined()
    const { id } = await suspended
    expect(job.state).toBe('stopped')
    const last = await readCheckpoint(process.store, process.env)
    expect(last?.id).toBe(id)
    expect(last?.meta.nodes['list']?.ledger).toEqual(job.nodes().get('list')?.ledger)
    expect(await process.end(await process.start())).toBeUndefined()
    expect(process.visible).toEqual(expected)
  })

  test('a job that is suspended while a checkpoint is written takes its last one behind it', async () => {
    const process = new Process()
    const { job, release } = await whileWriting(process)
    const suspended = job.suspend()
    const ended = process.end(job)
    await settle(job)
    release()
    expect(await ended).toBeUndefined()
    expect((await suspended).id).toBe(2)
  })

  test('numbers come behind those that are stored, and each checkpoint is told of', async () => {
    const process = new Process()
    const taken: number[] = []
    const job = new Job(process.plan(), {
      env: process.env,
      resolvePath: (path) => path,
      deadLetters: () => {},
      checkpoints: {
        store: process.store,
        lastId: 41,
        onTaken: ({ id, tookMs, isLast }) => {
          expect([tookMs >= 0, isLast]).toEqual([true, id === 43])
          taken.push(id)
        },
      },
    })
    await runTo(job, 3)
    await checkpoint(job)
    job.resume()
    expect(await process.end(job)).toBeUndefined()
    expect(taken).toEqual([42, 43])
  })

  test('a job that is drained takes its last checkpoint behind the one that is written', async () => {
    const process = new Process()
    const { job, taken, release } = await whileWriting(process)
    job.drain()
    const finished = process.end(job)
    await settle(job)
    release()
    expect(await finished).toBeUndefined()
    expect((await taken).id).toBe(1)
    const last = await readCheckpoint(process.store, process.env)
    expect(last).toMatchObject({ id: 2, meta: { finished: true } })
    expect(process.visible.at(-1)).toContain('Infinity')
  })

  test('a job that has finished does nothing when it is started again', async () => {
    const expected = await reference()
    const process = new Process()
    const job = await process.start()
    await process.end(job)
    const books = job.nodes()
    const again = await process.start()
    expect(await process.end(again)).toBeUndefined()
    expect(again.state).toBe('finished')
    expect(process.visible).toEqual(expected)
    expect((await process.store.list()).length).toBe(1)
    expect(again.nodes().get('list')?.ledger).toEqual(books.get('list')?.ledger)
  })
})

test('an idle source is idle after a restart, and holds nobody back', async () => {
  const silent = { rows: [[0, 1]], everyMs: 100_000, idleTimeoutMs: 50 }
  const nodes = {
    list: { operator: 'list-source', config: { rows: ROWS, everyMs: 10 } },
    silent: { operator: 'list-source', config: silent },
    both: { operator: 'meet' },
    out: { operator: 'outbox-sink' },
  }
  const process = new Process(nodes, [
    ['list', 'both'],
    ['silent', 'both'],
    ['both', 'out'],
  ])
  const job = await process.start()
  const idle = (one: Job) =>
    one
      .nodes()
      .get('both')
      ?.inputs.map((input) => input.idle)
  for (let steps = 0; !idle(job)?.includes(true); steps++) {
    if (steps > 50) throw new Error('No source is idle.')
    await settle(job)
    process.env.advance(10)
  }
  await checkpoint(job)
  const again = await process.start()
  await settle(again)
  expect(idle(again)).toEqual(idle(job))
  const before = again.nodes().get('both')?.watermarkMs ?? Number.NaN
  process.env.advance(10)
  await settle(again)
  expect(again.nodes().get('both')?.watermarkMs).toBeGreaterThan(before)
})

describe('an edited pipeline', () => {
  async function stored(process: Process) {
    const job = await process.start()
    await runTo(job, 9)
    await checkpoint(job)
    job.stop()
    await process.end(job)
    const read = await readCheckpoint(process.store, process.env)
    if (read === undefined) throw new Error('Nothing is stored.')
    return read
  }

  test.each<[string, Nodes, readonly (readonly [string, string])[], readonly object[]]>([
    ['is the same', COUNTED, LINE, ['list', 'count', 'out'].map(kept)],
    [
      'has other settings',
      { ...COUNTED, count: { operator: 'burst', config: { copies: 2 } } },
      LINE,
      [kept('list'), lost('count', `${SINCE} setting "copies".`), kept('out')],
    ],
    [
      'has another operator',
      { ...COUNTED, count: { operator: 'keep' } },
      LINE,
      [kept('list'), lost('count', 'The node was a burst and is a keep now.'), kept('out')],
    ],
    [
      'has a node less and one more',
      { list: LIST, filter: { operator: 'keep' }, out: { operator: 'outbox-sink' } },
      [
        ['list', 'filter'],
        ['filter', 'out'],
      ],
      [
        kept('list'),
        { nodeId: 'filter', kind: 'new' },
        kept('out'),
        lost('count', 'The node is not in the pipeline any more.'),
      ],
    ],
    [
      'reads something else',
      { ...COUNTED, list: { operator: 'list-source', config: { rows: [[0, 1]] } } },
      LINE,
      [
        lost(
          'list',
          `${SINCE} setting "rows", setting "delayMs", setting "intervalMs", setting "chunkRows".`,
        ),
        kept('count'),
        kept('out'),
      ],
    ],
  ])('%s: each node says what becomes of its state', async (_, nodes, edges, fits) => {
    const process = new Process()
    const { meta } = await stored(process)
    expect(fitCheckpoint(meta, process.plan(nodes, edges))).toEqual(fits)
  })

  test('what a node held whose state is lost has expired, and is gone for good', async () => {
    const process = new Process()
    const { meta } = await stored(process)
    const held = meta.nodes['count']?.ledger.held ?? 0
    expect(held).toBeGreaterThan(0)
    const edited = { ...COUNTED, count: { operator: 'burst', config: { copies: 2 } } }
    const job = await process.start(edited)
    expect(job.nodes().get('count')).toMatchObject({
      watermarkMs: meta.nodes['count']?.runner?.outgoingMs,
      ledger: { in: 9, held: 0, expired: held },
    })
    await checkpoint(job)
    job.stop()
    await process.end(job)
    const again = await process.start(edited)
    expect(again.nodes().get('count')?.ledger).toMatchObject({ in: 9, held: 0, expired: held })
    expect(await process.end(again)).toBeUndefined()
    const { ledger } = again.nodes().get('count') ?? {}
    expect(ledger).toMatchObject({ in: 20, held: 0, expired: held, absorbed: 20 - held })
  })

  test('state that was left out does not come back with the setting that it was made by', async () => {
    const process = new Process()
    await stored(process)
    for (const copies of [2, 1]) {
      const job = await process.start({
        ...COUNTED,
        count: { operator: 'burst', config: { copies } },
      })
      await checkpoint(job)
      job.stop()
      await process.end(job)
    }
    const last = await readCheckpoint(process.store, process.env)
    expect([...(last?.states.get('count')?.snapshot() ?? [])]).toEqual([])
    expect(last?.meta.nodes['count']?.ledger.held).toBe(0)
  })

  test('what is added to a job that had finished comes to its end, however often it goes on', async () => {
    const process = new Process()
    await process.end(await process.start())
    const before = process.visible
    const nodes = { ...COUNTED, added: { operator: 'outbox-sink' } }
    const edges = [...LINE, ['count', 'added'] as const]
    const suspended = await process.start(nodes, edges)
    const asked = suspended.suspend()
    await settle(suspended)
    await asked
    expect(await process.end(suspended)).toBeUndefined()
    expect(suspended.state).toBe('stopped')
    for (const stored of [3, 3]) {
      const job = await process.start(nodes, edges)
      expect(await process.end(job)).toBeUndefined()
      expect(job.state).toBe('finished')
      expect(job.nodes().get('added')?.watermarkMs).toBe(END_OF_TIME_MS)
      expect((await process.store.list()).at(-1)?.id).toBe(stored)
    }
    expect(process.visible).toEqual(before)
    expect(process.outbox.visible.get('added')).toEqual([])
  })

  test('a new edge from an idle source holds nobody back', async () => {
    const list = { operator: 'list-source', config: { rows: ROWS, everyMs: 10 } }
    const config = { rows: [[0, 1]], everyMs: 100_000, idleTimeoutMs: 50 }
    const nodes = {
      list,
      silent: { operator: 'list-source', config },
      seen: { operator: 'outbox-sink' },
      heard: { operator: 'outbox-sink' },
    }
    const edges = [
      ['list', 'seen'],
      ['silent', 'heard'],
    ] as const
    const process = new Process(nodes, edges)
    const job = await process.start()
    for (let steps = 0; job.nodes().get('silent')?.idle !== true; steps++) {
      if (steps > 50) throw new Error('The source is not idle.')
      await settle(job)
      process.env.advance(10)
    }
    await checkpoint(job)
    const edited = { ...nodes, both: { operator: 'meet' }, out: { operator: 'outbox-sink' } }
    const again = await process.start(edited, [
      ...edges,
      ['list', 'both'],
      ['silent', 'both'],
      ['both', 'out'],
    ])
    await settle(again)
    const { watermarkMs } = again.nodes().get('both') ?? {}
    expect(watermarkMs).toBeGreaterThan(START_OF_TIME_MS)
    expect(watermarkMs).toBe(again.nodes().get('list')?.watermarkMs)
  })

  test('a source that reads something else begins with its first record', async () => {
    const process = new Process()
    await stored(process)
    const rows = [
      [500, 1],
      [600, 2],
    ]
    const job = await process.start({
      ...COUNTED,
      list: { operator: 'list-source', config: { rows } },
    })
    expect(await process.end(job)).toBeUndefined()
    expect(job.nodes().get('list')?.ledger.in).toBe(2)
    expect(job.nodes().get('count')?.ledger.in).toBe(9 + 2)
  })
})

test('a checkpoint of a newer Millrace is refused by name', () => {
  const newer = encodeState({ format: 2 })
  expect(() => decodeMeta(newer)).toThrow(
    'The checkpoint has format 2, and this Millrace reads format 1. ' +
      'Start it with the version that wrote the checkpoint, or a newer one.',
  )
})

const SINCE = 'What it has kept means something else now, since this changed:'

function kept(nodeId: string) {
  return { nodeId, kind: 'kept' }
}

function lost(nodeId: string, reason: string) {
  return { nodeId, kind: 'lost', reason }
}

test('while much state is decoded, others have the thread now and then', async () => {
  const value = encodeState('x'.repeat(1000))
  const keys = new EntryKeys('node')
  const state = function* () {
    for (let key = 0; key < 2000; key++) {
      yield { key: keys.keyOf({ part: 'table t', path: [0, key], keyGroup: 0, value }), value }
    }
  }
  const store = new MemoryCheckpoints()
  const meta = encodeMeta({ finished: false, nodes: {}, prepared: {} })
  await store.write({ id: 1, atMs: 1, full: true, meta, changes: state() })
  const { clock, random, ids, disk } = new VirtualEnv()
  let given = 0
  const timers: Timers = {
    after: () => () => {},
    yield: (callback) => {
      given++
      callback()
    },
  }
  const restored = await readCheckpoint(store, { clock, random, ids, disk, timers })
  expect(restored?.states.get('node')?.size().entries).toBe(2000)
  // Two million bytes, a quarter of a million at once.
  expect(given).toBeGreaterThan(5)
})
