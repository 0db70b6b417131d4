/** Where an edge ends while the nodes at its ends are shown elsewhere than React Flow knows. */

import { type InternalNode, Position } from '@xyflow/react'
import type { EdgeEnds } from './edge-path.ts'
import type { FlowEdge, FlowNode } from './flow-parts.ts'

/** A node as React Flow knows it, and where it is shown. */
export interface PlacedNode {
  readonly node: InternalNode<FlowNode>
  readonly at: { readonly x: number; readonly y: number }
}

/** As React Flow has them once it hears where the nodes are; undefined before it has measured. */
export function edgeEnds(
  { sourceHandle, targetHandle }: FlowEdge,
  source: PlacedNode,
  target: PlacedNode,
): EdgeEnds | undefined {
  const from = handleEnd(source, 'source', sourceHandle)
  const to = handleEnd(target, 'target', targetHandle)
  if (from === undefined || to === undefined) return undefined
  const [sourceX, sourceY, sourcePosition] = from
  const [targetX, targetY, targetPosition] = to
  return { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition }
}

/** The middle of the side of the port that looks away from its node. */
function handleEnd(
  { node, at }: PlacedNode,
  side: 'source' | 'target',
  port: string | null | undefined,
): readonly [x: number, y: number, position: Position] | undefined {
  const handle = node.internals.handleBounds?.[side]?.find(({ id }) => id === port)
  if (handle === undefined) return undefined
  const { width, height, position } = handle
  const left = at.x + handle.x
  const top = at.y + handle.y
  if (position === Position.Left) return [left, top + height / 2, position]
  if (position === Position.Right) return [left + width, top + height / 2, position]
  if (position === Position.Top) return [left + width / 2, top, position]
  return [left + width / 2, top + height, position]
}
