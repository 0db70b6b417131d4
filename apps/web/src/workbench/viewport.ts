/**
 * What actions may ask of the canvas, without knowing how it draws. The canvas registers itself.
 */

import type { Point } from '@millrace/pipeline'

export interface Viewport {
  /** The point of the pipeline that is in the middle of what is free of the canvas. */
  centre(): Point
  /** The point of the pipeline under the pointer; undefined where that is not over the canvas. */
  pointer(): Point | undefined
  /** Settles when all of it is in view and stands still; never, if the view is moved before. */
  fit(): Promise<void>
  zoomTo(zoom: number): void
  zoomBy(factor: number): void
  /** Brings a node into the free part of the canvas, as soon as it is drawn. */
  show(nodeId: string): void
  /** The same, and gives it the focus. */
  reveal(nodeId: string): void
  toPipeline(screen: { readonly x: number; readonly y: number }): Point
}

const ABSENT: Viewport = {
  centre: () => [0, 0],
  pointer: () => undefined,
  fit: () => Promise.resolve(),
  zoomTo: () => undefined,
  zoomBy: () => undefined,
  show: () => undefined,
  reveal: () => undefined,
  toPipeline: ({ x, y }) => [x, y],
}

let current: Viewport = ABSENT

export function currentViewport(): Viewport {
  return current
}

/** Returns the function that takes it back. */
export function registerViewport(viewport: Viewport): () => void {
  current = viewport
  return () => {
    if (current === viewport) current = ABSENT
  }
}
