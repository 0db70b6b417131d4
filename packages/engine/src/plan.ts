/**
 * What a job runs: operators with their configs and schemas, and what the graph's shape asks of
 * each node.
 */

import type { CheckedPipeline, StreamSchema } from '@millrace/pipeline'
import type { OperatorDefinition } from './operator.ts'

export interface JobPlan {
  /** In topological order, ties by id. */
  readonly nodes: readonly PlanNode[]
  readonly edges: readonly PlanEdge[]
  /** How much state a node may keep, in bytes; as much as the process has room for if absent. */
  readonly stateBytesMax?: number
}

export interface PlanNode {
  readonly id: string
  readonly operator: OperatorDefinition
  /** What `operator.config.parse` returned. */
  readonly config: unknown
  /** Of a port that takes many edges, the first one's. */
  readonly inputSchemas: { readonly [port: string]: StreamSchema }
  /** For each input port, what each of its edges carries. */
  readonly channels: ReadonlyMap<string, readonly { readonly schema: StreamSchema }[]>
  /** One for each output port, `errors` among them where the operator has it. */
  readonly outputSchemas: { readonly [port: string]: StreamSchema }
}

export interface PlanEdge {
  readonly from: PlanEnd
  readonly to: PlanEnd
}

export interface PlanEnd {
  readonly node: string
  readonly port: string
}

/** The plan of a pipeline that was checked and has no errors. */
export function toJobPlan(checked: CheckedPipeline<OperatorDefinition>): JobPlan {
  const nodes = checked.order.map((id) => {
    const node = checked.nodes.get(id)
    if (node === undefined) throw new Error(`Node "${id}" has problems, so there is no plan.`)
    return node
  })
  const { stateBytesMax } = checked.settings
  return { nodes, edges: checked.edges, ...(stateBytesMax === undefined ? {} : { stateBytesMax }) }
}

/** What the shape of the graph says of one node. Nodes are named by their position in the order. */
export interface Shape {
  /**
   * The edges into the node: by input port as the operator lists them, then by where they come
   * from.
   */
  readonly channels: readonly PlanEdge[]
  /** What checkpoints call them. */
  readonly channelNames: readonly string[]
  /** For each channel, everything upstream of it. */
  readonly ancestors: readonly ReadonlySet<number>[]
  /** Paths from one source meet here. */
  readonly merges: boolean
  /** They meet here or below. */
  readonly tracksOrigins: boolean
  /** The nodes below a source without event time that give its records one. */
  readonly timedBy: readonly number[]
}

/** A plan never changes, and each start of a job asks for them. */
const shapes = new WeakMap<JobPlan, readonly Shape[]>()

export function shapesOf(plan: JobPlan): readonly Shape[] {
  const known = shapes.get(plan)
  if (known !== undefined) return known
  const found = toShapes(plan)
  shapes.set(plan, found)
  return found
}

function toShapes(plan: JobPlan): readonly Shape[] {
  const depths = new Map(plan.nodes.map((node, depth) => [node.id, depth]))
  const depthOf = (id: string) => {
    const depth = depths.get(id)
    if (depth === undefined) throw new Error(`The plan has an edge at "${id}" but no such node.`)
    return depth
  }
  const channels = plan.nodes.map((node) => channelsInto(node, plan.edges))
  const ancestors = findAncestors(channels, depthOf)
  const merges = ancestors.map((ofChannels) => shareSource(ofChannels, channels))
  const tracks = plan.nodes.map((_, depth) =>
    merges.some(
      (merging, below) => merging && (ancestors[below] ?? []).some((set) => set.has(depth)),
    ),
  )
  return plan.nodes.map((node, depth) => ({
    channels: channels[depth] ?? [],
    channelNames: (channels[depth] ?? []).map(channelName),
    ancestors: ancestors[depth] ?? [],
    merges: merges[depth] ?? false,
    tracksOrigins: tracks[depth] ?? false,
    timedBy: findTimers(plan, node, depthOf),
  }))
}

function channelName({ from, to }: PlanEdge): string {
  return `${from.node}.${from.port} ${to.port}`
}

function channelsInto(node: PlanNode, edges: readonly PlanEdge[]): readonly PlanEdge[] {
  const into = edges.filter((edge) => edge.to.node === node.id)
  return node.operator.inputs.flatMap((port) =>
    into
      .filter((edge) => edge.to.port === port)
      .sort(
        (a, b) => compareTexts(a.from.node, b.from.node) || compareTexts(a.from.port, b.from.port),
      ),
  )
}

function findAncestors(
  channels: readonly (readonly PlanEdge[])[],
  depthOf: (id: string) => number,
): readonly (readonly ReadonlySet<number>[])[] {
  const found: ReadonlySet<number>[][] = []
  for (const into of channels) {
    found.push(
      into.map(({ from }) => {
        const depth = depthOf(from.node)
        return new Set([depth, ...(found[depth] ?? []).flatMap((set) => [...set])])
      }),
    )
  }
  return found
}

function shareSource(
  ancestors: readonly ReadonlySet<number>[],
  channels: readonly (readonly PlanEdge[])[],
): boolean {
  const seen = new Set<number>()
  for (const set of ancestors) {
    const sources = [...set].filter((depth) => channels[depth]?.length === 0)
    if (sources.some((depth) => seen.has(depth))) return true
    for (const depth of sources) seen.add(depth)
  }
  return false
}

/**
 * The first nodes on each path from this one whose output has event time although what enters has
 * none.
 */
function findTimers(
  plan: JobPlan,
  node: PlanNode,
  depthOf: (id: string) => number,
): readonly number[] {
  if (node.operator.inputs.length > 0 || hasEventTime(node)) return []
  const found = new Set<number>()
  const visit = (id: string) => {
    for (const edge of plan.edges) {
      if (edge.from.node !== id) continue
      const below = plan.nodes[depthOf(edge.to.node)]
      if (below === undefined) continue
      if (hasEventTime(below)) found.add(depthOf(below.id))
      else visit(below.id)
    }
  }
  visit(node.id)
  return [...found]
}

function hasEventTime(node: PlanNode): boolean {
  return Object.values(node.outputSchemas).some((schema) => schema.eventTime)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
