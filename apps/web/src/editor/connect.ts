/**
 * Says which ports may be joined: the edge is tried on a copy, and the check has the word.
 *
 * Only what stands upstream of the two nodes matters to the answer, so only that is copied: trying
 * every port of a large pipeline stays cheap. A problem at a config field does not forbid an edge,
 * since the form can mend it once the columns are there; any other new error does.
 */

import {
  checkPipeline,
  type OperatorDescription,
  type Pipeline,
  type PortPlace,
  type Problem,
  type Registry,
} from '@millrace/pipeline'
import type { Analysis } from './analysis.ts'
import { type EdgePlaces, type Side, writeEnd } from './edge-ends.ts'

/** Why the two ports may not be joined; undefined if they may. */
export function refuseConnection(
  analysis: Analysis,
  registry: Registry,
  edge: EdgePlaces,
): Problem | undefined {
  const { pipeline } = analysis
  const from = analysis.nodes.get(edge.from.node)
  const to = analysis.nodes.get(edge.to.node)
  const output = from?.outputs.find(({ name, missing }) => name === edge.from.port && !missing)
  const input = to?.inputs.find(({ name, missing }) => name === edge.to.port && !missing)
  if (output === undefined || input === undefined) {
    return refusal('unknown-port', 'There is no such port. Choose another one.')
  }
  if (edge.from.node === edge.to.node) {
    return refusal('cycle', 'A node cannot feed itself. Choose an input of another node.')
  }
  const taken = [...analysis.edges.values()].filter(
    ({ to: place }) => place.node === edge.to.node && place.port === edge.to.port,
  )
  if (taken.some(({ from: place }) => samePlace(place, edge.from))) {
    return refusal('duplicate-edge', 'These two ports are joined already.')
  }
  const [before] = taken
  if (before !== undefined && to?.operator?.manyInput !== edge.to.port) {
    const source = analysis.nodes.get(before.from.node)?.title ?? before.from.node
    return refusal(
      'input-taken',
      `Input "${edge.to.port}" of "${to?.title}" takes one edge, and has one from "${source}". ` +
        'Delete that one first, or bring both together in a union.',
    )
  }
  const tried = withEdge(upstreamOf(pipeline, [edge.from.node, edge.to.node]), analysis, edge)
  return newProblem(tried.before, tried.after, registry, edge.to.node)
}

/** The ports of other nodes that the port may be joined with. */
export function fittingPorts(
  analysis: Analysis,
  registry: Registry,
  end: PortPlace,
  side: Side,
): readonly PortPlace[] {
  return candidatePorts(analysis, end, side).filter(
    (other) => refuseConnection(analysis, registry, edgePlaces(end, side, other)) === undefined,
  )
}

/** The ports that are worth a trial: in a large pipeline each costs a little. */
export function candidatePorts(
  { nodes }: Analysis,
  end: PortPlace,
  side: Side,
): readonly PortPlace[] {
  const found: PortPlace[] = []
  for (const [id, { inputs, outputs, operator }] of nodes) {
    if (id === end.node) continue
    for (const { name, connected } of side === 'from' ? inputs : outputs) {
      // An input that has its edge needs no trial: most of a large pipeline is settled here.
      if (side === 'from' && connected && operator?.manyInput !== name) continue
      found.push({ node: id, port: name })
    }
  }
  return found
}

/** The edge from one end to the other, whichever of them it begins at. */
export function edgePlaces(end: PortPlace, side: Side, other: PortPlace): EdgePlaces {
  return side === 'from' ? { from: end, to: other } : { from: other, to: end }
}

/** Operators that could stand at the other end of an edge, each with the port that fits first. */
export function fittingOperators(
  analysis: Analysis,
  registry: Registry,
  end: PortPlace,
  side: Side,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const operator of registry.values()) {
    const ports = side === 'from' ? operator.inputs : startPorts(operator)
    const port = ports.find((name) => fitsNewNode(analysis, registry, end, side, operator, name))
    if (port !== undefined) found.set(operator.id, port)
  }
  return found
}

/**
 * The edge by which the records of one node go on to a new one: from the first of its outputs that
 * something fits, those that lead nowhere before the others.
 */
export function fittingEdge(
  analysis: Analysis,
  registry: Registry,
  nodeId: string,
  newId: string,
): EdgePlaces | undefined {
  const outputs = analysis.nodes.get(nodeId)?.outputs.filter(({ name }) => isMain(name)) ?? []
  const inputs = analysis.nodes.get(newId)?.inputs ?? []
  const open = outputs.filter(({ connected }) => !connected)
  for (const output of [...open, ...outputs.filter(({ connected }) => connected)]) {
    for (const input of inputs) {
      const from = { node: nodeId, port: output.name }
      const edge = { from, to: { node: newId, port: input.name } }
      if (refuseConnection(analysis, registry, edge) === undefined) return edge
    }
  }
  return undefined
}

/** The outputs of a node that has no config yet. */
function startPorts({ outputs }: OperatorDescription): readonly string[] {
  return outputs.filter(isMain)
}

/** Where records go on that nothing was the matter with. */
export function isMain(port: string): boolean {
  return port !== 'errors' && port !== 'late'
}

const TRIAL = 'trial-of-a-new-node'

function fitsNewNode(
  analysis: Analysis,
  registry: Registry,
  end: PortPlace,
  side: Side,
  operator: OperatorDescription,
  port: string,
): boolean {
  const base = upstreamOf(analysis.pipeline, [end.node])
  const before = {
    ...base,
    nodes: new Map([...base.nodes, [TRIAL, { operator: operator.id, config: {} }]]),
  }
  const other = `${TRIAL}.${port}`
  const own = `${end.node}.${end.port}`
  const edge = side === 'from' ? { from: own, to: other } : { from: other, to: own }
  const after = { ...before, edges: [...before.edges, edge] }
  const target = side === 'from' ? TRIAL : end.node
  return newProblem(before, after, registry, target) === undefined
}

function newProblem(
  before: Pipeline,
  after: Pipeline,
  registry: Registry,
  target: string,
): Problem | undefined {
  const known = new Set(checkPipeline(before, registry).problems.map(problemKey))
  return checkPipeline(after, registry).problems.find((problem) => {
    if (problem.severity !== 'error' || known.has(problemKey(problem))) return false
    if (problem.nodeId !== undefined && problem.path !== undefined) return false
    return problem.nodeId === target || problem.nodeId === undefined || problem.code === 'cycle'
  })
}

function problemKey({ code, nodeId, port, path }: Problem): string {
  return JSON.stringify([code, nodeId, port, path])
}

function withEdge(
  pipeline: Pipeline,
  { nodes }: Analysis,
  { from, to }: EdgePlaces,
): { readonly before: Pipeline; readonly after: Pipeline } {
  const outputs = (nodes.get(from.node)?.outputs ?? []).map(({ name }) => name)
  const inputs = (nodes.get(to.node)?.inputs ?? []).map(({ name }) => name)
  const edge = { from: writeEnd(from, outputs, 'from'), to: writeEnd(to, inputs, 'to') }
  return { before: pipeline, after: { ...pipeline, edges: [...pipeline.edges, edge] } }
}

/** The nodes and whatever their records come through, without what is only drawn. */
export function upstreamOf(pipeline: Pipeline, nodeIds: readonly string[]): Pipeline {
  const sources = new Map<string, string[]>()
  for (const { from, to } of pipeline.edges) {
    const [target = ''] = to.split('.', 1)
    const [source = ''] = from.split('.', 1)
    const known = sources.get(target)
    if (known === undefined) sources.set(target, [source])
    else known.push(source)
  }
  const kept = new Set<string>()
  const waiting = [...nodeIds]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (kept.has(id)) continue
    kept.add(id)
    waiting.push(...(sources.get(id) ?? []))
  }
  return {
    name: pipeline.name,
    nodes: new Map([...pipeline.nodes].filter(([id]) => kept.has(id))),
    edges: pipeline.edges.filter(({ from, to }) => {
      return kept.has(from.split('.', 1)[0] ?? '') && kept.has(to.split('.', 1)[0] ?? '')
    }),
    settings: {},
    layout: new Map(),
    notes: [],
  }
}

function samePlace(a: PortPlace, b: PortPlace): boolean {
  return a.node === b.node && a.port === b.port
}

function refusal(code: string, message: string): Problem {
  return { code, severity: 'error', message }
}
