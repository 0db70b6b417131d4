/** The letters of a cause, a page at a time, and what can be done with many of them. */

import type { wire } from '@millrace/pipeline'
import { ArrowLeft, Download, RotateCcw, Trash2, Undo2 } from 'lucide-react'
import { type ReactNode, Suspense, useEffect, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { countText } from '../live/formats.ts'
import { useValue } from '../live/live.tsx'
import { latePart } from '../parts/late-part.ts'
import { exportLetters, replayLetters, restoreLetters } from './letter-actions.ts'
import type { LetterList, LetterPage } from './letter-list.ts'
import { PAGE_LETTERS } from './letter-list.ts'
import { LetterTable } from './letter-table.tsx'
import { type LetterShelf, SHELVES } from './letters-place.ts'
import { type LettersWay, useReplayBar } from './use-letters.ts'

const DiscardDialog = latePart(() => import('./discard-dialog.tsx'))

interface LetterShelvesProps {
  readonly group: wire.LetterGroup
  readonly list: LetterList
  readonly way: LettersWay
}

const NOBODY: ReadonlySet<string> = new Set()

export function LetterShelves({ group, list, way }: LetterShelvesProps): ReactNode {
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
        <Shelves group={group} way={way} />
      </header>
      <Actions
        group={group}
        chosen={chosen}
        shelf={way.place.shelf}
        page={page}
        onDone={() => setMarked(NOBODY)}
      />
      <Letters {...{ page, marked, list, way }} onMark={setMarked} />
      {page.number > 0 || page.hasOlder ? (
        <Foot page={page} list={list} group={group} way={way} />
      ) : null}
    </section>
  )
}

const TITLES: Readonly<Record<LetterShelf, string>> = {
  open: 'Open',
  done: 'Accepted',
  discarded: 'Discarded',
}

function countOn(shelf: LetterShelf, { open, sent, done, discarded }: wire.LetterGroup): number {
  if (shelf === 'open') return open + sent
  return shelf === 'done' ? done : discarded
}

function Shelves({ group, way }: Pick<LetterShelvesProps, 'group' | 'way'>): ReactNode {
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
          {TITLES[shelf]} <span>{countText(countOn(shelf, group))}</span>
        </button>
      ))}
    </fieldset>
  )
}

interface ActionsProps {
  readonly group: wire.LetterGroup
  /** Letters that are marked; all of the group are meant where there are none. */
  readonly chosen: readonly string[]
  readonly shelf: LetterShelf
  readonly page: LetterPage
  /** None stays marked: letters come back, and would be meant again. */
  readonly onDone: () => void
}

function Actions({ group, chosen, shelf, page, onDone }: ActionsProps): ReactNode {
  const session = useSession()
  const { open } = useReplayBar()
  const [asking, setAsking] = useState(false)
  const some = chosen.length > 0
  const of = some ? { letters: [...chosen] } : { group: group.group }
  const count = some ? chosen.length : group.open
  const all = count === 1 ? 'it' : `all ${countText(count)}`
  const which = some ? `${countText(count)} marked` : all
  return (
    <div className="shelf-actions" role="toolbar" aria-label="What to do with these letters">
      {shelf === 'open' ? (
        <>
          <button
            type="button"
            className="button"
            disabled={!open || count === 0}
            onClick={() => void replayLetters(session, of).then(onDone)}
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
          onClick={() => void restoreLetters(session, of).then(onDone)}
        >
          <Undo2 size={13} aria-hidden />
          Take back {some ? which : 'all that are kept'}
        </button>
      ) : null}
      <span className="spacer" />
      <button
        type="button"
        className="button quiet"
        title="As NDJSON, a line for each letter"
        onClick={() => void exportLetters(session, group.group)}
      >
        <Download size={13} aria-hidden />
        Export
      </button>
      {asking ? (
        <Suspense>
          <DiscardDialog
            chosen={of}
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

interface LettersProps extends Pick<LetterShelvesProps, 'list' | 'way'> {
  readonly page: LetterPage
  readonly marked: ReadonlySet<string>
  readonly onMark: (marked: ReadonlySet<string>) => void
}

const EMPTY: Readonly<Record<LetterShelf, string>> = {
  open: 'None of this cause is open.',
  done: 'None of this cause has been accepted yet. Correct one and send it in.',
  discarded:
    'None that can be taken back. For a day it can be, after that the records are removed.',
}

function Letters({ page, marked, list, way, onMark }: LettersProps): ReactNode {
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
        <p>{phase === 'reading' ? 'Reading' : EMPTY[place.shelf]}</p>
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
        page={page.number}
        chosen={place.letter}
        marked={marked}
        canMark={place.shelf !== 'done'}
        onChoose={(letter) => go({ letter })}
        onMark={onMark}
        onOlder={() => list.showOlder()}
        onNewer={() => list.showNewer()}
      />
    </>
  )
}

interface FootProps extends LetterShelvesProps {
  readonly page: LetterPage
}

function Foot({ page, list, group, way }: FootProps): ReactNode {
  const from = page.number * PAGE_LETTERS
  const total = Math.max(countOn(way.place.shelf, group), from + page.letters.length)
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
        {countText(from + 1)} to {countText(from + page.letters.length)} of {countText(total)}
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
