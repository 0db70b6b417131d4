/** Which edges of a laid out pipeline cross as the canvas draws them, or run behind nodes. */

import type { Point } from '@millrace/pipeline'
import type { Analysis, EdgeView } from '../analysis.ts'
import { NODE_WIDTH } from '../commands.ts'
import { portRows, portTop, runningHeight } from '../node-shape.ts'

const STEPS = 48
/** As edge-line.tsx asks React Flow to bend an edge that leads back. */
const CURVATURE = 0.3
/** The port of errors, from the right edge of a node. */
const ERRORS_RIGHT = 24

/** Names pairs of edges, and of an edge and a node. */
export function crossings(analysis: Analysis, places: ReadonlyMap<string, Point>): string[] {
  const edges = [...analysis.edges.values()]
  const lines = new Map(edges.map((edge) => [edge.id, lineOf(analysis, places, edge)]))
  const found: string[] = []
  for (const [index, one] of edges.entries()) {
    for (const other of edges.slice(index + 1)) {
      if (cross(lines.get(one.id) ?? [], lines.get(other.id) ?? [])) {
        found.push(`${one.id} × ${other.id}`)
      }
    }
    for (const [id, [left, top]] of places) {
      const view = analysis.nodes.get(id)
      if (view === undefined || id === one.from.node || id === one.to.node) continue
      const [right, bottom] = [left + NODE_WIDTH, top + runningHeight(view)]
      const line = lines.get(one.id) ?? []
      if (line.some(([x, y]) => x > left && x < right && y > top && y < bottom)) {
        found.push(`${one.id} behind ${id}`)
      }
    }
  }
  return found
}

function lineOf(
  { nodes }: Analysis,
  places: ReadonlyMap<string, Point>,
  { from, to, kind }: EdgeView,
): readonly Point[] {
  const source = nodes.get(from.node)
  const target = nodes.get(to.node)
  if (source === undefined || target === undefined) return []
  const [x, y] = places.get(from.node) ?? [0, 0]
  const [toX, toY] = places.get(to.node) ?? [0, 0]
  const top = portTop(portRows(source), 'output', { name: from.port, kind })
  const start: Point =
    top === undefined
      ? [x + NODE_WIDTH - ERRORS_RIGHT, y + runningHeight(source)]
      : [x + NODE_WIDTH, y + top]
  const end: Point = [
    toX,
    toY + (portTop(portRows(target), 'input', { name: to.port, kind: 'data' }) ?? 0),
  ]
  const bend = (distance: number) =>
    distance >= 0 ? distance / 2 : CURVATURE * 25 * Math.sqrt(-distance)
  const across = bend(end[0] - start[0])
  const first: Point =
    top === undefined
      ? [start[0], start[1] + bend(end[1] - start[1])]
      : [start[0] + across, start[1]]
  const second: Point = [end[0] - across, end[1]]
  return Array.from({ length: STEPS + 1 }, (_, step) =>
    bezier([start, first, second, end], step / STEPS),
  )
}

function bezier(points: readonly Point[], part: number): Point {
  if (points.length === 1) return points[0] ?? [0, 0]
  const between = points.slice(1).map(([x, y], index): Point => {
    const [beforeX, beforeY] = points[index] ?? [0, 0]
    return [beforeX + (x - beforeX) * part, beforeY + (y - beforeY) * part]
  })
  return bezier(between, part)
}

/** Lines that only share an end, or run together to it, do not cross. */
function cross(one: readonly Point[], other: readonly Point[]): boolean {
  return one.some((point, index) => {
    const next = one[index + 1]
    return (
      next !== undefined &&
      other.some((from, at) => {
        const to = other[at + 1]
        return to !== undefined && meet(point, next, from, to)
      })
    )
  })
}

function meet(a: Point, b: Point, c: Point, d: Point): boolean {
  const side = (from: Point, to: Point, point: Point): number =>
    Math.sign((to[0] - from[0]) * (point[1] - from[1]) - (to[1] - from[1]) * (point[0] - from[0]))
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}
