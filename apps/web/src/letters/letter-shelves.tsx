/** The letters of a cause, a page at a time, and what can be done with many of them. */

import { ArrowLeft, Download, RotateCcw, Trash2, Undo2 } from 'lucide-react'
import { type ReactNode, Suspense, useEffect, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { countText } from '../live/formats.ts'
import { useValue } from '../live/live.tsx'
import { latePart } from '../parts/late-part.ts'
import { exportLetters, replayLetters, restoreLetters } from './letter-actions.ts'
import { countOn, type LetterCollection } from './letter-collection.ts'
import type { LetterList, LetterPage } from './letter-list.ts'
import { PAGE_LETTERS } from './letter-list.ts'
import { LetterSearch } from './letter-search.tsx'
import { LetterTable } from './letter-table.tsx'
import { type LetterShelf, type LettersPlace, SHELVES } from './letters-place.ts'
import { type LettersWay, useReplayBar } from './use-letters.ts'

const DiscardDialog = latePart(() => import('./discard-dialog.tsx'))

interface LetterShelvesProps {
  readonly of: LetterCollection
  readonly list: LetterList
  readonly way: LettersWay
}

const NOBODY: ReadonlySet<string> = new Set()
const ALL = { all: true } as const

export function LetterShelves({ of, list, way }: LetterShelvesProps): ReactNode {
  const page = useValue(list.page)
  const [marked, setMarked] = useState(NOBODY)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other letters
  useEffect(() => setMarked(NOBODY), [list])
  const known = new Set(page.letters.map(({ letter }) => letter))
  const chosen = [...marked].filter((letter) => known.has(letter))
  return (
    <section className="shelves letters-pane" aria-label="Letters">
      <header className="letters-bar">
        <button
          type="button"
          className="button quiet icon pane-back"
          aria-label="Back to the causes"
          onClick={() => way.go({ group: undefined, letter: undefined })}
        >
          <ArrowLeft size={15} aria-hidden />
        </button>
        <Shelves of={of} way={way} />
        <LetterSearch way={way} />
      </header>
      <Actions
        of={of}
        chosen={chosen}
        place={way.place}
        page={page}
        onDone={() => setMarked(NOBODY)}
      />
      <Letters {...{ page, marked, of, list, way }} onMark={setMarked} />
      {page.number > 0 || page.hasOlder || isSearching(page) ? (
        <Foot page={page} list={list} of={of} way={way} />
      ) : null}
    </section>
  )
}

/** Something is found, and older letters have not been looked at. */
function isSearching({ phase, letters }: LetterPage): boolean {
  return phase === 'reading' && letters.length > 0
}

const TITLES: Readonly<Record<LetterShelf, string>> = {
  open: 'Open',
  done: 'Accepted',
  discarded: 'Discarded',
}

function Shelves({ of, way }: Pick<LetterShelvesProps, 'of' | 'way'>): ReactNode {
  const { place, go } = way
  return (
    <fieldset className="shelf-choice">
      <legend className="visually-hidden">Which letters are shown</legend>
      {SHELVES.map((shelf) => (
        <button
          key={shelf}
          type="button"
          aria-pressed={place.shelf === shelf}
          onClick={() => go({ shelf, letter: undefined })}
        >
          {TITLES[shelf]} <span>{countText(countOn(shelf, of))}</span>
        </button>
      ))}
    </fieldset>
  )
}

interface ActionsProps {
  readonly of: LetterCollection
  /**
   * Letters that are marked. Where there are none, those that a search has found are meant, as far
   * as they are shown, and all that there are without one.
   */
  readonly chosen: readonly string[]
  readonly place: LettersPlace
  readonly page: LetterPage
  /** None stays marked: letters come back, and would be meant again. */
  readonly onDone: () => void
}

function Actions({ of, chosen, place, page, onDone }: ActionsProps): ReactNode {
  const session = useSession()
  const { open } = useReplayBar()
  const [asking, setAsking] = useState(false)
  const { shelf, search } = place
  const marked = chosen.length > 0
  const found = page.letters.filter(({ state, goneBack }) =>
    shelf === 'open' ? state === 'open' : goneBack !== true,
  )
  const letters = marked ? [...chosen] : found.map(({ letter }) => letter)
  const some = marked || search !== undefined
  const meant = some ? { letters } : of.group === undefined ? ALL : { group: of.group }
  const count = some ? letters.length : of.open
  const all = count === 1 ? 'it' : `all ${countText(count)}`
  const which = some ? `${countText(count)} ${marked ? 'marked' : 'shown'}` : all
  return (
    <div className="shelf-actions" role="toolbar" aria-label="What to do with these letters">
      {shelf === 'open' ? (
        <>
          <button
            type="button"
            className="button"
            disabled={!open || count === 0}
            onClick={() => void replayLetters(session, meant).then(onDone)}
          >
            <RotateCcw size={13} aria-hidden />
            Replay {which}
          </button>
          <button
            type="button"
            className="button"
            disabled={count === 0}
            onClick={() => setAsking(true)}
          >
            <Trash2 size={13} aria-hidden />
            Discard {which}
          </button>
        </>
      ) : null}
      {shelf === 'discarded' && (some || anyComesBack(page)) ? (
        <button
          type="button"
          className="button"
          onClick={() => void restoreLetters(session, meant).then(onDone)}
        >
          <Undo2 size={13} aria-hidden />
          Take back {some ? which : 'all that are kept'}
        </button>
      ) : null}
      <span className="spacer" />
      <button
        type="button"
        className="button quiet"
        title={`All of ${of.group === undefined ? 'them' : 'this cause'} as NDJSON, a line for each letter`}
        onClick={() => void exportLetters(session, of.group)}
      >
        <Download size={13} aria-hidden />
        Export
      </button>
      {asking ? (
        <Suspense>
          <DiscardDialog
            chosen={meant}
            count={count}
            onClose={() => {
              setAsking(false)
              onDone()
            }}
          />
        </Suspense>
      ) : null}
    </div>
  )
}

/**
 * Whether some are taken back without being named: of those that are counted, only the ones of the
 * last day are kept, and those that a job has gone back from are meant only by name.
 */
function anyComesBack({ letters, hasOlder }: LetterPage): boolean {
  return hasOlder || letters.some(({ goneBack }) => goneBack !== true)
}

interface LettersProps extends LetterShelvesProps {
  readonly page: LetterPage
  readonly marked: ReadonlySet<string>
  readonly onMark: (marked: ReadonlySet<string>) => void
}

const EMPTY: Readonly<Record<LetterShelf, string>> = {
  open: 'None is open.',
  done: 'None has been accepted yet. Correct one and send it in.',
  discarded:
    'None that can be taken back. For a day it can be, after that the records are removed.',
}

function Letters({ page, marked, of, list, way, onMark }: LettersProps): ReactNode {
  const { phase, letters, message } = page
  const { place, go } = way
  if (phase === 'refused') {
    return (
      <div className="letters-empty" role="alert">
        <p>{message}</p>
        <button type="button" className="button" onClick={() => void list.refresh()}>
          Try again
        </button>
      </div>
    )
  }
  if (letters.length === 0) {
    return (
      <div className="letters-empty" role="status">
        <p>{emptyText(phase, place)}</p>
        {phase === 'read' && place.search !== undefined && of.hasOthers ? (
          <button type="button" className="button" onClick={() => go({ group: 'all' })}>
            Search all causes
          </button>
        ) : null}
      </div>
    )
  }
  return (
    <>
      {message === undefined ? null : (
        <p className="letters-said" role="alert">
          {message}
        </p>
      )}
      <LetterTable
        letters={letters}
        showsCause={of.group === undefined}
        page={page.number}
        chosen={place.letter}
        marked={marked}
        canMark={place.shelf !== 'done'}
        onChoose={(letter) => go({ group: of.group ?? place.group, letter })}
        onMark={onMark}
        onOlder={() => list.showOlder()}
        onNewer={() => list.showNewer()}
      />
    </>
  )
}

function emptyText(phase: LetterPage['phase'], { search, shelf }: LettersPlace): string {
  if (search === undefined) return phase === 'reading' ? 'Reading' : EMPTY[shelf]
  return phase === 'reading' ? 'Searching' : `No record here contains “${search}”.`
}

interface FootProps extends LetterShelvesProps {
  readonly page: LetterPage
}

function Foot({ page, list, of, way }: FootProps): ReactNode {
  const from = page.number * PAGE_LETTERS
  const { shelf, search } = way.place
  const to = from + page.letters.length
  // Of what is searched for nobody knows how many there are.
  const total = search === undefined ? ` of ${countText(Math.max(countOn(shelf, of), to))}` : ''
  return (
    <footer className="shelf-foot">
      <button
        type="button"
        className="drawer-button"
        disabled={page.number === 0}
        onClick={() => list.showNewer()}
      >
        Newer
      </button>
      <span role="status">
        {isSearching(page)
          ? `${countText(to)} so far, searching on`
          : `${countText(from + 1)} to ${countText(to)}${total}`}
      </span>
      <button
        type="button"
        className="drawer-button"
        disabled={!page.hasOlder}
        onClick={() => list.showOlder()}
      >
        Older
      </button>
    </footer>
  )
}
