/**
 * Loaded before the command line where no strace is: notes each operation on files as strace would,
 * and kills the process at one of them, or lets it fail.
 */

import { appendFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'

const log = process.env.MILLRACE_CALLS_LOG ?? ''
const [call = '', nth = '', what = ''] = (process.env.MILLRACE_CALLS_INJECT ?? '').split(':')
const counts = new Map()
/** Where each open file lies. */
const places = new WeakMap()

/**
 * @param {string} name
 * @param {string} place
 */
function called(name, place) {
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  const strikes = name === call && count === Number(nth)
  const full = path.resolve(place)
  appendFileSync(log, `1 ${name}(<${full}>)${strikes && what !== 'kill' ? ' (INJECTED)' : ''}\n`)
  if (!strikes) return
  if (what !== 'kill') throw Object.assign(new Error(`${what}: injected, ${name}`), { code: what })
  process.kill(process.pid, 'SIGKILL')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

/**
 * @param {any} owner
 * @param {string} method
 * @param {string} name
 * @param {(self: any, first: any) => string} placeOf
 */
function watch(owner, method, name, placeOf) {
  const original = owner[method]
  owner[method] = function (/** @type {any[]} */ ...given) {
    try {
      called(name, placeOf(this, given[0]))
    } catch (error) {
      return Promise.reject(error)
    }
    return original.apply(this, given)
  }
}

const open = promises.open
promises.open = async (place, ...rest) => {
  const handle = await open(place, ...rest)
  places.set(handle, String(place))
  return handle
}
const handle = await open(process.execPath, 'r')
const handles = Object.getPrototypeOf(handle)
await handle.close()
const placeOfHandle = (/** @type {any} */ self) => places.get(self) ?? ''
watch(handles, 'sync', 'fsync', placeOfHandle)
watch(handles, 'datasync', 'fdatasync', placeOfHandle)
watch(handles, 'write', 'write', placeOfHandle)
watch(handles, 'truncate', 'ftruncate', placeOfHandle)
const placeItself = (/** @type {any} */ _self, /** @type {any} */ first) => String(first)
watch(promises, 'rename', 'rename', placeItself)
watch(promises, 'unlink', 'unlink', placeItself)
watch(promises, 'rm', 'unlink', placeItself)
syncBuiltinESMExports()
