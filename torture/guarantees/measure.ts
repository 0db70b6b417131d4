/** What each sink does with its records when its job crashes, at every place: counted. */

import { type Job, toJobPlan } from '../../packages/engine/src/index.ts'
import { checkDocument, MemoryNet } from '../../packages/engine/src/testing/index.ts'
import { openLog } from '../../packages/storage/src/index.ts'
import { CATALOGUE } from '../jobs/catalogue.ts'
import { settle, type World } from '../jobs/world.ts'
import { type Counted, crashEverywhere, type Outside } from './crash-places.ts'

export interface MeasuredSink {
  readonly sink: string
  /** Where it makes a difference to what; absent for most. */
  readonly to?: string
  readonly records: number
  readonly withCheckpoints: Counted
  readonly without: Counted
}

interface Subject {
  readonly sink: string
  readonly to?: string
  readonly config: object
  seen(given: {
    readonly world: World
    readonly job: Job
    readonly net: MemoryNet
  }): Promise<readonly number[]>
}

const RECORDS = 12
const URL = 'https://shop.example/orders'

/** Every sink of the catalogue must be here; a test looks. */
export const SUBJECTS: readonly Subject[] = [
  {
    sink: 'file-sink',
    config: { path: 'out.jsonl', format: 'jsonl' },
    seen: async ({ world }) => {
      const bytes = world.disk.files().get('/out/out.jsonl') ?? new Uint8Array(0)
      return numbers(Buffer.from(bytes).toString().split('\n').filter(Boolean))
    },
  },
  { sink: 'topic-sink', config: { topic: 'out' }, seen: ({ world }) => readTopic(world) },
  {
    sink: 'http-sink',
    config: { url: URL },
    seen: async ({ net }) => numbers(net.received.map(({ body }) => body)),
  },
  {
    sink: 'http-sink',
    to: 'an endpoint that knows keys',
    config: { url: URL },
    seen: async ({ net }) => {
      const byKey = net.received.map(
        ({ headers, body }) => [headers.get('idempotency-key'), body] as const,
      )
      return numbers([...new Map(byKey).values()])
    },
  },
  { sink: 'inspect-sink', config: {}, seen: async ({ job }) => keptRows(job) },
  { sink: 'view-sink', config: {}, seen: async ({ job }) => keptRows(job) },
]

export async function measureSinks(): Promise<readonly MeasuredSink[]> {
  const measured: MeasuredSink[] = []
  for (const subject of SUBJECTS) {
    const { sink, to } = subject
    const count = (checkpointed: boolean) =>
      crashEverywhere(() => createOutside(subject), RECORDS, checkpointed)
    measured.push({
      sink,
      ...(to === undefined ? {} : { to }),
      records: RECORDS,
      withCheckpoints: await count(true),
      without: await count(false),
    })
  }
  return measured
}

function createOutside({ sink, config, seen }: Subject): Outside {
  const net = new MemoryNet()
  const columns = { n: { type: 'sequence' } }
  const document = {
    format: 'millrace/1',
    name: 'Measured',
    nodes: {
      in: { operator: 'generator-source', config: { columns, count: RECORDS, rate: 1000 } },
      out: { operator: sink, config },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
  return {
    plan: toJobPlan(checkDocument(document, [...CATALOGUE.values()])),
    net,
    seen: (world, job) => seen({ world, job, net }),
  }
}

function keptRows(job: Job): readonly number[] {
  return (job.rowsOf('out', 10 * RECORDS)?.rows ?? []).map(([n]) => Number(n))
}

async function readTopic(world: World): Promise<readonly number[]> {
  const reading = (async () => {
    const log = await openLog({ env: world.connect(), folder: '/data/log' })
    const { records } = await log.read('out', 0, 0, 1024 * 1024)
    return numbers(records.map(({ value }) => Buffer.from(value ?? []).toString()))
  })()
  let read: readonly number[] | undefined
  void reading.then((found) => {
    read = found
  })
  while (read === undefined) {
    await settle()
    world.advance()
  }
  return read
}

function numbers(lines: readonly string[]): readonly number[] {
  return lines.map((line) => (JSON.parse(line) as { readonly n: number }).n)
}
