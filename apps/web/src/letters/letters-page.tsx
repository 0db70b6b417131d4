/**
 * The dead letters of a pipeline, over its canvas: causes, the letters of one, and one letter in
 * full, which can be corrected and sent in again.
 */

import { oneLine, type wire } from '@millrace/pipeline'
import { ArrowLeft } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import { useEditorState, useSession } from '../editor/session.tsx'
import { nodeTitle } from '../live/board.ts'
import { bytesText, countText } from '../live/formats.ts'
import { useBoard, useLive, useValue } from '../live/live.tsx'
import { startJob } from '../live/run-control.ts'
import { useOwned } from '../live/use-owned.ts'
import { createValueStore } from '../live/value-store.ts'
import { useRecordings } from '../recordings/use-recordings.ts'
import { AllMenu } from './all-menu.tsx'
import { CauseList } from './cause-list.tsx'
import { collectionAt, type LetterCollection } from './letter-collection.ts'
import { LetterFull } from './letter-full.tsx'
import { FIRST_PAGE, LetterList } from './letter-list.ts'
import { LetterShelves } from './letter-shelves.tsx'
import type { LetterCounts } from './letter-watch.ts'
import type { LettersPlace } from './letters-place.ts'
import {
  type LettersWay,
  useLetterChanges,
  useLetterCounts,
  useLettersWay,
  useReplayBar,
} from './use-letters.ts'
import './letters.css'

const REFRESH_MS = 300
/** As in letters.css. */
const ROOM_FOR_ALL = '(min-width: 1180px)'
const NO_PAGE = createValueStore(FIRST_PAGE)

export default function LettersPage(): ReactNode {
  const way = useLettersWay()
  const counts = useLetterCounts()
  const page = useRef<HTMLElement>(null)
  const { place, close } = way
  useEffect(() => page.current?.focus(), [])
  useEscape(close)
  const at =
    place.letter !== undefined ? 'letter' : place.group !== undefined ? 'letters' : 'causes'
  return (
    <section className="letters" aria-label="Dead letters" ref={page} tabIndex={-1}>
      <Head counts={counts} onClose={close} />
      {counts.groups.length === 0 ? null : <ReplayNote />}
      {counts.message === undefined || counts.books === undefined ? null : (
        <p className="letters-said" role="alert">
          {counts.message} What is shown is of before.
        </p>
      )}
      <Content counts={counts} way={way} at={at} />
    </section>
  )
}

/** Wherever the focus is: what had it may be gone. */
function useEscape(close: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isOver = document.querySelector('dialog[open], [role="menu"]') !== null
      if (event.key !== 'Escape' || event.defaultPrevented || isOver) return
      event.preventDefault()
      close()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [close])
}

interface ContentProps {
  readonly counts: LetterCounts
  readonly way: LettersWay
  readonly at: 'causes' | 'letters' | 'letter'
}

function Content({ counts, way, at }: ContentProps): ReactNode {
  const { groups, books, message } = counts
  const { place } = way
  if (books === undefined) {
    return message === undefined ? (
      <div className="letters-empty" role="status">
        <p>Reading</p>
      </div>
    ) : (
      <div className="letters-empty" role="alert">
        <h2>The dead letters cannot be read</h2>
        <p>{message}</p>
      </div>
    )
  }
  if (groups.length === 0) return <NoLetters seen={books.seen} way={way} />
  const listed = groups.filter(({ nodeId }) => place.node === undefined || nodeId === place.node)
  // Where none is chosen, the first one is looked at as soon as there is room for it.
  return <Columns groups={listed} of={collectionAt(listed, place)} way={way} at={at} />
}

interface ColumnsProps extends Pick<ContentProps, 'way' | 'at'> {
  /** Those that are listed. */
  readonly groups: readonly wire.LetterGroup[]
  readonly of: LetterCollection | undefined
}

function Columns({ groups, of, way, at }: ColumnsProps): ReactNode {
  const list = useLetterList(of?.group, way.place)
  const { letters } = useValue(list?.page ?? NO_PAGE)
  useFirstShown(list, of, way)
  return (
    <div className="letters-columns" data-at={at}>
      <CauseList groups={groups} shown={of} way={way} />
      {of === undefined || list === undefined ? (
        <section className="shelves letters-pane" aria-label="Letters" />
      ) : (
        <LetterShelves of={of} list={list} way={way} />
      )}
      <LetterFull way={way} letters={letters} />
    </div>
  )
}

function useLetterList(
  group: number | undefined,
  { shelf, search }: LettersPlace,
): LetterList | undefined {
  const { api, pipelineId, env } = useSession()
  const changes = useLetterChanges()
  const list = useOwned(
    useCallback(
      () => new LetterList({ api, pipelineId, group, shelf, search }),
      [api, pipelineId, group, shelf, search],
    ),
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change reads it again
  useEffect(() => env.after(REFRESH_MS, () => void list?.refresh()), [changes, list, env])
  return list
}

/** Where there is room beside the list, its first letter is shown until one is chosen. */
function useFirstShown(
  list: LetterList | undefined,
  of: LetterCollection | undefined,
  way: LettersWay,
): void {
  const page = useValue(list?.page ?? NO_PAGE)
  const shown = useRef<LetterList>(undefined)
  useEffect(() => {
    const [first] = page.letters
    if (list === undefined || shown.current === list || page.phase !== 'read') return
    shown.current = list
    if (first === undefined || way.place.letter !== undefined) return
    // The cause stays with it: which one comes first changes with what becomes of letters.
    if (window.matchMedia(ROOM_FOR_ALL).matches) {
      way.go({ group: of?.group ?? way.place.group, letter: first.letter })
    }
  }, [list, of, page, way])
}

interface HeadProps {
  readonly counts: LetterCounts
  readonly onClose: () => void
}

function Head({ counts: { books }, onClose }: HeadProps): ReactNode {
  const name = useEditorState(({ pipeline }) => oneLine(pipeline.name))
  return (
    <header className="letters-head">
      <button
        type="button"
        className="button quiet icon"
        aria-label="Back to the canvas"
        title="Back to the canvas (Escape)"
        onClick={onClose}
      >
        <ArrowLeft size={16} aria-hidden />
      </button>
      <div className="letters-title">
        <h1>Dead letters</h1>
        <p>Records that could not be read or calculated with, in all runs of {name}</p>
      </div>
      {books === undefined ? null : (
        <dl className="letters-figures">
          <Figure title="Open" count={books.open} tone={books.open > 0 ? 'bad' : undefined} />
          {books.sent > 0 ? <Figure title="On their way" count={books.sent} tone="busy" /> : null}
          <Figure title="Accepted" count={books.done} tone={books.done > 0 ? 'ok' : undefined} />
          <Figure title="Discarded" count={books.discarded} />
          {books.expired + books.displaced > 0 ? (
            <Figure
              title="Not kept"
              count={books.expired + books.displaced}
              hint={limitsText(books.limits)}
            />
          ) : null}
          <Figure title="Refused in all" count={books.seen} hint={limitsText(books.limits)} />
        </dl>
      )}
      {books === undefined || books.seen === 0 ? null : <AllMenu books={books} />}
    </header>
  )
}

function limitsText(limits: {
  readonly countMax: number
  readonly bytesMax: number
  readonly keepMs: number
}): string {
  const { countMax, bytesMax, keepMs } = limits
  const days = Math.round(keepMs / 86_400_000)
  return `${countText(countMax)} letters, ${bytesText(bytesMax)} and ${days} days are kept; the oldest go first.`
}

function Figure(props: {
  readonly title: string
  readonly count: number
  readonly tone?: 'bad' | 'busy' | 'ok' | undefined
  readonly hint?: string
}): ReactNode {
  const { title, count, tone, hint } = props
  return (
    <div title={hint}>
      <dt>{title}</dt>
      <dd data-tone={tone}>{countText(count)}</dd>
    </div>
  )
}

/** Says plainly whether anything can be sent in, as the job stands, and what that ends. */
function ReplayNote(): ReactNode {
  const { open, title, detail } = useReplayBar()
  const session = useSession()
  const live = useLive()
  const { value: recordings } = useRecordings(session.api, session.env, session.pipelineId)
  const recorded = open && recordings?.some(({ state }) => state === 'recording') === true
  if (title === undefined && !recorded) return null
  return (
    <p className="letters-note" role="status">
      {title === undefined ? null : (
        <>
          <strong>{title}.</strong> {detail}{' '}
        </>
      )}
      {recorded ? (
        <>
          <strong>The job is being recorded.</strong> A recording does not hold what is sent in
          again, so sending anything in ends it.
        </>
      ) : null}
      {open ? null : (
        <button type="button" className="button" onClick={() => void startJob({ session, live })}>
          Start the pipeline
        </button>
      )}
    </p>
  )
}

function NoLetters({ seen, way }: { readonly seen: number; readonly way: LettersWay }): ReactNode {
  const board = useBoard()
  const { node } = way.place
  const about = node === undefined ? '' : ` by ${nodeTitle(board, node)}`
  return (
    <div className="letters-empty">
      <h2>{seen === 0 ? `Nothing was refused${about}` : 'No letters are left'}</h2>
      <p>
        A record that a source cannot read, or with which an expression cannot calculate, comes here
        with its bytes, its place and the cause, and can be corrected and sent in again. Records
        that leave by an errors port that is connected are not dead letters: they go where the edge
        leads.
      </p>
      <button type="button" className="button" onClick={way.close}>
        Back to the canvas
      </button>
    </div>
  )
}
