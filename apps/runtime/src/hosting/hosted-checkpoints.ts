/**
 * The checkpoints of one job in its host: which one it goes on from, what is known of those that
 * it takes, and copies of them as savepoints.
 */

import type {
  CheckpointOptions,
  CheckpointStore,
  CheckpointTaken,
  CheckpointWrite,
  Env,
  JobPlan,
  RestoredJob,
  StateChange,
  StateChanges,
} from '@millrace/engine'
import type { CheckedPipeline, wire } from '@millrace/pipeline'
import {
  type Beginning,
  checkpointIntervalMs,
  chooseBeginning,
  isDone,
  lostLines,
  migratedLines,
  openCheckpointFolder,
  openSavepoint,
  savepointFolder,
  writtenSince,
} from '../storage/checkpoint-folder.ts'
import type { CheckpointPlace, JobNews } from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'
import { instantText } from '../text-table.ts'
import type { CheckpointsAhead } from './checkpoints-ahead.ts'

/** How often a copy is begun again whose files have gone meanwhile. */
const COPY_ATTEMPTS = 5

export interface HostedCheckpointsOptions {
  readonly env: Env
  readonly place: CheckpointPlace
  readonly checked: CheckedPipeline
  readonly plan: JobPlan
  readonly ahead?: CheckpointsAhead | undefined
  onNoted(news: JobNews): void
  /** What `state` says has changed. */
  onChanged(): void
}

interface Copied {
  readonly atMs: number
  readonly bytes: number
}

const ALL_HAD_ENDED =
  'All input had ended: what is new gets only what comes from now on. To read all again, start ' +
  'from the beginning.'

export class HostedCheckpoints {
  readonly #options: HostedCheckpointsOptions
  readonly #store: WatchedStore
  readonly #beginning: Beginning
  #last: wire.TakenCheckpoint | null = null
  #failures = 0
  /** What the next one is taken for, beside its time having come. */
  #asked: { readonly reason: wire.CheckpointReason; count: number } | undefined

  /**
   * A job that was started before goes on from its own newest checkpoint. Rejects with a `Refusal`
   * where it cannot be read.
   */
  static async open(options: HostedCheckpointsOptions): Promise<HostedCheckpoints> {
    const { env, place, plan } = options
    const { dataFolder: root, pipelineId: owner, begin, after } = place
    const read = await takeAhead(options)
    const store = await openCheckpointFolder({ env, root, owner, read })
    if (read !== undefined && !store.wantsFull) {
      return new HostedCheckpoints(
        options,
        store,
        await chooseBeginning(store, plan, 'newest', env, read),
      )
    }
    // Another one has come since.
    read?.room.close()
    const hasOwn = store.newestId > after
    if (hasOwn || begin.kind !== 'savepoint') {
      const from = hasOwn ? 'newest' : begin.kind === 'checkpoint' ? begin.id : 'beginning'
      return new HostedCheckpoints(options, store, await chooseBeginning(store, plan, from, env))
    }
    const { savepointId } = begin
    // Opened to be written, one that is gone would be there again, and empty.
    if ((await env.disk.kindOf(savepointFolder(root, savepointId))) !== 'folder') {
      throw noSavepoint(savepointId)
    }
    const savepoint = await openSavepoint({ env, root, owner, savepointId, readOnly: true })
    const chosen = await chooseBeginning(savepoint, plan, 'newest', env)
    await savepoint.close()
    if (chosen.restored === undefined) throw noSavepoint(savepointId)
    const lastId = Math.max(store.newestId, chosen.lastId)
    return new HostedCheckpoints(options, store, { ...chosen, lastId }, begin.title)
  }

  private constructor(
    options: HostedCheckpointsOptions,
    store: CheckpointStore,
    beginning: Beginning,
    savepointTitle?: string,
  ) {
    this.#options = options
    this.#beginning = beginning
    this.#store = new WatchedStore(store, (error) => this.#failed(error))
    this.#noteBeginning(savepointTitle)
  }

  /** For the job. */
  get options(): CheckpointOptions {
    const { restored, lastId } = this.#beginning
    return {
      store: this.#store,
      intervalMs: this.#intervalMs,
      restored,
      lastId,
      onTaken: (taken) => this.#taken(taken),
    }
  }

  get state(): wire.JobCheckpoints {
    const { restored } = this.#beginning
    return {
      intervalMs: this.#intervalMs,
      last: this.#last,
      failures: this.#failures,
      restored: restored === undefined ? null : { id: restored.id, atMs: restored.atMs },
    }
  }

  /** Takes one for this reason, by `take`. */
  async takeFor<T>(reason: wire.CheckpointReason, take: () => Promise<T>): Promise<T> {
    this.#asked = { reason, count: (this.#asked?.count ?? 0) + 1 }
    try {
      return await take()
    } finally {
      this.#asked.count--
    }
  }

  /** Copies a checkpoint. Resolves when the copy lasts, with how large it is. */
  async copy(checkpointId: number, savepointId: string): Promise<Copied> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#copyOnce(checkpointId, savepointId)
      } catch (error) {
        if (attempt === COPY_ATTEMPTS) throw error
      }
    }
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  /**
   * A checkpoint stays until five newer ones are there, but its files may be written as one
   * meanwhile and go: then it does not find them.
   */
  async #copyOnce(id: number, savepointId: string): Promise<Copied> {
    const { env, place } = this.#options
    const { dataFolder: root, pipelineId: owner } = place
    const from = await openCheckpointFolder({ env, root, owner, readOnly: true })
    const stored = await from.read(id)
    if (stored === undefined) throw new Error(`Checkpoint ${id} is not there any more.`)
    const to = await openSavepoint({ env, root, owner, savepointId })
    const { atMs, meta } = stored
    await to.write({ id, atMs, full: true, meta, changes: stored.entries() })
    const [summary] = await to.list()
    await to.close()
    return { atMs, bytes: summary?.bytes ?? 0 }
  }

  /** Whether there are newer ones than the one that is gone on from. */
  get #isOlder(): boolean {
    const { restored } = this.#beginning
    return restored !== undefined && restored.id < this.#store.newestId
  }

  get #intervalMs(): number {
    return checkpointIntervalMs(this.#options.checked.settings)
  }

  #taken({ id, atMs, tookMs, isLast }: CheckpointTaken): void {
    const asked = this.#asked !== undefined && this.#asked.count > 0
    const reason = isLast ? 'end' : asked ? (this.#asked?.reason ?? 'interval') : 'interval'
    const durationMs = Math.round(tookMs * 10) / 10
    this.#last = { id, atMs, bytes: this.#store.writtenBytes, durationMs, reason }
    this.#options.onChanged()
  }

  #failed(error: unknown): void {
    this.#failures++
    const cause = error instanceof Error ? error.message : String(error)
    const before = this.#last?.id ?? this.#beginning.restored?.id
    const next = before === undefined ? 'its beginning' : `checkpoint ${before}`
    this.#options.onNoted({
      kind: 'checkpoint-failed',
      severity: 'warning',
      message: `A checkpoint could not be stored: ${cause} The job goes on from ${next}.`,
    })
  }

  #noteBeginning(savepointTitle: string | undefined): void {
    const { restored, fits } = this.#beginning
    if (restored === undefined) return
    const { id, atMs, meta } = restored
    const kept = savepointTitle === undefined ? '' : `the savepoint "${savepointTitle}", `
    const which = `${kept}checkpoint ${id} of ${instantText(atMs)}`
    const { checked, onNoted } = this.#options
    const titleOf = (nodeId: string) => checked.nodes.get(nodeId)?.title
    const lost = lostLines(fits, titleOf)
    const carried = migratedLines(fits, titleOf)
    const message = isDone(meta, fits)
      ? `All input had ended with ${which}, and nothing is left to do.`
      : `The job goes on from ${which}.`
    const carries = carried.length === 0 ? '' : ` What was carried over: ${carried.join(' ')}`
    const loses = lost.length === 0 ? '' : ` What could not be kept: ${lost.join(' ')}`
    const hadEnded = meta.finished && !isDone(meta, fits) ? ` ${ALL_HAD_ENDED}` : ''
    const since = this.#isOlder ? writtenSince(meta, this.#options.plan) : []
    const stays = since.length === 0 ? '' : ` ${since.join(' ')}`
    const severity = lost.length + since.length === 0 ? 'info' : 'warning'
    onNoted({ kind: 'continued', severity, message: message + carries + loses + hadEnded + stays })
  }
}

/** Undefined where nobody has read the newest one, or the job is to begin with another one. */
async function takeAhead({
  ahead,
  place: { pipelineId, after },
}: HostedCheckpointsOptions): Promise<RestoredJob | undefined> {
  const read = await ahead?.take(pipelineId)
  if (read === undefined || read.id > after) return read
  read.room.close()
  return undefined
}

function noSavepoint(savepointId: string): Refusal {
  const message =
    `Savepoint "${savepointId}", which the job begins with, is not there any more. Start the pipeline from ` +
    'another one, from a checkpoint, or at the beginning.'
  return new Refusal('not-found', 'no-such-savepoint', message)
}

/** Counts what is written, and tells of what is refused. */
class WatchedStore implements CheckpointStore {
  /** Of the checkpoint that was written last. */
  writtenBytes = 0
  readonly #store: CheckpointStore
  readonly #onFailed: (error: unknown) => void

  constructor(store: CheckpointStore, onFailed: (error: unknown) => void) {
    this.#store = store
    this.#onFailed = onFailed
  }

  get wantsFull(): boolean {
    return this.#store.wantsFull
  }

  get newestId(): number {
    return this.#store.newestId
  }

  read(id?: number) {
    return this.#store.read(id)
  }

  async write(checkpoint: CheckpointWrite): Promise<void> {
    this.writtenBytes = checkpoint.meta.length
    try {
      await this.#store.write({ ...checkpoint, changes: this.#counted(checkpoint.changes) })
    } catch (error) {
      this.#onFailed(error)
      throw error
    }
  }

  list() {
    return this.#store.list()
  }

  close() {
    return this.#store.close()
  }

  async *#counted(changes: StateChanges): AsyncGenerator<StateChange | readonly StateChange[]> {
    for await (const some of changes) {
      const portion = 'key' in some ? [some] : some
      for (const { key, value } of portion) this.writtenBytes += key.length + (value?.length ?? 0)
      yield some
    }
  }
}
