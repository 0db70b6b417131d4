/**
 * Measures a server with a thousand light jobs: how long they take to start, what all processes
 * hold, how busy they keep the machine, and how long a gentle stop and the next start take. A light
 * job counts one record a second per window and keeps checkpoints, as any other does.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { MeasuredServer, serveCommand, withFolder } from './measured-server.ts'

export const name = 'A thousand light jobs on one server'

const JOBS = Number(process.env.BENCH_JOBS ?? 1_000)
/** At once, as many people would. */
const CLIENTS = 8
const SETTLE_MS = 15_000
const MEASURED_MS = 20_000
const GB = 1e9
/** A list of a thousand jobs takes the server a good part of a tenth of a second. */
const POLL_MS = 1_000

interface Status {
  readonly state: string
  readonly restarts: number
  readonly checkpoints: { readonly restored: object | null } | null
}

interface Hosts {
  readonly hosts: readonly { readonly alone: boolean; readonly jobs: readonly unknown[] }[]
}

function lightJob(number: number): object {
  return {
    format: 'millrace/1',
    name: `Light job ${number}`,
    nodes: {
      visits: {
        operator: 'generator-source',
        config: {
          columns: {
            page: { type: 'choice', values: ['home', 'cart', 'search'] },
            ms: { type: 'uniform', min: 0, max: 300, decimals: 0 },
          },
          rate: 1,
        },
      },
      slow: { operator: 'filter', config: { where: 'ms > 100' } },
      'per-page': {
        operator: 'tumbling-window',
        config: { size: '10s', groupBy: ['page'], aggregates: { visits: 'COUNT(*)' } },
      },
      results: { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: 'visits', to: 'slow' },
      { from: 'slow', to: 'per-page' },
      { from: 'per-page', to: 'results' },
    ],
  }
}

export async function run() {
  return withFolder(async (folder) => {
    const server = await MeasuredServer.start(serveCommand(folder))
    await server.stopAllJobs()
    const rows = await measure(server)
    const stopBeganMs = performance.now()
    await server.end()
    const stopSeconds = (performance.now() - stopBeganMs) / 1000
    const again = await MeasuredServer.start(serveCommand(folder))
    const resumeMs = await untilAllRun(again)
    const { unended, wentOn } = await count(again)
    await again.end()
    return [
      ...rows,
      {
        name: 'stop with SIGTERM',
        value: stopSeconds,
        unit: 's',
        limit: 10,
        how: 'from the signal to the end of all processes, a last checkpoint of each job included',
      },
      {
        name: 'next start',
        value: (again.startMs + resumeMs) / 1000,
        unit: 's',
        how: `from the command until ${unended} jobs run again (${wentOn} of them from a checkpoint)`,
      },
    ]
  })
}

async function measure(server: MeasuredServer) {
  const beganMs = performance.now()
  let next = 0
  const client = async () => {
    while (next < JOBS) {
      next++
      await server.runDocument(lightJob(next))
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  await untilAllRun(server)
  const startSeconds = (performance.now() - beganMs) / 1000
  await wait(SETTLE_MS)
  const { hosts } = await server.ask<Hosts>('GET', '/hosts')
  const pids = () => [server.processes.server, ...server.processes.hosts]
  const cpuMs = () => pids().reduce((sum, pid) => sum + server.cpuMs(pid), 0)
  const [beforeMs, before] = [cpuMs(), performance.now()]
  await wait(MEASURED_MS)
  const share = (cpuMs() - beforeMs) / (performance.now() - before)
  const resident = pids().map((pid) => server.residentBytes(pid))
  const { restarted } = await count(server)
  return [
    {
      name: 'memory of all processes',
      value: resident.reduce((sum, bytes) => sum + bytes, 0) / GB,
      unit: 'GB',
      limit: 4,
      how:
        `VmRSS of the web server and ${hosts.length} engine hosts with ` +
        `${hosts.map(({ jobs }) => jobs.length).join(' + ')} jobs, shared pages counted each time`,
    },
    {
      name: 'start of all jobs',
      value: startSeconds,
      unit: 's',
      how: `${JOBS} pipelines saved and started over HTTP by ${CLIENTS} clients, until all run`,
    },
    {
      name: 'processor while they run',
      value: share * 100,
      unit: '% of a core',
      how: `all processes, ${MEASURED_MS / 1000} s, a record a second and a checkpoint each 10 s per job`,
    },
    { name: 'jobs that were restarted meanwhile', value: restarted, unit: 'jobs' },
  ]
}

async function untilAllRun(server: MeasuredServer): Promise<number> {
  const beganMs = performance.now()
  for (;;) {
    const jobs = await server.ask<readonly Status[]>('GET', '/jobs')
    if (jobs.filter(({ state }) => state === 'starting' || state === 'restarting').length === 0) {
      return performance.now() - beganMs
    }
    await wait(POLL_MS)
  }
}

async function count(server: MeasuredServer) {
  const jobs = await server.ask<readonly Status[]>('GET', '/jobs')
  const unended = jobs.filter(({ state }) => state === 'running')
  const restarted = unended.filter(({ restarts }) => restarts > 0)
  const wentOn = unended.filter(({ checkpoints }) => checkpoints?.restored != null)
  return { unended: unended.length, restarted: restarted.length, wentOn: wentOn.length }
}
