/**
 * Loads again the style sheets that have not come. What loads the parts of a page asks for each
 * sheet once only, and would show the part without it for good.
 */

import { loadPart } from './late-part.ts'

const triedAgain = new WeakSet<EventTarget>()

// The event does not bubble.
document.addEventListener(
  'error',
  ({ target }) => {
    if (!(target instanceof HTMLLinkElement) || target.rel !== 'stylesheet') return
    if (!triedAgain.has(target)) void loadPart(sheetLike(target))
  },
  true,
)

function sheetLike(failed: HTMLLinkElement): () => Promise<void> {
  let link = failed
  return () =>
    new Promise((resolve, reject) => {
      const next = document.createElement('link')
      triedAgain.add(next)
      for (const { name, value } of failed.attributes) next.setAttribute(name, value)
      next.nonce = failed.nonce
      next.addEventListener('load', () => resolve())
      next.addEventListener('error', () => reject(new Error(`There is no ${failed.href}.`)))
      link.replaceWith(next)
      link = next
    })
}
