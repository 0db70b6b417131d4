/**
 * For benchmarks: how long the thread is held, time by time. Between two looks of the event loop
 * nobody else can have the thread, whoever held it: the job's turns, what is written beside them,
 * and V8's collector, which are told apart.
 */

import { openSync, readSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import type { Job } from '../packages/engine/src/index.ts'

export interface Hold {
  readonly startMs: number
  readonly wallMs: number
  /** Processor time of the thread: on a busy machine it also waits for a processor. */
  readonly cpuMs: number
  /** Of the wall time: turns of the job, and in them the cut of a checkpoint. */
  readonly turnsMs: number
  /** Of the wall time: what V8 stopped the thread for. Its marking in small steps is not told. */
  readonly collectedMs: number
}

interface Pause {
  readonly startMs: number
  readonly endMs: number
}

/** Clocks the turns of one job, whoever drives it. */
export class TurnClock {
  takenMs = 0

  constructor(job: Job) {
    const runSlice = job.runSlice.bind(job)
    job.runSlice = (sliceMs) => {
      const startMs = performance.now()
      const slice = runSlice(sliceMs)
      this.takenMs += performance.now() - startMs
      return slice
    }
  }
}

/** Shorter ones are nobody's trouble, and there are very many while a disk is waited for. */
const HOLD_MS_MIN = 0.5

/** The holds of the thread until `work` is done that are worth a word, in order. */
export async function holdsDuring(
  turns: TurnClock,
  work: () => Promise<unknown>,
): Promise<readonly Hold[]> {
  const holds: Omit<Hold, 'collectedMs'>[] = []
  const pauses: Pause[] = []
  const observer = new PerformanceObserver((list) => notePauses(list.getEntries(), pauses))
  observer.observe({ entryTypes: ['gc'] })
  let isOver = false
  let last = { ms: performance.now(), cpuMs: threadCpuMs(), turnsMs: turns.takenMs }
  const look = () => {
    const now = { ms: performance.now(), cpuMs: threadCpuMs(), turnsMs: turns.takenMs }
    const wallMs = now.ms - last.ms
    if (wallMs >= HOLD_MS_MIN) {
      const [cpuMs, turnsMs] = [now.cpuMs - last.cpuMs, now.turnsMs - last.turnsMs]
      holds.push({ startMs: last.ms, wallMs, cpuMs, turnsMs })
    }
    last = now
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  await work()
  isOver = true
  await new Promise<void>((resolve) => setImmediate(resolve))
  notePauses(observer.takeRecords(), pauses)
  observer.disconnect()
  return withPauses(holds, pauses)
}

function notePauses(
  entries: readonly { readonly startTime: number; readonly duration: number }[],
  pauses: Pause[],
): void {
  for (const { startTime, duration } of entries) {
    pauses.push({ startMs: startTime, endMs: startTime + duration })
  }
}

function withPauses(
  holds: readonly Omit<Hold, 'collectedMs'>[],
  pauses: readonly Pause[],
): readonly Hold[] {
  const rest = pauses.toSorted((a, b) => a.startMs - b.startMs)
  let next = 0
  return holds.map((hold) => {
    const endMs = hold.startMs + hold.wallMs
    let collectedMs = 0
    for (let pause = rest[next]; pause !== undefined; pause = rest[++next]) {
      if (pause.startMs >= endMs) break
      if (pause.startMs >= hold.startMs) collectedMs += pause.endMs - pause.startMs
    }
    return { ...hold, collectedMs }
  })
}

let accountsFile: number | undefined
const accounts = Buffer.alloc(64)

/** From Linux's accounts of the main thread, which leave waiting for a processor out. */
export function threadCpuMs(): number {
  accountsFile ??= openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  const length = readSync(accountsFile, accounts, 0, accounts.length, 0)
  let nanoseconds = 0
  for (let at = 0; at < length; at++) {
    const digit = (accounts[at] as number) - 48
    if (digit < 0) break
    nanoseconds = nanoseconds * 10 + digit
  }
  return nanoseconds / 1e6
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0
}
