/** Checkpoints in memory, for tests: a write can be slow, fail, or be cut off by a crash. */

import type {
  CheckpointStore,
  CheckpointSummary,
  CheckpointWrite,
  StateChange,
  StoredCheckpoint,
} from '../checkpoint-store.ts'

interface Kept {
  readonly id: number
  readonly atMs: number
  readonly meta: Uint8Array
  readonly entries: ReadonlyMap<string, StateChange>
}

export class MemoryCheckpoints implements CheckpointStore {
  /** Awaited before what is written counts; may reject. */
  beforeWrite: (checkpoint: CheckpointWrite) => Promise<void> = async () => {}
  /** Awaited when it counts and the writer does not know yet; may reject. */
  afterWrite: (checkpoint: CheckpointWrite) => Promise<void> = async () => {}
  readonly #kept: Kept[]
  /** What the next changes go on from. */
  #last: Kept | undefined

  /** With what another one keeps, as if it were opened again after a crash. */
  constructor(before?: MemoryCheckpoints) {
    this.#kept = before === undefined ? [] : before.#kept
  }

  get wantsFull(): boolean {
    return this.#last === undefined
  }

  get newestId(): number {
    return this.#kept.at(-1)?.id ?? 0
  }

  async read(id?: number): Promise<StoredCheckpoint | undefined> {
    const kept = id === undefined ? this.#kept.at(-1) : this.#kept.find((one) => one.id === id)
    this.#last = kept
    if (kept === undefined) return undefined
    const { entries, ...head } = kept
    return {
      ...head,
      stamp: head.id,
      entries: async function* () {
        yield* entries.values()
      },
    }
  }

  async write(checkpoint: CheckpointWrite): Promise<void> {
    const { id, atMs, full, meta, changes } = checkpoint
    if (!full && this.#last === undefined) throw new Error('There is nothing to go on from.')
    if (id <= (this.#kept.at(-1)?.id ?? 0)) throw new Error(`Checkpoint ${id} is not a new one.`)
    const entries = new Map(full ? [] : this.#last?.entries)
    const seen = new Set<string>()
    const take = (change: StateChange) => {
      const key = change.key.join()
      if (seen.has(key)) throw new Error('A checkpoint has an entry twice.')
      seen.add(key)
      if (change.value === undefined) entries.delete(key)
      else entries.set(key, change)
    }
    for await (const some of changes) {
      if ('key' in some) take(some)
      else for (const change of some) take(change)
    }
    await this.beforeWrite(checkpoint)
    this.#last = { id, atMs, meta, entries }
    this.#kept.push(this.#last)
    await this.afterWrite(checkpoint)
  }

  async list(): Promise<readonly CheckpointSummary[]> {
    return this.#kept.map(({ id, atMs, meta, entries }) => {
      let bytes = meta.length
      for (const { key, value } of entries.values()) bytes += key.length + (value?.length ?? 0)
      return { id, atMs, bytes }
    })
  }

  async close(): Promise<void> {}
}
