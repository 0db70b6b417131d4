/**
 * Measures what a hostile job does to the others: how long their records take, against the same
 * jobs without it, and how long it takes until it is stopped or has a host of its own. Six jobs in
 * two hosts have run for a while; three are as new as the hostile one, which begins among them.
 * With `BENCH_ENGINE_HOSTS=1` all have one host, as where there is no memory for another one.
 *
 * Their records come from outside at fixed times and wait where nobody reads them, as in a log; a
 * sink writes down when each one arrives. So a standstill is what whoever sends them would see of
 * it, and what had to wait is read as fast as it can be.
 *
 * Two of the hostile jobs are pipelines that anybody can draw: one that computes without a pause,
 * and one that keeps a value of 100 kB for every record. A pipeline cannot keep the thread or fill
 * buffers past its limits; two operators with such bugs stand for the engine's own.
 */

import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { MeasuredServer, withFolder } from './measured-server.ts'

export const name = 'A hostile job beside light ones'

const RATE = 100
const PHASE_MS = Number(process.env.BENCH_PHASE_MS ?? 30_000)
const STOP_MS = 5_000
const SETTLE_MS = 8_000
const READY_MS = 60_000
/** Before the hostile one; not measured while they begin. */
const NEW_MS = 2_000
const LONG_MS = 600_000
/** One of them alone: `compute`, `hoard`, `loop` or `buffers`. */
const ONLY = process.env.BENCH_ONLY
const SHARED = 3
/** As many as `hostile-server.ts` lets share a host. */
const PLACES = 8
const NEWCOMERS = Number(process.env.BENCH_NEWCOMERS ?? 3)

interface Status {
  readonly state: string
  readonly restarts: number
  readonly placement?: { readonly host: number }
}

interface Hosts {
  readonly hosts: readonly {
    readonly host: number
    readonly spare: boolean
    readonly threadShare: number | null
    readonly jobs: readonly {
      readonly jobId: string
      readonly leaving: boolean
      readonly new: boolean
    }[]
  }[]
}

/** Of a job: when each record came and how long it took, in milliseconds, in that order. */
type Arrivals = ReadonlyMap<number, number>

function light(number: number): object {
  return {
    format: 'millrace/1',
    name: `Light job ${number}`,
    nodes: {
      numbers: { operator: 'timetable', config: { rate: RATE } },
      all: { operator: 'filter', config: { where: 'n >= 0' } },
      written: { operator: 'arrivals', config: { path: fileOf(number) } },
    },
    edges: [
      { from: 'numbers', to: 'all' },
      { from: 'all', to: 'written' },
    ],
    settings: { checkpointInterval: '1s' },
  }
}

function fileOf(number: number): string {
  return `arrivals-${number}.txt`
}

/** What came again after a restart had arrived when it first came. */
function readArrivals(folder: string, number: number): Arrivals {
  const first = new Map<number, number>()
  const lines = readFileSync(path.join(folder, fileOf(number)), 'utf8')
    .trim()
    .split('\n')
  for (const line of lines) {
    const [dueMs = Number.NaN, arrivedMs = Number.NaN] = line.split(' ').map(Number)
    if (!first.has(dueMs)) first.set(dueMs, arrivedMs - dueMs)
  }
  return first
}

/** How long the records took that came in between. */
function within(arrivals: Arrivals, fromMs: number, untilMs: number): readonly number[] {
  return [...arrivals].filter(([dueMs]) => dueMs >= fromMs && dueMs < untilMs).map(([, ms]) => ms)
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
    name: 'compute',
    what: 'a pipeline that computes without a pause',
    document: computing(
      'Computes',
      { word: 'UPPER(REPEAT(CAST(n AS STRING), 50))', n: 'n' },
      { words: 'COUNT(DISTINCT word)', p99: 'PERCENTILE(n, 0.99)' },
      [],
    ),
  },
  {
    name: 'hoard',
    what: 'a pipeline that keeps 100 kB a record',
    document: computing(
      'Hoards',
      { n: 'n', text: 'REPEAT(CAST(n AS STRING), 20000)' },
      { last: 'LAST_VALUE(text)' },
      ['n'],
    ),
  },
  { name: 'loop', what: 'an operator that never ends its turn', document: buggy('loop') },
  { name: 'buffers', what: 'an operator that fills buffers', document: buggy('buffers') },
]

export async function run() {
  return withFolder(async (folder) => {
    const server = await MeasuredServer.start(await command(folder))
    try {
      return await measure(server, folder)
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
    'check-thread': path.resolve('apps/runtime/src/server/testing/check-thread-main.ts'),
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

interface LightJob {
  readonly number: number
  readonly jobId: string
}

async function measure(server: MeasuredServer, folder: string) {
  const begin = async (number: number): Promise<LightJob> => {
    return { number, jobId: await server.runDocument(light(number)) }
  }
  const jobs: LightJob[] = []
  for (let number = 0; number < SHARED; number++) jobs.push(await begin(number))
  // They take the other places of the first host until the second one has its jobs.
  const placeholders: LightJob[] = []
  for (let number = SHARED; number < PLACES; number++) placeholders.push(await begin(90 + number))
  for (let number = SHARED; number < SHARED * 2; number++) jobs.push(await begin(number))
  for (const { jobId } of placeholders) await server.ask('DELETE', `/jobs/${jobId}`)
  const rows = []
  for (const [index, hostile] of HOSTILE.entries()) {
    if (ONLY !== undefined && ONLY !== hostile.name) continue
    await wait(SETTLE_MS)
    await untilReady(server, jobs)
    rows.push(...(await measureBeside(server, folder, { jobs, begin, index }, hostile)))
  }
  return rows
}

/** Until nobody is new any more, and a host is there for who is, if memory allows one. */
async function untilReady(server: MeasuredServer, jobs: readonly LightJob[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < READY_MS; waitedMs += 500) {
    const { hosts } = await server.ask<Hosts>('GET', '/hosts')
    const known = hosts.flatMap((host) => host.jobs).filter((job) => !job.new)
    const all = jobs.every(({ jobId }) => known.some((job) => job.jobId === jobId))
    if (all && hosts.some(({ spare, threadShare }) => spare && threadShare !== null)) return
    await wait(500)
  }
}

interface Beside {
  readonly jobs: readonly LightJob[]
  begin(number: number): Promise<LightJob>
  /** Of the hostile job. */
  readonly index: number
}

async function measureBeside(
  server: MeasuredServer,
  folder: string,
  { jobs, begin, index }: Beside,
  { what, document }: (typeof HOSTILE)[number],
) {
  const beforeMs = Date.now()
  await wait(PHASE_MS / 2)
  const untilMs = Date.now()
  const newcomers: LightJob[] = []
  for (let count = 0; count < NEWCOMERS; count++) {
    newcomers.push(await begin(100 + index * NEWCOMERS + count))
  }
  await wait(NEW_MS)
  const hosts = new Map<LightJob, number>()
  for (const job of [...jobs, ...newcomers]) hosts.set(job, await hostOf(server, job.jobId))
  const beganMs = Date.now()
  const jobId = await server.runDocument(document)
  const hostileHost = await hostOf(server, jobId)
  const [held] = await Promise.all([untilHeld(server, jobId, hostileHost), wait(PHASE_MS)])
  for (const each of [jobId, ...newcomers.map((job) => job.jobId)]) await stop(server, each)
  await wait(SETTLE_MS)
  // Those that are new say nothing of what was before.
  const before = jobs.flatMap(({ number }) => {
    return [...within(readArrivals(folder, number), beforeMs, untilMs)]
  })
  const latency = (side: readonly LightJob[]): Latency => {
    const all = side.map(({ number }) => readArrivals(folder, number))
    return { before, during: all.flatMap((each) => within(each, beganMs, beganMs + PHASE_MS)) }
  }
  const isBeside = (job: LightJob) => hosts.get(job) === hostileHost
  return toRows(what, held, [
    { who: 'jobs that had run, in another host', ...latency(jobs.filter((job) => !isBeside(job))) },
    { who: 'jobs that had run, in its host', ...latency(jobs.filter(isBeside)) },
    { who: 'jobs as new as it, in its host', ...latency(newcomers.filter(isBeside)) },
  ])
}

/** 0 while it is in none. */
async function hostOf(server: MeasuredServer, jobId: string): Promise<number> {
  return (await server.ask<Status>('GET', `/jobs/${jobId}`)).placement?.host ?? 0
}

/** Also while its host hangs or is started again. */
async function stop(server: MeasuredServer, jobId: string): Promise<void> {
  for (;;) {
    const stopped = await server.ask('DELETE', `/jobs/${jobId}`).catch(() => undefined)
    if (stopped !== undefined) return
    await wait(500)
  }
}

interface Held {
  /** Until then it takes in more. */
  readonly seconds: number
  /** Until then it is among the others, where its state is stored. */
  readonly goneSeconds: number
  readonly how: string
}

/** Until it takes nothing in any more among the others, and until it is no longer among them. */
async function untilHeld(server: MeasuredServer, jobId: string, host: number): Promise<Held> {
  const beganMs = performance.now()
  const passed = () => (performance.now() - beganMs) / 1000
  let held: { readonly seconds: number; readonly how: string } | undefined
  while (passed() < PHASE_MS / 1000) {
    // In this order: one whose host has ended is in none from then on.
    const { hosts } = await server.ask<Hosts>('GET', '/hosts')
    const { state, restarts } = await server.ask<Status>('GET', `/jobs/${jobId}`)
    const there = hosts.find((one) => one.host === host)?.jobs.find((job) => job.jobId === jobId)
    const failed = state === 'failed' ? 'it failed by its limit' : undefined
    const stopped = restarts > 0 ? 'its host was stopped' : undefined
    const leaves = 'it takes nothing in, as it leaves for a host of its own'
    const how = failed ?? stopped ?? (there?.leaving === false ? undefined : leaves)
    if (how !== undefined) held ??= { seconds: passed(), how }
    if (held !== undefined && (there === undefined || failed !== undefined)) {
      return { ...held, goneSeconds: passed() }
    }
    await wait(50)
  }
  const how = 'it went on among the others as long as was measured'
  return { seconds: passed(), how, ...held, goneSeconds: passed() }
}

/** How long records took, in milliseconds. */
interface Latency {
  readonly before: readonly number[]
  readonly during: readonly number[]
}

interface Group extends Latency {
  readonly who: string
}

function toRows(what: string, held: Held, groups: readonly Group[]) {
  const { seconds, goneSeconds, how } = held
  const limit = STOP_MS / 1000
  return [
    { name: `${what}: until it is held`, value: seconds, unit: 's', limit, how },
    { name: `${what}: until it is no longer among the others`, value: goneSeconds, unit: 's' },
    ...groups
      .filter(({ during }) => during.length > 0)
      .flatMap((group) => standstillRows(`${what}: ${group.who}`, group)),
  ]
}

function p99Row(name: string, { before, during }: Latency) {
  const [without, beside] = [p99(before), p99(during)]
  return {
    name,
    value: beside / without,
    unit: 'x',
    limit: 2,
    how:
      `${inTenths(beside)} ms over ${PHASE_MS / 1000} s (${during.length} records), against ${inTenths(without)} ms without ` +
      'it; from the moment at which a record came to its arrival',
  }
}

/**
 * Whoever is in the host waits while it is ended. How long is the first row; over so short a time
 * as is measured here its p99 follows from that, and cannot be the usual one unless the wait is
 * shorter than a hundredth of it. Over ten minutes with one such end it can.
 */
function standstillRows(jobs: string, latency: Latency) {
  const { before, during } = latency
  const longest = {
    name: `${jobs}, longest wait of a record`,
    value: Math.max(...during),
    unit: 'ms',
  }
  const others = LONG_MS / PHASE_MS - 1
  const weighted = [
    ...during.map((ms) => ({ ms, weight: 1 })),
    ...before.map((ms) => ({ ms, weight: (others * during.length) / Math.max(1, before.length) })),
  ]
  const long = weightedP99(weighted)
  return [
    longest,
    p99Row(`${jobs}, p99 of these ${PHASE_MS / 1000} s`, latency),
    {
      name: `${jobs}, p99 of ${LONG_MS / 60_000} minutes with this once in them`,
      value: long / p99(before),
      unit: 'x',
      how: `${inTenths(long)} ms, reckoned: what was measured, and for the rest of the time what was measured before`,
    },
  ]
}

function p99(values: readonly number[]): number {
  return weightedP99(values.map((ms) => ({ ms, weight: 1 })))
}

function inTenths(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** At least a millisecond: below it, timers say nothing. */
function weightedP99(values: readonly { readonly ms: number; readonly weight: number }[]): number {
  const total = values.reduce((sum, { weight }) => sum + weight, 0)
  let above = total
  for (const { ms, weight } of values.toSorted((a, b) => a.ms - b.ms)) {
    above -= weight
    if (above <= total * 0.01) return Math.max(1, ms)
  }
  return Number.NaN
}
