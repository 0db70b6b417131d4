/**
 * Makes the process that loads it unsteady, as if others had most of the machine: timers go off
 * late, the disk answers late, messages between processes come late, and its thread stands still
 * now and then. What is promised stays: messages keep their order, and no timer is early.
 */

import childProcess from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { devNull } from 'node:os'

/** Tools that only start others; to shake them takes time and shows nothing. */
const TOOLS = /(?:npm-cli|npx-cli|esbuild|vitest|playwright|cli|e2e)\.m?js$/
/** Runs tests, and ends without waiting for what it still has to say. */
const IN_PACKAGE = /node_modules/

const OF_DISK = [
  ...['access', 'copyFile', 'lstat', 'mkdir', 'open', 'readFile', 'readdir', 'realpath'],
  ...['rename', 'rm', 'stat', 'statfs', 'truncate', 'unlink', 'writeFile'],
]
const OF_FILE = [
  ...['close', 'datasync', 'read', 'readv', 'stat', 'sync', 'truncate', 'write', 'writev'],
]

const plainTimeout = globalThis.setTimeout

if (!TOOLS.test(process.argv[1] ?? '')) await shake()

async function shake() {
  for (const name of OF_DISK) makeSlow(fs.promises, name)
  const file = await fs.promises.open(devNull)
  for (const name of OF_FILE) makeSlow(Object.getPrototypeOf(file), name)
  await file.close()
  if (process.send !== undefined && !IN_PACKAGE.test(process.argv[1] ?? '')) delayMessages(process)
  const { fork } = childProcess
  Object.assign(childProcess, {
    fork: (/** @type {Parameters<typeof fork>} */ ...given) => delayMessages(fork(...given)),
  })
  syncBuiltinESMExports()
  /** @type {(act: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => unknown} */
  const lateTimeout = (act, ms = 0, ...given) => plainTimeout(act, ms + lagMs(), ...given)
  Object.assign(globalThis, { setTimeout: Object.assign(lateTimeout, plainTimeout) })
  standStillLater()
}

/** Mostly nothing, often some milliseconds, at times what a person would notice. */
function lagMs() {
  if (Math.random() < 0.6) return 0
  return Math.random() < 0.93 ? exponential(15) : exponential(300)
}

/** @param {number} mean */
function exponential(mean) {
  return -Math.log(1 - Math.random()) * mean
}

/** @param {number} ms */
function wait(ms) {
  return new Promise((resolve) => plainTimeout(resolve, ms))
}

/**
 * @param {any} object
 * @param {string} name Of something that gives a promise.
 */
function makeSlow(object, name) {
  const act = object[name]
  object[name] = function slow(/** @type {unknown[]} */ ...given) {
    const ms = lagMs()
    return ms === 0 ? act.apply(this, given) : wait(ms).then(() => act.apply(this, given))
  }
}

/**
 * @template {{ send?: any, connected?: boolean }} Channel
 * @param {Channel} channel
 */
function delayMessages(channel) {
  const send = channel.send.bind(channel)
  let underWay = 0
  let last = Promise.resolve()
  channel.send = (/** @type {unknown[]} */ ...given) => {
    const ms = lagMs()
    if (channel.connected !== true || (ms === 0 && underWay === 0)) return send(...given)
    underWay++
    last = last.then(async () => {
      await wait(ms)
      underWay--
      const heard = given.findLast((one) => typeof one === 'function')
      if (channel.connected === true) send(...given)
      else heard?.(new Error('The channel was closed before the message had left.'))
    })
    return true
  }
  return channel
}

/** For less than what a host may be silent for. */
function standStillLater() {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const standStill = () => {
    Atomics.wait(cell, 0, 0, Math.min(1_200, exponential(Math.random() < 0.8 ? 120 : 900)))
    standStillLater()
  }
  plainTimeout(standStill, exponential(1_000)).unref()
}
