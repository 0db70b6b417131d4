/** The line of an edge, and where on it its label stands. */

import { getBezierPath, type Position } from '@xyflow/react'

/** What is needed of where the ends are; React Flow gives more. */
export interface EdgeEnds {
  readonly sourceX: number
  readonly sourceY: number
  readonly sourcePosition: Position
  readonly targetX: number
  readonly targetY: number
  readonly targetPosition: Position
}

export interface EdgePath {
  readonly path: string
  /** Where the middle of the label is. */
  readonly labelPlace: string
}

export function edgePath(ends: EdgeEnds): EdgePath {
  const [path, labelX, labelY] = getBezierPath({ ...ends, curvature: 0.3 })
  return { path, labelPlace: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }
}
