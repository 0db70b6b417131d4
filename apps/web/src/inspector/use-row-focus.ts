/** Leads the focus through rows that come and go: into a new one, and on from one that is gone. */

import { type RefObject, useEffect, useRef } from 'react'

export interface RowFocus {
  /** For the element whose children are the rows, each of class `entry`. */
  readonly rows: RefObject<HTMLDivElement | null>
  /** The row that comes next has the focus then. */
  added(): void
  /** What takes the place of this row has the focus then. */
  removed(index: number): void
}

const FIELDS = 'input, select, textarea, [contenteditable="true"]'

export function useRowFocus(count: number): RowFocus {
  const rows = useRef<HTMLDivElement>(null)
  const wanted = useRef<'last' | number>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once another number of rows is there
  useEffect(() => {
    const row = wanted.current
    wanted.current = undefined
    if (row === undefined || rows.current === null) return
    const entries = rows.current.querySelectorAll(':scope > .entry')
    if (row === 'last') focusField(entries[entries.length - 1])
    else focusRemaining(rows.current, entries[Math.min(row, entries.length - 1)])
  }, [count])
  return {
    rows,
    added: () => {
      wanted.current = 'last'
    },
    removed: (index) => {
      wanted.current = index
    },
  }
}

function focusField(row: Element | undefined): void {
  const field = row?.querySelector<HTMLElement>(FIELDS)
  field?.focus()
  // The name that it starts with is there to be written over.
  if (field instanceof HTMLInputElement) field.select()
}

function focusRemaining(rows: HTMLElement, row: Element | undefined): void {
  const selector = row === undefined ? '.add-row' : '.entry-remove'
  const button = (row ?? rows).querySelector<HTMLElement>(selector)
  button?.focus()
}
