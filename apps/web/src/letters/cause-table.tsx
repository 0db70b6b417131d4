/** The causes of dead letters as a short table, each leading to its letters. */

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useSession } from '../editor/session.tsx'
import { nodeTitle } from '../live/board.ts'
import { countText, timeText } from '../live/formats.ts'
import { useBoard } from '../live/live.tsx'
import { agoText } from '../topics/time-ago.ts'
import { letterCountText } from './letter-words.ts'
import { lettersHref } from './letters-place.ts'
import { useHostNow, useLetterCounts } from './use-letters.ts'

/** More stand on the page. */
const ROWS = 50

export function CauseTable(): ReactNode {
  const { pipelineId } = useSession()
  const { groups, books } = useLetterCounts()
  const board = useBoard()
  const nowMs = useHostNow()
  const open = groups.filter((group) => group.open + group.sent > 0)
  if (books === undefined || open.length === 0) return null
  return (
    <section className="cause-table" aria-label="Dead letters">
      <div className="tab-bar">
        <strong>{letterCountText(books.open + books.sent)}</strong>
        <span>that could not be processed</span>
        <Link className="drawer-button" href={lettersHref(pipelineId)}>
          Look after them
        </Link>
      </div>
      <div className="drawer-scroll">
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">Cause</th>
              <th scope="col" className="number">
                Open
              </th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {open.slice(0, ROWS).map((group) => (
              <tr key={group.group}>
                <td>{nodeTitle(board, group.nodeId)}</td>
                <td title={group.message}>
                  <Link href={lettersHref(pipelineId, { group: group.group })}>
                    {group.pattern}
                  </Link>
                </td>
                <td className="number">{countText(group.open + group.sent)}</td>
                <td title={timeText(group.lastAtMs)}>
                  {agoText(Math.max(0, nowMs - group.lastAtMs))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
