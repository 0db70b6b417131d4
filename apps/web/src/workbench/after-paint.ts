/** Lets what the first picture does not need wait until it stands. */

import { env } from '../env/current-env.ts'

/** A tab that nobody sees paints nothing. */
const WAIT_MS_MAX = 1_000

let shown = (): void => undefined
const canvasShown = new Promise<void>((resolve) => {
  shown = resolve
})

/** Resolves once the page's first canvas is painted. */
export async function afterPaint(): Promise<void> {
  await Promise.race([
    canvasShown.then(() => new Promise(requestAnimationFrame)),
    new Promise<void>((resolve) => {
      env.after(WAIT_MS_MAX, resolve)
    }),
  ])
}

/** The canvas says that its nodes are measured, and so shown with the next frame. */
export function noteCanvasShown(): void {
  shown()
}
