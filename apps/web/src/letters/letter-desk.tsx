/** The record of a letter, with the desk on which it is corrected and sent in again. */

import { isoTimestamp, parseTimestamp, type wire } from '@millrace/pipeline'
import { type ReactNode, useMemo, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { TAKES_FOCUS } from '../workbench/use-kept-focus.ts'
import { readAsDeclared, useDeclaredTypes } from './declared-types.ts'
import { discardLetters, replayLetter, restoreLetters } from './letter-actions.ts'
import { changedSpan, type LetterRecord, roughText, toLetterRecord } from './letter-bytes.ts'
import { LetterEditor } from './letter-editor.tsx'
import { LetterRecordView } from './letter-record-view.tsx'
import { neverReplayable } from './letter-words.ts'
import { useReplayBar } from './use-letters.ts'

interface LetterDeskProps {
  readonly letter: wire.LetterInFull
  /** The next one that is open. */
  readonly next: string | undefined
  readonly onNext: (letter: string) => void
  /** Above and below the record. */
  readonly head: ReactNode
  readonly foot: ReactNode
}

export interface Draft {
  readonly text: string
  /** As somebody writes it; undefined where the record has none of its own. */
  readonly time: string | undefined
}

/** What was refused last, or given back: as it came, or as it was corrected before. */
function refusedLast(letter: wire.LetterInFull) {
  const { raw, edited, fault } = letter
  return toLetterRecord(isAsSent(letter) && edited !== undefined ? edited : raw, fault)
}

function isAsSent({ edited, result, givenBack }: wire.LetterInFull): boolean {
  return edited !== undefined && (result === 'refused' || givenBack === true)
}

/** What it was corrected to, with the part that is not as it came. */
function correctionOf({ raw, edited, state }: wire.LetterInFull): LetterRecord | undefined {
  if (edited === undefined || state === 'open') return undefined
  const before = roughText(toLetterRecord(raw, undefined))
  const after = roughText(toLetterRecord(edited, undefined))
  return toLetterRecord(edited, changedSpan(before, after))
}

export function LetterDesk({ letter, next, onNext, head, foot }: LetterDeskProps): ReactNode {
  const [draft, setDraft] = useState<Draft>()
  const [sending, setSending] = useState(false)
  const session = useSession()
  const record = useMemo(() => refusedLast(letter), [letter])
  const types = useDeclaredTypes(letter)
  const isRow = letter.line === undefined && letter.topic === undefined
  const begin = (): void => {
    const { eventTimeMs, code } = letter
    const asked = isRow && (eventTimeMs !== undefined || code === 'event-time-missing')
    const time = asked ? (eventTimeMs === undefined ? '' : isoTimestamp(eventTimeMs)) : undefined
    setDraft({ text: readAsDeclared(roughText(record), letter.column, types), time })
  }
  const timeMs = draft?.time === undefined ? undefined : parseTimestamp(draft.time.trim())
  const badTime = draft?.time !== undefined && timeMs === null
  const send = async (corrected: Draft | undefined): Promise<void> => {
    if (sending || badTime) return
    setSending(true)
    const moved = typeof timeMs === 'number' && timeMs !== letter.eventTimeMs
    const isGone = await replayLetter(session, letter.letter, {
      ...(corrected === undefined ? {} : { text: corrected.text }),
      ...(corrected !== undefined && moved ? { eventTimeMs: timeMs } : {}),
    })
    setSending(false)
    if (isGone) setDraft(undefined)
  }
  const corrected = useMemo(() => correctionOf(letter), [letter])
  const title = isAsSent(letter) ? 'As it was sent in' : 'As it came'
  return (
    <>
      <div className="letter-scroll">
        {head}
        {draft === undefined ? (
          <LetterRecordView
            key={letter.attempts}
            record={record}
            title={title}
            truncated={letter.truncated && letter.edited === undefined}
          />
        ) : (
          <LetterEditor
            draft={draft}
            fault={draft.text === record.text ? record.fault : undefined}
            wasText={record.text !== undefined}
            truncated={letter.truncated}
            column={letter.column}
            types={types}
            badTime={badTime}
            onDraft={setDraft}
            onSend={() => void send(draft)}
            onCancel={() => setDraft(undefined)}
          />
        )}
        {draft === undefined ? null : (
          <LetterRecordView record={record} title={title} truncated={false} />
        )}
        {corrected !== undefined ? (
          <LetterRecordView
            record={corrected}
            title="As it was sent in"
            truncated={false}
            isCorrection
          />
        ) : null}
        {foot}
      </div>
      <DeskFoot
        {...{ letter, draft, sending: sending || badTime, next, onNext }}
        onBegin={begin}
        onSend={() => void send(draft)}
        onCancel={() => setDraft(undefined)}
      />
    </>
  )
}

interface DeskFootProps {
  readonly letter: wire.LetterInFull
  readonly draft: Draft | undefined
  /** Nothing can be sent at this moment. */
  readonly sending: boolean
  readonly next: string | undefined
  readonly onNext: (letter: string) => void
  readonly onBegin: () => void
  readonly onSend: () => void
  readonly onCancel: () => void
}

function DeskFoot(props: DeskFootProps): ReactNode {
  const { letter, draft, next, onNext } = props
  const session = useSession()
  const { state } = letter
  if (state === 'discarded') {
    const restore = () => void restoreLetters(session, { letters: [letter.letter] })
    return (
      <footer className="letter-foot">
        <button type="button" className="button" {...TAKES_FOCUS} onClick={restore}>
          Take it back
        </button>
      </footer>
    )
  }
  if (state !== 'open') {
    return (
      <footer className="letter-foot">
        <span className="quiet">{state === 'sent' ? 'Waiting for the job' : ''}</span>
        <span className="spacer" />
        {next === undefined ? null : (
          <button type="button" className="button" {...TAKES_FOCUS} onClick={() => onNext(next)}>
            Next open letter
          </button>
        )}
      </footer>
    )
  }
  return draft === undefined ? <OpenFoot {...props} /> : <DraftFoot {...props} />
}

function OpenFoot({ letter, sending, onBegin, onSend }: DeskFootProps): ReactNode {
  const session = useSession()
  const { open, title } = useReplayBar()
  const never = neverReplayable(letter)
  const whole = !letter.truncated || letter.edited !== undefined
  const why = never ?? (open ? undefined : `${title}.`)
  return (
    <footer className="letter-foot">
      {why === undefined ? null : <p className="letter-why">{why}</p>}
      <button
        type="button"
        className="button primary"
        disabled={never !== undefined}
        {...TAKES_FOCUS}
        onClick={onBegin}
      >
        Correct it
      </button>
      <button
        type="button"
        className="button"
        disabled={why !== undefined || sending || !whole}
        title={whole ? undefined : 'Only its beginning was kept: write it in full first.'}
        onClick={onSend}
      >
        Send it in as it is
      </button>
      <span className="spacer" />
      <button
        type="button"
        className="button quiet"
        onClick={() => void discardLetters(session, { letters: [letter.letter] })}
      >
        Discard
      </button>
    </footer>
  )
}

function DraftFoot({ sending, onSend, onCancel }: DeskFootProps): ReactNode {
  const { open, title } = useReplayBar()
  return (
    <footer className="letter-foot">
      {open ? null : <p className="letter-why">{title}.</p>}
      <button
        type="button"
        className="button primary"
        disabled={!open || sending}
        title="Send it in (Ctrl and Enter)"
        onClick={onSend}
      >
        Send it in
      </button>
      <button type="button" className="button" onClick={onCancel}>
        Cancel
      </button>
    </footer>
  )
}
