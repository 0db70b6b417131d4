/**
 * Whoever goes to another page by keys, or leaves one, goes on from there: what had the focus went
 * with the page before, and without this they would begin again above all of it.
 */

import { useEffect, useRef } from 'react'

export function useFocusAfterGoing(path: string): void {
  const last = useRef(path)
  useEffect(() => {
    // Where the browser has brought somebody, its own beginning is the right one.
    if (last.current === path) return
    last.current = path
    if (takeFocus()) return
    const observer = new MutationObserver(() => {
      if (takeFocus()) observer.disconnect()
    })
    observer.observe(document.body, {
      ...{ childList: true, subtree: true },
      attributeFilter: ['aria-busy'],
    })
    return () => observer.disconnect()
  }, [path])
}

/** Whether something has it now. A page that is still being read does not take it. */
function takeFocus(): boolean {
  const { activeElement, body } = document
  if (activeElement !== null && activeElement !== body) return true
  const page = document.querySelector<HTMLElement>('main:not([aria-busy="true"])')
  const place = page?.querySelector<HTMLElement>('.canvas') ?? page
  if (place == null) return false
  if (!place.hasAttribute('tabindex')) place.tabIndex = -1
  place.focus({ preventScroll: true })
  return document.activeElement === place
}
