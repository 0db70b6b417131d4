/**
 * Loaded before the command line where no strace is: notes each operation on files as strace would,
 * and kills the process at one of them, or lets it fail.
 */

import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { watchCalls } from './watched-calls.mjs'

const log = process.env.MILLRACE_CALLS_LOG ?? ''
const [call = '', nth = '', what = ''] = (process.env.MILLRACE_CALLS_INJECT ?? '').split(':')
const counts = new Map()

await watchCalls((name, place) => {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  const strikes = name === call && count === Number(nth)
  const full = path.resolve(place)
  appendFileSync(log, `1 ${name}(<${full}>)${strikes && what !== 'kill' ? ' (INJECTED)' : ''}\n`)
  if (!strikes) return
  if (what !== 'kill') throw Object.assign(new Error(`${what}: injected, ${name}`), { code: what })
  process.kill(process.pid, 'SIGKILL')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})
