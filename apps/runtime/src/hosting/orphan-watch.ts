/**
 * Ends this process when the one that started it is gone, also while a job holds the thread and
 * never gives it back: so it looks from a thread of its own.
 */

import { Worker } from 'node:worker_threads'

const LOOK_MS = 500

/**
 * Text, so that it needs no file beside the bundle. On some systems the number of a parent stays
 * when it is dead.
 */
const WATCH = `
const { workerData: { parent, lookMs } } = require('node:worker_threads')
function isThere() {
  if (process.ppid !== parent) return false
  try {
    return process.kill(parent, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
setInterval(() => {
  if (!isThere()) process.kill(process.pid, 'SIGKILL')
}, lookMs)
`

export function endWithParent(): void {
  const worker = new Worker(WATCH, {
    eval: true,
    workerData: { parent: process.ppid, lookMs: LOOK_MS },
    // It keeps nothing; with much less, Node itself does not start in it.
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  })
  worker.unref()
}
