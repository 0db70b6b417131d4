/**
 * Where the focus was before a menu or a dialog took it: an entry of a menu that opens a dialog is
 * gone by the time the dialog closes, and so is what the browser would give the focus back to.
 */

let place: HTMLElement | undefined

document.addEventListener('focusin', ({ target }) => {
  if (!(target instanceof HTMLElement) || target.closest('dialog, [role="menu"]') !== null) return
  place = target
})

export function focusBefore(): HTMLElement | undefined {
  return place
}
