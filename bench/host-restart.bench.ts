/**
 * Measures how long a killed server takes until its job runs on with 100 MB of state: from the
 * start of the command until `/metrics` counts a record that came after it. Then the same where
 * only the engine host is killed.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { MeasuredServer, serveCommand, withFolder } from './measured-server.ts'
import { median } from './memory-job.ts'

export const name = 'Restart with 100 MB of state'

const KEYS = 225_000
const STATE_BYTES = 100e6
const STARTS = 3
/** A third one within a minute would have the job quarantined. */
const HOST_KILLS = 2
/** Who asks oftener takes a processor from the start. */
const POLL_MS = 25
/** The API takes 60 requests a second. */
const ASK_MS = 40
const FILLED_WITHIN_MS = 300_000
const LIMIT_MS = 3000

const columns = {
  id: { type: 'uuid' },
  note: { type: 'constant', value: 'x'.repeat(150) },
  at: { type: 'time' },
}

/** Many keys at once, and then some records each second, which never end. */
const PIPELINE = {
  format: 'millrace/1',
  name: 'Large state',
  nodes: {
    many: { operator: 'generator-source', config: { columns, count: KEYS, seed: 1 } },
    few: { operator: 'generator-source', config: { columns, rate: 100, seed: 2 } },
    all: { operator: 'union', config: {} },
    groups: {
      operator: 'group-aggregate',
      config: { groupBy: ['id'], aggregates: { note: 'LAST_VALUE(note)', n: 'COUNT(*)' } },
    },
    seen: { operator: 'inspect-sink', config: {} },
  },
  edges: [
    { from: 'many', to: 'all' },
    { from: 'few', to: 'all' },
    { from: 'all', to: 'groups' },
    { from: 'groups', to: 'seen' },
  ],
  settings: { checkpointInterval: '2s' },
}

export async function run() {
  return withFolder(async (folder) => {
    let server = await MeasuredServer.start(serveCommand(folder))
    try {
      const stateBytes = await fill(server)
      const readyMs: number[] = []
      const recordMs: number[] = []
      const parts: Part[][] = []
      for (let start = 0; start < STARTS; start++) {
        await server.kill()
        const startedMs = performance.now()
        const startedAtMs = Date.now()
        server = await MeasuredServer.start(serveCommand(folder))
        await recordsGoOn(server)
        recordMs.push(performance.now() - startedMs)
        readyMs.push(server.startMs)
        parts.push(await partsOf(server, startedAtMs))
      }
      const hostMs: number[] = []
      for (let kill = 0; kill < HOST_KILLS; kill++) hostMs.push(await killHost(server))
      return [
        {
          name: 'from the start of the server to a record processed',
          value: median(recordMs),
          unit: 'ms',
          limit: LIMIT_MS,
          how:
            `kill -9 of all processes, then the same command, until /metrics counts another record ` +
            `(it is told four times a second); median of ${STARTS}: ` +
            recordMs.map((ms) => ms.toFixed(0)).join(', '),
        },
        { name: '  of that until /readyz', value: median(readyMs), unit: 'ms' },
        ...PARTS.map(({ name }, index) => ({
          name,
          value: median(parts.map((of) => of[index]?.atMs ?? Number.NaN)),
          unit: 'ms',
        })),
        {
          name: 'where only its engine host is killed',
          value: hostMs.reduce((sum, ms) => sum + ms, 0) / HOST_KILLS,
          unit: 'ms',
          how: `kill -9 of the host, until another record is counted; mean of ${HOST_KILLS}: ${hostMs.map((ms) => ms.toFixed(0)).join(', ')}`,
        },
        { name: 'state, as it is stored', value: stateBytes / 1e6, unit: 'MB' },
      ]
    } finally {
      await server.kill()
    }
  })
}

interface Part {
  readonly name: string
  readonly atMs: number
}

/** What the log of the job says, and when. */
const PARTS = [
  { name: '  of that until the server asked for the job', kind: 'restarted' },
  { name: '  of that until the host had read the state', kind: 'continued' },
] as const

/** Since the start of the server, as the job's log has it. */
async function partsOf(server: MeasuredServer, startedAtMs: number): Promise<Part[]> {
  const [job] = await server.ask<readonly { readonly jobId: string; readonly restarts: number }[]>(
    'GET',
    '/jobs',
  )
  if (job === undefined) throw new Error('The job is not there.')
  if (job.restarts > 0) throw new Error(`The job was started ${job.restarts} times more.`)
  const { events } = await server.ask<{
    readonly events: readonly { readonly kind: string; readonly atMs: number }[]
  }>('GET', `/jobs/${job.jobId}/events`)
  return PARTS.map(({ name, kind }) => {
    const event = events.findLast((one) => one.kind === kind)
    return { name, atMs: (event?.atMs ?? Number.NaN) - startedAtMs }
  })
}

interface KnownJob {
  readonly state: string
  readonly restarts: number
}

/** In milliseconds. The host with most memory is the one that runs the job. */
async function killHost(server: MeasuredServer): Promise<number> {
  const job = async () => (await server.ask<readonly KnownJob[]>('GET', '/jobs'))[0]
  const before = (await job())?.restarts ?? 0
  const [host] = server.processes.hosts.toSorted((a, b) => {
    return server.residentBytes(b) - server.residentBytes(a)
  })
  if (host === undefined) throw new Error('There is no engine host.')
  const startedMs = performance.now()
  process.kill(host, 'SIGKILL')
  for (;;) {
    const now = await job()
    if (now !== undefined && now.restarts > before && now.state === 'running') break
    await wait(ASK_MS)
  }
  await recordsGoOn(server)
  return performance.now() - startedMs
}

/** Returns how many bytes the newest checkpoint has. */
async function fill(server: MeasuredServer): Promise<number> {
  await server.stopAllJobs()
  const { id } = await server.ask<{ readonly id: string }>('POST', '/pipelines', {
    document: PIPELINE,
  })
  await server.ask('POST', '/jobs', { pipelineId: id })
  const untilMs = performance.now() + FILLED_WITHIN_MS
  for (;;) {
    const { checkpoints } = await server.ask<{
      readonly checkpoints: readonly { readonly bytes: number }[]
    }>('GET', `/pipelines/${id}/checkpoints`)
    const bytes = Math.max(0, ...checkpoints.map((one) => one.bytes))
    if (bytes >= STATE_BYTES && (await countOf(server)) > KEYS) return bytes
    if (performance.now() > untilMs) {
      throw new Error(`The state has ${bytes} bytes after ${FILLED_WITHIN_MS / 1000} s.`)
    }
    await wait(100)
  }
}

/** What the checkpoint says is counted at once, so another one must come. */
async function recordsGoOn(server: MeasuredServer): Promise<void> {
  let first = Number.NaN
  for (;;) {
    const count = await countOf(server)
    if (Number.isNaN(first) && count > 0) first = count
    if (count > first) return
    await wait(POLL_MS)
  }
}

/** How many records have come in at the node with the state; NaN where nobody knows. */
async function countOf(server: MeasuredServer): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  const [, value] = /^millrace_events_in_total\{[^}]*node="groups"[^}]*\} (\S+)$/m.exec(text) ?? []
  return Number(value ?? Number.NaN)
}
