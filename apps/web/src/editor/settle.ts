/**
 * Gives nodes a place that the document does not place, so that they stay there whatever is added.
 */

import type { Pipeline, Point } from '@millrace/pipeline'
import type { Analysis } from './analysis.ts'
import { NODE_HEIGHT, NODE_WIDTH, place } from './commands.ts'
import { runningHeight } from './node-shape.ts'

const COLUMN_WIDTH = NODE_WIDTH + 64
const ROW_GAP = 32

/** People count through what they have numbered: `step-2` stands above `step-10`. */
const NUMBERS_IN_IDS = new Intl.Collator('en', { numeric: true })

/** The same pipeline where every node has its place. */
export function settle(pipeline: Pipeline, analysis: Analysis): Pipeline {
  return place(pipeline, unplacedPositions(pipeline, analysis))
}

/** Nodes that the document gives no place stand in columns, by how far they are from a source. */
function unplacedPositions(pipeline: Pipeline, analysis: Analysis): ReadonlyMap<string, Point> {
  const unplaced = [...pipeline.nodes.keys()]
    .filter((id) => !pipeline.layout.has(id))
    .sort(NUMBERS_IN_IDS.compare)
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
  const rows = rowsOf(unplaced, depth, analysis)
  const taken = [...pipeline.layout].map(([id, [, y]]) => y + below(analysis, id))
  const top = taken.length === 0 ? 0 : Math.max(...taken)
  const tops = rowTops(top, rows, analysis)
  return new Map(
    [...rows].map(([id, row]): [string, Point] => [
      id,
      [(depth.get(id) ?? 0) * COLUMN_WIDTH, tops[row] ?? 0],
    ]),
  )
}

/**
 * Each stands in the row of what comes first to it, or in the next one that is free: an edge that
 * passes a column keeps its row there, since it would look as if it ended at the node in between.
 */
function rowsOf(
  ids: readonly string[],
  depth: ReadonlyMap<string, number>,
  { edges }: Analysis,
): ReadonlyMap<string, number> {
  const columnOf = (id: string): number => depth.get(id) ?? 0
  const rows = new Map<string, number>()
  const taken = new Set<string>()
  const wanted = (id: string): number => {
    const before = [...edges.values()].filter(({ to }) => to.node === id)
    return Math.min(...before.flatMap(({ from }) => rows.get(from.node) ?? []), Infinity)
  }
  for (const column of [...new Set(ids.map(columnOf))].sort((a, b) => a - b)) {
    const own = ids.filter((id) => columnOf(id) === column)
    const wants = new Map(own.map((id) => [id, wanted(id)]))
    // Stable: what wants the same row stays in the order of its names.
    for (const id of own.sort((a, b) => (wants.get(a) ?? 0) - (wants.get(b) ?? 0))) {
      const want = wants.get(id) ?? Infinity
      let row = Number.isFinite(want) ? want : 0
      while (taken.has(`${column} ${row}`)) row++
      taken.add(`${column} ${row}`)
      rows.set(id, row)
      const leaving = [...edges.values()].filter(({ from }) => from.node === id)
      const end = Math.max(...leaving.map(({ to }) => columnOf(to.node)), column)
      for (let passed = column + 1; passed < end; passed++) taken.add(`${passed} ${row}`)
    }
  }
  return rows
}

/** The same for all columns, so that what follows each other stands in a line. */
function rowTops(
  top: number,
  rows: ReadonlyMap<string, number>,
  analysis: Analysis,
): readonly number[] {
  const heights = new Map<number, number>()
  for (const [id, row] of rows) {
    heights.set(row, Math.max(heights.get(row) ?? 0, below(analysis, id)))
  }
  const tops = [top]
  const count = Math.max(...heights.keys()) + 1
  for (let row = 0; row < count; row++) tops.push((tops[row] ?? 0) + (heights.get(row) ?? 0))
  return tops
}

/** From the top of a node to that of the next one. */
function below(analysis: Analysis, id: string): number {
  const view = analysis.nodes.get(id)
  return (view === undefined ? NODE_HEIGHT : runningHeight(view)) + ROW_GAP
}
