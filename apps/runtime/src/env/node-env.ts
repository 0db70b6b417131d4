/** The world as Node has it: real clocks, timers, dice and files. */

import { randomUUID } from 'node:crypto'
import { getHeapStatistics } from 'node:v8'
import { compileFunction } from 'node:vm'
import type { Env, Timers } from '@millrace/engine'
import { takeNativeCrc32c } from './native-crc32c.ts'
import { createNodeDisk } from './node-disk.ts'

/** A longer `setTimeout` would call back at once. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

export function createNodeEnv(): Env {
  takeNativeCrc32c()
  return {
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    timers: createNodeTimers(),
    random: { next: () => Math.random() },
    ids: { next: () => randomUUID() },
    disk: createNodeDisk(),
    memoryBytesMax: getHeapStatistics().heap_size_limit,
    compile: (body, parameters) =>
      compileFunction(body, parameters) as (...values: never[]) => unknown,
  }
}

function createNodeTimers(): Timers {
  return {
    after(delayMs, callback) {
      let timeout: NodeJS.Timeout
      const wait = (restMs: number) => {
        const stepMs = Math.min(Math.max(restMs, 0), TIMEOUT_MS_MAX)
        timeout = setTimeout(() => {
          if (restMs > stepMs) wait(restMs - stepMs)
          else callback()
        }, stepMs)
      }
      wait(delayMs)
      return () => clearTimeout(timeout)
    },
    yield(callback) {
      setImmediate(callback)
    },
  }
}
