/** The arrow keys among rows of which one is a stop of the Tab key. */

import type { KeyboardEvent } from 'react'

const STEPS: ReadonlyMap<string, (at: number, last: number) => number> = new Map([
  ['ArrowUp', (at: number) => at - 1],
  ['ArrowDown', (at: number) => at + 1],
  ['Home', () => 0],
  ['End', (_: number, last: number) => last],
])

/** Whether the key was one that goes to another row; its element has the focus then. */
export function stepAmong(
  { key, currentTarget }: KeyboardEvent<HTMLElement>,
  rows: string,
): boolean {
  const stops = [...currentTarget.querySelectorAll<HTMLElement>(rows)]
  const at = stops.indexOf(document.activeElement as HTMLElement)
  const to = at < 0 ? undefined : STEPS.get(key)?.(at, stops.length - 1)
  if (to === undefined) return false
  stops[to]?.focus()
  return true
}
