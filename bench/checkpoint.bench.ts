/**
 * Measures what checkpoints cost a job with a million keys: for how long the thread is held at most
 * while 10,000 changes are cut and stored, how many bytes that is, what noting changes costs while
 * records come, and how long it takes to go on from everything. The store keeps what it is given in
 * memory; writing it to a disk happens off this thread. Times are processor time of the thread,
 * since on a busy machine it also waits for a processor.
 */
// node-flags: --max-old-space-size=4096 --disallow-code-generation-from-strings

import { readFileSync } from 'node:fs'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import {
  type CheckpointStore,
  type CheckpointWrite,
  drive,
  Job,
  readCheckpoint,
  type StateChange,
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
import { median } from './memory-job.ts'

export const name = 'Checkpoints of a job with 1 M keys'

const KEYS = 1_000_000
const CHANGES = 10_000
const ROUNDS = 40
const UPDATES = 500_000

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

const document = {
  format: 'millrace/1',
  name: 'Checkpoints',
  nodes: {
    source: { operator: 'memory-source', config: {} },
    groups: {
      operator: 'group-aggregate',
      config: { groupBy: ['user'], aggregates: { n: 'COUNT(*)', sum: 'SUM(amount)' } },
    },
    sink: { operator: 'batch-sink', config: {} },
  },
  edges: [
    { from: 'source', to: 'groups' },
    { from: 'groups', to: 'sink' },
  ],
}

/** The newest checkpoint, in memory. */
class KeptInMemory implements CheckpointStore {
  readonly wantsFull = false
  readonly newestId = 0
  /** Of the last write. */
  entries = 0
  bytes = 0
  readonly #entries = new Map<string, StateChange>()
  #last: Pick<CheckpointWrite, 'id' | 'atMs' | 'meta'> | undefined

  async write({ id, atMs, meta, changes }: CheckpointWrite): Promise<void> {
    this.entries = 0
    this.bytes = meta.length
    for await (const change of changes) {
      this.entries++
      this.bytes += change.key.length + (change.value?.length ?? 0)
      this.#entries.set(String.fromCharCode(...change.key), change)
    }
    this.#last = { id, atMs, meta }
  }

  async read() {
    const entries = this.#entries
    return (
      this.#last && {
        ...this.#last,
        entries: async function* () {
          yield* entries.values()
        },
      }
    )
  }

  async list() {
    return []
  }

  async close(): Promise<void> {}
}

type Restored = Awaited<ReturnType<typeof readCheckpoint>>

function createJob(store: CheckpointStore | undefined, restored?: Restored): Job {
  const { pipeline } = parseDocument(JSON.stringify(document))
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
  const row = (name: string, value: number, unit: string) => ({ name, value, unit })
  const bare = await updatesPerSecondBare()
  const store = new KeptInMemory()
  const job = createJob(store)
  job.pause()
  const ended = drive(job, createNodeEnv())
  await taken(job, KEYS)
  const first = await watched(() => job.checkpoint())
  const full = { ms: first.tookMs, entries: store.entries, bytes: store.bytes }
  const withIt = await rounds(job, () => job.checkpoint())
  const changed = { entries: store.entries, bytes: store.bytes }
  const noted = await updatesPerSecond(job)
  await job.checkpoint()
  const without = await rounds(job, async () => {})
  job.stop()
  await ended
  const startMs = threadCpuMs()
  const restored = await readCheckpoint(store, createNodeEnv())
  const again = createJob(store, restored)
  const restoreMs = threadCpuMs() - startMs
  again.stop()
  await drive(again, createNodeEnv())
  return [
    row('thread held while 10 k changes are stored, p99 of 40', percentile(withIt.held, 99), 'ms'),
    row('  the median', median(withIt.held), 'ms'),
    row('  the same 10 k records without a checkpoint, p99', percentile(without.held, 99), 'ms'),
    row('all of a checkpoint, median', median(withIt.took), 'ms'),
    row('entries of one', changed.entries, ''),
    row('bytes of one', changed.bytes, 'B'),
    row('the first one, of 1 M keys: thread held', first.heldMs, 'ms'),
    row('  all of it', full.ms, 'ms'),
    row('  entries', full.entries, ''),
    row('  bytes', full.bytes / 1e6, 'MB'),
    row('going on from all of it', restoreMs, 'ms'),
    row('records/s when changes are noted, to when not', noted / bare, 'ratio'),
  ]
}

/** Resolves when so many more records have gone through the paused job. */
async function taken(job: Job, records: number): Promise<void> {
  const count = () => job.nodes().get('groups')?.ledger.in ?? 0
  const until = count() + records
  job.step(records)
  while (count() < until) await new Promise<void>((resolve) => setImmediate(resolve))
}

async function rounds(job: Job, checkpoint: () => Promise<unknown>) {
  const held: number[] = []
  const took: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const { heldMs } = await watched(async () => {
      await taken(job, CHANGES)
      const startMs = threadCpuMs()
      await checkpoint()
      took.push(threadCpuMs() - startMs)
    })
    held.push(heldMs)
  }
  return { held, took }
}

/** The longest time in which nobody else had the thread meanwhile. */
async function watched(work: () => Promise<unknown>) {
  let heldMs = 0
  let lastMs = threadCpuMs()
  let isOver = false
  const look = () => {
    const nowMs = threadCpuMs()
    heldMs = Math.max(heldMs, nowMs - lastMs)
    lastMs = nowMs
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  const startMs = threadCpuMs()
  await work()
  isOver = true
  return { heldMs, tookMs: threadCpuMs() - startMs }
}

/** From Linux's accounts of the main thread, which leave waiting for a processor out. */
function threadCpuMs(): number {
  const accounts = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
  return Number(accounts.split(' ')[0]) / 1e6
}

/** Behind the million keys. */
async function updatesPerSecond(job: Job): Promise<number> {
  const startMs = threadCpuMs()
  await taken(job, UPDATES)
  return UPDATES / ((threadCpuMs() - startMs) / 1000)
}

async function updatesPerSecondBare(): Promise<number> {
  const job = createJob(undefined)
  job.pause()
  const ended = drive(job, createNodeEnv())
  await taken(job, KEYS)
  // What it is compared with has gone through as many records by then.
  await taken(job, ROUNDS * CHANGES)
  const perSecond = await updatesPerSecond(job)
  job.stop()
  await ended
  return perSecond
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100))] ?? 0
}
