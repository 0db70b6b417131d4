/** The Logs tab: what happened to the job, and the last records that became dead letters. */

import './logs.css'
import { isoTimestamp } from '@millrace/pipeline'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import type { ApiReply } from '../../api/api.ts'
import type { Board } from '../../live/board.ts'
import { nodeTitle } from '../../live/board.ts'
import { countText, timeText } from '../../live/formats.ts'
import { useJobFact, useLive, useValue } from '../../live/live.tsx'
import { DrawerButton, EmptyTab } from '../parts.tsx'

interface Props {
  readonly board: Board
  readonly onShowNode: (nodeId: string) => void
  /** Rejects while the server is away. */
  readonly readDeadLetters: (jobId: string) => Promise<DeadLetters>
}

export type DeadLetters = ApiReply<'getDeadLetters'>

export function LogsTab(props: Props): ReactNode {
  const { events, dropped } = useValue(useLive().job.log)
  const jobId = useJobFact((status) => status?.jobId)
  const letters = useJobFact((status) => status?.deadLetters ?? 0)
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
      {jobId !== undefined && letters > 0 && (
        <DeadLetterList {...props} jobId={jobId} count={letters} />
      )}
    </div>
  )
}

const TONES = { info: 'info', warning: 'warning', error: 'bad' } as const

interface DeadLetterListProps extends Props {
  readonly jobId: string
  readonly count: number
}

/**
 * Read once, and again on request: a stream of bad records must not become a stream of requests.
 */
function DeadLetterList(props: DeadLetterListProps): ReactNode {
  const { jobId, count, board, onShowNode, readDeadLetters } = props
  const [letters, setLetters] = useState<DeadLetters>()
  const read = useCallback(() => {
    readDeadLetters(jobId).then(setLetters, () => setLetters(undefined))
  }, [jobId, readDeadLetters])
  useEffect(read, [read])
  return (
    <section className="dead-letters" aria-label="Dead letters">
      <div className="tab-bar">
        <strong>{countText(count)} dead letters</strong>
        <span>records that could not be read or calculated with</span>
        <DrawerButton onPress={read} disabled={letters?.total === count}>
          Read again
        </DrawerButton>
      </div>
      {letters !== undefined && (
        <div className="drawer-scroll">
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">Reason</th>
                <th scope="col">Line</th>
                <th scope="col">Record</th>
              </tr>
            </thead>
            <tbody>
              {letters.records.map((letter, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
                <tr key={index}>
                  <td>
                    <button
                      type="button"
                      className="log-node"
                      onClick={() => onShowNode(letter.node)}
                    >
                      {nodeTitle(board, letter.node)}
                    </button>
                  </td>
                  <td className="dead-reason">{letter.reason}</td>
                  <td>{letter.line === null ? '' : countText(letter.line)}</td>
                  <td className="dead-raw" title={letter.raw}>
                    {letter.raw}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
