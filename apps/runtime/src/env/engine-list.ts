/**
 * Which engine hosts a server has started, for the server after it. A host ends within a moment of
 * its server, however that one ended, but it may be in the middle of a write: whoever takes over
 * the folder waits until they have all gone, so that no two write checkpoints of one pipeline.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import type { Timers } from '@millrace/engine'
import { isThere } from './process-there.ts'

const LIST = 'millrace.engines'
const LOOK_MS = 20
/** Numbers of processes come again: something else may have got one. */
const WAIT_MS_MAX = 5000

export class EngineList {
  readonly #path: string
  readonly #pids = new Set<number>()

  constructor(folder: string) {
    this.#path = path.join(folder, LIST)
  }

  add(pid: number): void {
    this.#pids.add(pid)
    this.#write()
  }

  remove(pid: number): void {
    this.#pids.delete(pid)
    try {
      this.#write()
    } catch {
      // One that has gone stays in the list, and the next server sees that it has.
    }
  }

  /** Resolves when the hosts of the server before have ended; false where one seems to go on. */
  async goneBefore(timers: Timers): Promise<boolean> {
    const before = this.#read()
    for (let waitedMs = 0; before.some(isThere); waitedMs += LOOK_MS) {
      if (waitedMs >= WAIT_MS_MAX) return false
      await new Promise<void>((resolve) => timers.after(LOOK_MS, resolve))
    }
    return true
  }

  #write(): void {
    writeFileSync(this.#path, [...this.#pids].map((pid) => `${pid}\n`).join(''))
  }

  #read(): readonly number[] {
    try {
      const pids = readFileSync(this.#path, 'utf8').split('\n').map(Number)
      return pids.filter((pid) => Number.isInteger(pid) && pid > 1 && pid !== process.pid)
    } catch {
      return []
    }
  }
}
