/**
 * Puts nodes in columns from left to right; loaded when it is first asked for. Which column a node
 * comes to, dagre says, and a first order within it. Dagre takes a node for a point, so what its
 * ports ask for is done in port-layers.ts, on dagre's own graph: there each edge has a place in
 * every column that it passes.
 */

import * as dagre from '@dagrejs/dagre'
import type { Point } from '@millrace/pipeline'
import type { Analysis, EdgeView, NodeView } from './analysis.ts'
import { NODE_WIDTH, onGrid } from './commands.ts'
import { portRows, portTop, runningHeight } from './node-shape.ts'
import { type Item, type Layers, orderByPorts, type Segment, topsOf } from './port-layers.ts'

/** Between columns there is room for the rate of an edge, and for the side of a join before it. */
const LAYOUT = { rankdir: 'LR', ranksep: 92, marginx: 0, marginy: 0 }

/** Positions for all nodes, or for those that are selected where several are. */
export function layOut(
  analysis: Analysis,
  selected: ReadonlySet<string>,
): ReadonlyMap<string, Point> {
  const { pipeline, nodes, edges } = analysis
  const chosen = selected.size > 1 ? selected : new Set(nodes.keys())
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph(LAYOUT)
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [id, view] of nodes) {
    if (chosen.has(id)) graph.setNode(id, { width: NODE_WIDTH, height: runningHeight(view) })
  }
  for (const { id, from, to } of edges.values()) {
    if (chosen.has(from.node) && chosen.has(to.node)) graph.setEdge(from.node, to.node, {}, id)
  }
  let tops: ReadonlyMap<string, number> = new Map()
  dagre.layout(graph, {
    customOrder(layered, order) {
      order(layered, {})
      const layers = layersOf(layered, analysis)
      tops = topsOf({ ...layers, columns: orderByPorts(layers) })
    },
  })
  const placed = new Map<string, Point>()
  for (const id of chosen) {
    const { x = 0, width = 0 } = graph.node(id) ?? {}
    placed.set(id, [x - width / 2, tops.get(id) ?? 0])
  }
  return shifted(
    placed,
    [...chosen].flatMap((id) => [pipeline.layout.get(id) ?? []].flat(0)),
  )
}

/**
 * Nodes of dagre's graph that are not ours are places of edges: also between columns, where it
 * would put their labels and where none is needed.
 */
function layersOf(layered: dagre.graphlib.Graph, { nodes, edges }: Analysis): Layers {
  const ranks: Item[][] = []
  for (const id of layered.nodes()) {
    const { rank, order } = layered.node(id)
    const view = nodes.get(id)
    const height = view === undefined ? 0 : runningHeight(view)
    ranks[rank] ??= []
    ranks[rank][order] = { id, height, passing: view === undefined }
  }
  const columns = ranks.filter((items) => items.some(({ passing }) => !passing))
  const standing = new Set(columns.flat().map(({ id }) => id))
  /** The next place behind one, along the edge that passes there. */
  const end = (id: string): string => {
    const [next] = layered.successors(id) ?? []
    return standing.has(id) || next === undefined ? id : end(next)
  }
  const segments = layered.edges().flatMap(({ v, w, name }): Segment[] => {
    const edge = edges.get(name ?? '')
    if (edge === undefined || !standing.has(v)) return []
    const to = end(w)
    const fromTop = outputTop(nodes.get(v), edge)
    return [{ from: v, fromTop, to, toTop: inputTop(nodes.get(to), edge) }]
  })
  return { columns, segments }
}

function outputTop(view: NodeView | undefined, { from, kind }: EdgeView): number {
  if (view === undefined) return 0
  return portTop(portRows(view), 'output', { name: from.port, kind }) ?? runningHeight(view)
}

function inputTop(view: NodeView | undefined, { to }: EdgeView): number {
  if (view === undefined) return 0
  return portTop(portRows(view), 'input', { name: to.port, kind: 'data' }) ?? 0
}

/** To where the nodes stood before: their left upper corner stays. */
function shifted(
  placed: ReadonlyMap<string, Point>,
  before: readonly (Point | readonly never[])[],
): ReadonlyMap<string, Point> {
  const known = before.flatMap((point) => (point.length === 2 ? [point] : []))
  const left = known.length === 0 ? 0 : Math.min(...known.map(([x]) => x))
  const top = known.length === 0 ? 0 : Math.min(...known.map(([, y]) => y))
  const highest = Math.min(...[...placed.values()].map(([, y]) => y))
  return new Map([...placed].map(([id, [x, y]]) => [id, onGrid([x + left, y - highest + top])]))
}
