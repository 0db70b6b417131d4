/**
 * The Logs tab: what happened to the job, and to those before it, and beside it why records were
 * refused.
 */

import './logs.css'
import { isoTimestamp, type wire } from '@millrace/pipeline'
import { type ReactNode, useCallback, useState } from 'react'
import { usePolled } from '../../api/use-polled.ts'
import { useSession } from '../../editor/session.tsx'
import { CauseTable } from '../../letters/cause-table.tsx'
import type { Board } from '../../live/board.ts'
import { nodeTitle } from '../../live/board.ts'
import { countText, shortTimeText, timeText } from '../../live/formats.ts'
import { jobWords, namedMessage } from '../../live/job-words.ts'
import { useJobFact, useLive, useValue } from '../../live/live.tsx'
import { AskedFor, EmptyTab } from '../parts.tsx'

interface Props {
  readonly board: Board
  readonly onShowNode: (nodeId: string) => void
}

/** More can be had from the API. */
const RUNS_MAX = 50

export function LogsTab(props: Props): ReactNode {
  const jobId = useJobFact((status) => status?.jobId)
  const [chosen, setChosen] = useState<string>()
  const earlier = useEarlierRuns(jobId)
  if (jobId === undefined) {
    return (
      <EmptyTab title="Nothing has run yet">
        Starts, restarts, failures and dead letters of the job are listed here.
      </EmptyTab>
    )
  }
  const shown = earlier.find((run) => run.jobId === chosen)
  return (
    <div className="logs">
      <section className="log" aria-label="Log">
        {earlier.length === 0 ? null : (
          <RunChoice earlier={earlier} shown={shown} onChoose={setChosen} />
        )}
        {shown === undefined ? (
          <LatestLog {...props} />
        ) : (
          <EarlierLog key={shown.jobId} jobId={shown.jobId} {...props} />
        )}
      </section>
      <CauseTable />
    </div>
  )
}

/** The newest first; read again with each job that begins. */
function useEarlierRuns(jobId: string | undefined): readonly wire.JobStatus[] {
  const { api, env, pipelineId } = useSession()
  // biome-ignore lint/correctness/useExhaustiveDependencies: each job that begins makes one more
  const read = useCallback(
    () => api.call('listJobs', { query: { pipelineId, limit: `${RUNS_MAX}` } }),
    [api, pipelineId, jobId],
  )
  const { value = [] } = usePolled(read, undefined, env)
  return value.filter((run) => run.jobId !== jobId)
}

interface RunChoiceProps {
  readonly earlier: readonly wire.JobStatus[]
  readonly shown: wire.JobStatus | undefined
  readonly onChoose: (jobId: string | undefined) => void
}

function RunChoice({ earlier, shown, onChoose }: RunChoiceProps): ReactNode {
  const { env, job } = useLive()
  const nowMs = env.nowMs() + job.clockOffsetMs()
  return (
    <div className="tab-bar">
      <select
        className="drawer-select"
        aria-label="Run whose log is shown"
        value={shown?.jobId ?? ''}
        onChange={({ target }) => onChoose(target.value === '' ? undefined : target.value)}
      >
        <option value="">The latest run</option>
        {earlier.map((run) => (
          <option key={run.jobId} value={run.jobId}>
            {shortTimeText(run.startedAtMs, nowMs)}, version {run.version},{' '}
            {jobWords(run).label.toLowerCase()}
          </option>
        ))}
      </select>
    </div>
  )
}

function LatestLog(props: Props): ReactNode {
  const log = useValue(useLive().job.log)
  if (log.events.length === 0) return <EmptyTab title="Reading the log of the job" />
  return <Entries log={log} {...props} />
}

function EarlierLog({ jobId, ...props }: Props & { readonly jobId: string }): ReactNode {
  const { api, env } = useSession()
  const read = useCallback(() => api.call('getJobLog', { params: { id: jobId } }), [api, jobId])
  const { value, refusal } = usePolled(read, undefined, env)
  return (
    <AskedFor refusal={refusal}>
      {value === undefined ? undefined : <Entries log={value} {...props} />}
    </AskedFor>
  )
}

interface EntriesProps extends Props {
  readonly log: wire.JobLog
}

function Entries({ log: { events, dropped }, board, onShowNode }: EntriesProps): ReactNode {
  return (
    <ol className="log-entries" aria-label="What happened to the job">
      {events.toReversed().map(({ number, atMs, kind, severity, message, nodeId }) => (
        <li key={number} data-tone={kind === 'finished' ? 'good' : TONES[severity]}>
          <time dateTime={isoTimestamp(atMs)}>{timeText(atMs)}</time>
          <span>
            {namedMessage({ message, nodeId }, (id) => nodeTitle(board, id))}{' '}
            {nodeId !== undefined && board.nodes.has(nodeId) && (
              <button type="button" className="log-node" onClick={() => onShowNode(nodeId)}>
                Show {nodeTitle(board, nodeId)}
              </button>
            )}
          </span>
        </li>
      ))}
      {dropped > 0 && <li className="log-dropped">{countText(dropped)} older ones are not kept</li>}
    </ol>
  )
}

const TONES = { info: 'info', warning: 'warning', error: 'bad' } as const
