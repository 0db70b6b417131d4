/**
 * Where the checkpoints of a job lie, and which of them it goes on from. All that one pipeline has
 * are in a folder of their own, numbered over all its runs: so what a sink has under way is never
 * taken for that of another run.
 */

import path from 'node:path'
import {
  type CheckpointStore,
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
  /** Beside whoever writes them. */
  readonly readOnly?: boolean
  /** What somebody has read of it before. */
  readonly read?: RestoredJob | undefined
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
  const { env, root, owner, readOnly = false, read } = options
  const { disk, random } = env
  const folder = checkpointFolder(root, owner)
  return openCheckpointFiles({ disk, random, root, folder, owner, readOnly, read })
}

export function checkpointFolder(root: string, owner: string): string {
  return path.join(checkpointsFolder(root), plainName(owner))
}

/** A folder in it for each pipeline. */
export function checkpointsFolder(root: string): string {
  return path.join(root, 'checkpoints')
}

/** Each savepoint is a folder with one checkpoint in it. */
export function savepointFolder(root: string, savepointId: string): string {
  return path.join(root, 'savepoints', plainName(savepointId))
}

/** What comes from outside is looked up before; a path that leads elsewhere is our bug. */
function plainName(name: string): string {
  if (isPlainName(name)) return name
  throw new Error(`"${name}" is no name of a folder.`)
}

/** Whether what comes from outside stays within the folder that it is looked for in. */
export function isPlainName(name: string): boolean {
  return name === path.basename(name) && name !== '.' && name !== '..' && !name.includes('\0')
}

export function openSavepoint(
  options: CheckpointFolderOptions & { readonly savepointId: string },
): Promise<CheckpointStore> {
  const { env, root, owner, savepointId } = options
  const { disk, random } = env
  const folder = savepointFolder(root, savepointId)
  return openCheckpointFiles({ disk, random, root, folder, owner })
}

/**
 * Rejects with a `Refusal` where the checkpoint is not there, or cannot be read. `read` is what is
 * taken in place of reading the newest one.
 */
export async function chooseBeginning(
  store: CheckpointStore,
  plan: JobPlan,
  from: BeginFrom,
  env: Env,
  read?: RestoredJob,
): Promise<Beginning> {
  try {
    const listed = await store.list()
    const lastId = store.newestId
    if (from === 'beginning') return { restored: undefined, lastId, fits: [] }
    if (typeof from === 'number' && !listed.some(({ id }) => id === from)) {
      throw notThere(from, listed)
    }
    const id = from === 'newest' ? undefined : from
    const restored = read ?? (await readCheckpoint(store, env, id))
    const fits = restored === undefined ? [] : fitCheckpoint(restored.meta, plan)
    return { restored, lastId, fits }
  } catch (error) {
    if (error instanceof DamagedFile || error instanceof StateCodecError) throw notReadable(error)
    throw error
  }
}

function notThere(id: number, listed: readonly { readonly id: number }[]): Refusal {
  const known = listed.map((one) => one.id).join(', ')
  const there = known === '' ? 'There is none.' : `There are ${known}.`
  const message = `There is no checkpoint ${id} any more, or there never was one. ${there}`
  return new Refusal('not-found', 'no-such-checkpoint', message)
}

export function notReadable(error: Error): Refusal {
  return new Refusal('conflict', 'checkpoint-not-readable', error.message)
}

/** What stays of what sinks have written since a checkpoint before the newest, in sentences. */
export function writtenSince(meta: JobMeta, plan: JobPlan): readonly string[] {
  return plan.nodes.flatMap(({ id, operator, config }) => {
    if (!Object.hasOwn(meta.prepared, id)) return []
    return operator.writtenSince?.(config, meta.prepared[id]) ?? []
  })
}

type TitleOf = (nodeId: string) => string | undefined

/** What an edited pipeline would lose, a line a node. */
export function lostLines(fits: readonly NodeFit[], titleOf: TitleOf): readonly string[] {
  return linesOf('lost', fits, titleOf)
}

/** What is carried over, a line a node. */
export function migratedLines(fits: readonly NodeFit[], titleOf: TitleOf): readonly string[] {
  return linesOf('migrated', fits, titleOf)
}

function linesOf(
  wanted: NodeFit['kind'],
  fits: readonly NodeFit[],
  titleOf: TitleOf,
): readonly string[] {
  return fits
    .filter(({ kind }) => kind === wanted)
    .map(({ nodeId, reason = '' }) => {
      const title = titleOf(nodeId) ?? nodeId
      return `${nodeId}${title === nodeId ? '' : ` "${title}"`}: ${reason}`
    })
}

/** Whether the job that wrote it had nothing left to do, and nothing has been edited since. */
export function isDone(meta: JobMeta, fits: readonly NodeFit[]): boolean {
  return meta.finished && fits.every(({ kind }) => kind === 'kept')
}
