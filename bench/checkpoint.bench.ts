/**
 * Measures what checkpoints cost a job with a million keys: for how long the thread is held while
 * 10,000 changes are cut, encoded and written, with the job at rest and with records that go on
 * coming; how many bytes that is, what noting changes costs while records come, and how long it
 * takes to go on from everything. Checkpoints go into files of a folder, as those of a server do,
 * and V8 has the young generation that a server gives its engines.
 */
// node-flags: --max-semi-space-size=4 --disallow-code-generation-from-strings --disable-proto=throw

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { openCheckpointFolder } from '../apps/runtime/src/storage/checkpoint-folder.ts'
import {
  type CheckpointStore,
  type CheckpointWrite,
  drive,
  Job,
  readCheckpoint,
  type StateChange,
  type StateChanges,
  toJobPlan,
} from '../packages/engine/src/index.ts'
import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import { operators } from '../packages/operators/src/index.ts'
import {
  appendStream,
  checkPipeline,
  DOUBLE,
  parseDocument,
  type Row,
  STRING,
} from '../packages/pipeline/src/index.ts'
import { type Hold, holdsDuring, percentile, TurnClock, threadCpuMs } from './held-thread.ts'
import { median } from './memory-job.ts'

export const name = 'Checkpoints of a job with 1 M keys'

const KEYS = 1_000_000
const CHANGES = 10_000
/** Records that come while a checkpoint is written, in the rounds in which some do. */
const MEANWHILE = 50_000
const ROUNDS = 100
const UPDATES = 500_000
const LIMIT_MS = 20

const schema = appendStream(
  [
    { name: 'user', type: STRING },
    { name: 'amount', type: DOUBLE },
  ],
  true,
)

/** Every key once, and then keys from all over. */
const source = createMemorySource('memory-source', schema, {
  slice: (from, count) => {
    const rows: Row[] = []
    const times: number[] = []
    const until = from + count
    for (let index = from; index < until; index++) {
      rows.push([`user-${index < KEYS ? index : (index * 7919) % KEYS}`, index + 0.5])
      times.push(index)
    }
    return { rows, times }
  },
  watermark: { maxOutOfOrdernessMs: 0, intervalMs: 100_000 },
})

const numbers = { n: 'COUNT(*)', sum: 'SUM(amount)' }

/** By what a group is held as. */
const KINDS = {
  numbers: { groupBy: ['user'], aggregates: numbers },
  'objects with a time to live': {
    groupBy: ['user'],
    aggregates: numbers,
    stateTimeToLive: '1d',
  },
}

function documentOf(config: object) {
  return {
    format: 'millrace/1',
    name: 'Checkpoints',
    nodes: {
      source: { operator: 'memory-source', config: {} },
      groups: { operator: 'group-aggregate', config },
      sink: { operator: 'batch-sink', config: {} },
    },
    edges: [
      { from: 'source', to: 'groups' },
      { from: 'groups', to: 'sink' },
    ],
  }
}

/** Counts what the folder is given. */
class CountedStore implements CheckpointStore {
  /** Of the last write. */
  entries = 0
  bytes = 0
  readonly #store: CheckpointStore

  constructor(store: CheckpointStore) {
    this.#store = store
  }

  get wantsFull(): boolean {
    return this.#store.wantsFull
  }

  get newestId(): number {
    return this.#store.newestId
  }

  read(id?: number) {
    return this.#store.read(id)
  }

  write(checkpoint: CheckpointWrite): Promise<void> {
    this.entries = 0
    this.bytes = checkpoint.meta.length
    return this.#store.write({ ...checkpoint, changes: this.#counted(checkpoint.changes) })
  }

  list() {
    return this.#store.list()
  }

  close() {
    return this.#store.close()
  }

  async *#counted(changes: StateChanges): AsyncGenerator<readonly StateChange[]> {
    for await (const some of changes) {
      const portion = 'key' in some ? [some] : some
      this.entries += portion.length
      for (const { key, value } of portion) this.bytes += key.length + (value?.length ?? 0)
      yield portion
    }
  }
}

type Restored = Awaited<ReturnType<typeof readCheckpoint>>

function createJob(config: object, store: CheckpointStore | undefined, restored?: Restored): Job {
  const { pipeline } = parseDocument(JSON.stringify(documentOf(config)))
  if (pipeline === undefined) throw new Error('The pipeline of the benchmark is none.')
  const sink = createBatchSink('batch-sink', () => {})
  const registry = new Map([...operators, source, sink].map((one) => [one.id, one]))
  return new Job(toJobPlan(checkPipeline(pipeline, registry)), {
    env: createNodeEnv(),
    resolvePath: (path) => path,
    deadLetters: () => {},
    ...(store && { checkpoints: { store, ...(restored && { restored }) } }),
  })
}

export async function run() {
  const rows: ReturnType<typeof row>[] = []
  for (const [kind, config] of Object.entries(KINDS)) {
    const root = mkdtempSync(path.join(tmpdir(), 'millrace-checkpoints-'))
    try {
      rows.push({ name: `groups that are ${kind}`, value: KEYS, unit: 'keys' })
      rows.push(...(await measure(config, root)))
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  }
  return rows
}

async function measure(config: object, root: string) {
  const env = createNodeEnv()
  const open = () => openCheckpointFolder({ env, root, owner: 'measured' })
  const store = new CountedStore(await open())
  const job = createJob(config, store)
  const turns = new TurnClock(job)
  job.pause()
  const ended = drive(job, env)
  const arriving = await holdsDuring(turns, () => taken(job, KEYS))
  const startMs = threadCpuMs()
  const first = await holdsDuring(turns, () => job.checkpoint())
  const full = { ms: threadCpuMs() - startMs, entries: store.entries, bytes: store.bytes }
  const measured = await rounds(job, turns)
  const changed = { entries: store.entries, bytes: store.bytes }
  const noted = await updatesPerSecond(job)
  job.stop()
  await ended
  await store.close()
  return [
    row('  while the keys arrive, the longest hold', longest(arriving), 'ms'),
    ...heldRows('  the first checkpoint, of all keys', [first], LIMIT_MS),
    row('    all of it', full.ms, 'ms'),
    row('    entries', full.entries, ''),
    row('    bytes', full.bytes / 1e6, 'MB'),
    ...heldRows('  one of 10 k changes, job at rest', measured.atRest, LIMIT_MS),
    row('    all of it, median', median(measured.tookMs), 'ms'),
    row('    entries', changed.entries, ''),
    row('    bytes', changed.bytes, 'B'),
    ...heldRows('  one of 10 k changes while 50 k records come', measured.busy),
    ...heldRows('  50 k records without a checkpoint', measured.without),
    row('  going on from all of it', await restoreMs(config, await open()), 'ms'),
    row(
      '  records/s when changes are noted, to when not',
      noted / (await updatesPerSecondBare(config)),
      'ratio',
    ),
  ]
}

function row(name: string, value: number, unit: string, limit?: number) {
  return { name, value, unit, ...(limit !== undefined && { limit }) }
}

/** All holds, the longest of each round, and what the longest of all was made of. */
function heldRows(title: string, measured: readonly (readonly Hold[])[], limitMs?: number) {
  const worst = measured.map(worstOf)
  const all = measured.flat()
  const { cpuMs, wallMs, turnsMs, collectedMs } = worstOf(worst)
  return [
    row(`${title}: holds of the thread, p99`, percentile(all.map(held), 99), 'ms', limitMs),
    ...(measured.length > 1
      ? [
          row('    the longest of each, p99', percentile(worst.map(held), 99), 'ms', limitMs),
          row('    the longest of each, median', median(worst.map(held)), 'ms'),
        ]
      : []),
    row('    the longest of all', cpuMs, 'ms'),
    row('      by the clock', wallMs, 'ms'),
    row('      of that, turns and the cut', turnsMs, 'ms'),
    row('      of that, V8 collecting', collectedMs, 'ms'),
  ]
}

function held({ cpuMs }: Hold): number {
  return cpuMs
}

function worstOf(holds: readonly Hold[]): Hold {
  const none = { startMs: 0, wallMs: 0, cpuMs: 0, turnsMs: 0, collectedMs: 0 }
  return holds.reduce((worst, hold) => (hold.cpuMs > worst.cpuMs ? hold : worst), none)
}

function longest(holds: readonly Hold[]): number {
  return worstOf(holds).cpuMs
}

/** Resolves when so many more records have gone through the paused job. */
async function taken(job: Job, records: number): Promise<void> {
  const count = () => job.nodes().get('groups')?.ledger.in ?? 0
  const until = count() + records
  job.step(records)
  while (count() < until) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** With a checkpoint alone, with one while records come, and with records alone, in turn. */
async function rounds(job: Job, turns: TurnClock) {
  const atRest: (readonly Hold[])[] = []
  const busy: (readonly Hold[])[] = []
  const without: (readonly Hold[])[] = []
  const tookMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await taken(job, CHANGES)
    busy.push(
      await holdsDuring(turns, () => Promise.all([job.checkpoint(), taken(job, MEANWHILE)])),
    )
    without.push(await holdsDuring(turns, () => taken(job, MEANWHILE)))
    await job.checkpoint()
    await taken(job, CHANGES)
    const startMs = threadCpuMs()
    atRest.push(await holdsDuring(turns, () => job.checkpoint()))
    tookMs.push(threadCpuMs() - startMs)
  }
  return { atRest, busy, without, tookMs }
}

async function restoreMs(config: object, store: CheckpointStore): Promise<number> {
  const env = createNodeEnv()
  const startMs = threadCpuMs()
  const restored = await readCheckpoint(store, env)
  const job = createJob(config, store, restored)
  const tookMs = threadCpuMs() - startMs
  job.stop()
  await drive(job, env)
  await store.close()
  return tookMs
}

/** Behind the million keys. */
async function updatesPerSecond(job: Job): Promise<number> {
  const startMs = threadCpuMs()
  await taken(job, UPDATES)
  return UPDATES / ((threadCpuMs() - startMs) / 1000)
}

async function updatesPerSecondBare(config: object): Promise<number> {
  const job = createJob(config, undefined)
  job.pause()
  const ended = drive(job, createNodeEnv())
  await taken(job, KEYS)
  // What it is compared with has gone through more records by then.
  await taken(job, UPDATES)
  const perSecond = await updatesPerSecond(job)
  job.stop()
  await ended
  return perSecond
}
