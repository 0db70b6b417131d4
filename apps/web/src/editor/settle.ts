/**
 * Gives nodes a place that the document does not place, so that they stay there whatever is added.
 */

import type { Pipeline, Point } from '@millrace/pipeline'
import type { Analysis } from './analysis.ts'
import { NODE_HEIGHT, NODE_WIDTH, place } from './commands.ts'

const COLUMN_WIDTH = NODE_WIDTH + 64
const ROW_HEIGHT = NODE_HEIGHT + 48

/** The same pipeline where every node has its place. */
export function settle(pipeline: Pipeline, analysis: Analysis): Pipeline {
  return place(pipeline, unplacedPositions(pipeline, analysis))
}

/** Nodes that the document gives no place stand in columns, by how far they are from a source. */
function unplacedPositions(pipeline: Pipeline, analysis: Analysis): ReadonlyMap<string, Point> {
  const unplaced = [...pipeline.nodes.keys()].filter((id) => !pipeline.layout.has(id))
  if (unplaced.length === 0) return new Map()
  const depth = new Map<string, number>()
  const order = [...analysis.checked.order, ...unplaced]
  for (const id of order) {
    let deepest = depth.get(id) ?? 0
    for (const { from, to } of analysis.edges.values()) {
      if (to.node === id) deepest = Math.max(deepest, (depth.get(from.node) ?? -1) + 1)
    }
    depth.set(id, deepest)
  }
  const bottom = Math.max(-ROW_HEIGHT, ...[...pipeline.layout.values()].map(([, y]) => y))
  const top = pipeline.layout.size === 0 ? 0 : bottom + ROW_HEIGHT
  const rows = new Map<number, number>()
  return new Map(
    unplaced.map((id): [string, Point] => {
      const column = depth.get(id) ?? 0
      const row = rows.get(column) ?? 0
      rows.set(column, row + 1)
      return [id, [column * COLUMN_WIDTH, top + row * ROW_HEIGHT]]
    }),
  )
}
