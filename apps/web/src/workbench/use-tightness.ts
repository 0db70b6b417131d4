/** Lets a bar give way in steps until all that it shows has room. */

import { type RefObject, useLayoutEffect } from 'react'

/** In how many steps the style sheet gives way. */
const STEPS = 8

/** The first step, from 0, with which everything fits; the last one where nothing helps. */
export function leastStep(steps: number, fits: (step: number) => boolean): number {
  for (let step = 0; step < steps; step++) if (fits(step)) return step
  return steps
}

/** Half a pixel is the rounding of widths. */
const ROUNDING = 0.5

/** What reaches into the padding would lie at the edge of the window, and is no overflow yet. */
function isWithin(bar: HTMLElement): boolean {
  const end =
    bar.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(bar).paddingRight)
  return [...bar.children].every((part) => part.getBoundingClientRect().right <= end + ROUNDING)
}

/**
 * Writes the steps that are taken into `data-tight` of the bar, as words: "1 2 3". They are
 * measured anew whenever the bar or a part of it has another width.
 */
export function useTightness(bar: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = bar.current
    if (element === null) return undefined
    const take = (step: number): void => {
      element.dataset.tight = Array.from({ length: step }, (_, taken) => taken + 1).join(' ')
    }
    const giveWay = (): void => {
      take(
        leastStep(STEPS, (step) => {
          take(step)
          return isWithin(element)
        }),
      )
    }
    const sizes = new ResizeObserver(giveWay)
    const watch = (): void => {
      sizes.disconnect()
      for (const part of [element, ...element.children]) sizes.observe(part)
    }
    // Parts that are loaded later come in as children.
    const parts = new MutationObserver(watch)
    parts.observe(element, { childList: true })
    watch()
    giveWay()
    return () => {
      parts.disconnect()
      sizes.disconnect()
    }
  }, [bar])
}
