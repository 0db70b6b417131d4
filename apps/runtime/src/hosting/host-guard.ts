/**
 * Ends this process when it has to, also while a job holds the thread and never gives it back: so
 * it looks from a thread of its own. It does when whoever started the process is gone, when one
 * turn takes too long, and when the process takes too much memory; then it notes why.
 */

import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { STARTS_AT, TURN_BYTES } from '../env/turn-note.ts'
import type { HostSettings } from '../supervision/host-settings.ts'

const LOOK_MS = 100
/** Looking for the parent is done at every fifth look. */
const PARENT_EVERY = 5
/** Beside its heap, a process has code, stacks, and buffers of files and connections. */
const BESIDE_HEAP_BYTES = 512 * 2 ** 20
const BESIDE_HEAP_FACTOR = 1.25
/** Of the machine: beyond it, the operating system ends whom it likes. */
const MACHINE_PART = 0.8

/**
 * Text, so that it needs no file beside the bundle. On some systems the number of a parent stays
 * when it is dead. Where this process itself was stopped for a while, its own sleep says nothing
 * about the turn; and one that waited for a processor most of the time has not taken too long.
 */
const WATCH = `
const { workerData } = require('node:worker_threads')
const { readSync, writeSync } = require('node:fs')
const { parent, lookMs, parentEvery } = workerData
const { fd, turnMs, turnBytes, startsAt, memoryBytesMax } = workerData
function isThere() {
  if (process.ppid !== parent) return false
  try {
    return process.kill(parent, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
function end(verdict) {
  if (fd !== undefined) {
    const text = Buffer.from(JSON.stringify(verdict))
    writeSync(fd, text, 0, text.length, turnBytes)
  }
  process.kill(process.pid, 'SIGKILL')
}
const word = Buffer.alloc(turnBytes)
let turn = 0n
let sinceMs = performance.now()
let sinceCpuMs = 0
let lookedAtMs = sinceMs
let looks = 0
setInterval(() => {
  looks++
  const nowMs = performance.now()
  const overslept = nowMs - lookedAtMs > lookMs * 10
  lookedAtMs = nowMs
  if (looks % parentEvery === 0 && !isThere()) process.kill(process.pid, 'SIGKILL')
  const bytes = process.memoryUsage.rss()
  if (bytes > memoryBytesMax) end({ why: 'memory', bytes, bytesMax: memoryBytesMax })
  if (fd === undefined) return
  readSync(fd, word, 0, turnBytes, 0)
  const now = word.readBigUInt64LE(0)
  const slot = word.readUInt32LE(0)
  const { user, system } = process.cpuUsage()
  const cpuMs = (user + system) / 1000
  if (now !== turn || slot === 0 || slot >= startsAt || overslept) {
    turn = now
    sinceMs = nowMs
    sinceCpuMs = cpuMs
  } else if (nowMs - sinceMs > turnMs && cpuMs - sinceCpuMs > turnMs / 2) {
    end({ why: 'turn', turnMs })
  }
}, lookMs)
`

/** `fd` is the turn note, where there is one. */
export function guardHost(
  { turnMs, memoryBytesMax }: Pick<HostSettings, 'turnMs'> & { readonly memoryBytesMax: number },
  fd: number | undefined,
): void {
  const worker = new Worker(WATCH, {
    eval: true,
    workerData: {
      ...{ parent: process.ppid, lookMs: LOOK_MS, parentEvery: PARENT_EVERY },
      ...{ fd, turnMs, turnBytes: TURN_BYTES, startsAt: STARTS_AT, memoryBytesMax },
    },
    // It keeps nothing; with much less, Node itself does not start in it.
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  })
  worker.unref()
}

/** What the process may hold of the machine's memory, where no setting says. */
export function defaultMemoryBytesMax(): number {
  const constrained = process.constrainedMemory()
  const machine = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  const { heap_size_limit: heap } = getHeapStatistics()
  return Math.floor(Math.min(machine * MACHINE_PART, heap * BESIDE_HEAP_FACTOR + BESIDE_HEAP_BYTES))
}
