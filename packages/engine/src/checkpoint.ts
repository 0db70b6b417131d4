/** What a checkpoint of a job holds, and how it lies in a store. */

import type { CheckpointStore, StateChange } from './checkpoint-store.ts'
import type { SavedLedger } from './ledger.ts'
import type { PlanNode } from './plan.ts'
import type { SavedSource } from './source-node.ts'
import type { StateEntry } from './state.ts'
import { decodeState, encodeState, type Saved, StateCodecError } from './state-codec.ts'
import type { SavedValve } from './valve.ts'

const FORMAT = 1

/** A job at rest, without the keyed state of its nodes. */
export interface JobMeta {
  readonly format: typeof FORMAT
  /** All input had ended, and the last output was prepared. */
  readonly finished: boolean
  readonly nodes: { readonly [id: string]: SavedNode }
  /** What sinks have prepared, by node; under no name, what could not be processed. */
  readonly prepared: { readonly [nodeId: string]: Saved }
}

export interface SavedNode extends NodeIdentity {
  readonly ledger: SavedLedger
  readonly idle: boolean
  /** Nodes with inputs. */
  readonly runner?: SavedRunner
  /** Sources. */
  readonly source?: SavedSource
}

/** What must be the same so that stored state means what it meant. */
export interface NodeIdentity {
  readonly operator: string
  readonly stateVersion: number
  /** Of the config and the schemas that came in, as far as state depends on them. */
  readonly meaning: string
}

/** Where a node with inputs stands. */
export interface SavedRunner {
  /** Where each channel comes from, as `node.port`. */
  readonly channels: readonly string[]
  readonly valve: SavedValve
  /** Channels that have ended. */
  readonly ended: readonly boolean[]
  readonly outgoingMs: number
}

/** A checkpoint that has been read, ready for a job to go on from. */
export interface RestoredJob {
  readonly id: number
  readonly atMs: number
  readonly meta: JobMeta
  readonly entries: ReadonlyMap<string, readonly StateEntry[]>
}

export type { SavedSource }

/**
 * The newest checkpoint, or the one with this id; undefined where there is none. Rejects where what
 * is stored is damaged or of a newer Millrace.
 */
export async function readCheckpoint(
  store: CheckpointStore,
  id?: number,
): Promise<RestoredJob | undefined> {
  const stored = await store.read(id)
  if (stored === undefined) return undefined
  const meta = decodeMeta(stored.meta)
  const entries = new Map<string, StateEntry[]>()
  for await (const change of stored.entries()) {
    const { nodeId, entry } = decodeEntry(change)
    const ofNode = entries.get(nodeId)
    if (ofNode === undefined) entries.set(nodeId, [entry])
    else ofNode.push(entry)
  }
  return { id: stored.id, atMs: stored.atMs, meta, entries }
}

export function encodeMeta(meta: Omit<JobMeta, 'format'>): Uint8Array {
  return encodeState({ format: FORMAT, ...meta })
}

export function decodeMeta(bytes: Uint8Array): JobMeta {
  const meta = decodeState(bytes) as unknown as JobMeta
  if (meta.format === FORMAT) return meta
  throw new StateCodecError(
    `The checkpoint has format ${String(meta.format)}, and this Millrace reads format ${FORMAT}. ` +
      'Start it with the version that wrote the checkpoint, or a newer one.',
  )
}

/** A stored key begins with its key group, so that groups can be moved apart. */
export function encodeEntry(nodeId: string, entry: StateEntry): StateChange {
  const { part, path, keyGroup, value } = entry
  const rest = encodeState([nodeId, part, ...path])
  const key = new Uint8Array(rest.length + 1)
  key[0] = keyGroup
  key.set(rest, 1)
  return { key, value }
}

function decodeEntry({ key, value }: StateChange): {
  readonly nodeId: string
  readonly entry: StateEntry
} {
  const path = decodeState(key.subarray(1))
  if (!Array.isArray(path)) throw new StateCodecError('A key of stored state is no path.')
  const [nodeId, part, ...rest] = path as Saved[]
  if (typeof nodeId !== 'string' || typeof part !== 'string') {
    throw new StateCodecError('A key of stored state does not begin with a node and a part of it.')
  }
  return { nodeId, entry: { part, path: rest, keyGroup: key[0] ?? 0, value } }
}

// What fits

/** What becomes of the state of a node when a checkpoint meets a plan. */
export interface NodeFit {
  readonly nodeId: string
  readonly kind: 'kept' | 'new' | 'lost'
  /** Why it is lost, as a sentence; only where it is. */
  readonly reason?: string
}

export function identityOf({ operator, config, inputSchemas }: PlanNode): NodeIdentity {
  const free = new Set(operator.configBesideState ?? ['onError'])
  const counted = Object.entries(config as object).filter(([name]) => !free.has(name))
  const meaning = JSON.stringify([counted.sort(([a], [b]) => (a < b ? -1 : 1)), inputSchemas])
  return { operator: operator.id, stateVersion: operator.stateVersion ?? 1, meaning }
}

/**
 * For each node of the checkpoint and of the plan, whether its state goes on: first those of the
 * plan in their order, then those that are no longer there.
 */
export function fitCheckpoint(
  meta: JobMeta,
  plan: { readonly nodes: readonly PlanNode[] },
): readonly NodeFit[] {
  const here = plan.nodes.map((node): NodeFit => {
    const nodeId = node.id
    const saved = Object.hasOwn(meta.nodes, nodeId) ? meta.nodes[nodeId] : undefined
    if (saved === undefined) return { nodeId, kind: 'new' }
    const reason = whyLost(saved, identityOf(node))
    return reason === undefined ? { nodeId, kind: 'kept' } : { nodeId, kind: 'lost', reason }
  })
  const known = new Set(plan.nodes.map(({ id }) => id))
  const gone = Object.keys(meta.nodes).filter((id) => !known.has(id))
  const reason = 'The node is not in the pipeline any more.'
  return [...here, ...gone.map((nodeId) => ({ nodeId, kind: 'lost', reason }) as const)]
}

function whyLost(saved: NodeIdentity, now: NodeIdentity): string | undefined {
  if (saved.operator !== now.operator) {
    return `The node was a ${saved.operator} and is a ${now.operator} now.`
  }
  if (saved.stateVersion !== now.stateVersion) {
    return (
      `Its state was stored in version ${saved.stateVersion} of ${now.operator}, and this Millrace ` +
      `has version ${now.stateVersion}.`
    )
  }
  if (saved.meaning === now.meaning) return undefined
  return 'Its settings or the columns that come in have changed, so what it has kept means nothing now.'
}
