/** Leads the focus to a control that may still be loading. */

/**
 * `focus` says whether the control was there. It is asked again whenever something comes into
 * `host`, until it was there or what is returned is called.
 */
export function focusOnceThere(host: HTMLElement, focus: () => boolean): () => void {
  if (focus()) return () => undefined
  const watch = new MutationObserver(() => {
    if (focus()) watch.disconnect()
  })
  watch.observe(host, { childList: true, subtree: true })
  return () => watch.disconnect()
}
