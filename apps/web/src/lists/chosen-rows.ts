/** Rows of a list that are chosen, to do something with all of them. */

import { useRef, useState } from 'react'

export interface ChosenRows {
  /** In the order of the list. */
  readonly ids: readonly string[]
  has(id: string): boolean
  /** With `through`, all from the one that was chosen last to this one become as this one does. */
  toggle(id: string, through: boolean): void
  chooseAll(): void
  clear(): void
}

/** Of rows that can be seen: what is not found any more, or gone, is not chosen. */
export function useChosenRows(shown: readonly string[]): ChosenRows {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const last = useRef<string>(undefined)
  const ids = shown.filter((id) => marked.has(id))
  return {
    ids,
    has: (id) => marked.has(id),
    toggle: (id, through) => {
      setMarked(toggleRows({ shown, marked: new Set(ids), id, from: through ? last.current : id }))
      last.current = id
    },
    chooseAll: () => setMarked(new Set(shown)),
    clear: () => setMarked(new Set()),
  }
}

interface Toggled {
  readonly shown: readonly string[]
  readonly marked: ReadonlySet<string>
  readonly id: string
  /** The other end of what is meant; where it is not shown, only `id` is. */
  readonly from: string | undefined
}

export function toggleRows({ shown, marked, id, from }: Toggled): ReadonlySet<string> {
  const next = new Set(marked)
  const at = shown.indexOf(id)
  const other = from === undefined ? -1 : shown.indexOf(from)
  const [first, end] = other < 0 ? [at, at] : [Math.min(at, other), Math.max(at, other)]
  const becomes = !marked.has(id)
  for (const one of shown.slice(first, end + 1)) {
    if (becomes) next.add(one)
    else next.delete(one)
  }
  return next
}
