/** The part of the canvas that no panel lies over, and how far a node is from being in it. */

/** Of the window, as the browser measures it. */
export interface Bounds {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Room that a node keeps to the edges, for its ports and a grip on them. */
const MARGIN = 24

/** In a narrow window panels lie over the canvas; each is as high as it, and at a side of it. */
export function freePart(canvas: Bounds, panels: readonly Bounds[]): Bounds {
  const over = panels.filter(({ left, right }) => left < canvas.right && right > canvas.left)
  const before = over.filter(({ left }) => left <= canvas.left).map(({ right }) => right)
  const after = over.filter(({ left }) => left > canvas.left).map(({ left }) => left)
  return {
    left: Math.max(canvas.left, ...before),
    top: canvas.top,
    right: Math.min(canvas.right, ...after),
    bottom: canvas.bottom,
  }
}

/** How far to scroll so that a box is in view with its margin; nothing where it is. */
export function missingScroll(
  box: Bounds,
  free: Bounds,
): { readonly dx: number; readonly dy: number } {
  return {
    dx: missing(box.left, box.right, free.left, free.right),
    dy: missing(box.top, box.bottom, free.top, free.bottom),
  }
}

/** Whether all of its height can be in view, with its margin. */
export function hasHeightFor(box: Bounds, free: Bounds): boolean {
  return box.bottom - box.top + 2 * MARGIN <= free.bottom - free.top
}

/** The start of a span counts where all of it has no room. */
function missing(start: number, end: number, from: number, to: number): number {
  const [least, most] = [from + MARGIN, to - MARGIN]
  if (start < least || end - start > most - least) return least - start
  return Math.min(0, most - end)
}
