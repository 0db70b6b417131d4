/**
 * Where a job begins, and what a pipeline that was edited meanwhile keeps of what the one before
 * had kept. Only what is said about state is read here; the state itself is the engine's.
 */

import {
  type Disk,
  decodeMeta,
  fitCheckpoint,
  type JobMeta,
  type NodeFit,
  type OperatorDefinition,
  planStartingAt,
  StateCodecError,
  toJobPlan,
} from '@millrace/engine'
import type { CheckedPipeline, wire } from '@millrace/pipeline'
import { type CheckpointShelf, lookAtCheckpoints, type ShelvedCheckpoint } from '@millrace/storage'
import {
  checkpointFolder,
  isPlainName,
  notReadable,
  savepointFolder,
  writtenSince,
} from '../storage/checkpoint-folder.ts'
import type { Beginning } from '../supervision/messages.ts'
import { Refusal } from '../supervision/refusal.ts'

/** What a job would go on from. */
export interface FoundStart {
  readonly begin: Beginning
  readonly kind: 'checkpoint' | 'savepoint'
  readonly checkpoint: ShelvedCheckpoint
  readonly meta: JobMeta
  /** Whether the pipeline has newer checkpoints. */
  readonly isOlder: boolean
}

export interface ShelfOptions {
  readonly disk: Disk
  readonly dataFolder: string
}

export function shelfOf(
  { disk, dataFolder }: ShelfOptions,
  pipelineId: string,
): Promise<CheckpointShelf> {
  return lookAtCheckpoints(disk, checkpointFolder(dataFolder, pipelineId), pipelineId)
}

/** Undefined for the beginning of the sources. Rejects with a `Refusal` where it is not there. */
export async function findStart(
  options: ShelfOptions,
  pipelineId: string,
  from: wire.StartFrom,
): Promise<FoundStart | undefined> {
  if (isBeginning(from)) return undefined
  if (from.kind === 'savepoint') {
    const { savepointId } = from
    const checkpoint = await savepointOf(options, pipelineId, savepointId)
    if (checkpoint === undefined) {
      const message = `There is no savepoint "${savepointId}" of this pipeline that can be read.`
      throw new Refusal('not-found', 'no-such-savepoint', message)
    }
    const { newestId } = await shelfOf(options, pipelineId)
    return found({ kind: 'savepoint', savepointId }, checkpoint, newestId)
  }
  const { checkpoints, newestId } = await shelfOf(options, pipelineId)
  const wanted = from.kind === 'newest' ? newestId : from.id
  const checkpoint = checkpoints.find(({ id }) => id === wanted)
  if (checkpoint === undefined) throw notThere(wanted, newestId, checkpoints)
  return found({ kind: 'checkpoint', id: wanted }, checkpoint, newestId)
}

async function savepointOf(
  { disk, dataFolder }: ShelfOptions,
  pipelineId: string,
  savepointId: string,
): Promise<ShelvedCheckpoint | undefined> {
  if (!isPlainName(savepointId)) return undefined
  const folder = savepointFolder(dataFolder, savepointId)
  const { checkpoints } = await lookAtCheckpoints(disk, folder, pipelineId)
  return checkpoints.at(-1)
}

type FromBeginning = Exclude<
  wire.StartFrom,
  { kind: 'newest' } | { kind: 'checkpoint' } | { kind: 'savepoint' }
>

/** It goes on from nothing. */
function isBeginning(from: wire.StartFrom): from is FromBeginning {
  return from.kind !== 'newest' && from.kind !== 'checkpoint' && from.kind !== 'savepoint'
}

/** How a job begins that goes on from nothing. Throws a `Refusal` where a source cannot. */
export function beginningAt(
  from: wire.StartFrom | undefined,
  checked: CheckedPipeline<OperatorDefinition>,
): Beginning {
  if (from === undefined || !isBeginning(from) || from.kind === 'beginning') {
    return { kind: 'beginning' }
  }
  const { reasons } = planStartingAt(toJobPlan(checked), from)
  if (reasons.length === 0) return { kind: 'beginning', at: from }
  throw new Refusal('conflict', 'source-cannot-begin-there', reasons.join(' '))
}

function found(
  begin: Exclude<Beginning, { kind: 'beginning' }>,
  checkpoint: ShelvedCheckpoint,
  newestId: number,
): FoundStart {
  try {
    const isOlder = checkpoint.id < newestId
    return { begin, kind: begin.kind, checkpoint, meta: decodeMeta(checkpoint.meta), isOlder }
  } catch (error) {
    throw error instanceof StateCodecError ? notReadable(error) : error
  }
}

function notThere(
  wanted: number,
  newestId: number,
  checkpoints: readonly { readonly id: number }[],
): Refusal {
  const known = checkpoints.map(({ id }) => id).join(', ')
  const there = known === '' ? 'There is none that can be read.' : `There are ${known}.`
  const why =
    newestId === 0
      ? 'The pipeline has no checkpoint yet.'
      : `Checkpoint ${wanted} is not there, or is damaged. ${there}`
  const message = `${why} Choose another one, or begin at the beginning.`
  return new Refusal('conflict', 'no-such-checkpoint', message)
}

/** What becomes of each node's state. */
export function impactOf(
  start: FoundStart | undefined,
  checked: CheckedPipeline<OperatorDefinition>,
): wire.DeployImpact {
  if (start === undefined) return { from: null, nodes: [], lost: 0, since: [], edit: null }
  const { begin, kind, checkpoint, meta, isOlder } = start
  const plan = toJobPlan(checked)
  const fits = fitCheckpoint(meta, plan)
  const nodes = fits.map((fit) => toImpact(fit, meta, checked))
  const { id: checkpointId, atMs } = checkpoint
  const title = begin.kind === 'savepoint' ? (begin.title ?? null) : null
  return {
    from: { kind, checkpointId, title, atMs, finished: meta.finished },
    nodes,
    lost: nodes.filter((node) => node.kind === 'lost' || node.kind === 'removed').length,
    since: isOlder ? [...writtenSince(meta, plan)] : [],
    edit: null,
  }
}

function toImpact(
  { nodeId, kind, reason }: NodeFit,
  meta: JobMeta,
  checked: CheckedPipeline<OperatorDefinition>,
): wire.NodeImpact {
  const node = checked.nodes.get(nodeId)
  const saved = Object.hasOwn(meta.nodes, nodeId) ? meta.nodes[nodeId] : undefined
  const prepared = Object.hasOwn(meta.prepared, nodeId) && meta.prepared[nodeId] !== undefined
  return {
    nodeId,
    title: node?.title ?? nodeId,
    kind: kind === 'lost' && node === undefined ? 'removed' : kind,
    reason: reason ?? null,
    hasState: saved !== undefined && (saved.hasState || saved.source !== undefined || prepared),
    held: saved?.ledger.held ?? 0,
  }
}

/** Throws a `Refusal` where state would be lost, with each node that would lose its own. */
export function refuseLoss({ from, nodes, lost }: wire.DeployImpact): void {
  if (lost === 0 || from === null) return
  const count = lost === 1 ? '1 node' : `${lost} nodes`
  const message =
    `The pipeline has changed since checkpoint ${from.checkpointId}, and ${count} would lose what ` +
    'was kept. Accept the loss, begin at the beginning, or take the change back.'
  const problems = nodes
    .filter(({ kind }) => kind === 'lost' || kind === 'removed')
    .map(({ nodeId, reason }): wire.WireProblem => {
      return { code: 'state-lost', severity: 'error', nodeId, message: reason ?? '' }
    })
  throw new Refusal('conflict', 'state-would-be-lost', message, problems)
}
