/** An edge: its line, and the place where the live half shows its rate. */

import { BaseEdge, type EdgeProps, useStore } from '@xyflow/react'
import { memo, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { useEdgeView } from '../editor/session.tsx'
import { EdgeLabel } from '../live/edge-label.tsx'
import { edgePath } from './edge-path.ts'
import type { FlowEdge } from './flow-parts.ts'
import './edge-line.css'

/** For the side of a join beside its rate, in pixels; the node's own port says it, too. */
const ROOM_FOR_SIDE = 110

export const EdgeLine = memo(function EdgeLine(props: EdgeProps<FlowEdge>): ReactNode {
  const { id } = props
  const view = useEdgeView(id)
  const { path, labelPlace } = edgePath(props)
  const broken = view !== undefined && view.problems.length > 0
  const changes = view?.schema?.changes ?? 'append'
  return (
    <g
      className="edge"
      data-kind={view?.kind}
      data-changes={changes}
      data-table={changes !== 'append'}
      data-selected={props.selected}
      data-broken={broken}
    >
      <BaseEdge id={id} path={path} interactionWidth={24} />
      {changes === 'append' ? null : <path className="edge-inside" d={path} />}
      <OnLabels>
        <div
          className="edge-label nodrag nopan"
          data-id={id}
          data-short={props.targetX - props.sourceX < ROOM_FOR_SIDE}
          style={{ transform: labelPlace }}
        >
          <EdgeLabel edgeId={id} />
        </div>
      </OnLabels>
    </g>
  )
})

/**
 * As React Flow's own EdgeLabelRenderer, which looks the layer up in the page again for every edge
 * with every move of a node.
 */
function OnLabels({ children }: { readonly children: ReactNode }): ReactNode {
  const canvas = useStore(({ domNode }) => domNode)
  const layer = canvas === null ? undefined : labelLayer(canvas)
  return layer === undefined ? null : createPortal(children, layer)
}

const layers = new WeakMap<Element, Element>()

function labelLayer(canvas: Element): Element | undefined {
  const known = layers.get(canvas)
  if (known !== undefined) return known
  const found = canvas.querySelector('.react-flow__edgelabel-renderer') ?? undefined
  if (found !== undefined) layers.set(canvas, found)
  return found
}
