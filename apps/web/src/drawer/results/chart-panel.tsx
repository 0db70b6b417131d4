/** A sink's numbers as a chart: what stands on its axes, and the values of its lines. */

import { type ReactNode, Suspense, useMemo, useState } from 'react'
import { countText, daysText, timeText } from '../../live/formats.ts'
import { latePart } from '../../parts/late-part.ts'
import { EmptyTab } from '../parts.tsx'
import { lineStyle } from './line-style.ts'
import {
  BY_ROW,
  type ChartChoice,
  type ChartData,
  firstChoice,
  groupColumns,
  numberColumns,
  type SinkColumn,
  type SinkView,
  timeColumns,
  toChartData,
} from './result-rows.ts'

const ResultChart = latePart(() => import('./result-chart.tsx'))

export function ChartPanel({ view }: { readonly view: SinkView }): ReactNode {
  const [chosen, setChosen] = useState<ChartChoice>()
  const [pointed, setPointed] = useState<number>()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const choice = chosen ?? firstChoice(view.columns)
  // Each read brings columns anew, so what is chosen is compared by what it says.
  const key = JSON.stringify(choice)
  const data = useMemo(() => toChartData(view, JSON.parse(key) as ChartChoice), [view, key])
  return (
    <section className="results-chart" aria-label="Chart">
      <Choices columns={view.columns} choice={choice} onChoose={setChosen} />
      <Legend
        data={data}
        pointed={pointed}
        hidden={hidden}
        onToggle={(label) => setHidden(new Set(toggled([...hidden], label)))}
      />
      {data.across.length === 0 || data.lines.length === 0 ? (
        <EmptyTab title="Nothing to draw">
          {data.lines.length === 0
            ? 'Choose a number that is to be drawn.'
            : `No row has a time in "${choice.across}".`}
        </EmptyTab>
      ) : (
        <Suspense fallback={<EmptyTab title="Loading the chart" />}>
          <ResultChart
            data={data}
            hidden={hidden}
            overTime={choice.across !== BY_ROW}
            onPoint={setPointed}
          />
        </Suspense>
      )}
      <p className="chart-axis">
        <span>{placeText(data, choice.across, pointed)}</span>
        <span>{axisText(data, choice.across)}</span>
      </p>
    </section>
  )
}

/** Where the values in the legend are from. */
function placeText({ across }: ChartData, column: string, pointed: number | undefined): string {
  const at = pointed === undefined ? undefined : across[pointed]
  if (at === undefined) return ''
  return column === BY_ROW ? `row ${countText(at)}` : timeText(Math.round(at * 1_000))
}

function axisText({ across, hidden }: ChartData, column: string): string {
  const [first, last] = [across[0], across.at(-1)]
  if (first === undefined || last === undefined) return ''
  const notes = [
    column === BY_ROW ? 'number of the row' : `${column}, ${daysOf(first, last)} UTC`,
    ...(hidden > 0 ? [`${countText(hidden)} rows lie under a newer one of the same line`] : []),
  ]
  return notes.join(' · ')
}

function daysOf(firstSeconds: number, lastSeconds: number): string {
  return daysText(firstSeconds * 1_000, lastSeconds * 1_000)
}

interface ChoicesProps {
  readonly columns: readonly SinkColumn[]
  readonly choice: ChartChoice
  readonly onChoose: (choice: ChartChoice) => void
}

const EACH_COLUMNS = '\n'

function Choices({ columns, choice, onChoose }: ChoicesProps): ReactNode {
  const groups = groupColumns(columns)
  const grouped = new Set(choice.by)
  const all = groups.length > 1 ? [groups] : []
  const bys = [...all, ...groups.map((name) => [name])]
  return (
    <fieldset className="chart-choice">
      <legend className="visually-hidden">What the chart shows</legend>
      <label>
        across
        <select
          className="drawer-select"
          value={choice.across}
          onChange={(event) => onChoose({ ...choice, across: event.target.value })}
        >
          {timeColumns(columns).map((name) => (
            <option key={name}>{name}</option>
          ))}
          <option value={BY_ROW}>number of the row</option>
        </select>
      </label>
      {bys.length > 0 && (
        <label>
          a line for each
          <select
            className="drawer-select"
            value={choice.by.join(EACH_COLUMNS)}
            onChange={({ target }) => {
              const by = target.value === '' ? [] : target.value.split(EACH_COLUMNS)
              onChoose({ ...choice, by })
            }}
          >
            <option value="">number</option>
            {bys.map((names) => (
              <option key={names.join(EACH_COLUMNS)} value={names.join(EACH_COLUMNS)}>
                {names.join(', ')}
              </option>
            ))}
          </select>
        </label>
      )}
      {numberColumns(columns)
        .filter((name) => !grouped.has(name))
        .map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={choice.shown.includes(name)}
              onChange={() => onChoose({ ...choice, shown: toggled(choice.shown, name) })}
            />
            {name}
          </label>
        ))}
    </fieldset>
  )
}

function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name]
}

interface LegendProps {
  readonly data: ChartData
  readonly pointed: number | undefined
  readonly hidden: ReadonlySet<string>
  readonly onToggle: (label: string) => void
}

/** The values under the pointer, or the newest of each line; a press shows or hides the line. */
function Legend({ data, pointed, hidden, onToggle }: LegendProps): ReactNode {
  return (
    <ul className="chart-legend" aria-label="Lines of the chart">
      {data.lines.map(({ label, numbers }, line) => (
        <li key={label}>
          <button
            type="button"
            aria-pressed={!hidden.has(label)}
            title={`${label}: press to ${hidden.has(label) ? 'show' : 'hide'} the line. The axis fits those shown.`}
            onClick={() => onToggle(label)}
          >
            <LineSample index={line} />
            <span>{label}</span>{' '}
            <b>{numberText(pointed === undefined ? newest(numbers) : numbers[pointed])}</b>
          </button>
        </li>
      ))}
      {data.groupsLeftOut > 0 && (
        <li title="Only the largest groups have a line.">
          {countText(data.groupsLeftOut)} smaller not drawn
        </li>
      )}
    </ul>
  )
}

function newest(numbers: readonly (number | null)[]): number | null {
  return numbers.findLast((number) => number !== null) ?? null
}

function LineSample({ index }: { readonly index: number }): ReactNode {
  const { token, dash } = lineStyle(index)
  return (
    <svg width="18" height="8" aria-hidden>
      <line
        x1="0"
        x2="18"
        y1="4"
        y2="4"
        strokeWidth="2"
        strokeDasharray={dash.join(' ')}
        style={{ stroke: `var(${token})` }}
      />
    </svg>
  )
}

/** Six digits say enough beside a line; the table has all of them. */
function numberText(number: number | null | undefined): string {
  if (number === null || number === undefined) return '–'
  if (Number.isInteger(number)) return countText(number)
  return `${Number(number.toPrecision(6))}`.replace('-', '−')
}
