/** One letter in full: what became of it, why it was refused, its record, and where it stood. */

import type { wire } from '@millrace/pipeline'
import { ArrowLeft, ChevronDown, ChevronUp, X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { messageOf } from '../api/api.ts'
import { selectionOf } from '../editor/selection.ts'
import { useSession } from '../editor/session.tsx'
import { nodeTitle } from '../live/board.ts'
import { bytesText, countText, timeText } from '../live/formats.ts'
import { useBoard } from '../live/live.tsx'
import { useKeptFocus } from '../workbench/use-kept-focus.ts'
import { useDeclaredTypes } from './declared-types.ts'
import { LetterDesk } from './letter-desk.tsx'
import { type Neighbours, neighboursOf } from './letter-neighbours.ts'
import { outcomeOf, positionText, wayOut, wayOutAgain } from './letter-words.ts'
import { type LettersWay, useLetterChanges } from './use-letters.ts'

interface LetterFullProps {
  readonly way: LettersWay
  /** Those of the page that is shown, to go from one to the next. */
  readonly letters: readonly wire.LetterSummary[]
}

export function LetterFull({ way, letters }: LetterFullProps): ReactNode {
  const { letter } = way.place
  const pane = useRef<HTMLElement>(null)
  useKeptFocus(pane)
  return (
    <section className="letter letters-pane" aria-label="Letter" ref={pane} tabIndex={-1}>
      {letter === undefined ? (
        <div className="letters-empty">
          <p>Choose a letter to see its record, where it stood and why it was refused.</p>
        </div>
      ) : (
        <OneLetter name={letter} way={way} letters={letters} />
      )}
    </section>
  )
}

interface Read {
  readonly name: string
  readonly letter: wire.LetterInFull | undefined
  readonly message: string | undefined
}

function useLetter(name: string): Read {
  const { api, pipelineId } = useSession()
  const changes = useLetterChanges()
  const nothing = { name, letter: undefined, message: undefined }
  const [read, setRead] = useState<Read>(nothing)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is read again with every change
  useEffect(() => {
    let left = false
    const params = { id: pipelineId, letter: name }
    void api.call('getLetter', { params }).then((answer) => {
      if (left) return
      if (answer.kind === 'done') setRead({ name, letter: answer.reply, message: undefined })
      else {
        const message = messageOf(answer)
        setRead((before) => ({
          name,
          letter: before.name === name ? before.letter : undefined,
          message,
        }))
      }
    })
    return () => {
      left = true
    }
  }, [api, pipelineId, name, changes])
  return read.name === name ? read : nothing
}

interface OneLetterProps extends LetterFullProps {
  readonly name: string
}

function OneLetter({ name, way, letters }: OneLetterProps): ReactNode {
  const { letter, message } = useLetter(name)
  const board = useBoard()
  const neighbours = useNeighbours(name, letters)
  useOutcomeSaid(letter)
  useCauseFollowed(letter, way)
  return (
    <>
      <Bar letter={letter} way={way} neighbours={neighbours} />
      {message === undefined ? null : (
        <p className="letters-said" role="alert">
          {message}
        </p>
      )}
      {letter === undefined ? (
        <div className="letters-empty" role="status" aria-busy={message === undefined}>
          {message === undefined ? <p>Reading</p> : null}
        </div>
      ) : (
        <LetterDesk
          key={name}
          letter={letter}
          next={neighbours.nextOpen}
          onNext={(next) => way.go({ letter: next })}
          head={<Head letter={letter} title={nodeTitle(board, letter.nodeId)} />}
          foot={<Facts letter={letter} way={way} />}
        />
      )}
    </>
  )
}

/** Whoever does not see the colours hears what became of what was sent in. */
function useOutcomeSaid(letter: wire.LetterInFull | undefined): void {
  const { workbench } = useSession()
  const board = useBoard()
  const before = useRef<wire.LetterInFull>(undefined)
  useEffect(() => {
    if (letter === undefined) return
    const was = before.current?.letter === letter.letter ? before.current.state : undefined
    before.current = letter
    const outcome = outcomeOf(letter, nodeTitle(board, letter.nodeId))
    if (was !== 'sent' || letter.state === 'sent' || outcome === undefined) return
    workbench.announce(`${outcome.title}. ${outcome.detail}`)
  }, [letter, board, workbench])
}

/** What was corrected may be refused for another cause: the list is that of the letter's, then. */
function useCauseFollowed(letter: wire.LetterInFull | undefined, way: LettersWay): void {
  const before = useRef<wire.LetterInFull>(undefined)
  useEffect(() => {
    const was = before.current
    before.current = letter
    if (letter === undefined || was?.letter !== letter.letter) return
    if (was.group !== letter.group && way.place.group === was.group) way.go({ group: letter.group })
  }, [letter, way])
}

function useNeighbours(name: string, letters: readonly wire.LetterSummary[]): Neighbours {
  const known = useRef(letters)
  useEffect(() => {
    if (letters.some(({ letter }) => letter === name)) known.current = letters
  }, [name, letters])
  return neighboursOf(name, letters, known.current)
}

interface BarProps extends Pick<OneLetterProps, 'way'> {
  readonly letter: wire.LetterInFull | undefined
  readonly neighbours: Neighbours
}

function Bar({ letter, way, neighbours }: BarProps): ReactNode {
  const board = useBoard()
  const { before, after } = neighbours
  return (
    <header className="letters-bar">
      <button
        type="button"
        className="button quiet icon pane-back"
        aria-label="Back to the letters"
        onClick={() => way.go({ letter: undefined })}
      >
        <ArrowLeft size={15} aria-hidden />
      </button>
      <h2 className="letter-title">
        {letter === undefined
          ? 'Letter'
          : (positionText(letter) ?? `A row at ${nodeTitle(board, letter.nodeId)}`)}
      </h2>
      {letter === undefined ? null : <span className="quiet">{bytesText(sizeOf(letter))}</span>}
      <span className="spacer" />
      <button
        type="button"
        className="button quiet icon"
        aria-label="The letter before"
        disabled={before === undefined}
        onClick={() => way.go({ letter: before })}
      >
        <ChevronUp size={15} aria-hidden />
      </button>
      <button
        type="button"
        className="button quiet icon"
        aria-label="The letter after"
        disabled={after === undefined}
        onClick={() => way.go({ letter: after })}
      >
        <ChevronDown size={15} aria-hidden />
      </button>
      <button
        type="button"
        className="button quiet icon letter-close"
        aria-label="Close the letter"
        onClick={() => way.go({ letter: undefined })}
      >
        <X size={15} aria-hidden />
      </button>
    </header>
  )
}

function sizeOf({ raw }: wire.LetterInFull): number {
  if ('text' in raw) return new TextEncoder().encode(raw.text).length
  return atob(raw.base64).length
}

function Head(props: { readonly letter: wire.LetterInFull; readonly title: string }): ReactNode {
  const { letter, title } = props
  const board = useBoard()
  const outcome = outcomeOf(letter, title)
  const refusedAgain = outcome?.tone === 'bad'
  const category = board.nodes.get(letter.nodeId)?.category
  const types = useDeclaredTypes(letter)
  const type = letter.column === undefined ? undefined : types.get(letter.column)
  const again = refusedAgain ? wayOutAgain(letter, type) : undefined
  return (
    <>
      {outcome === undefined || refusedAgain ? null : (
        <div className="letter-outcome" data-tone={outcome.tone} role="status">
          <strong className="letter-outcome-title">{outcome.title}</strong>
          <p>{outcome.detail}</p>
        </div>
      )}
      <div className="letter-cause" data-settled={letter.state !== 'open'}>
        <p className="letter-cause-head">
          <strong className="letter-cause-title">
            {refusedAgain ? outcome.title : `Refused by ${title}`}
          </strong>
          <span className="mono">{letter.code}</span>
        </p>
        <p className="letter-message">{letter.message}</p>
        {letter.state === 'open' && letter.replayable ? (
          <p className="letter-way">{again ?? wayOut(letter, category)}</p>
        ) : null}
      </div>
    </>
  )
}

function Facts({ letter, way }: { readonly letter: wire.LetterInFull; readonly way: LettersWay }) {
  const { editor } = useSession()
  const board = useBoard()
  const { nodeId, refusedAtMs, eventTimeMs, attempts, resendOf, followers, offsetBytes } = letter
  const position = positionText(letter)
  const show = (): void => {
    editor.select(selectionOf({ nodes: [nodeId] }))
    way.close()
  }
  return (
    <>
      {followers.length === 0 ? null : (
        <section className="letter-followers">
          <h3>Refused further down, when it was sent in</h3>
          <ul>
            {followers.map((one) => (
              <li key={one.letter}>
                <button
                  type="button"
                  className="link"
                  onClick={() => way.go({ group: one.group, letter: one.letter, shelf: 'open' })}
                >
                  {nodeTitle(board, one.nodeId)}: {one.message}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <dl className="letter-facts">
        <dt>Node</dt>
        <dd>
          <button type="button" className="link" onClick={show}>
            Show {nodeTitle(board, nodeId)}
          </button>
        </dd>
        {way.place.group === 'all' ? (
          <>
            <dt>Cause</dt>
            <dd>
              <button
                type="button"
                className="link"
                onClick={() => way.go({ group: letter.group, search: undefined })}
              >
                Show all letters of this cause
              </button>
            </dd>
          </>
        ) : null}
        <dt>Refused</dt>
        <dd>{timeText(refusedAtMs)}</dd>
        {eventTimeMs === undefined ? null : (
          <>
            <dt>Event time</dt>
            <dd>{timeText(eventTimeMs)}</dd>
          </>
        )}
        {position === undefined ? null : (
          <>
            <dt>Position</dt>
            <dd>
              {position}
              {offsetBytes === undefined ? '' : `, byte ${countText(offsetBytes)}`}
            </dd>
          </>
        )}
        <dt>Sent in again</dt>
        <dd>
          {attempts === 0 ? 'never' : attempts === 1 ? 'once' : `${countText(attempts)} times`}
        </dd>
        {resendOf === undefined ? null : (
          <>
            <dt>Stems from</dt>
            <dd>
              <button
                type="button"
                className="link"
                onClick={() => way.go({ letter: resendOf, shelf: 'done' })}
              >
                a letter that was sent in again
              </button>
            </dd>
          </>
        )}
      </dl>
    </>
  )
}
