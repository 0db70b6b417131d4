/** Reads key names such as `mod+shift+z`, matches them with what was pressed, and shows them. */

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

export function isMac(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform)
}

export function matchesKey(name: string, press: KeyPress, mac: boolean): boolean {
  const parts = name.split('+')
  // The key itself may be "+", which splits into two empty parts.
  const key = name.endsWith('+') ? '+' : (parts.at(-1) ?? '').toLowerCase()
  const held = new Set(parts.slice(0, -1).filter((part) => part !== ''))
  const mod = mac ? press.metaKey : press.ctrlKey
  const other = mac ? press.ctrlKey : press.metaKey
  if (other || held.has('mod') !== mod || held.has('alt') !== press.altKey) return false
  // A sign such as "?" has Shift in it already, on some keyboards and not on others.
  const isSign = key.length === 1 && !/[a-z0-9]/.test(key)
  if (!isSign && held.has('shift') !== press.shiftKey) return false
  return press.key.toLowerCase() === key
}

const SIGNS: ReadonlyMap<string, string> = new Map([
  ['shift', 'Shift'],
  ['alt', 'Alt'],
  ['escape', 'Esc'],
  ['delete', 'Del'],
  ['backspace', 'Backspace'],
  ['enter', 'Enter'],
  ['tab', 'Tab'],
])

/** `Ctrl+Shift+Z`. */
export function keyText(name: string, mac: boolean): string {
  if (name === '+') return '+'
  return name
    .split('+')
    .map((part) => {
      if (part === 'mod') return mac ? '⌘' : 'Ctrl'
      return SIGNS.get(part) ?? part.toUpperCase()
    })
    .join(mac ? ' ' : '+')
}
