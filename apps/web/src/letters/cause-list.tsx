/** The causes: which node refused, why, how many, since when, and how such a record looks. */

import type { wire } from '@millrace/pipeline'
import { X } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'
import { OperatorIcon } from '../design/operator-icon.tsx'
import { useNodeView } from '../editor/session.tsx'
import { nodeTitle } from '../live/board.ts'
import { countText, shortCountText, timeText } from '../live/formats.ts'
import { useBoard } from '../live/live.tsx'
import { agoText } from '../topics/time-ago.ts'
import type { LetterShelf } from './letters-place.ts'
import { stepAmong } from './row-steps.ts'
import { type LettersWay, useHostNow } from './use-letters.ts'

interface CauseListProps {
  readonly groups: readonly wire.LetterGroup[]
  /** The one whose letters are shown. */
  readonly chosen: number | undefined
  readonly way: LettersWay
}

export function CauseList({ groups: shown, chosen, way }: CauseListProps): ReactNode {
  const { place, go } = way
  const board = useBoard()
  const nowMs = useHostNow()
  const stop = chosen ?? shown[0]?.group
  const choose = (group: wire.LetterGroup): void => {
    // Of the one that is shown, the letter stays too.
    if (group.group === chosen) go({ group: group.group })
    else go({ group: group.group, letter: undefined, shelf: shelfOf(group) })
  }
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    if (stepAmong(event, '[data-cause]')) event.preventDefault()
  }
  return (
    <nav className="causes letters-pane" aria-label="Causes">
      <header className="letters-bar">
        <h2>
          {countText(shown.length)} {shown.length === 1 ? 'cause' : 'causes'}
        </h2>
        {place.node === undefined ? null : (
          <button
            type="button"
            className="chip causes-node"
            aria-label={`Only ${nodeTitle(board, place.node)}: show all nodes`}
            onClick={() => go({ node: undefined })}
          >
            {nodeTitle(board, place.node)}
            <X size={12} aria-hidden />
          </button>
        )}
      </header>
      {shown.length === 0 ? (
        <p className="empty-state">
          {nodeTitle(board, place.node ?? '')} has refused nothing that is kept. Where its errors
          port is connected, such records go there.
        </p>
      ) : (
        <ol className="cause-list" onKeyDown={press}>
          {shown.map((group) => (
            <Cause
              key={group.group}
              group={group}
              nowMs={nowMs}
              chosen={group.group === chosen}
              stop={group.group === stop}
              onChoose={() => choose(group)}
            />
          ))}
        </ol>
      )}
    </nav>
  )
}

/** Where there is something to see. */
function shelfOf({ open, sent, done }: wire.LetterGroup): LetterShelf {
  if (open + sent > 0) return 'open'
  return done > 0 ? 'done' : 'discarded'
}

interface CauseProps {
  /** The host's clock. */
  readonly nowMs: number
  readonly group: wire.LetterGroup
  readonly chosen: boolean
  /** Where the Tab key stops. */
  readonly stop: boolean
  readonly onChoose: () => void
}

function Cause({ group, nowMs, chosen, stop, onChoose }: CauseProps): ReactNode {
  const { nodeId, code, pattern, open, sent, firstAtMs, lastAtMs, sample } = group
  const board = useBoard()
  const operator = useNodeView(nodeId)?.operator
  const left = open + sent
  return (
    <li>
      <button
        type="button"
        className="cause"
        data-cause
        data-settled={left === 0}
        aria-current={chosen ? 'true' : undefined}
        tabIndex={stop ? 0 : -1}
        onClick={onChoose}
      >
        <span className="cause-top">
          <span className="glyph">
            <OperatorIcon operator={operator} size={14} />
          </span>
          <span className="cause-node">{nodeTitle(board, nodeId)}</span>
          <span className="cause-count" title={`${countText(open)} open`}>
            {left === 0 ? 'settled' : left < 100_000 ? countText(left) : shortCountText(left)}
          </span>
        </span>
        <span className="cause-words">{pattern}</span>
        {sample === undefined ? null : <span className="cause-sample mono">{sample}</span>}
        <span className="cause-foot">
          <span className="mono">{code}</span>
          <span
            title={`First ${timeText(firstAtMs)}, last ${timeText(lastAtMs)}`}
            data-fresh={nowMs - lastAtMs < 10_000}
          >
            {agoText(Math.max(0, nowMs - lastAtMs))}
          </span>
        </span>
      </button>
    </li>
  )
}
