/** Gives the items of a list keys that go with them when they are moved, added or edited. */

import { useRef } from 'react'

/**
 * An item is known by being the same object as before, and one that was edited by its place: what
 * is typed into a row does not make it another row.
 */
export function useStableKeys(items: readonly unknown[]): readonly number[] {
  const known = useRef<{ items: readonly unknown[]; keys: readonly number[]; next: number }>({
    items: [],
    keys: [],
    next: 0,
  })
  const before = known.current
  if (before.items === items && before.keys.length === items.length) return before.keys
  const free = new Set(before.keys)
  const found = items.map((item) => {
    const place = before.items.findIndex(
      (other, index) => other === item && free.has(before.keys[index] ?? -1),
    )
    const key = before.keys[place]
    if (key !== undefined) free.delete(key)
    return key
  })
  let { next } = before
  const keys = found.map((key, index) => {
    if (key !== undefined) return key
    const edited = before.keys[index]
    if (edited !== undefined && free.delete(edited)) return edited
    return next++
  })
  known.current = { items, keys, next }
  return keys
}
