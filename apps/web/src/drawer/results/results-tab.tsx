/** What a sink holds: its newest rows as a table, and their numbers as a chart. */

import './results.css'
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from 'react'
import type { Api } from '../../api/api.ts'
import { countText } from '../../live/formats.ts'
import { isActive } from '../../live/job-words.ts'
import { useJobFact, useLive, useValue } from '../../live/live.tsx'
import { useOwned } from '../../live/use-owned.ts'
import { DrawerButton, EmptyTab } from '../parts.tsx'
import { cellText, isNumeric } from '../records/cell-text.ts'
import {
  BY_ROW,
  type ChartChoice,
  firstChoice,
  numberColumns,
  type SinkView,
  timeColumns,
  toChartData,
} from './result-rows.ts'
import { openViewPoll, type ViewPoll } from './view-poll.ts'

const ResultChart = lazy(() => import('./result-chart.tsx'))

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

function Results({ poll, onCopy }: ResultsProps): ReactNode {
  const { view, refusal } = useValue(poll.state)
  const [asChart, setAsChart] = useState(false)
  if (view === undefined) {
    return <EmptyTab title={refusal === undefined ? 'Reading' : 'No results'}>{refusal}</EmptyTab>
  }
  if (view.total === 0) {
    return <EmptyTab title="No results yet">Rows stand here as soon as one arrives.</EmptyTab>
  }
  const chartable = numberColumns(view.columns).length > 0
  return (
    <div className="results">
      <div className="tab-bar">
        <span className="results-count">
          {view.rows.length < view.total
            ? `newest ${countText(view.rows.length)} of ${countText(view.total)} rows`
            : `${countText(view.total)} rows`}
        </span>
        {refusal !== undefined && <span className="results-refusal">{refusal}</span>}
        <DrawerButton onPress={() => onCopy(JSON.stringify(view.rows, undefined, 2))}>
          Copy as JSON
        </DrawerButton>
        <DrawerButton pressed={asChart} disabled={!chartable} onPress={() => setAsChart(!asChart)}>
          Chart
        </DrawerButton>
      </div>
      {asChart && chartable ? <Chart view={view} /> : <ResultTable view={view} />}
    </div>
  )
}

function ResultTable({ view }: { readonly view: SinkView }): ReactNode {
  // Newest first: nobody scrolls to see what has just come. More than these the chart or the API
  // shows.
  const rows = view.rows.slice(-200).reverse()
  return (
    <div className="drawer-scroll">
      <table className="figures results-table">
        <thead>
          <tr>
            {view.columns.map(({ name, type }) => (
              <th scope="col" key={name} className={isNumeric(type) ? 'number' : ''}>
                {name} <em>{type}</em>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no key of their own
            <tr key={index}>
              {view.columns.map(({ name, type }) => {
                const { kind, text } = cellText(row, name)
                const className = kind === 'null' ? 'quiet' : isNumeric(type) ? 'number' : ''
                return (
                  <td key={name} className={className} title={text}>
                    {text}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Chart({ view }: { readonly view: SinkView }): ReactNode {
  const [chosen, setChosen] = useState<ChartChoice>()
  const first = useMemo(() => firstChoice(view.columns), [view.columns])
  const choice = chosen ?? first
  const data = useMemo(() => toChartData(view, choice), [view, choice])
  return (
    <div className="results-chart">
      <fieldset className="chart-choice">
        <legend className="visually-hidden">What the chart shows</legend>
        <label>
          across{' '}
          <select
            className="drawer-select"
            value={choice.across}
            onChange={(event) => setChosen({ ...choice, across: event.target.value })}
          >
            {timeColumns(view.columns).map((name) => (
              <option key={name}>{name}</option>
            ))}
            <option value={BY_ROW}>number of the row</option>
          </select>
        </label>
        {numberColumns(view.columns).map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={choice.shown.includes(name)}
              onChange={() => setChosen({ ...choice, shown: toggled(choice.shown, name) })}
            />{' '}
            {name}
          </label>
        ))}
      </fieldset>
      <Suspense fallback={<EmptyTab title="Loading the chart" />}>
        <ResultChart data={data} choice={choice} />
      </Suspense>
    </div>
  )
}

function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name]
}
