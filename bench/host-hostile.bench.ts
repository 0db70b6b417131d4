/**
 * Measures what a hostile job does to the others: how old records are when they leave their source,
 * against the same jobs without it, and how long it takes until it is stopped or has a host of its
 * own. Three jobs share the host in which the hostile one starts, three more are in another one.
 *
 * Two of the hostile jobs are pipelines that anybody can draw: one that computes without a pause,
 * and one that keeps a value of 100 kB for every record. A pipeline cannot keep the thread or fill
 * buffers past its limits; two operators with such bugs stand for the engine's own.
 */

import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { LiveClient } from './live-client.ts'
import { MeasuredServer, withFolder } from './measured-server.ts'

export const name = 'A hostile job beside light ones'

const RATE = 100
const PHASE_MS = Number(process.env.BENCH_PHASE_MS ?? 30_000)
const STOP_MS = 5_000
const SHARED = 3

interface Status {
  readonly state: string
  readonly restarts: number
  readonly placement?: { readonly alone: boolean; readonly host: number }
}

type Latency = { readonly shared: number[]; readonly others: number[] }

/** From the moment at which a record was due to the moment at which it had left the source. */
function light(number: number): object {
  return {
    format: 'millrace/1',
    name: `Light job ${number}`,
    nodes: {
      numbers: {
        operator: 'generator-source',
        config: { columns: { n: { type: 'sequence' } }, rate: RATE },
      },
      all: { operator: 'filter', config: { where: 'n >= 0' } },
      results: { operator: 'inspect-sink' },
    },
    edges: [
      { from: 'numbers', to: 'all' },
      { from: 'all', to: 'results' },
    ],
    settings: { checkpointInterval: '1s' },
  }
}

function computing(name: string, columns: object, aggregates: object, groupBy: string[]): object {
  return {
    format: 'millrace/1',
    name,
    nodes: {
      numbers: {
        operator: 'generator-source',
        config: { columns: { n: { type: 'sequence' } }, count: 1e9 },
      },
      work: { operator: 'select', config: { columns } },
      groups: { operator: 'group-aggregate', config: { groupBy, aggregates } },
      results: { operator: 'inspect-sink' },
    },
    edges: [
      { from: 'numbers', to: 'work' },
      { from: 'work', to: 'groups' },
      { from: 'groups', to: 'results' },
    ],
  }
}

function buggy(kind: 'loop' | 'buffers'): object {
  return {
    format: 'millrace/1',
    name: `Bug: ${kind}`,
    nodes: {
      numbers: {
        operator: 'generator-source',
        config: { columns: { n: { type: 'sequence' } }, rate: 10 },
      },
      bomb: { operator: 'bomb', config: { kind } },
    },
    edges: [{ from: 'numbers', to: 'bomb' }],
  }
}

const HOSTILE = [
  {
    what: 'a pipeline that computes without a pause',
    document: computing(
      'Computes',
      { word: 'UPPER(REPEAT(CAST(n AS STRING), 50))', n: 'n' },
      { words: 'COUNT(DISTINCT word)', p99: 'PERCENTILE(n, 0.99)' },
      [],
    ),
  },
  {
    what: 'a pipeline that keeps 100 kB a record',
    document: computing(
      'Hoards',
      { n: 'n', text: 'REPEAT(CAST(n AS STRING), 20000)' },
      { last: 'LAST_VALUE(text)' },
      ['n'],
    ),
  },
  { what: 'an operator that never ends its turn', document: buggy('loop') },
  { what: 'an operator that fills buffers', document: buggy('buffers') },
]

export async function run() {
  return withFolder(async (folder) => {
    const server = await MeasuredServer.start(await command(folder))
    try {
      return await measure(server)
    } finally {
      await server.end()
    }
  })
}

/** Bundled where libraries with native code are found. */
async function command(folder: string) {
  const { build } = createRequire(path.resolve('apps/runtime/package.json'))('esbuild') as {
    build(options: object): Promise<unknown>
  }
  const out = path.resolve('apps/runtime/dist/bench')
  mkdirSync(out, { recursive: true })
  const entries = {
    server: path.resolve('bench/hostile-server.ts'),
    'engine-host': path.resolve('apps/runtime/src/hosting/testing/main.ts'),
  }
  await build({
    entryPoints: entries,
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['better-sqlite3', 'classic-level', '@duckdb/node-api', 'esbuild'],
    banner: {
      js: "import { createRequire as r } from 'node:module'\nconst require = r(import.meta.url)",
    },
    logLevel: 'warning',
  })
  return { program: process.execPath, words: [path.join(out, 'server.mjs'), folder] }
}

async function measure(server: MeasuredServer) {
  const shared: string[] = []
  const others: string[] = []
  for (let number = 0; number < SHARED; number++) {
    shared.push(await server.runDocument(light(number)))
  }
  // Takes the last place of the first host until the second one has its jobs.
  const placeholder = await server.runDocument(light(99))
  for (let number = SHARED; number < SHARED * 2; number++) {
    others.push(await server.runDocument(light(number)))
  }
  await server.ask('DELETE', `/jobs/${placeholder}`)
  const client = await LiveClient.open(server.url)
  let latency: Latency = { shared: [], others: [] }
  const taps = new Map<string, string>()
  const hosts = new Map<string, number>()
  let hostileHost = 0
  client.on('tapFilled', ({ tapId, records }) => {
    const jobId = taps.get(tapId)
    if (jobId === undefined) return
    const side = hosts.get(jobId) === hostileHost ? 'shared' : 'others'
    for (const { seenAtMs, eventTime } of records) {
      latency[side].push(seenAtMs - Number(eventTime))
    }
  })
  for (const jobId of [...shared, ...others]) {
    const { tapId } = await client.ask('openTap', { jobId, nodeId: 'all', port: 'out' })
    taps.set(tapId, jobId)
  }
  const hostOf = async (jobId: string) => {
    return (await server.ask<Status>('GET', `/jobs/${jobId}`)).placement?.host ?? 0
  }
  const during = async (ms: number): Promise<Latency> => {
    latency = { shared: [], others: [] }
    const taken = latency
    await wait(ms)
    latency = { shared: [], others: [] }
    return taken
  }
  await wait(8_000)
  const rows = []
  for (const { what, document } of HOSTILE) {
    for (const jobId of [...shared, ...others]) hosts.set(jobId, await hostOf(jobId))
    // A new job goes to the host with fewest, the first of those that have as few.
    const counts = new Map<number, number>()
    for (const host of hosts.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
    const [next] = [...counts].toSorted((a, b) => a[1] - b[1] || a[0] - b[0])
    hostileHost = next?.[0] ?? 0
    const before = await during(PHASE_MS / 2)
    const jobId = await server.runDocument(document)
    const [found, during_] = await Promise.all([untilHeld(server, jobId), during(PHASE_MS)])
    await stop(server, jobId)
    await wait(4_000)
    rows.push(...toRows(what, before, during_, found))
  }
  client.close()
  return rows
}

/** Also while its host hangs or is started again. */
async function stop(server: MeasuredServer, jobId: string): Promise<void> {
  for (;;) {
    const stopped = await server.ask('DELETE', `/jobs/${jobId}`).catch(() => undefined)
    if (stopped !== undefined) return
    await wait(500)
  }
}

/** Until it is no longer among the others. */
async function untilHeld(server: MeasuredServer, jobId: string) {
  const beganMs = performance.now()
  while (performance.now() - beganMs < PHASE_MS) {
    const { state, restarts, placement } = await server.ask<Status>('GET', `/jobs/${jobId}`)
    const how =
      state === 'failed'
        ? 'it failed by its limit'
        : restarts > 0
          ? 'its host was stopped'
          : undefined
    const moved = placement?.alone === true ? 'it has a host of its own' : undefined
    if (how !== undefined || moved !== undefined) {
      return { seconds: (performance.now() - beganMs) / 1000, how: how ?? moved }
    }
    await wait(50)
  }
  return {
    seconds: Number.NaN,
    how: 'it went on among the others, as it took no more than its share',
  }
}

function toRows(
  what: string,
  before: Latency,
  during: Latency,
  { seconds, how }: Awaited<ReturnType<typeof untilHeld>>,
) {
  const rowsOf = (side: keyof Latency, where: string) => {
    // A source that goes on from a checkpoint stays as far behind the clock as its stop was long.
    const behindMs = Math.min(...before[side])
    const [without, beside] = [p99(before[side]) - behindMs, p99(during[side]) - behindMs]
    return {
      name: `${what}: p99 of jobs in ${where}`,
      value: beside / Math.max(1, without),
      unit: 'x',
      limit: 2,
      how:
        `${beside} ms over ${PHASE_MS / 1000} s (${during[side].length} records), against ${without} ms ` +
        'without it; from the moment a record was due to its leaving the first node',
    }
  }
  const held = { name: `${what}: until it is held`, value: seconds, unit: 's', how }
  const latencies = [rowsOf('shared', 'its host'), rowsOf('others', 'another host')]
  return Number.isNaN(seconds) ? latencies : [...latencies, { ...held, limit: STOP_MS / 1000 }]
}

function p99(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.max(1, sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN)
}
