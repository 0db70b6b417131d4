/** An edge: its line, and the place where the live half shows its rate. */

import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from '@xyflow/react'
import { memo, type ReactNode } from 'react'
import { useEdgeView } from '../editor/session.tsx'
import { EdgeLabel } from '../live/edge-label.tsx'
import type { FlowEdge } from './flow-parts.ts'

export const EdgeLine = memo(function EdgeLine(props: EdgeProps<FlowEdge>): ReactNode {
  const { id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props
  const view = useEdgeView(id)
  const [path, labelX, labelY] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition,
    targetPosition,
    curvature: 0.3,
  })
  const broken = view !== undefined && view.problems.length > 0
  return (
    <g className="edge" data-kind={view?.kind} data-selected={props.selected} data-broken={broken}>
      <BaseEdge id={id} path={path} interactionWidth={24} />
      <EdgeLabelRenderer>
        <div
          className="edge-label nodrag nopan"
          style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
        >
          <EdgeLabel edgeId={id} />
        </div>
      </EdgeLabelRenderer>
    </g>
  )
})
