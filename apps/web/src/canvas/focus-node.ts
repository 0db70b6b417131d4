/** Gives a node the focus once it is drawn, unless somebody has gone on meanwhile. */

/** Longer than what was just added takes to be drawn and measured. */
export const FRAMES_TO_WAIT = 30

/**
 * A node that was just added is drawn a frame or two later, one out of view once it is there.
 * Whoever has gone on to a field meanwhile stays there.
 */
export function focusNode(
  nodeId: string,
  framesLeft = FRAMES_TO_WAIT,
  before = document.activeElement,
): void {
  const now = document.activeElement
  if (now !== before && now !== document.body) return
  const selector = `.react-flow__node[data-id="${CSS.escape(nodeId)}"]`
  const element = document.querySelector<HTMLElement>(selector)
  element?.focus({ preventScroll: true })
  // Until it is measured it is hidden, and what is hidden takes no focus.
  const isThere = element !== null && document.activeElement === element
  if (isThere || framesLeft === 0) return
  requestAnimationFrame(() => focusNode(nodeId, framesLeft - 1, before))
}
