/** What a replay has found: the verdict, and for each sink the rows that differ. */

import type { wire } from '@millrace/pipeline'
import { Check, CircleAlert, Diff } from 'lucide-react'
import { Fragment, type ReactNode, useState } from 'react'
import { countText, timeText } from '../live/formats.ts'
import '../design/text-button.css'
import './difference.css'
import {
  cellText,
  columnsDiffer,
  columnsOf,
  countOf,
  differs,
  faithfulText,
  KINDS,
  shownText,
  type Verdict,
  verdictOf,
} from './recording-words.ts'

interface DifferenceProps {
  readonly result: wire.ReplayResult
  readonly differences: number
}

export function DifferenceView({ result, differences }: DifferenceProps): ReactNode {
  const verdict = verdictOf(result, differences)
  const weight = (sink: wire.SinkComparison) =>
    Number(differs(sink)) * 2 + Number(columnsDiffer(sink))
  const sinks = result.sinks.toSorted((a, b) => weight(b) - weight(a))
  return (
    <div className="difference">
      <VerdictBox verdict={verdict} />
      {verdict.tone === 'unfaithful' || sinks.length === 0 ? null : (
        <p className="difference-faithful">{faithfulText(result.faithful)}</p>
      )}
      {result.lostState.length === 0 ? null : (
        <details className="difference-lost">
          <summary>
            {countOf(result.lostState.length, 'node')} of this version began without the state that
            the recording begins with
          </summary>
          <ul>
            {result.lostState.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
      {sinks.map((sink) => (
        <SinkSection key={`${sink.nodeId} ${sink.sides}`} sink={sink} />
      ))}
    </div>
  )
}

const ICONS = { same: Check, different: Diff, unfaithful: CircleAlert } as const

function VerdictBox({ verdict }: { readonly verdict: Verdict }): ReactNode {
  const Icon = ICONS[verdict.tone]
  return (
    <div className="verdict" data-tone={verdict.tone} role="status">
      <Icon size={18} aria-hidden />
      <div>
        <strong>{verdict.title}</strong>
        <p>{verdict.detail}</p>
      </div>
    </div>
  )
}

function SinkSection({ sink }: { readonly sink: wire.SinkComparison }): ReactNode {
  const { nodeId, title, sides, table, key } = sink
  return (
    <section className="sink-difference" aria-label={title}>
      <header>
        <h2 className="sink-title">{title}</h2>
        <code>{nodeId}</code>
        <span className="sink-how">{sides === 'both' ? howText(table, key) : ''}</span>
      </header>
      <SinkCounts sink={sink} />
      <ColumnNotes sink={sink} />
      {sides !== 'both' ? (
        <p className="sink-said">
          Only the {sides === 'old' ? 'recorded version' : 'other version'} has this sink, so there
          is nothing to compare.
        </p>
      ) : differs(sink) ? (
        <RowTable sink={sink} />
      ) : (
        <p className="sink-said">
          {columnsDiffer(sink) ? null : <Check className="sink-check" size={14} aria-hidden />}
          {sameText(sink)}
        </p>
      )}
    </section>
  )
}

function sameText(sink: wire.SinkComparison): string {
  if (sink.oldRows + sink.newRows === 0) return 'No row came to it in either version.'
  const where = columnsDiffer(sink)
    ? 'In the columns of both, every row is the same'
    : 'Every row is the same'
  return sink.identical
    ? `${where}, and they came in the same order.`
    : `${where}, though they came in another order.`
}

function howText(table: boolean, key: readonly string[]): string {
  const what = table ? 'Compared as the table at the end' : 'Compared row by row'
  return key.length === 0 ? what : `${what}, paired by ${key.join(', ')}`
}

function SinkCounts({ sink }: { readonly sink: wire.SinkComparison }): ReactNode {
  const { oldRows, newRows, onlyOld, onlyNew, changed } = sink
  const counts = [
    ['Rows recorded', oldRows, ''],
    ['Rows in this version', newRows, ''],
    [KINDS['only-old'].words, onlyOld, KINDS['only-old'].sign],
    [KINDS['only-new'].words, onlyNew, KINDS['only-new'].sign],
    [KINDS.changed.words, changed, KINDS.changed.sign],
  ] as const
  return (
    <dl className="sink-counts">
      {counts.map(([words, count, sign]) => (
        <div key={words} data-zero={count === 0}>
          <dt>{words}</dt>
          <dd>
            {sign === '' || count === 0 ? null : (
              <i className="sink-sign" aria-hidden>
                {sign}
              </i>
            )}
            {countText(count)}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function ColumnNotes({ sink }: { readonly sink: wire.SinkComparison }): ReactNode {
  const notes = [
    ['Only recorded', sink.columnsOnlyOld],
    ['Only in this version', sink.columnsOnlyNew],
  ] as const
  return notes.map(([words, columns]) =>
    columns.length === 0 ? null : (
      <p key={words} className="sink-columns">
        {words}, and so not compared: {columns.length === 1 ? 'the column ' : 'the columns '}
        <code>{columns.join(', ')}</code>
      </p>
    ),
  )
}

function RowTable({ sink }: { readonly sink: wire.SinkComparison }): ReactNode {
  const columns = columnsOf(sink)
  const timed = sink.first.some(({ eventTimeMs }) => eventTimeMs !== null)
  const caption = shownText(sink)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the keys
    <section className="difference-frame" tabIndex={0} aria-label={caption}>
      <table className="difference-table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            {timed ? <th scope="col">Event time</th> : null}
            {columns.map((name) => (
              <th key={name} scope="col" data-key={sink.key.includes(name)}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sink.first.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows may be the same, and do not move
            <DifferenceRow key={index} one={one} columns={columns} timed={timed} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface RowProps {
  readonly one: wire.RowDifference
  readonly columns: readonly string[]
  readonly timed: boolean
}

function DifferenceRow({ one, columns, timed }: RowProps): ReactNode {
  const [open, setOpen] = useState(false)
  const { kind, eventTimeMs, near } = one
  const { sign, words } = KINDS[kind]
  return (
    <>
      <tr data-kind={kind}>
        <th scope="row">
          <span className="difference-kind">
            <i aria-hidden>{sign}</i>
            {words}
          </span>
          {near.length === 0 ? null : (
            <button
              type="button"
              className="text-button difference-more"
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              {open ? 'Hide its records' : 'Records near it'}
            </button>
          )}
        </th>
        {timed ? <td>{eventTimeMs === null ? '–' : timeParts(timeText(eventTimeMs))}</td> : null}
        {columns.map((name) => (
          <Cell key={name} one={one} name={name} />
        ))}
      </tr>
      {open ? (
        <tr className="difference-near">
          <td colSpan={columns.length + (timed ? 2 : 1)}>
            <NearRecords near={near} />
          </td>
        </tr>
      ) : null}
    </>
  )
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** A time as all of the page, and not as sinks write it. */
function valueText(value: unknown): ReactNode {
  const text = cellText(value)
  return INSTANT.test(text) ? timeParts(`${text.slice(0, 10)} ${text.slice(11, -1)} UTC`) : text
}

/** The day and the hours, each of which stays on one line. */
function timeParts(text: string): ReactNode {
  const space = text.indexOf(' ')
  return (
    <>
      <span className="time-part">{text.slice(0, space)}</span>{' '}
      <span className="time-part">{text.slice(space + 1)}</span>
    </>
  )
}

function Cell({ one, name }: { readonly one: wire.RowDifference; readonly name: string }) {
  const { kind, old, new: next, columns } = one
  if (kind === 'changed' && columns.includes(name)) {
    return (
      <td className="cell-changed">
        <del>
          <span className="visually-hidden">recorded </span>
          {valueText(old?.[name])}
        </del>
        <ins>
          <span className="visually-hidden">, in this version </span>
          {valueText(next?.[name])}
        </ins>
      </td>
    )
  }
  return <td>{valueText((next ?? old)?.[name])}</td>
}

function NearRecords({ near }: { readonly near: readonly wire.NearRecord[] }): ReactNode {
  return (
    <>
      <p>
        {countOf(near.length, 'record')} of sources nearest to it: in its window, and with its key
        where they have one.
      </p>
      <dl>
        {near.map(({ source, eventTimeMs, row }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: records may be the same, and do not move
          <Fragment key={index}>
            <dt>
              {source}
              {eventTimeMs === null ? '' : `, ${timeText(eventTimeMs)}`}
            </dt>
            <dd>
              <code>{cellText(row)}</code>
            </dd>
          </Fragment>
        ))}
      </dl>
    </>
  )
}
