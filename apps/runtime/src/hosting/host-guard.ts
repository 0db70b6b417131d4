/**
 * Ends this process when it has to, also while a job holds the thread and never gives it back: so
 * it looks from a thread of its own. It does when whoever started the process is gone, when one
 * turn takes too long, and when the process takes too much memory; then it notes why.
 */

import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { NOTED, STARTS_AT, TURN_BYTES } from '../env/turn-note.ts'
import { createTurnWatch, openThreadClock } from './turn-watch.ts'

const LOOK_MS = 25
/** While a turn goes on and on. */
const CLOSE_LOOK_MS = 10
const MEMORY_EVERY_MS = 100
const PARENT_EVERY_MS = 500
/** Beside its heap, a process has code, stacks, and buffers of files and connections. */
const BESIDE_HEAP_BYTES = 512 * 2 ** 20
const BESIDE_HEAP_FACTOR = 1.25
/** Of the machine: beyond it, the operating system ends whom it likes. */
const MACHINE_PART = 0.8
/**
 * How much of its limit a turn must have had a processor for: all of it where others share the
 * host, since their limit is short and must not be met by a machine that is merely busy.
 */
const BUSY_PART = { shared: 1, alone: 0.5 }

/**
 * Text, so that it needs no file beside the bundle. On some systems the number of a parent stays
 * when it is dead.
 */
const GUARD = `
const { workerData } = require('node:worker_threads')
const fs = require('node:fs')
const { parent, lookMs, closeLookMs, memoryEveryMs, parentEveryMs } = workerData
const { fd, noted, busyPart, turnBytes, startsAt, memoryBytesMax } = workerData
const watchTurn = (${createTurnWatch})()
const threadMs = (${openThreadClock})(fs, process)
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
    fs.writeSync(fd, text, 0, text.length, turnBytes)
  }
  process.kill(process.pid, 'SIGKILL')
}
const note = Buffer.alloc(turnBytes)
function readTurn(nowMs) {
  fs.readSync(fd, note, 0, turnBytes, 0)
  const slot = note.readUInt32LE(noted.slot)
  const shared = note.readUInt32LE(noted.shared) === 1
  const limitMs = note.readUInt32LE(noted.limitMs)
  const turn = slot === 0 || slot >= startsAt ? 0 : 1 + note.readUInt32LE(noted.turn)
  const part = shared ? busyPart.shared : busyPart.alone
  const age = watchTurn({ turn, limitMs, busyPart: part, nowMs, threadMs: threadMs() })
  if (age === 'too-long') end({ why: 'turn', turnMs: limitMs, shared })
  return age
}
let memoryAtMs = 0
let parentAtMs = 0
function look() {
  const nowMs = performance.now()
  if (nowMs >= parentAtMs) {
    parentAtMs = nowMs + parentEveryMs
    if (!isThere()) process.kill(process.pid, 'SIGKILL')
  }
  if (nowMs >= memoryAtMs) {
    memoryAtMs = nowMs + memoryEveryMs
    const bytes = process.memoryUsage.rss()
    if (bytes > memoryBytesMax) end({ why: 'memory', bytes, bytesMax: memoryBytesMax })
  }
  const age = fd === undefined ? 'new' : readTurn(nowMs)
  setTimeout(look, age === 'same' ? closeLookMs : lookMs)
}
look()
`

/** `fd` is the turn note, where there is one. */
export function guardHost(memoryBytesMax: number, fd: number | undefined): void {
  const worker = new Worker(GUARD, {
    eval: true,
    workerData: {
      ...{ parent: process.ppid, lookMs: LOOK_MS, closeLookMs: CLOSE_LOOK_MS },
      ...{ memoryEveryMs: MEMORY_EVERY_MS, parentEveryMs: PARENT_EVERY_MS, memoryBytesMax },
      ...{ fd, noted: NOTED, busyPart: BUSY_PART, turnBytes: TURN_BYTES, startsAt: STARTS_AT },
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
