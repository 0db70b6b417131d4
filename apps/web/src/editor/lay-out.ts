/** Puts nodes in columns from left to right, with dagre; loaded when it is first asked for. */

import * as dagre from '@dagrejs/dagre'
import type { Point } from '@millrace/pipeline'
import type { Analysis } from './analysis.ts'
import { NODE_WIDTH, onGrid } from './commands.ts'
import { nodeHeight } from './settle.ts'

const LAYOUT = { rankdir: 'LR', nodesep: 40, ranksep: 72, marginx: 0, marginy: 0 }

/** Positions for all nodes, or for those that are selected where several are. */
export function layOut(
  { pipeline, nodes, edges }: Analysis,
  selected: ReadonlySet<string>,
): ReadonlyMap<string, Point> {
  const chosen = selected.size > 1 ? selected : new Set(nodes.keys())
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph(LAYOUT)
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [id, view] of nodes) {
    if (chosen.has(id)) graph.setNode(id, { width: NODE_WIDTH, height: nodeHeight(view) })
  }
  for (const { id, from, to } of edges.values()) {
    if (chosen.has(from.node) && chosen.has(to.node)) graph.setEdge(from.node, to.node, {}, id)
  }
  dagre.layout(graph)
  const placed = new Map<string, Point>()
  for (const id of chosen) {
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(id) ?? {}
    placed.set(id, [x - width / 2, y - height / 2])
  }
  return shifted(
    placed,
    [...chosen].flatMap((id) => [pipeline.layout.get(id) ?? []].flat(0)),
  )
}

/** To where the nodes stood before: their left upper corner stays. */
function shifted(
  placed: ReadonlyMap<string, Point>,
  before: readonly (Point | readonly never[])[],
): ReadonlyMap<string, Point> {
  const known = before.flatMap((point) => (point.length === 2 ? [point] : []))
  const left = known.length === 0 ? 0 : Math.min(...known.map(([x]) => x))
  const top = known.length === 0 ? 0 : Math.min(...known.map(([, y]) => y))
  return new Map([...placed].map(([id, [x, y]]) => [id, onGrid([x + left, y + top])]))
}
