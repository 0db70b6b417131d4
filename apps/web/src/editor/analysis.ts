/**
 * What the check of a pipeline means for each node and edge on the canvas, kept the same where it
 * is the same.
 */

import {
  type ChangeMode,
  type CheckedNode,
  type CheckedPipeline,
  checkPipeline,
  type OperatorDescription,
  oneLine,
  type Pipeline,
  type PipelineNode,
  type PortPlace,
  type Problem,
  type Registry,
  type StreamSchema,
} from '@millrace/pipeline'
import { edgeIdOf, readEnd } from './edge-ends.ts'

export type PortKind = 'data' | 'late' | 'errors'

export interface PortView {
  readonly name: string
  readonly kind: PortKind
  /** An edge names it, and the operator has no such port. */
  readonly missing: boolean
  readonly connected: boolean
  /** How the rows that leave by it change each other; for inputs, and while unknown, undefined. */
  readonly changes: ChangeMode | undefined
}

/**
 * A node as canvas, outline and inspector show it. The same object for as long as nothing in it
 * changes.
 */
export interface NodeView {
  readonly id: string
  readonly node: PipelineNode
  /** The node's title, the operator's, or the id; what is not seen in it stands as its code. */
  readonly title: string
  /** Absent where no operator has this id. */
  readonly operator: OperatorDescription | undefined
  readonly inputs: readonly PortView[]
  readonly outputs: readonly PortView[]
  readonly problems: readonly Problem[]
}

export interface EdgeView {
  readonly id: string
  readonly from: PortPlace
  readonly to: PortPlace
  /** Its place in the document's list. */
  readonly index: number
  readonly kind: PortKind
  /** The input that it leads to, where the node has several: which side of a join it is. */
  readonly side: string | undefined
  /** What flows along it, as far as it is known. */
  readonly schema: StreamSchema | undefined
  readonly problems: readonly Problem[]
}

/** What the server says of what a node reads or writes, as long as the node is set so. */
interface AroundProblem {
  readonly problem: Problem
  readonly config: PipelineNode['config'] | undefined
}

export interface Analysis {
  readonly pipeline: Pipeline
  readonly checked: CheckedPipeline
  /** Those of the check, and those of what is around the pipeline. */
  readonly problems: readonly Problem[]
  readonly around: readonly AroundProblem[]
  readonly nodes: ReadonlyMap<string, NodeView>
  /** Those between nodes that exist, by id. */
  readonly edges: ReadonlyMap<string, EdgeView>
}

/** `previous` lends its views where they have not changed. Layout and notes cost no check. */
export function analyse(pipeline: Pipeline, registry: Registry, previous?: Analysis): Analysis {
  if (previous !== undefined && sameLogic(pipeline, previous.pipeline)) {
    return { ...previous, pipeline }
  }
  return analyseAnew(pipeline, registry, previous)
}

/** Also where nothing has changed, since the check may know more than before. */
export function analyseAnew(pipeline: Pipeline, registry: Registry, previous?: Analysis): Analysis {
  return toAnalysis(pipeline, registry, checkPipeline(pipeline, registry), previous)
}

/** With what the server says of files and topics, in place of what it said before. */
export function analyseAround(
  problems: readonly Problem[],
  registry: Registry,
  previous: Analysis,
): Analysis {
  const { pipeline, checked } = previous
  const around = problems.map((problem) => {
    return { problem, config: pipeline.nodes.get(problem.nodeId ?? '')?.config }
  })
  return toAnalysis(pipeline, registry, checked, { ...previous, around })
}

function toAnalysis(
  pipeline: Pipeline,
  registry: Registry,
  checked: CheckedPipeline,
  previous: Analysis | undefined,
): Analysis {
  const around = (previous?.around ?? []).filter(({ problem: { nodeId = '' }, config }) => {
    return config !== undefined && pipeline.nodes.get(nodeId)?.config === config
  })
  const problems = [...checked.problems, ...around.map(({ problem }) => problem)]
  const outputs = new Map<string, readonly string[]>()
  for (const [id, node] of pipeline.nodes) {
    outputs.set(id, outputNames(node, registry.get(node.operator), checked.nodes.get(id)))
  }
  const edges = edgeViews(pipeline, registry, checked, outputs, previous)
  const used = portsInUse(edges)
  const ofNodes = problemsByNode(problems)
  const nodes = new Map<string, NodeView>()
  for (const [id, node] of pipeline.nodes) {
    const operator = registry.get(node.operator)
    const view: NodeView = {
      id,
      node,
      title: oneLine(node.title ?? operator?.title ?? id),
      operator,
      inputs: portViews(operator?.inputs ?? [], used.into.get(id) ?? [], {}),
      outputs: portViews(
        outputs.get(id) ?? [],
        used.outOf.get(id) ?? [],
        checked.outputSchemas.get(id) ?? {},
      ),
      problems: ofNodes.get(id) ?? [],
    }
    const before = previous?.nodes.get(id)
    nodes.set(id, before !== undefined && sameView(before, view) ? before : view)
  }
  return { pipeline, checked, problems, around, nodes, edges }
}

/** Whether only what is drawn differs, and not what runs. */
export function sameLogic(a: Pipeline, b: Pipeline): boolean {
  return (
    a.nodes === b.nodes &&
    a.edges === b.edges &&
    a.settings === b.settings &&
    // An entry for a node that is not there is a problem; a moved node is none.
    (a.layout === b.layout || [...a.layout.keys()].every((id) => a.nodes.has(id)))
  )
}

export function portKind(port: string): PortKind {
  return port === 'late' || port === 'errors' ? port : 'data'
}

function outputNames(
  node: PipelineNode,
  operator: OperatorDescription | undefined,
  checked: CheckedNode | undefined,
): readonly string[] {
  if (checked !== undefined) return checked.outputs
  if (operator?.outputPorts === undefined) return operator?.outputs ?? []
  const read = operator.config.safeParse(node.config)
  const named = read.success ? operator.outputPorts(read.data) : []
  return [...new Set([...named, ...operator.outputs])]
}

function edgeViews(
  pipeline: Pipeline,
  registry: Registry,
  checked: CheckedPipeline,
  outputs: ReadonlyMap<string, readonly string[]>,
  previous: Analysis | undefined,
): ReadonlyMap<string, EdgeView> {
  const views = new Map<string, EdgeView>()
  for (const [index, edge] of pipeline.edges.entries()) {
    const [fromId = ''] = edge.from.split('.', 1)
    const [toId = ''] = edge.to.split('.', 1)
    const target = pipeline.nodes.get(toId)
    if (!pipeline.nodes.has(fromId) || target === undefined) continue
    const from = readEnd(edge.from, outputs.get(fromId) ?? [], 'from')
    const to = readEnd(edge.to, registry.get(target.operator)?.inputs ?? [], 'to')
    const id = edgeIdOf({ from, to })
    const schema = ownValue(checked.outputSchemas.get(fromId) ?? {}, from.port)
    const problems = checked.problems.filter(
      ({ nodeId, path }) => nodeId === undefined && path?.[0] === 'edges' && path[1] === index,
    )
    const side = (registry.get(target.operator)?.inputs.length ?? 0) > 1 ? to.port : undefined
    const view = { id, from, to, index, kind: portKind(from.port), side, schema, problems }
    const before = previous?.edges.get(id)
    views.set(id, before !== undefined && sameView(before, view) ? before : view)
  }
  return views
}

function problemsByNode(problems: readonly Problem[]): ReadonlyMap<string, readonly Problem[]> {
  const found = new Map<string, Problem[]>()
  for (const problem of problems) {
    const { nodeId = '' } = problem
    const known = found.get(nodeId)
    if (known === undefined) found.set(nodeId, [problem])
    else known.push(problem)
  }
  return found
}

/** The ports that edges name, by node. */
function portsInUse(edges: ReadonlyMap<string, EdgeView>) {
  const into = new Map<string, string[]>()
  const outOf = new Map<string, string[]>()
  const note = (ports: Map<string, string[]>, { node, port }: PortPlace): void => {
    const known = ports.get(node)
    if (known === undefined) ports.set(node, [port])
    else known.push(port)
  }
  for (const { from, to } of edges.values()) {
    note(outOf, from)
    note(into, to)
  }
  return { into, outOf }
}

/**
 * Data ports first, in the operator's order, then `late`, then `errors`, as they stand on the
 * node.
 */
function portViews(
  known: readonly string[],
  used: readonly string[],
  schemas: { readonly [port: string]: StreamSchema },
): readonly PortView[] {
  const names = [...new Set([...known, ...used])]
  const rank = { data: 0, late: 1, errors: 2 }
  return names
    .map((name) => ({
      name,
      kind: portKind(name),
      missing: !known.includes(name),
      connected: used.includes(name),
      changes: ownValue(schemas, name)?.changes,
    }))
    .sort((a, b) => rank[a.kind] - rank[b.kind])
}

/** Compares what the check makes anew each time by what is in it. */
function sameView(a: object, b: object): boolean {
  const left = Object.entries(a)
  const right = new Map(Object.entries(b))
  return left.every(([key, value]) => {
    const other: unknown = right.get(key)
    if (value === other) return true
    const listed = Array.isArray(value) || key === 'schema' || key === 'from' || key === 'to'
    return listed && JSON.stringify(value) === JSON.stringify(other)
  })
}

function ownValue<T>(object: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
