/** A map of the whole pipeline, while some of it is out of view; it would only cover what is in. */

import { MiniMap, type ReactFlowState, useStore } from '@xyflow/react'
import { type ReactNode, useCallback } from 'react'
import { useSession } from '../editor/session.tsx'
import type { FlowNode } from './flow-parts.ts'

/** Fewer are found without a map. */
const NODES_MIN = 7

export function PipelineMap(): ReactNode {
  const { editor } = useSession()
  // Asked again for a node whenever it is another one, as it is with other problems.
  const mark = useCallback(
    ({ id, type }: FlowNode): string => {
      if (type === 'note') return 'map-note'
      const problems = editor.store.getState().analysis.nodes.get(id)?.problems ?? []
      return problems.some(({ severity }) => severity === 'error') ? 'map-error' : ''
    },
    [editor],
  )
  if (!useStore(someAreOutside)) return null
  return (
    <MiniMap<FlowNode>
      pannable
      zoomable
      position="bottom-right"
      ariaLabel="Map of the pipeline"
      nodeClassName={mark}
    />
  )
}

function someAreOutside({ nodeLookup, transform, width, height }: ReactFlowState): boolean {
  if (nodeLookup.size < NODES_MIN) return false
  const [x, y, zoom] = transform
  for (const { internals, measured } of nodeLookup.values()) {
    const left = internals.positionAbsolute.x * zoom + x
    const top = internals.positionAbsolute.y * zoom + y
    const right = left + (measured.width ?? 0) * zoom
    const bottom = top + (measured.height ?? 0) * zoom
    if (left < 0 || top < 0 || right > width || bottom > height) return true
  }
  return false
}
