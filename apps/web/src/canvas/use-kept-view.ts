/** Keeps what is seen in view while the drawer is opened, moved and closed. */

import { type Node, useReactFlow } from '@xyflow/react'
import { useEffect } from 'react'
import { type CanvasSize, keptView, type NodeBox, type View } from './kept-view.ts'

export function useKeptView(): void {
  const flow = useReactFlow()
  useEffect(() => {
    const canvas = document.querySelector('.canvas')
    if (canvas === null) return
    let size = sizeOf(canvas)
    /** What the view goes back to when there is room again, unless it is moved meanwhile. */
    let home: { readonly view: View; readonly size: CanvasSize } | undefined
    let kept: View | undefined
    const resizing = new ResizeObserver(() => {
      const now = sizeOf(canvas)
      const view = flow.getViewport()
      if (home === undefined || !isSame(view, kept)) home = { view, size }
      size = now
      kept = keptView(home.view, home.size, now, flow.getNodes().flatMap(boxOf))
      if (!isSame(view, kept)) void flow.setViewport(kept)
    })
    resizing.observe(canvas)
    return () => resizing.disconnect()
  }, [flow])
}

function sizeOf({ clientWidth: width, clientHeight: height }: Element): CanvasSize {
  return { width, height }
}

function isSame(one: View, other: View | undefined): boolean {
  return one.x === other?.x && one.y === other.y && one.zoom === other.zoom
}

function boxOf({ position: { x, y }, measured = {}, selected = false }: Node): readonly NodeBox[] {
  const { width, height } = measured
  if (width === undefined || height === undefined) return []
  return [{ left: x, top: y, right: x + width, bottom: y + height, selected }]
}
