/** Lets what the first picture does not need wait until it stands. */

/** A tab that nobody sees paints nothing. */
const WAIT_MS_MAX = 1_000

/**
 * Resolves once the canvas is painted that is being rendered now: nodes are measured in one frame
 * and shown in the next.
 */
export function afterPaint(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, WAIT_MS_MAX)
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))
  })
}
