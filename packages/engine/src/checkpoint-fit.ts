/**
 * What becomes of a checkpoint when the pipeline has been edited since. Nodes are the same by id;
 * what one has kept goes on where it still means the same.
 */

import type { JobMeta, NodeIdentity, SavedNode } from './checkpoint.ts'
import type { PlanNode } from './plan.ts'
import { type MigrationScene, planState, type StatePlan, settingName } from './state-migration.ts'

/** What becomes of a node when a checkpoint meets a plan. */
export interface NodeFit {
  readonly nodeId: string
  /** What has no state to lose is kept. */
  readonly kind: 'kept' | 'migrated' | 'new' | 'lost'
  /** Why it is lost, or what becomes of it, in sentences; only where it is, or is carried over. */
  readonly reason?: string
}

type Nodes = { readonly nodes: readonly PlanNode[] }

/**
 * For each node of the checkpoint and of the plan, whether its state goes on: first those of the
 * plan in their order, then those that are no longer there.
 */
export function fitCheckpoint(meta: JobMeta, plan: Nodes): readonly NodeFit[] {
  const here = plan.nodes.map((node): NodeFit => {
    const nodeId = node.id
    const saved = savedNode(meta, nodeId)
    if (saved === undefined) return { nodeId, kind: 'new' }
    if (keepsNothing(meta, nodeId, saved)) return { nodeId, kind: 'kept' }
    return toFit(nodeId, planState(saved, identityOf(node), node.operator))
  })
  const known = new Set(plan.nodes.map(({ id }) => id))
  const gone = Object.keys(meta.nodes).filter((nodeId) => {
    const saved = savedNode(meta, nodeId)
    return !known.has(nodeId) && saved !== undefined && !keepsNothing(meta, nodeId, saved)
  })
  const reason = 'The node is not in the pipeline any more.'
  return [...here, ...gone.map((nodeId) => ({ nodeId, kind: 'lost', reason }) as const)]
}

function toFit(nodeId: string, plan: StatePlan): NodeFit {
  if (plan.kind === 'kept') return { nodeId, kind: 'kept' }
  const reason = plan.kind === 'lost' ? plan.reason : plan.summary
  return { nodeId, kind: plan.kind, reason }
}

/** What of a stored node a job goes on with. */
export interface RestoredNode {
  readonly saved: SavedNode
  /** Otherwise only its watermarks and its books go on, and what it held is gone. */
  readonly withState: boolean
  /** Carries it over; absent where it stays as it is. */
  migrate?(scene: MigrationScene): void
}

/** By node id. Nodes that begin anew are not there. */
export function restoredNodes(meta: JobMeta, plan: Nodes): ReadonlyMap<string, RestoredNode> {
  const fits = new Map(fitCheckpoint(meta, plan).map((fit) => [fit.nodeId, fit]))
  const restored = new Map<string, RestoredNode>()
  for (const node of plan.nodes) {
    const { id, operator } = node
    const saved = savedNode(meta, id)
    const kind = fits.get(id)?.kind
    const withState = kind === 'kept' || kind === 'migrated'
    // A source that reads something else begins with its first record, and so do its books.
    const goesOn = operator.inputs.length > 0 || withState
    if (saved === undefined || saved.operator !== operator.id || !goesOn) continue
    // What keeps nothing may still have to know from where on its settings are others.
    const how = planState(saved, identityOf(node), operator)
    const migrate = how.kind === 'migrated' ? { migrate: how.apply } : {}
    restored.set(id, { saved, withState, ...migrate })
  }
  return restored
}

type Identified = Pick<PlanNode, 'operator' | 'config' | 'inputSchemas'>

/** Every checkpoint asks for it, and a node of a plan never changes. */
const identities = new WeakMap<Identified, NodeIdentity>()

export function identityOf(node: Identified): NodeIdentity {
  const known = identities.get(node)
  if (known !== undefined) return known
  const identity = toIdentity(node)
  identities.set(node, identity)
  return identity
}

function toIdentity(node: Identified): NodeIdentity {
  const { operator, config, inputSchemas } = node
  const free = new Set(operator.configBesideState ?? ['onError'])
  const meaning = new Map<string, string>()
  for (const [name, value] of Object.entries(config as object)) {
    if (!free.has(name) && value !== undefined) meaning.set(settingName(name), textOf(value))
  }
  for (const [port, schema] of Object.entries(inputSchemas)) {
    meaning.set(`columns that come in at "${port}"`, textOf(schema))
  }
  return {
    operator: operator.id,
    stateVersion: operator.stateVersion ?? 1,
    meaning: Object.fromEntries(meaning),
  }
}

function savedNode({ nodes }: JobMeta, nodeId: string): SavedNode | undefined {
  return Object.hasOwn(nodes, nodeId) ? nodes[nodeId] : undefined
}

function keepsNothing({ prepared }: JobMeta, nodeId: string, saved: SavedNode): boolean {
  const hasOutput = Object.hasOwn(prepared, nodeId) && prepared[nodeId] !== undefined
  return !saved.hasState && saved.source === undefined && !hasOutput
}

/** The same for the same value, in whatever order its fields stand. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Map) return { map: [...part] }
    if (part instanceof Set) return { set: [...part] }
    if (typeof part === 'bigint') return `${part}n`
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
