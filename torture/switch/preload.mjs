/**
 * Loaded before a server and each of its engine hosts: while a switch is watched, notes each step
 * that they make, and kills at one of them. A step is an operation on files, or a statement that
 * changes the books, before and after it.
 */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { watchCalls } from '../kill/watched-calls.mjs'

const folder = process.env.MILLRACE_STEPS ?? ''
const role = process.argv[1]?.endsWith('engine-host.mjs') ? 'engine' : 'server'
const steps = path.join(folder, 'steps')

/** @returns {{ step?: string, nth?: number, whom?: string } | undefined} */
function wish() {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'wish.json'), 'utf8'))
  } catch {
    // Nobody watches.
    return undefined
  }
}

/**
 * Numbers and ids differ from one switch to the next.
 *
 * @param {string} place
 */
function kindOf(place) {
  const below = path.relative(path.dirname(folder), path.resolve(place))
  return below.replace(/[\w-]{16,}/g, '*').replace(/\d+/g, '#')
}

/** @param {string} what */
function made(what) {
  const wished = wish()
  if (wished === undefined) return
  const step = `${role} ${what}`
  appendFileSync(steps, `${step}\n`)
  if (wished.step !== step) return
  const count = readFileSync(steps, 'utf8')
    .split('\n')
    .filter((one) => one === step).length
  if (count !== wished.nth) return
  writeFileSync(path.join(folder, 'struck'), step)
  // 0 is the group: the server with all its engine hosts.
  process.kill(wished.whom === 'all' ? 0 : process.pid, 'SIGKILL')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

await watchCalls((name, place) => made(`${name} ${kindOf(place)}`))

if (role === 'server') {
  const runtime = new URL('../../apps/runtime/package.json', import.meta.url)
  const Database = createRequire(runtime)('better-sqlite3')
  const books = new Database(':memory:')
  const statements = Object.getPrototypeOf(books.prepare('SELECT 1'))
  books.close()
  const { run } = statements
  statements.run = function (/** @type {any[]} */ ...given) {
    const words = this.source.replaceAll('"', '').split(/\s+/)
    const [verb = '', ...rest] = words.filter((/** @type {string} */ one) => one !== 'into')
    const what = `${verb} ${rest[verb === 'delete' ? 1 : 0] ?? ''}`
    made(`before ${what}`)
    const result = run.apply(this, given)
    made(`after ${what}`)
    return result
  }
}
