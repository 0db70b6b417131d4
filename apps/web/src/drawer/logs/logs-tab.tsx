/** The Logs tab: what happened to the job, and beside it why it refused records. */

import './logs.css'
import { isoTimestamp } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { CauseTable } from '../../letters/cause-table.tsx'
import type { Board } from '../../live/board.ts'
import { nodeTitle } from '../../live/board.ts'
import { countText, timeText } from '../../live/formats.ts'
import { useJobFact, useLive, useValue } from '../../live/live.tsx'
import { EmptyTab } from '../parts.tsx'

interface Props {
  readonly board: Board
  readonly onShowNode: (nodeId: string) => void
}

export function LogsTab(props: Props): ReactNode {
  const { events, dropped } = useValue(useLive().job.log)
  const jobId = useJobFact((status) => status?.jobId)
  if (jobId === undefined) {
    return (
      <EmptyTab title="Nothing has run yet">
        Starts, restarts, failures and dead letters of the job are listed here.
      </EmptyTab>
    )
  }
  if (events.length === 0) return <EmptyTab title="Reading the log of the job" />
  return (
    <div className="logs">
      <ol className="log-entries" aria-label="What happened to the job">
        {events.toReversed().map(({ number, atMs, kind, severity, message, nodeId }) => (
          <li key={number} data-tone={kind === 'finished' ? 'good' : TONES[severity]}>
            <time dateTime={isoTimestamp(atMs)}>{timeText(atMs)}</time>
            <span>
              {message}{' '}
              {nodeId !== undefined && (
                <button type="button" className="log-node" onClick={() => props.onShowNode(nodeId)}>
                  Show {nodeTitle(props.board, nodeId)}
                </button>
              )}
            </span>
          </li>
        ))}
        {dropped > 0 && (
          <li className="log-dropped">{countText(dropped)} older ones are not kept</li>
        )}
      </ol>
      <CauseTable />
    </div>
  )
}

const TONES = { info: 'info', warning: 'warning', error: 'bad' } as const
