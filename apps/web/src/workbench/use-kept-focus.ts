/**
 * Keeps the focus in a part of the page whose controls come and go: where the one that has it goes,
 * the part itself takes it, or what in it is marked to. Without that whoever works by keys would
 * begin again at the top of the page.
 */

import { type RefObject, useEffect } from 'react'

/** The part has to take the focus, with a `tabIndex` of -1. */
export function useKeptFocus(part: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const { current } = part
    return current === null ? undefined : keepFocus(current)
  }, [part])
}

/** On what comes next, such as the button that goes on to the next letter. */
export const TAKES_FOCUS = { 'data-takes-focus': '' }

export function keepFocus(part: HTMLElement): () => void {
  const page = part.ownerDocument
  let inside = part.contains(page.activeElement)
  /** The part has it for want of something better, and nobody has put it there. */
  let holds = false
  const note = ({ target }: Event): void => {
    inside = target instanceof Node && part.contains(target)
    holds = false
  }
  const settle = (): void => {
    const { activeElement } = page
    const isLost = inside && (activeElement === null || activeElement === page.body)
    if (!isLost && !(holds && activeElement === part)) return
    const next = part.querySelector<HTMLElement>('[data-takes-focus]:not(:disabled)')
    if (next === null && !isLost) return
    const wanted = next ?? part
    wanted.focus({ preventScroll: true })
    holds = next === null
  }
  const observer = new MutationObserver(settle)
  observer.observe(part, { childList: true, subtree: true })
  page.addEventListener('focusin', note)
  // Who presses somewhere else has left, though nothing there may take the focus.
  page.addEventListener('pointerdown', note)
  return () => {
    observer.disconnect()
    page.removeEventListener('focusin', note)
    page.removeEventListener('pointerdown', note)
  }
}
