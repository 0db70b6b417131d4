/**
 * A real job, killed at each fsync, rename and write that it makes, one after the other, and
 * started again: what it comes to, by call of the operating system.
 */

import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Files, lineCounts } from '../checks/output-files.ts'
import { shuffled } from '../parts/shuffle.ts'
import {
  CALLS,
  type Call,
  type Injected,
  injecting,
  ONE_THREAD,
  type Site,
  sitesIn,
  struckAt,
  traced,
  whyNoTrace,
} from './system-calls.ts'
import { bundledCommandLine, Workload } from './workload.ts'

export interface TableRow {
  readonly call: Call
  readonly what: Injected
  /** How often a run that nothing happens to makes this call on its files. */
  readonly sites: number
  /** How often it struck there. */
  struck: number
  recovered: number
  lostLines: number
  duplicateLines: number
}

export interface KillTable {
  /** Why strace could not be used. */
  readonly whyNoTrace: string | undefined
  readonly rows: readonly TableRow[]
  readonly faults: readonly string[]
}

export interface KillOptions {
  /** Of the repository. */
  readonly root: string
  /** Of so many sites one is tried. */
  readonly every: number
  /** Ends when so much time has passed. */
  readonly secondsMax?: number
  /** Where there is one, it draws the order, so that a short time strikes calls of each kind. */
  readonly seed?: number
  readonly calls?: readonly Call[]
  /** Also where strace is there. */
  readonly withoutTrace?: boolean
  /** Without a seed it is told of each row when all of it has been struck. */
  onRow?(row: TableRow): void
}

/** What is done at each call: a kill at all of them, errors where a disk gives them. */
const EFFECTS: readonly (readonly [Call, Injected])[] = [
  ...CALLS.map((call) => [call, 'kill'] as const),
  ['fsync', 'EIO'],
  ['fsync', 'ENOSPC'],
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
]

export async function killTable(options: KillOptions): Promise<KillTable> {
  const { root, every, calls = CALLS, withoutTrace = false, onRow } = options
  const { secondsMax = Number.POSITIVE_INFINITY, seed } = options
  const reason = withoutTrace ? 'it was asked to do without' : whyNoTrace()
  const within = inside(path.join(root, 'torture/kill/preload.mjs'))
  // Threads wake each other with writes too, so that strace cannot count those on files.
  const tracerOf = (call: Call) => (reason === undefined && call !== 'write' ? STRACE : within)
  const bundled = await bundledCommandLine(root)
  const expected = await outputsOf(bundled)
  const sites = new Map<Tracer, readonly Site[]>()
  for (const tracer of new Set(calls.map(tracerOf))) {
    sites.set(tracer, await sitesOf(bundled, tracer))
  }
  const faults: string[] = []
  const { rows, strikes } = plan(calls, every, (call) => sites.get(tracerOf(call)) ?? [])
  const untilMs = performance.now() + secondsMax * 1000
  const ordered = seed === undefined ? strikes : shuffled(strikes, seed)
  for (const [index, { row, site }] of ordered.entries()) {
    if (performance.now() > untilMs) break
    faults.push(...(await strike(bundled, tracerOf(row.call), site, row, expected)))
    if (ordered[index + 1]?.row !== row) onRow?.(row)
  }
  return { whyNoTrace: reason, rows, faults }
}

interface Strike {
  readonly row: TableRow
  readonly site: Site
}

/** What is done where. */
function plan(
  calls: readonly Call[],
  every: number,
  sitesOfCall: (call: Call) => readonly Site[],
): { readonly rows: readonly TableRow[]; readonly strikes: readonly Strike[] } {
  const rows: TableRow[] = []
  const strikes: Strike[] = []
  for (const [call, what] of EFFECTS) {
    if (!calls.includes(call)) continue
    const own = sitesOfCall(call).filter((site) => site.call === call)
    const counts = { struck: 0, recovered: 0, lostLines: 0, duplicateLines: 0 }
    const row: TableRow = { call, what, sites: own.length, ...counts }
    rows.push(row)
    for (const [index, site] of own.entries()) if (index % every === 0) strikes.push({ row, site })
  }
  return { rows, strikes }
}

interface Tracer {
  trace(command: readonly string[], log: string): Traced
  inject(command: readonly string[], log: string, site: Site, what: Injected): Traced
}

interface Traced {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

const STRACE: Tracer = {
  trace: (command, log) => ({ command: traced(command, log), env: ONE_THREAD }),
  inject: (command, log, site, what) => ({
    command: injecting(command, log, site, what),
    env: ONE_THREAD,
  }),
}

function inside(preload: string): Tracer {
  const preloaded = ([program = '', ...words]: readonly string[], more: NodeJS.ProcessEnv) => ({
    command: [program, '--import', preload, ...words],
    env: { ...ONE_THREAD, ...more },
  })
  return {
    trace: (command, log) => preloaded(command, { MILLRACE_CALLS_LOG: log }),
    inject: (command, log, { call, nth }, what) =>
      preloaded(command, {
        MILLRACE_CALLS_LOG: log,
        MILLRACE_CALLS_INJECT: `${call}:${nth}:${what}`,
      }),
  }
}

async function outputsOf(bundled: string): Promise<Files> {
  const workload = new Workload(bundled)
  try {
    const { code, printed } = await workload.start()
    if (code !== 0) throw new Error(`The job does not run even without faults:\n${printed}`)
    return await workload.outputs()
  } finally {
    workload.remove()
  }
}

async function sitesOf(bundled: string, tracer: Tracer): Promise<readonly Site[]> {
  const workload = new Workload(bundled)
  const log = path.join(workload.folder, '.calls')
  try {
    const { command, env } = tracer.trace(workload.command, log)
    const { code, printed } = await workload.start(command, { env })
    if (code !== 0) throw new Error(`The job does not run while it is traced:\n${printed}`)
    return sitesIn(log, workload.folder).filter(({ path: file }) => file !== '.calls')
  } finally {
    workload.remove()
  }
}

/** Lets it happen once, goes on to the end, and looks what has come of it. */
async function strike(
  bundled: string,
  tracer: Tracer,
  site: Site,
  row: TableRow,
  expected: Files,
): Promise<readonly string[]> {
  const workload = new Workload(bundled)
  const log = path.join(workload.folder, '.calls')
  const { call, nth } = site
  const place = `${row.what} at ${call} ${nth}`
  try {
    const { command, env } = tracer.inject(workload.command, log, site, row.what)
    const ended = await workload.start(command, { env })
    const struck = existsSync(log) ? struckAt(log, workload.folder, row.what) : undefined
    // By the clock a run may make fewer calls than the one before it.
    if (struck === undefined || (row.what === 'kill' && ended.code === 0)) return []
    row.struck++
    const starts = await workload.finish()
    const where = `${place}, of "${struck}"`
    if (starts === undefined) return [`${where}: the job does not come to its end any more.`]
    const faults = compare(await workload.outputs(), expected, row)
    const left = workload.leftovers().map((name) => `"${name}" is left over.`)
    if (faults.length === 0 && left.length === 0) row.recovered++
    return [...faults, ...left].map((fault) => `${where}: ${fault}`)
  } finally {
    workload.remove()
  }
}

function compare(found: Files, wanted: Files, row: TableRow): readonly string[] {
  const faults: string[] = []
  for (const name of new Set([...found.keys(), ...wanted.keys()])) {
    const [is, should] = [found.get(name) ?? '', wanted.get(name) ?? '']
    if (is === should) continue
    const { lost, added } = lineCounts(is, should)
    row.lostLines += lost.length
    row.duplicateLines += added.length
    faults.push(`"${name}" differs: ${lost.length} lines lost, ${added.length} too many.`)
  }
  return faults
}

export function tableText(rows: readonly TableRow[]): string {
  const head = ['call', 'what', 'calls', 'struck', 'recovered', 'lost', 'duplicate']
  const lines = rows.map((row) => [
    row.call,
    row.what,
    ...[row.sites, row.struck, row.recovered, row.lostLines, row.duplicateLines].map(String),
  ])
  return [head, ...lines].map((cells) => cells.map((one) => one.padEnd(11)).join('')).join('\n')
}
