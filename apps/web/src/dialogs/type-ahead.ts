/**
 * What is typed while the code of a dialog that was asked for is still coming: its first field gets
 * it. One that has none lets go of it.
 */

let typed = ''

/** A key as `KeyboardEvent.key` names it; those that write nothing are not kept. */
export function typeAhead(key: string): void {
  if (key === 'Backspace') typed = typed.slice(0, -1)
  else if ([...key].length === 1) typed += key
}

/** To the dialog that opens, or, where none does any more, to nobody. */
export function giveTyped(field: Element | null | undefined): void {
  const text = typed
  typed = ''
  if (text === '' || !(field instanceof HTMLInputElement)) return
  field.setRangeText(text, 0, field.value.length, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}
