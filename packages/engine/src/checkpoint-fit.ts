/**
 * What becomes of a checkpoint when the pipeline has been edited since. Nodes are the same by id;
 * what one has kept goes on where it still means the same.
 */

import type { JobMeta, NodeIdentity, SavedNode } from './checkpoint.ts'
import type { PlanNode } from './plan.ts'

/** What becomes of a node when a checkpoint meets a plan. */
export interface NodeFit {
  readonly nodeId: string
  /** What has no state to lose is kept. */
  readonly kind: 'kept' | 'new' | 'lost'
  /** Why it is lost, in sentences; only where it is. */
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
    const reason = keepsNothing(meta, nodeId, saved) ? undefined : whyLost(saved, identityOf(node))
    return reason === undefined ? { nodeId, kind: 'kept' } : { nodeId, kind: 'lost', reason }
  })
  const known = new Set(plan.nodes.map(({ id }) => id))
  const gone = Object.keys(meta.nodes).filter((nodeId) => {
    const saved = savedNode(meta, nodeId)
    return !known.has(nodeId) && saved !== undefined && !keepsNothing(meta, nodeId, saved)
  })
  const reason = 'The node is not in the pipeline any more.'
  return [...here, ...gone.map((nodeId) => ({ nodeId, kind: 'lost', reason }) as const)]
}

/** What of a stored node a job goes on with. */
export interface RestoredNode {
  readonly saved: SavedNode
  /** Otherwise only its watermarks and its books go on, and what it held is gone. */
  readonly withState: boolean
}

/** By node id. Nodes that begin anew are not there. */
export function restoredNodes(meta: JobMeta, plan: Nodes): ReadonlyMap<string, RestoredNode> {
  const fits = new Map(fitCheckpoint(meta, plan).map((fit) => [fit.nodeId, fit]))
  const restored = new Map<string, RestoredNode>()
  for (const { id, operator } of plan.nodes) {
    const saved = savedNode(meta, id)
    // A source that reads something else begins with its first record, and so do its books.
    const goesOn = operator.inputs.length > 0 || fits.get(id)?.kind === 'kept'
    if (saved === undefined || saved.operator !== operator.id || !goesOn) continue
    restored.set(id, { saved, withState: fits.get(id)?.kind === 'kept' })
  }
  return restored
}

/** Every checkpoint asks for it, and a node of a plan never changes. */
const identities = new WeakMap<PlanNode, NodeIdentity>()

export function identityOf(node: PlanNode): NodeIdentity {
  const known = identities.get(node)
  if (known !== undefined) return known
  const identity = toIdentity(node)
  identities.set(node, identity)
  return identity
}

function toIdentity(node: PlanNode): NodeIdentity {
  const { operator, config, inputSchemas } = node
  const free = new Set(operator.configBesideState ?? ['onError'])
  const meaning = new Map<string, string>()
  for (const [name, value] of Object.entries(config as object)) {
    if (!free.has(name) && value !== undefined) meaning.set(`setting "${name}"`, textOf(value))
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
  const names = new Set([...Object.keys(saved.meaning), ...Object.keys(now.meaning)])
  const changed = [...names].filter((name) => saved.meaning[name] !== now.meaning[name])
  if (changed.length === 0) return undefined
  return `What it has kept means something else now, since this changed: ${changed.join(', ')}.`
}

/** The same for the same value, in whatever order its fields stand. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Map) return { map: [...part] }
    if (part instanceof Set) return { set: [...part] }
    if (typeof part === 'bigint') return `${part}n`
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
