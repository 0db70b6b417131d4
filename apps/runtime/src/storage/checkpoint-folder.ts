/**
 * Where the checkpoints of a job lie, and which of them it goes on from. All that one pipeline has
 * are in a folder of their own, numbered over all its runs: so what a sink has under way is never
 * taken for that of another run.
 */

import path from 'node:path'
import {
  type CheckpointStore,
  DiskError,
  type Env,
  fitCheckpoint,
  type JobMeta,
  type JobPlan,
  type NodeFit,
  type RestoredJob,
  readCheckpoint,
  StateCodecError,
} from '@millrace/engine'
import type { CheckedSettings } from '@millrace/pipeline'
import { DamagedFile, openCheckpointFiles } from '@millrace/storage'
import { Refusal } from '../supervision/refusal.ts'

export interface CheckpointFolderOptions {
  readonly env: Pick<Env, 'disk' | 'random'>
  /** Whoever opens it has this folder locked. */
  readonly root: string
  /** The pipeline. */
  readonly owner: string
}

/** What a job begins with. */
export interface Beginning {
  readonly restored: RestoredJob | undefined
  /** Of the newest checkpoint; 0 where there is none. */
  readonly lastId: number
  /** What becomes of what the checkpoint holds; none where the job begins anew. */
  readonly fits: readonly NodeFit[]
}

/** A number is that of a checkpoint. */
export type BeginFrom = 'beginning' | 'newest' | number

/** From the end of one checkpoint to the beginning of the next, where the pipeline does not say. */
const INTERVAL_MS = 10_000

export function checkpointIntervalMs({ checkpointIntervalMs }: CheckedSettings): number {
  return checkpointIntervalMs ?? INTERVAL_MS
}

export function openCheckpointFolder(options: CheckpointFolderOptions): Promise<CheckpointStore> {
  const { env, root, owner } = options
  const { disk, random } = env
  const folder = path.join(root, 'checkpoints', owner)
  return openCheckpointFiles({ disk, random, root, folder, owner })
}

/** Rejects with a `Refusal` where the checkpoint is not there, or cannot be read. */
export async function chooseBeginning(
  store: CheckpointStore,
  plan: JobPlan,
  from: BeginFrom,
  env: Env,
): Promise<Beginning> {
  try {
    const listed = await store.list()
    const lastId = store.newestId
    if (from === 'beginning') return { restored: undefined, lastId, fits: [] }
    if (typeof from === 'number' && !listed.some(({ id }) => id === from)) {
      throw notThere(from, listed)
    }
    const restored = await readCheckpoint(store, env, from === 'newest' ? undefined : from)
    const fits = restored === undefined ? [] : fitCheckpoint(restored.meta, plan)
    return { restored, lastId, fits }
  } catch (error) {
    throw notReadable(error) ?? error
  }
}

function notThere(id: number, listed: readonly { readonly id: number }[]): Refusal {
  const known = listed.map((one) => one.id).join(', ')
  const there = known === '' ? 'There is none.' : `There are ${known}.`
  const message = `There is no checkpoint ${id} any more, or there never was one. ${there}`
  return new Refusal('not-found', 'no-such-checkpoint', message)
}

/** Undefined for what is no fault of what is stored. */
export function notReadable(error: unknown): Refusal | undefined {
  const isOurs =
    error instanceof DamagedFile || error instanceof StateCodecError || error instanceof DiskError
  if (!isOurs) return undefined
  return new Refusal('conflict', 'checkpoint-not-readable', error.message)
}

/** What an edited pipeline would lose, a line a node. */
export function lostLines(
  fits: readonly NodeFit[],
  titleOf: (nodeId: string) => string | undefined,
): readonly string[] {
  return fits
    .filter(({ kind }) => kind === 'lost')
    .map(({ nodeId, reason = '' }) => {
      const title = titleOf(nodeId) ?? nodeId
      return `${nodeId}${title === nodeId ? '' : ` "${title}"`}: ${reason}`
    })
}

/** Whether the job that wrote it had nothing left to do, and nothing has been edited since. */
export function isDone(meta: JobMeta, fits: readonly NodeFit[]): boolean {
  return meta.finished && fits.every(({ kind }) => kind === 'kept')
}
