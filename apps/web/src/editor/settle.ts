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
  analysis: Analysis,
): ReadonlyMap<string, number> {
  const { nodes, edges } = analysis
  const columnOf = (id: string): number => depth.get(id) ?? 0
  const rows = new Map<string, number>()
  const taken = new Set<string>()
  /** The row of what comes first to it, and which of the outputs there it comes from. */
  const wanted = (id: string): Wanted => {
    const before = [...edges.values()].filter(({ to }) => to.node === id)
    const all = before.map(({ from }): Wanted => {
      const ports = nodes.get(from.node)?.outputs ?? []
      const port = ports.findIndex(({ name }) => name === from.port)
      return { row: rows.get(from.node) ?? Infinity, port }
    })
    return all.sort(byPlace)[0] ?? NOTHING_BEFORE
  }
  for (const column of [...new Set(ids.map(columnOf))].sort((a, b) => a - b)) {
    const own = inOrderOfSides(
      ids.filter((id) => columnOf(id) === column),
      analysis,
    )
    const wants = new Map(own.map((id) => [id, wanted(id)]))
    const wantOf = (id: string): Wanted => wants.get(id) ?? NOTHING_BEFORE
    // Stable: what wants the same row from one output stays in the order of its names.
    for (const id of own.toSorted((a, b) => byPlace(wantOf(a), wantOf(b)))) {
      const want = wantOf(id).row
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

/** What comes to one node stands together, in the order of its inputs. */
function inOrderOfSides(ids: readonly string[], { nodes, edges }: Analysis): readonly string[] {
  const leaving = new Map([...edges.values()].reverse().map((edge) => [edge.from.node, edge]))
  const targetOf = (id: string): string => leaving.get(id)?.to.node ?? id
  const places = new Map([...ids.entries()].reverse().map(([place, id]) => [targetOf(id), place]))
  const sideOf = (id: string): number => {
    const inputs = nodes.get(targetOf(id))?.inputs ?? []
    return inputs.findIndex(({ name }) => name === leaving.get(id)?.to.port)
  }
  const placeOf = (id: string): number => places.get(targetOf(id)) ?? 0
  return ids.toSorted((a, b) => placeOf(a) - placeOf(b) || sideOf(a) - sideOf(b))
}

interface Wanted {
  readonly row: number
  readonly port: number
}

const NOTHING_BEFORE: Wanted = { row: Infinity, port: 0 }

function byPlace(a: Wanted, b: Wanted): number {
  return a.row === b.row ? a.port - b.port : a.row - b.row
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
