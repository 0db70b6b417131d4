/** What `millrace run --savepoint` begins with: what another job has kept, here or on a server. */

import { basename, dirname, resolve } from 'node:path'
import {
  type Env,
  type JobPlan,
  type NodeFit,
  type OperatorDefinition,
  type RestoredJob,
  toJobPlan,
} from '@millrace/engine'
import type { CheckedPipeline } from '@millrace/pipeline'
import { checkpointOwners, openCheckpointFiles } from '@millrace/storage'
import { type Beginning, chooseBeginning } from '../storage/checkpoint-folder.ts'
import { Refusal } from '../supervision/refusal.ts'

export interface SavepointOptions {
  /** A folder with checkpoints, or the file of one. */
  readonly savepoint: string
  /** Whose it is, where that is not called as the pipeline here. */
  readonly savepointOf?: string
  readonly allowLostState?: boolean
}

export interface SavepointBeginning {
  readonly beginning: Beginning
  /** What becomes of each node, for people. */
  readonly text: string
}

const FILE = /^checkpoint-([1-9]\d{0,15})\.(full|changes)$/

/** Rejects with a `Refusal` where it is not there, not of this pipeline, or would be lost. */
export async function readSavepoint(
  checked: CheckedPipeline<OperatorDefinition>,
  name: string,
  options: SavepointOptions,
  { env, folder: from }: { readonly env: Env; readonly folder: string },
): Promise<SavepointBeginning> {
  const { folder, id } = await placeOf(resolve(from, options.savepoint), env)
  const owner = await requireOwner(env, folder, name, options)
  const { disk, random } = env
  const store = await openCheckpointFiles({
    ...{ disk, random, root: dirname(folder), folder, owner, readOnly: true },
  })
  const plan = toJobPlan(checked)
  const found = await chooseBeginning(store, plan, id ?? 'newest', env)
  await store.close()
  const { restored, fits } = found
  if (restored === undefined) throw notThere(folder)
  const lost = fits.filter(({ kind }) => kind === 'lost')
  const title = (nodeId: string) => checked.nodes.get(nodeId)?.title ?? nodeId
  const lines = fits.map((fit) => line(fit, title(fit.nodeId)))
  if (lost.length > 0 && options.allowLostState !== true) throw wouldLose(restored, lines)
  const what = `Begins with checkpoint ${restored.id} of ${new Date(restored.atMs).toISOString()}`
  const text = `${what}, kept by "${owner}".\n${lines.map((one) => `  ${one}\n`).join('')}`
  return { beginning: { ...found, restored: withoutOthers(restored, plan) }, text }
}

async function placeOf(path: string, { disk }: Env) {
  const kind = await disk.kindOf(path)
  if (kind === 'folder') return { folder: path, id: undefined }
  const [, id] = FILE.exec(basename(path)) ?? []
  if (kind === 'file' && id !== undefined) return { folder: dirname(path), id: Number(id) }
  const message =
    kind === 'nothing'
      ? `There is nothing at "${path}". Name the folder of a savepoint, such as DATA/savepoints/ID.`
      : `"${path}" is no savepoint: its files are called checkpoint-1.full, for instance. Name its folder.`
  throw new Refusal('not-found', 'no-such-savepoint', message)
}

async function requireOwner(
  { disk }: Env,
  folder: string,
  name: string,
  { savepointOf }: SavepointOptions,
): Promise<string> {
  const owners = await checkpointOwners(disk, folder)
  const wanted = savepointOf ?? name
  if (owners.includes(wanted)) return wanted
  if (owners.length === 0) throw notThere(folder)
  const known = owners.map((owner) => `"${owner}"`).join(', ')
  const [first = ''] = owners
  const message =
    `What is kept at "${folder}" belongs to ${known}, and not to "${wanted}". Where that is the same ` +
    `pipeline, as on a server, which calls it by an id, say so with --savepoint-of ${first}.`
  throw new Refusal('conflict', 'savepoint-of-another', message)
}

/**
 * What sinks of topics and the log of dead letters had prepared was visible when the savepoint was
 * made, where it was made: here it is nobody's.
 */
function withoutOthers(restored: RestoredJob, { nodes }: JobPlan): RestoredJob {
  const own = new Set(
    nodes
      .filter(({ operator, config }) => !(operator.topics?.(config) ?? []).some(isWritten))
      .map(({ id }) => id),
  )
  const prepared = Object.entries(restored.meta.prepared).filter(([id]) => own.has(id))
  return { ...restored, meta: { ...restored.meta, prepared: Object.fromEntries(prepared) } }
}

function isWritten({ use }: { readonly use: 'read' | 'write' }): boolean {
  return use === 'write'
}

const WORDS: Readonly<Record<NodeFit['kind'], string>> = {
  kept: 'kept',
  migrated: 'carried over',
  new: 'new',
  lost: 'lost',
}

function line({ nodeId, kind, reason }: NodeFit, title: string): string {
  const name = title === nodeId ? nodeId : `${nodeId} "${title}"`
  return `${WORDS[kind]}: ${name}${reason === undefined ? '' : `: ${reason}`}`
}

function wouldLose({ id }: RestoredJob, lines: readonly string[]): Refusal {
  const message = [
    `The pipeline is another one than checkpoint ${id} was taken of, and something would be lost:`,
    ...lines.map((one) => `  ${one}`),
    'Take the change back, or keep what fits with --allow-lost-state.',
  ]
  return new Refusal('conflict', 'state-would-be-lost', message.join('\n'))
}

function notThere(folder: string): Refusal {
  const message = `There is no checkpoint at "${folder}" that can be read. Name another savepoint.`
  return new Refusal('not-found', 'no-such-savepoint', message)
}
