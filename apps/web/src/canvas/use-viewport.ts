/** Lets actions move the view without knowing how the canvas draws. */

import type { Point } from '@millrace/pipeline'
import { type ReactFlowInstance, useReactFlow } from '@xyflow/react'
import { useEffect } from 'react'
import { NODE_HEIGHT, NODE_WIDTH } from '../editor/commands.ts'
import { registerViewport } from '../workbench/viewport.ts'

const FIT = { padding: 0.2, maxZoom: 1, duration: 160 }

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
        const box = document.querySelector('.canvas')?.getBoundingClientRect() ?? new DOMRect()
        return toPipeline({ x: box.x + box.width / 2, y: box.y + box.height / 2 })
      },
      fit: () => {
        // After the frame in which what has just been placed is measured.
        requestAnimationFrame(() => void flow.fitView(FIT))
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

/** Room that a node keeps to the edge of the canvas. */
const MARGIN = 24

/** Scrolls by what is missing, so that the eye need not look for everything else again. */
function bringIntoView(flow: ReactFlowInstance, nodeId: string): void {
  const node = flow.getNode(nodeId)
  const canvas = document.querySelector('.canvas')?.getBoundingClientRect()
  if (node === undefined || canvas === undefined) return
  const { x, y } = node.position
  const { width = NODE_WIDTH, height = NODE_HEIGHT } = node.measured ?? {}
  const start = flow.flowToScreenPosition({ x, y })
  const end = flow.flowToScreenPosition({ x: x + width, y: y + height })
  const dx = missing(start.x, end.x, canvas.left, canvas.right)
  const dy = missing(start.y, end.y, canvas.top, canvas.bottom)
  if (dx === 0 && dy === 0) return
  const view = flow.getViewport()
  void flow.setViewport({ ...view, x: view.x + dx, y: view.y + dy }, { duration: 160 })
}

/** How far a span has to move to lie between two limits; its start counts where it is too long. */
function missing(start: number, end: number, from: number, to: number): number {
  if (start >= from && end <= to) return 0
  if (start < from || end - start > to - from - 2 * MARGIN) return from + MARGIN - start
  return to - MARGIN - end
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

/** A node that was just added is drawn a frame or two later, one out of view once it is there. */
function focusNode(nodeId: string, framesLeft = 30): void {
  const selector = `.react-flow__node[data-id="${CSS.escape(nodeId)}"]`
  const element = document.querySelector<HTMLElement>(selector)
  element?.focus({ preventScroll: true })
  if (element !== null || framesLeft === 0) return
  requestAnimationFrame(() => focusNode(nodeId, framesLeft - 1))
}
