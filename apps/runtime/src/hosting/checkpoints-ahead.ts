/**
 * Reads what jobs will most likely go on from before anybody asks for them: the server that has
 * started this host still loads most of its own code then, for which a second processor is enough.
 *
 * Which jobs ran is known to the server later. Until then it is a guess: whose checkpoints were
 * written last, when the server before ended. A wrong one costs the reading alone. Nothing is
 * changed in a folder, and what was read is only taken where it is the newest there is still.
 */

import path from 'node:path'
import { type Env, type RestoredJob, readCheckpoint } from '@millrace/engine'
import { lookAtCheckpoints } from '@millrace/storage'
import { changedAtMs } from '../env/changed-at.ts'
import {
  checkpointFolder,
  checkpointsFolder,
  openCheckpointFolder,
} from '../storage/checkpoint-folder.ts'

/** Before the newest checkpoint of all: one that is older is of a job that did not run any more. */
const RECENT_MS = 120_000
/** Whoever has many jobs has small ones. */
const LOOKED_AT_MAX = 16
const BYTES_MAX = 256 * 2 ** 20
/** Of the memory of the process, for what may have been read in vain. */
const MEMORY_PART = 0.25
/** What nobody has asked for by then is let go of. */
const KEPT_MS = 60_000

interface Found {
  readonly owner: string
  readonly bytes: number
}

export class CheckpointsAhead {
  readonly #env: Env
  readonly #root: string
  /** By pipeline, those that are being read or have been. */
  readonly #read = new Map<string, Promise<RestoredJob | undefined>>()
  /** Read by whoever has asked. */
  readonly #asked = new Set<string>()
  readonly #cancel: () => void
  #closed = false
  /** Settles when there is nothing more to read; never rejects. */
  readonly done: Promise<void>

  constructor(env: Env, dataFolder: string) {
    this.#env = env
    this.#root = dataFolder
    this.#cancel = env.timers.after(KEPT_MS, () => this.close())
    this.done = this.#readAll()
  }

  /** Once; undefined where the newest checkpoint of the pipeline is not read ahead. */
  async take(owner: string): Promise<RestoredJob | undefined> {
    this.#asked.add(owner)
    const read = this.#read.get(owner)
    this.#read.delete(owner)
    return read
  }

  /** Lets go of what nobody has taken. */
  close(): void {
    this.#closed = true
    this.#cancel()
    for (const read of this.#read.values()) void read.then((restored) => restored?.room.close())
    this.#read.clear()
  }

  async #readAll(): Promise<void> {
    const { memoryBytesMax = Number.POSITIVE_INFINITY } = this.#env
    let left = Math.min(BYTES_MAX, memoryBytesMax * MEMORY_PART)
    for (const { owner, bytes } of await this.#find().catch(() => [])) {
      if (this.#closed) return
      if (bytes > left || this.#asked.has(owner)) continue
      left -= bytes
      // Whoever starts the job reads it again, and says what is wrong.
      const read = this.#readOne(owner).catch(() => undefined)
      this.#read.set(owner, read)
      await read
    }
  }

  async #readOne(owner: string): Promise<RestoredJob | undefined> {
    const env = this.#env
    const store = await openCheckpointFolder({ env, root: this.#root, owner, readOnly: true })
    try {
      return await readCheckpoint(store, env)
    } finally {
      await store.close()
    }
  }

  /** The largest first. */
  async #find(): Promise<readonly Found[]> {
    const { disk } = this.#env
    const all = checkpointsFolder(this.#root)
    const folders = await Promise.all(
      (await disk.list(all)).map(async (owner) => {
        return { owner, atMs: await changedAtMs(path.join(all, owner)) }
      }),
    )
    const newestMs = folders.reduce((max, { atMs }) => Math.max(max, atMs), 0)
    const recent = folders
      .filter(({ atMs }) => atMs >= newestMs - RECENT_MS)
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, LOOKED_AT_MAX)
    const found: Found[] = []
    for (const { owner } of recent) {
      const folder = checkpointFolder(this.#root, owner)
      const { checkpoints, newestId } = await lookAtCheckpoints(disk, folder, owner)
      const newest = checkpoints.at(-1)
      if (newest?.id === newestId) found.push({ owner, bytes: newest.bytes })
    }
    return found.sort((a, b) => b.bytes - a.bytes)
  }
}
