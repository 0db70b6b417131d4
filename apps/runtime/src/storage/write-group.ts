/**
 * Small writes that become durable together: with a thousand jobs there are hundreds a second, and
 * each that is synced by itself holds the thread until the disk has it.
 */

import type { Timers } from '@millrace/engine'
import type { Kysely } from 'kysely'
import type { Tables } from './database.ts'

/** Done once more by itself where one beside it fails. What it returns is called when it lasts. */
export type GroupedWrite = (database: Kysely<Tables>) => Promise<(() => void) | undefined>

export interface WriteGroupOptions {
  readonly database: Kysely<Tables>
  readonly timers: Timers
  onFault(error: unknown): void
}

/** How long the first of a group waits for others. */
const GATHERED_MS = 20

export class WriteGroup {
  readonly #options: WriteGroupOptions
  readonly #waiting: GroupedWrite[] = []
  #cancel: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: WriteGroupOptions) {
    this.#options = options
  }

  /** Writes are done in this order. */
  add(write: GroupedWrite): void {
    this.#waiting.push(write)
    this.#cancel ??= this.#options.timers.after(GATHERED_MS, () => void this.settle())
  }

  /** Now. Resolves when everything so far lasts, or has been told to be at fault. */
  settle(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const writes = this.#waiting.splice(0)
    if (writes.length > 0) this.#writing = this.#writing.then(() => this.#commit(writes))
    return this.#writing
  }

  async #commit(writes: readonly GroupedWrite[]): Promise<void> {
    const { database, onFault } = this.#options
    let told: readonly ((() => void) | undefined)[]
    try {
      told = await database.transaction().execute(async (transaction) => {
        const all: ((() => void) | undefined)[] = []
        for (const write of writes) all.push(await write(transaction))
        return all
      })
    } catch (error) {
      if (writes.length === 1) onFault(error)
      else for (const write of writes) await this.#commit([write])
      return
    }
    for (const tell of told) tell?.()
  }
}
