/** What `millrace run --state` keeps and goes on from. */

import { basename, extname, resolve } from 'node:path'
import {
  type CheckpointOptions,
  type CheckpointStore,
  DiskError,
  type OperatorDefinition,
  type StartAt,
  toJobPlan,
} from '@millrace/engine'
import type { CheckedPipeline } from '@millrace/pipeline'
import type { DocumentFile } from '../document-file.ts'
import { parseStartAt } from '../start-place.ts'
import {
  type BeginFrom,
  type Beginning,
  checkpointIntervalMs,
  chooseBeginning,
  isDone,
  lostLines,
  migratedLines,
  notReadable,
  openCheckpointFolder,
  writtenSince,
} from '../storage/checkpoint-folder.ts'
import type { FolderLock } from '../storage/folder-lock.ts'
import { Refusal } from '../supervision/refusal.ts'
import type { Terminal } from '../terminal.ts'
import { readSavepoint } from './run-savepoint.ts'

export interface StateOptions {
  readonly state?: string
  /** The number of a checkpoint, or where sources of topics begin. */
  readonly from?: string
  /** Begin at the beginning, whatever is kept. */
  readonly fresh?: boolean
  readonly allowLostState?: boolean
  /** What another job has kept, which the first run begins with. */
  readonly savepoint?: string
  readonly savepointOf?: string
}

export interface RunState {
  readonly checkpoints: CheckpointOptions
  /** What a run of the same pipeline and folder is called, for ever. */
  readonly scope: string
  /** Of the newest checkpoint so far; undefined before the first. */
  readonly newestId: number | undefined
  close(): Promise<void>
}

export interface RunStateOptions extends StateOptions {
  readonly state: string
  readonly lock: FolderLock
}

/** What is wrong with the options by themselves; undefined where nothing is. */
export function checkStateOptions(options: StateOptions): string | undefined {
  const { state, from, fresh = false, allowLostState = false, savepoint, savepointOf } = options
  if (savepoint === undefined && savepointOf !== undefined) {
    return '--savepoint-of says whose a savepoint is. Name it with --savepoint.'
  }
  if (savepoint !== undefined && (fresh || from !== undefined)) {
    const other = fresh ? '--fresh' : '--from'
    return `--savepoint and ${other} both say where the job begins. Leave one out.`
  }
  if (savepoint !== undefined && state === undefined) {
    return '--savepoint begins with what was kept, and goes on keeping it. Name a folder with --state.'
  }
  if (state === undefined) {
    const isPlace = from !== undefined && !isCheckpoint(from)
    const wrong = isPlace ? wrongPlace(from) : undefined
    if (wrong !== undefined) return wrong
    const older = fresh ? '--fresh' : allowLostState ? '--allow-lost-state' : undefined
    const named = from === undefined || isPlace ? older : '--from'
    if (named === undefined) return undefined
    return `${named} is about what an earlier run has kept. Name its folder with --state.`
  }
  if (from === undefined) return undefined
  if (!isCheckpoint(from)) return wrongPlace(from)
  if (fresh) {
    return '--from goes on from a checkpoint, and --fresh begins at the beginning. Leave one out.'
  }
  return undefined
}

function isCheckpoint(from: string): boolean {
  return /^[1-9]\d{0,14}$/.test(from)
}

/** Where sources of topics begin; undefined where the pipeline or a checkpoint says. */
export function startAtOf({ from }: StateOptions): StartAt | undefined {
  return from === undefined || isCheckpoint(from) ? undefined : parseStartAt(from)
}

function wrongPlace(from: string): string | undefined {
  if (parseStartAt(from) !== undefined) return undefined
  return (
    `--from is "${from}" and must be earliest, latest, a time as "2026-01-01T00:00:00Z", offsets as ` +
    '"orders:0=15,orders:1=20", or with --state the number of a checkpoint. Leave it out for the newest ' +
    'checkpoint, or begin at the beginning with --fresh.'
  )
}

/** Rejects with a `Refusal` where the job cannot go on as it is told to. */
export async function openRunState(
  checked: CheckedPipeline<OperatorDefinition>,
  document: DocumentFile,
  options: RunStateOptions,
  { env, folder, stderr }: Terminal,
): Promise<RunState> {
  const { state, from, fresh = false, allowLostState = false, lock, savepoint } = options
  const name = basename(document.path, extname(document.path))
  const root = resolve(folder, state)
  const store = await orAdvice(openCheckpointFolder({ env, root, owner: name }))
  if (savepoint !== undefined) {
    if (store.newestId > 0) throw hasOwn(state, store.newestId)
    const { savepointOf } = options
    const given = { savepoint, allowLostState, ...(savepointOf && { savepointOf }) }
    const found = await readSavepoint(checked, name, given, { env, folder })
    stderr.write(found.text)
    return runStateOf(store, found.beginning, checked, scopeOf(lock, name))
  }
  const anew = fresh || startAtOf(options) !== undefined
  const begin: BeginFrom = anew ? 'beginning' : from === undefined ? 'newest' : Number(from)
  const beginning = await orAdvice(chooseBeginning(store, toJobPlan(checked), begin, env))
  const titleOf = (nodeId: string) => checked.nodes.get(nodeId)?.title
  const lost = lostLines(beginning.fits, titleOf)
  if (lost.length > 0 && !allowLostState) throw wouldLose(beginning, lost)
  const carried = migratedLines(beginning.fits, titleOf)
  stderr.write(beginningText(beginning, name, { lost, carried }))
  const { restored } = beginning
  if (restored !== undefined && restored.id < store.newestId) {
    const since = writtenSince(restored.meta, toJobPlan(checked))
    stderr.write(since.map((sentence) => `  ${sentence}\n`).join(''))
  }
  return runStateOf(store, beginning, checked, scopeOf(lock, name))
}

function scopeOf(lock: FolderLock, name: string): string {
  return `${lock.id}/${name.slice(0, 100)}`
}

function runStateOf(
  store: CheckpointStore,
  { restored, lastId }: Beginning,
  checked: CheckedPipeline<OperatorDefinition>,
  scope: string,
): RunState {
  let newestId = restored?.id
  return {
    checkpoints: {
      ...{ store, restored, lastId, intervalMs: checkpointIntervalMs(checked.settings) },
      onTaken: ({ id }) => {
        newestId = id
      },
    },
    scope,
    get newestId() {
      return newestId
    },
    close: () => store.close(),
  }
}

function hasOwn(folder: string, id: number): Refusal {
  const message =
    `"${folder}" has checkpoint ${id} of this pipeline already, and --savepoint is what a first run begins ` +
    'with. Leave it out to go on from that one, or name another folder with --state.'
  return new Refusal('conflict', 'state-exists', message)
}

async function orAdvice<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof DiskError) throw notReadable(error)
    if (!(error instanceof Refusal)) throw error
    const advice = 'Name another checkpoint with --from, or begin at the beginning with --fresh.'
    throw new Refusal(error.kind, error.code, `${error.message} ${advice}`)
  }
}

function wouldLose({ restored }: Beginning, lost: readonly string[]): Refusal {
  const nodes = lost.length === 1 ? '1 node' : `${lost.length} nodes`
  const message = [
    `The pipeline has changed since checkpoint ${restored?.id}, and ${nodes} would lose what was kept:`,
    ...lost.map((line) => `  ${line}`),
    'Take the change back, or choose: --allow-lost-state keeps what fits, --fresh begins at the beginning.',
  ]
  return new Refusal('conflict', 'state-would-be-lost', message.join('\n'))
}

const ALL_HAD_ENDED =
  '  All input had ended: what is new gets only what comes from now on. --fresh reads all again.\n'

function beginningText(
  { restored, fits }: Beginning,
  name: string,
  { lost, carried }: { readonly lost: readonly string[]; readonly carried: readonly string[] },
): string {
  if (restored === undefined) return ''
  const { id, atMs, meta } = restored
  const which = `checkpoint ${id} of ${new Date(atMs).toISOString()}`
  if (isDone(meta, fits)) {
    return `"${name}" had finished with ${which}: nothing is left to do. --fresh runs it again.\n`
  }
  const lines = [
    ...carried.map((line) => `  carried over: ${line}\n`),
    ...lost.map((line) => `  lost: ${line}\n`),
    ...(meta.finished ? [ALL_HAD_ENDED] : []),
  ]
  return `Continues from ${which}.\n${lines.join('')}`
}
