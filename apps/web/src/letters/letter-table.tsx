/** A page of letters as rows. One row is a stop of the Tab key; the arrows go on from there. */

import type { wire } from '@millrace/pipeline'
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react'
import { nodeTitle } from '../live/board.ts'
import { countText, shortTimeText, timeText } from '../live/formats.ts'
import { useBoard, useLive } from '../live/live.tsx'
import { lineText, markOf, positionText } from './letter-words.ts'
import { stepAmong } from './row-steps.ts'

interface LetterTableProps {
  readonly letters: readonly wire.LetterSummary[]
  /** Where they are of several: then there is no room for their places. */
  readonly showsCause: boolean
  /** Its number; another page begins at its first row. */
  readonly page: number
  readonly chosen: string | undefined
  readonly marked: ReadonlySet<string>
  readonly canMark: boolean
  readonly onChoose: (letter: string) => void
  readonly onMark: (marked: ReadonlySet<string>) => void
  readonly onOlder: () => void
  readonly onNewer: () => void
}

export function LetterTable(props: LetterTableProps): ReactNode {
  const { letters, showsCause, page, chosen, marked, canMark, onChoose, onMark, onOlder, onNewer } =
    props
  const scroller = useRef<HTMLDivElement>(null)
  const wanted = useRef<'first' | 'last'>(undefined)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page begins at its top when it comes
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    element.scrollTop = 0
    const stops = element.querySelectorAll<HTMLElement>('[data-letter]')
    if (wanted.current !== undefined)
      stops[wanted.current === 'first' ? 0 : stops.length - 1]?.focus()
    wanted.current = undefined
  }, [page])
  const stop = letters.some(({ letter }) => letter === chosen) ? chosen : letters[0]?.letter
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'PageUp' || event.key === 'PageDown') {
      wanted.current = event.key === 'PageUp' ? 'last' : 'first'
      if (event.key === 'PageUp') onNewer()
      else onOlder()
    } else if (!stepAmong(event, '[data-letter]')) return
    event.preventDefault()
  }
  const all = letters.every(({ letter }) => marked.has(letter))
  const mark = (letter: string): void => {
    const next = new Set(marked)
    if (!next.delete(letter)) next.add(letter)
    onMark(next)
  }
  return (
    <div className="letter-scroll-list" ref={scroller}>
      <table
        className="letter-table"
        data-marks={canMark}
        data-places={!showsCause && letters.some((letter) => placeText(letter) !== '')}
      >
        <thead>
          <tr>
            {canMark ? (
              <th scope="col">
                <input
                  type="checkbox"
                  aria-label="Mark all on this page"
                  checked={all}
                  onChange={() =>
                    onMark(all ? new Set() : new Set(letters.map((one) => one.letter)))
                  }
                />
              </th>
            ) : null}
            <th scope="col" className="letter-when">
              Refused, UTC
            </th>
            {showsCause ? (
              <th scope="col" className="letter-of">
                Cause
              </th>
            ) : null}
            <th scope="col">Place</th>
            <th scope="col">Record</th>
          </tr>
        </thead>
        <tbody onKeyDown={press}>
          {letters.map((one) => (
            <Row
              key={one.letter}
              letter={one}
              showsCause={showsCause}
              isChosen={one.letter === chosen}
              isStop={one.letter === stop}
              marked={canMark ? marked.has(one.letter) : undefined}
              onChoose={onChoose}
              onMark={mark}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  readonly letter: wire.LetterSummary
  readonly showsCause: boolean
  readonly isChosen: boolean
  readonly isStop: boolean
  /** Undefined where none can be marked. */
  readonly marked: boolean | undefined
  readonly onChoose: (letter: string) => void
  readonly onMark: (letter: string) => void
}

function Row({
  letter,
  showsCause,
  isChosen,
  isStop,
  marked,
  onChoose,
  onMark,
}: RowProps): ReactNode {
  const { env, job } = useLive()
  const { refusedAtMs, state } = letter
  const mark = markOf(letter)
  const nowMs = env.nowMs() + job.clockOffsetMs()
  const time = shortTimeText(refusedAtMs, nowMs).replace(' UTC', '')
  const place = placeText(letter)
  return (
    <tr data-chosen={isChosen} data-state={state}>
      {marked === undefined ? null : (
        <td>
          <input
            type="checkbox"
            aria-label={`Mark the letter of ${time}${place === '' ? '' : `, ${place}`}`}
            checked={marked}
            onChange={() => onMark(letter.letter)}
          />
        </td>
      )}
      <td>
        <button
          type="button"
          className="letter-stop row-stop"
          data-letter
          tabIndex={isStop ? 0 : -1}
          aria-current={isChosen ? 'true' : undefined}
          aria-label={`Letter of ${timeText(refusedAtMs)}${place === '' ? '' : `, ${place}`}`}
          onClick={() => onChoose(letter.letter)}
        >
          {time}
        </button>
      </td>
      {showsCause ? <CauseCell letter={letter} /> : null}
      <td className="quiet">{place}</td>
      <td className="letter-line">
        {mark === undefined ? null : (
          <span className="letter-mark" data-tone={mark.tone}>
            {mark.text}
          </span>
        )}
        {lineText(letter)}
      </td>
    </tr>
  )
}

function CauseCell({ letter }: Pick<RowProps, 'letter'>): ReactNode {
  const { nodeId, code, message } = letter
  const board = useBoard()
  return (
    <td className="letter-of" title={message}>
      {nodeTitle(board, nodeId)} <span className="mono">{code}</span>
    </td>
  )
}

/** Short: the file or topic stands in the letter. */
function placeText(letter: wire.LetterSummary): string {
  const { topic, partition, offset, line } = letter
  if (topic !== undefined && offset !== undefined) return `${partition ?? 0}:${countText(offset)}`
  if (line !== undefined) return `line ${countText(line)}`
  return positionText(letter) ?? ''
}
