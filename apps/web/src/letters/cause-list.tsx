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
import { type LetterCollection, offersAll, shelfOf } from './letter-collection.ts'
import { stepAmong } from './row-steps.ts'
import { type LettersWay, useHostNow } from './use-letters.ts'

interface CauseListProps {
  readonly groups: readonly wire.LetterGroup[]
  /** What the list of letters is of. */
  readonly shown: LetterCollection | undefined
  readonly way: LettersWay
}

export function CauseList({ groups, shown, way }: CauseListProps): ReactNode {
  const { place, go } = way
  const board = useBoard()
  const nowMs = useHostNow()
  const choose = (group: wire.LetterGroup): void => {
    // Of the one that is shown, the letter stays too.
    if (group.group === shown?.group) go({ group: group.group })
    else go({ group: group.group, letter: undefined, shelf: shelfOf(group) })
  }
  const showsAll = shown !== undefined && shown.group === undefined
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    if (stepAmong(event, '[data-cause]')) event.preventDefault()
  }
  return (
    <nav className="causes letters-pane" aria-label="Causes">
      <header className="letters-bar">
        <h2>
          {countText(groups.length)} {groups.length === 1 ? 'cause' : 'causes'}
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
      {groups.length === 0 ? (
        <p className="empty-state">
          {nodeTitle(board, place.node ?? '')} has refused nothing that is kept. Where its errors
          port is connected, such records go there.
        </p>
      ) : (
        <ol className="cause-list" onKeyDown={press}>
          {offersAll(groups, place) ? (
            <AllCauses
              chosen={showsAll}
              onChoose={() => go(showsAll ? { group: 'all' } : { group: 'all', letter: undefined })}
            />
          ) : null}
          {groups.map((group) => (
            <Cause
              key={group.group}
              group={group}
              nowMs={nowMs}
              chosen={group.group === shown?.group}
              onChoose={() => choose(group)}
            />
          ))}
        </ol>
      )}
    </nav>
  )
}

/** To look through the records of all, whatever they were refused for. */
function AllCauses(props: { readonly chosen: boolean; readonly onChoose: () => void }): ReactNode {
  const { chosen, onChoose } = props
  return (
    <li>
      <button
        type="button"
        className="cause cause-all"
        data-cause
        aria-current={chosen ? 'true' : undefined}
        tabIndex={chosen ? 0 : -1}
        onClick={onChoose}
      >
        Letters of all causes
      </button>
    </li>
  )
}

interface CauseProps {
  /** The host's clock. */
  readonly nowMs: number
  readonly group: wire.LetterGroup
  /** There the Tab key stops, too. */
  readonly chosen: boolean
  readonly onChoose: () => void
}

function Cause({ group, nowMs, chosen, onChoose }: CauseProps): ReactNode {
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
        tabIndex={chosen ? 0 : -1}
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
