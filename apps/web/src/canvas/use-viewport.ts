/** Lets actions move the view without knowing how the canvas draws. */

import type { Point } from '@millrace/pipeline'
import { useReactFlow } from '@xyflow/react'
import { useEffect } from 'react'
import { registerViewport } from '../workbench/viewport.ts'

const FIT = { padding: 0.2, maxZoom: 1, duration: 160 }

export function useViewport(): void {
  const flow = useReactFlow()
  useEffect(() => {
    const toPipeline = (screen: { readonly x: number; readonly y: number }): Point => {
      const { x, y } = flow.screenToFlowPosition(screen)
      return [x, y]
    }
    return registerViewport({
      toPipeline,
      centre: () => {
        const box = document.querySelector('.canvas')?.getBoundingClientRect() ?? new DOMRect()
        return toPipeline({ x: box.x + box.width / 2, y: box.y + box.height / 2 })
      },
      fit: () => {
        // After the frame in which what has just been placed is measured.
        requestAnimationFrame(() => void flow.fitView(FIT))
      },
      zoomTo: (zoom) => void flow.zoomTo(zoom, { duration: 120 }),
      zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor, { duration: 120 }),
      reveal: (nodeId) => {
        const element = document.querySelector<HTMLElement>(
          `.react-flow__node[data-id="${CSS.escape(nodeId)}"]`,
        )
        element?.focus({ preventScroll: true })
        const canvas = document.querySelector('.canvas')?.getBoundingClientRect()
        const box = element?.getBoundingClientRect()
        const inside =
          box !== undefined &&
          canvas !== undefined &&
          box.left >= canvas.left &&
          box.right <= canvas.right &&
          box.top >= canvas.top &&
          box.bottom <= canvas.bottom
        if (inside) return
        void flow.fitView({ nodes: [{ id: nodeId }], maxZoom: flow.getZoom(), duration: 160 })
      },
    })
  }, [flow])
}
