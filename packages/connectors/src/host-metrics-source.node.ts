/** How the host metrics source reads. */

import { cpus, freemem, hostname, loadavg, totalmem, uptime } from 'node:os'
import type { Env, RunContext, SourceChunk, SourceReader } from '@millrace/engine'
import type { Row } from '@millrace/pipeline'
import { hostMetricsSource } from './host-metrics-source.ts'
import { defineRun } from './run.ts'

/** What the operating system counts; tests bring their own. */
export interface HostCounters {
  readonly hostName: string
  /** Milliseconds since the start of the machine, over all processors. */
  cpu(): { readonly count: number; readonly busyMs: number; readonly totalMs: number }
  load(): readonly number[]
  memory(): { readonly totalBytes: number; readonly freeBytes: number }
  uptimeSeconds(): number
}

interface NetworkCount {
  readonly receivedBytes: number
  readonly sentBytes: number
}

export const hostMetricsSourceRun = defineRun(hostMetricsSource, {
  read: ({ interval }, context) => createHostMetricsReader(interval, context, systemCounters()),
})

export function createHostMetricsReader(
  intervalMs: number,
  { env }: Pick<RunContext, 'env'>,
  counters: HostCounters,
): SourceReader {
  let cpuBefore = counters.cpu()
  let networkBefore: NetworkCount | undefined
  let cancel = () => {}
  let dueMs: number | undefined
  const network = readNetwork(env).then((count) => {
    networkBefore = count
  })

  const take = async (): Promise<SourceChunk> => {
    const nowMs = env.clock.nowMs()
    const cpu = counters.cpu()
    const count = await readNetwork(env)
    const row = toRow(nowMs, counters, share(cpuBefore, cpu), since(networkBefore, count))
    cpuBefore = cpu
    networkBefore = count
    return { rows: [row], times: [nowMs], rejects: [] }
  }

  return {
    bounded: false,
    watermark: { maxOutOfOrdernessMs: 0, intervalMs: 100 },
    read: () => {
      const monotonicMs = env.clock.monotonicMs()
      // Readings keep their beat; those that were missed while nobody asked are left out.
      dueMs = Math.max((dueMs ?? monotonicMs) + intervalMs, monotonicMs)
      const delayMs = dueMs - monotonicMs
      return new Promise((resolve, reject) => {
        cancel = env.timers.after(delayMs, () => {
          network.then(take).then(resolve, reject)
        })
      })
    },
    close: async () => cancel(),
  }
}

function toRow(
  nowMs: number,
  counters: HostCounters,
  busy: number | null,
  network: NetworkCount | undefined,
): Row {
  const { totalBytes, freeBytes } = counters.memory()
  const [one = 0, five = 0, fifteen = 0] = counters.load()
  return [
    nowMs,
    counters.hostName,
    counters.cpu().count,
    busy,
    one,
    five,
    fifteen,
    totalBytes - freeBytes,
    totalBytes,
    counters.uptimeSeconds(),
    network?.receivedBytes ?? null,
    network?.sentBytes ?? null,
  ]
}

/** NULL where the counters have not moved, as on some virtual machines in a short interval. */
function share(
  before: ReturnType<HostCounters['cpu']>,
  after: ReturnType<HostCounters['cpu']>,
): number | null {
  const totalMs = after.totalMs - before.totalMs
  if (totalMs <= 0) return null
  const busy = (after.busyMs - before.busyMs) / totalMs
  return Math.min(1, Math.max(0, busy))
}

function since(
  before: NetworkCount | undefined,
  after: NetworkCount | undefined,
): NetworkCount | undefined {
  if (before === undefined || after === undefined) return undefined
  return {
    // An interface that went away takes its count along.
    receivedBytes: Math.max(0, after.receivedBytes - before.receivedBytes),
    sentBytes: Math.max(0, after.sentBytes - before.sentBytes),
  }
}

export const NETWORK_FILE = '/proc/net/dev'
const NETWORK_BYTES_MAX = 64 * 1024

async function readNetwork({ disk }: Pick<Env, 'disk'>): Promise<NetworkCount | undefined> {
  try {
    const file = await disk.open(NETWORK_FILE, 'read')
    try {
      const into = Buffer.alloc(NETWORK_BYTES_MAX)
      const count = await file.read(into, 0)
      return parseNetwork(into.toString('latin1', 0, count))
    } finally {
      await file.close()
    }
  } catch {
    // The file is one of Linux; elsewhere the columns are NULL.
    return undefined
  }
}

/** `  eth0: 1296 12 0 0 0 0 0 0 724 10 ...`: bytes received come first, bytes sent ninth. */
function parseNetwork(text: string): NetworkCount {
  let receivedBytes = 0
  let sentBytes = 0
  for (const [, name, counts = ''] of text.matchAll(/^\s*([^\s:]+):\s*(.*)$/gm)) {
    if (name === 'lo') continue
    const numbers = counts.trim().split(/\s+/).map(Number)
    receivedBytes += numbers[0] ?? 0
    sentBytes += numbers[8] ?? 0
  }
  return { receivedBytes, sentBytes }
}

function systemCounters(): HostCounters {
  return {
    hostName: hostname(),
    cpu: () => {
      const processors = cpus()
      let idleMs = 0
      let totalMs = 0
      for (const { times } of processors) {
        idleMs += times.idle
        totalMs += times.user + times.nice + times.sys + times.irq + times.idle
      }
      return { count: processors.length, busyMs: totalMs - idleMs, totalMs }
    },
    load: () => loadavg(),
    memory: () => ({ totalBytes: totalmem(), freeBytes: freemem() }),
    uptimeSeconds: () => uptime(),
  }
}
