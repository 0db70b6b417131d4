/** Lets actions move the view without knowing how the canvas draws. */

import type { Point } from '@millrace/pipeline'
import { type ReactFlowInstance, useReactFlow } from '@xyflow/react'
import { useEffect } from 'react'
import { registerViewport } from '../workbench/viewport.ts'
import { FRAMES_TO_WAIT, focusNode } from './focus-node.ts'
import { type Bounds, freePart, missingScroll } from './free-part.ts'

/** What is shown whole is never larger than it is drawn. */
export const FIT = { padding: 0.2, maxZoom: 1 }

export function useViewport(): void {
  const flow = useReactFlow()
  useEffect(() => {
    const toPipeline = (screen: { readonly x: number; readonly y: number }): Point => {
      const { x, y } = flow.screenToFlowPosition(screen)
      return [x, y]
    }
    const pointer = followPointer()
    const unregister = registerViewport({
      toPipeline,
      pointer: () => (pointer.at === undefined ? undefined : toPipeline(pointer.at)),
      centre: () => {
        const { left, top, right, bottom } = freePartNow()
        return toPipeline({ x: (left + right) / 2, y: (top + bottom) / 2 })
      },
      fit: async () => {
        // The canvas hears of what has just been placed after a frame, and measures it in the next.
        for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
        await flow.fitView({ ...FIT, duration: 160 })
      },
      zoomTo: (zoom) => void flow.zoomTo(zoom, { duration: 120 }),
      zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor, { duration: 120 }),
      show: (nodeId) => bringIntoView(flow, nodeId),
      reveal: (nodeId) => {
        focusNode(nodeId)
        bringIntoView(flow, nodeId)
      },
    })
    return () => {
      unregister()
      pointer.leave()
    }
  }, [flow])
}

/** Scrolls by what is missing, so that the eye need not look for everything else again. */
function bringIntoView(flow: ReactFlowInstance, nodeId: string, framesLeft = FRAMES_TO_WAIT): void {
  const node = flow.getNode(nodeId)
  const { width, height } = node?.measured ?? {}
  if (node === undefined || width === undefined || height === undefined) {
    if (framesLeft === 0) return
    requestAnimationFrame(() => bringIntoView(flow, nodeId, framesLeft - 1))
    return
  }
  const { x, y } = node.position
  const start = flow.flowToScreenPosition({ x, y })
  const end = flow.flowToScreenPosition({ x: x + width, y: y + height })
  const box = { left: start.x, top: start.y, right: end.x, bottom: end.y }
  const { dx, dy } = missingScroll(box, freePartNow())
  if (dx === 0 && dy === 0) return
  const view = flow.getViewport()
  void flow.setViewport({ ...view, x: view.x + dx, y: view.y + dy }, { duration: 160 })
}

function freePartNow(): Bounds {
  const canvas = document.querySelector('.canvas')?.getBoundingClientRect() ?? new DOMRect()
  const panels = [...document.querySelectorAll('.workbench-row > .panel')]
  return freePart(
    canvas,
    panels.map((panel) => panel.getBoundingClientRect()),
  )
}

interface FollowedPointer {
  /** Of the window. */
  at: { readonly x: number; readonly y: number } | undefined
  leave(): void
}

/** Remembers where on the canvas the pointer is, for what is pasted by a key. */
function followPointer(): FollowedPointer {
  const end = new AbortController()
  const followed: FollowedPointer = { at: undefined, leave: () => end.abort() }
  const move = ({ target, clientX, clientY }: PointerEvent): void => {
    const over = target instanceof Element && target.closest('.canvas') !== null
    followed.at = over ? { x: clientX, y: clientY } : undefined
  }
  document.addEventListener('pointermove', move, { signal: end.signal, passive: true })
  return followed
}
