/**
 * What lists of any length have in common: a field that finds some of their rows, so many of them
 * at first, and arrow keys that go from row to row.
 */

import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { countText } from '../live/formats.ts'
import './found-list.css'

/** Shown at first, and further ones each time they are asked for: there may be thousands. */
const ROWS = 100
/** From so many on, one may look for some of them. */
const SEARCH_FROM = 8

export interface FoundList<Row> {
  readonly rows: readonly Row[]
  readonly found: readonly Row[]
  readonly shown: readonly Row[]
  readonly search: string
  setSearch(text: string): void
  showMore(): void
  /** As `ref` of what holds the rows, each of which has one link. */
  holdRows(element: HTMLElement | null): void
  focusFirst(): void
}

/**
 * A row is found where each word that is looked for is somewhere in its text, and `accepts` it
 * otherwise.
 */
export function useFoundList<Row>(
  rows: readonly Row[],
  textOf: (row: Row) => string,
  accepts: (row: Row) => boolean = () => true,
): FoundList<Row> {
  const [search, setSearch] = useState('')
  const [count, setCount] = useState(ROWS)
  const [wanted, setWanted] = useState<number>()
  const body = useRef<HTMLElement>(null)
  const found = findRows(rows.filter(accepts), textOf, search)
  useEffect(() => {
    if (wanted === undefined) return
    // Whoever asked for more goes on at the first of them: the button may be gone.
    linksIn(body.current)[wanted]?.focus({ preventScroll: true })
    setWanted(undefined)
  }, [wanted])
  return {
    rows,
    found,
    shown: found.slice(0, count),
    search,
    setSearch: (text) => {
      setSearch(text)
      setCount(ROWS)
    },
    showMore: () => {
      setWanted(Math.min(count, found.length - 1))
      setCount(count + ROWS)
    },
    holdRows: useCallback((element) => {
      body.current = element
    }, []),
    focusFirst: () => linksIn(body.current)[0]?.focus(),
  }
}

export function findRows<Row>(
  rows: readonly Row[],
  textOf: (row: Row) => string,
  search: string,
): readonly Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = textOf(row).toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

interface FindBarProps {
  readonly list: FoundList<unknown>
  /** What the rows are: `topic`. */
  readonly noun: string
  /** Other ways to choose among them. */
  readonly children?: ReactNode
}

export function FindBar({ list, noun, children }: FindBarProps): ReactNode {
  const { rows, found, search } = list
  if (rows.length < SEARCH_FROM) return null
  const all = `${countText(rows.length)} ${noun}${rows.length === 1 ? '' : 's'}`
  return (
    <div className="find-bar">
      <input
        className="input"
        type="search"
        aria-label={`Find a ${noun}`}
        placeholder={`Find a ${noun}`}
        spellCheck={false}
        value={search}
        onChange={({ target }) => list.setSearch(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return
          list.focusFirst()
          event.preventDefault()
        }}
      />
      {children}
      <span role="status">
        {found.length === rows.length ? all : `${countText(found.length)} of ${all}`}
      </span>
    </div>
  )
}

/** What stands below the rows: that none is found, or how many more there are. */
export function RestOfList({ list, noun }: Omit<FindBarProps, 'children'>): ReactNode {
  const { found, shown, search } = list
  if (found.length === 0) {
    const named = search.trim() === '' ? '' : ` with "${search.trim()}" in its name`
    return <p className="empty-state">{`There is no such ${noun}${named}.`}</p>
  }
  const rest = found.length - shown.length
  if (rest === 0) return null
  return (
    <button type="button" className="button find-more" onClick={() => list.showMore()}>
      Show {countText(Math.min(ROWS, rest))} more of {countText(found.length)}
    </button>
  )
}

/** The arrow keys go from row to row, as `onKeyDown` of what holds them. */
export function walkRows(event: KeyboardEvent<HTMLElement>): void {
  const direction = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (direction === 0) return
  const links = linksIn(event.currentTarget)
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[Math.max(0, at + direction)]?.focus()
  event.preventDefault()
}

function linksIn(body: HTMLElement | null): readonly HTMLElement[] {
  return [...(body?.querySelectorAll<HTMLElement>('a') ?? [])]
}
