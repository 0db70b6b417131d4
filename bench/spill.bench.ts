/**
 * What it costs to keep more state than memory has room for: the newest text of each of 300,000
 * keys, once with room for all of it and once with room for a quarter, from the same records. One
 * half of the records goes to a hundredth of the keys, the other half anywhere.
 */
// node-flags: --expose-gc --disallow-code-generation-from-strings --max-old-space-size=6000

import { tmpdir } from 'node:os'
import path from 'node:path'
import { createNodeEnv } from '../apps/runtime/src/env/node-env.ts'
import { openSpillFile } from '../apps/runtime/src/env/spill-file.ts'
import { drive, type Env, Job, toJobPlan } from '../packages/engine/src/index.ts'
import { createBatchSink, createMemorySource } from '../packages/engine/src/testing/index.ts'
import { operators } from '../packages/operators/src/index.ts'
import {
  appendStream,
  checkPipeline,
  INTEGER,
  parseDocument,
  problemLine,
  type Row,
  STRING,
} from '../packages/pipeline/src/index.ts'

export const name = 'State in memory, and the same with room for a quarter of it'

const ROWS = 1_000_000
const KEYS = 300_000
const WARM_KEYS = KEYS / 100
const TEXT_LENGTH = 1_000
const MEGABYTE = 1_048_576
/** Of the memory that is said to be there, 0.7 are for state, and of those 0.7 are filled. */
const ROOM_PART = 0.49

const schema = appendStream(
  [
    { name: 'key', type: INTEGER },
    { name: 'text', type: STRING },
  ],
  true,
)

/** 31 bits that look like dice. */
function mixed(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x45d9f3b)
  const twice = Math.imul(once ^ (once >>> 15), 0x2c1b3c6d)
  return (twice ^ (twice >>> 13)) >>> 1
}

/** The same for the same place, however the rows are cut. */
function rowAt(index: number): Row {
  const dice = mixed(index)
  const key = mixed(dice) % (dice % 2 === 0 ? WARM_KEYS : KEYS)
  // Made of bytes, so that it takes what it says.
  return [key, Buffer.alloc(TEXT_LENGTH, 97 + (index % 26)).toString('latin1')]
}

function slice(from: number, count: number) {
  const times = Array.from({ length: Math.min(count, ROWS - from) }, (_, index) => from + index)
  return { rows: times.map(rowAt), times }
}

interface Measured {
  readonly seconds: number
  readonly heapMb: number
  readonly digest: number
}

async function measure(env: Env): Promise<Measured> {
  let digest = 0
  const sink = createBatchSink('batch-sink', ({ rows }) => {
    for (const row of rows) digest = (Math.imul(digest, 31) + Number(row[1])) | 0
  })
  const source = createMemorySource('memory-source', schema, {
    slice,
    watermark: { maxOutOfOrdernessMs: 0, intervalMs: 1_000 },
  })
  const document = {
    format: 'millrace/1',
    name: 'Benchmark',
    nodes: {
      from: { operator: 'memory-source', config: {} },
      newest: {
        operator: 'group-aggregate',
        config: { groupBy: ['key'], aggregates: { n: 'COUNT(*)', text: 'LAST_VALUE(text)' } },
      },
      to: { operator: 'batch-sink', config: {} },
    },
    edges: [
      { from: 'from', to: 'newest' },
      { from: 'newest', to: 'to' },
    ],
  }
  const { pipeline, problems } = parseDocument(JSON.stringify(document))
  if (pipeline === undefined) throw new Error(problems.map(problemLine).join('\n'))
  const registry = new Map([...operators, source, sink].map((one) => [one.id, one]))
  const job = new Job(toJobPlan(checkPipeline(pipeline, registry)), {
    env,
    resolvePath: (file) => file,
    deadLetters: () => {},
  })
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const startMs = performance.now()
  const failure = await drive(job, env)
  const seconds = (performance.now() - startMs) / 1000
  if (failure !== undefined) throw new Error(failure.message, { cause: failure.cause })
  globalThis.gc?.()
  const heapMb = (process.memoryUsage().heapUsed - before) / MEGABYTE
  job.release()
  return { seconds, heapMb, digest }
}

export async function run() {
  const row = (title: string, value: number, unit: string) => ({ name: title, value, unit })
  const world = createNodeEnv()
  const whole = await measure({ ...world, memoryBytesMax: 100_000 * MEGABYTE })
  const quarterMb = whole.heapMb / 4
  const folder = path.join(tmpdir(), 'millrace-bench')
  const narrow = await measure({
    ...world,
    memoryBytesMax: (quarterMb * MEGABYTE) / ROOM_PART,
    openSpillSpace: () => openSpillFile(folder, path.resolve('apps/runtime/package.json')),
  })
  if (narrow.digest !== whole.digest) throw new Error('The results differ.')
  return [
    row('state in memory', whole.heapMb, 'MB'),
    row('  with room for a quarter', narrow.heapMb, 'MB'),
    row('records, all in memory', ROWS / whole.seconds / 1000, 'k/s'),
    row('  with room for a quarter', ROWS / narrow.seconds / 1000, 'k/s'),
    row('  ratio', whole.seconds / narrow.seconds, ''),
  ]
}
