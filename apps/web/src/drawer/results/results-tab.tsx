/** What a sink holds: its newest rows as a table, and their numbers as a chart. */

import './results.css'
import { type ReactNode, useCallback, useState } from 'react'
import type { Api } from '../../api/api.ts'
import { countText } from '../../live/formats.ts'
import { isActive } from '../../live/job-words.ts'
import { useJobFact, useLive, useValue } from '../../live/live.tsx'
import { useOwned } from '../../live/use-owned.ts'
import { DrawerButton, EmptyTab } from '../parts.tsx'
import { ChartPanel } from './chart-panel.tsx'
import { numberColumns, type SinkView } from './result-rows.ts'
import { ResultTable } from './result-table.tsx'
import { openViewPoll, type ViewPoll } from './view-poll.ts'

interface Props {
  readonly node: { readonly id: string; readonly title: string }
  readonly api: Api
  readonly onCopy: (text: string) => void
}

export function ResultsTab({ node, api, onCopy }: Props): ReactNode {
  const { job, env } = useLive()
  const jobId = useJobFact((status) => status?.jobId)
  const poll = useOwned(
    useCallback(
      () => openViewPoll(reader(api, jobId, node.id), () => isActive(job.status.get()), env),
      [api, jobId, node.id, job, env],
    ),
  )
  if (jobId === undefined) {
    return <EmptyTab title="Nothing has run yet">Start the pipeline to see its results.</EmptyTab>
  }
  return poll === undefined ? null : <Results key={node.id} poll={poll} onCopy={onCopy} />
}

/** As many as a chart can show apart. */
const ROWS_MAX = 2_000

function reader(api: Api, jobId: string | undefined, nodeId: string) {
  return async (): Promise<SinkView | string> => {
    if (jobId === undefined) return 'Nothing has run yet.'
    const answer = await api.call('getView', {
      params: { id: jobId, nodeId },
      query: { limit: `${ROWS_MAX}` },
    })
    if (answer.kind === 'done') return answer.reply
    return answer.kind === 'away' ? answer.message : answer.error.message
  }
}

interface ResultsProps {
  readonly poll: ViewPoll
  readonly onCopy: (text: string) => void
}

/** Whether table and chart have room beside each other; otherwise they take turns. */
function hasRoom(): boolean {
  return matchMedia('(min-width: 1200px)').matches
}

function Results({ poll, onCopy }: ResultsProps): ReactNode {
  const { view, refusal } = useValue(poll.state)
  const [table, setTable] = useState(true)
  const [chart, setChart] = useState(hasRoom)
  if (view === undefined) {
    return <EmptyTab title={refusal === undefined ? 'Reading' : 'No results'}>{refusal}</EmptyTab>
  }
  if (view.total === 0) {
    return <EmptyTab title="No results yet">Rows stand here as soon as one arrives.</EmptyTab>
  }
  const chartable = numberColumns(view.columns).length > 0
  const charted = chart && chartable
  return (
    <div className="results">
      <div className="tab-bar">
        <span className="results-count">{countOf(view)}</span>
        {refusal !== undefined && <span className="results-refusal">{refusal}</span>}
        <DrawerButton onPress={() => onCopy(JSON.stringify(view.rows, undefined, 2))}>
          Copy as JSON
        </DrawerButton>
        <span className="results-looks">
          {/* One of the two always stays. */}
          <DrawerButton
            pressed={table || !charted}
            disabled={!chartable}
            onPress={() => {
              if (table || !hasRoom()) setChart(table)
              setTable(!table)
            }}
          >
            Table
          </DrawerButton>
          <DrawerButton
            pressed={charted}
            disabled={!chartable}
            onPress={() => {
              if (chart || !hasRoom()) setTable(chart)
              setChart(!chart)
            }}
          >
            Chart
          </DrawerButton>
        </span>
      </div>
      <div className="results-views">
        {(table || !charted) && <ResultTable view={view} />}
        {charted && <ChartPanel view={view} />}
      </div>
    </div>
  )
}

function countOf({ rows, total }: SinkView): string {
  const words = total === 1 ? 'row' : 'rows'
  if (rows.length === total) return `${countText(total)} ${words}`
  return `newest ${countText(rows.length)} of ${countText(total)} ${words}`
}
