/** How the view follows when the canvas becomes lower: what was seen stays in view if it can. */

import { type Bounds, hasHeightFor, missingScroll } from './free-part.ts'

export interface View {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

/** A node's place in the pipeline, in pixels at a zoom of 1. */
export interface NodeBox extends Bounds {
  readonly selected: boolean
}

export interface CanvasSize {
  readonly width: number
  readonly height: number
}

/**
 * The view in `now` of what `home` showed in `before`, scrolled up by what is missing and no more;
 * where there is no room for all, what is selected comes before the rest.
 */
export function keptView(
  home: View,
  before: CanvasSize,
  now: CanvasSize,
  nodes: readonly NodeBox[],
): View {
  const onCanvas = nodes.map((node) => ({ node, box: drawn(node, home) }))
  const seen = onCanvas.filter(({ box }) => isSeen(box, before))
  const free = { left: 0, top: 0, right: now.width, bottom: now.height }
  const chosen = seen.filter(({ node }) => node.selected)
  for (const group of [seen, chosen]) {
    const box = around(group.map(({ box }) => box))
    if (box === undefined || !hasHeightFor(box, free)) continue
    return { ...home, y: home.y + Math.min(0, missingScroll(box, free).dy) }
  }
  return home
}

function drawn({ left, top, right, bottom }: Bounds, { x, y, zoom }: View): Bounds {
  return {
    left: left * zoom + x,
    top: top * zoom + y,
    right: right * zoom + x,
    bottom: bottom * zoom + y,
  }
}

/** All of its height, so that what was half hidden before pulls nothing along. */
function isSeen({ left, top, right, bottom }: Bounds, { width, height }: CanvasSize): boolean {
  return right > 0 && left < width && top >= 0 && bottom <= height
}

function around(boxes: readonly Bounds[]): Bounds | undefined {
  if (boxes.length === 0) return undefined
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  }
}
