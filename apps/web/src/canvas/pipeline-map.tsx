/** A map of the whole pipeline, while some of it is out of view; it would only cover what is in. */

import { MiniMap, type ReactFlowState, useStore } from '@xyflow/react'
import type { ReactNode } from 'react'

/** Fewer are found without a map. */
const NODES_MIN = 7

export function PipelineMap(): ReactNode {
  if (!useStore(someAreOutside)) return null
  return <MiniMap pannable zoomable position="bottom-right" ariaLabel="Map of the pipeline" />
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
