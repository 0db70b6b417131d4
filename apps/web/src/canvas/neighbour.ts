/**
 * Finds the node that an arrow key goes to: along an edge first, and else the nearest on that
 * side.
 */

import type { Pipeline, Point } from '@millrace/pipeline'
import type { Analysis } from '../editor/analysis.ts'

export function neighbour(
  pipeline: Pipeline,
  { edges }: Pick<Analysis, 'edges'>,
  nodeId: string,
  [dx, dy]: Point,
): string | undefined {
  const [x, y] = pipeline.layout.get(nodeId) ?? [0, 0]
  const joined = [...edges.values()].flatMap(({ from, to }) => {
    if (dx > 0 && from.node === nodeId) return [to.node]
    if (dx < 0 && to.node === nodeId) return [from.node]
    return []
  })
  const candidates = joined.length > 0 ? joined : [...pipeline.nodes.keys()]
  let best: string | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const id of candidates) {
    if (id === nodeId) continue
    const [otherX, otherY] = pipeline.layout.get(id) ?? [0, 0]
    const ahead = (otherX - x) * dx + (otherY - y) * dy
    const aside = Math.abs((otherX - x) * dy) + Math.abs((otherY - y) * dx)
    if (joined.length === 0 && ahead <= 0) continue
    const cost = Math.abs(ahead) + aside * 2
    if (cost < bestCost) {
      best = id
      bestCost = cost
    }
  }
  return best
}
