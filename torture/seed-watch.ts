/**
 * Ends a process that goes on with one seed for ever. Within a turn no virtual time passes and no
 * slice ends, so nobody in the same thread can tell; another thread counts the processor time,
 * which other programs do not make longer.
 */

import { Worker } from 'node:worker_threads'

/** Of any seed of a job a hundredth of it is enough. */
const CPU_SECONDS_MAX = 20

const THREAD = `
const { writeSync } = require('node:fs')
const { workerData } = require('node:worker_threads')
const { seed, cpuSecondsMax, line } = workerData
const used = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
let [last, since] = [Atomics.load(seed, 0), used()]
setInterval(() => {
  const now = Atomics.load(seed, 0)
  if (now !== last) [last, since] = [now, used()]
  if (used() - since <= cpuSecondsMax) return
  writeSync(1, line.replaceAll('{seed}', String(now)))
  process.kill(process.pid, 'SIGKILL')
}, 500)
`

export interface SeedWatchOptions {
  readonly cpuSecondsMax?: number
  /** What is printed of a seed that goes on for ever, in place of which "{seed}" stands. */
  line(fault: string): string
}

export interface SeedWatch {
  begin(seed: number): void
  /** Nobody looks any more when it is kept. */
  close(): Promise<void>
}

export function watchSeeds({ cpuSecondsMax = CPU_SECONDS_MAX, line }: SeedWatchOptions): SeedWatch {
  const seed = new Int32Array(new SharedArrayBuffer(4))
  const fault = `Liveness: within a turn it goes on for more than ${cpuSecondsMax} s of processor time.`
  const workerData = { seed, cpuSecondsMax, line: line(fault) }
  const worker = new Worker(THREAD, { eval: true, workerData })
  worker.unref()
  return {
    begin: (next) => {
      Atomics.store(seed, 0, next)
    },
    close: async () => {
      await worker.terminate()
    },
  }
}
