/** What differs between two versions of a pipeline: each node, edge and setting, old and new. */

import { counted, type PipelineDifference, type SettingDifference } from '@millrace/pipeline'
import { type ReactNode, useState } from 'react'
import '../design/text-button.css'
import './difference-list.css'

/** Before somebody asks for all of them. */
const SHOWN_MAX = 12

interface DifferenceListProps {
  readonly difference: PipelineDifference
  readonly label: string
}

export function DifferenceList({ difference, label }: DifferenceListProps): ReactNode {
  const [all, setAll] = useState(false)
  const rows = rowsOf(difference)
  const shown = all ? rows : rows.slice(0, SHOWN_MAX)
  const rest = rows.length - shown.length
  const drawing = drawingText(difference)
  return (
    <div className="differences-frame">
      {rows.length === 0 ? null : (
        <ul className="differences" aria-label={label}>
          {shown.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ul>
      )}
      {rest === 0 ? null : (
        <button type="button" className="text-button differences-more" onClick={() => setAll(true)}>
          {`Show ${counted(rest, 'more difference')}`}
        </button>
      )}
      {drawing === '' ? null : <p className="differences-drawing">{drawing}</p>}
      {rows.length === 0 && drawing === '' ? (
        <p className="differences-drawing">Nothing that a job or the drawing shows.</p>
      ) : null}
    </div>
  )
}

interface DifferenceRow {
  /** Titles are none: several nodes may have the same. */
  readonly id: string
  readonly sign: '+' | '−' | '≠'
  readonly title: string
  readonly said: string
  readonly settings: readonly SettingDifference[]
}

function rowsOf(difference: PipelineDifference): readonly DifferenceRow[] {
  const { nodes, edges, settings, nameBefore } = difference
  return [
    ...nodes.map(({ nodeId, kind, title, titleBefore, settings: own }): DifferenceRow => {
      const id = `node ${kind} ${nodeId}`
      const said = titleBefore === null ? '' : `was called "${titleBefore}"`
      if (kind === 'changed') return { id, sign: '≠', title, said, settings: own }
      return { id, sign: kind === 'added' ? '+' : '−', title, said: kind, settings: [] }
    }),
    ...edges.map(({ kind, from, to }, index): DifferenceRow => {
      const said = kind === 'added' ? 'connected' : 'disconnected'
      const sign = kind === 'added' ? '+' : '−'
      return { id: `edge ${index}`, sign, title: `${from} → ${to}`, said, settings: [] }
    }),
    ...(settings.length === 0
      ? []
      : [{ id: 'settings', sign: '≠', title: 'Pipeline', said: '', settings } as const]),
    ...(nameBefore === null ? [] : [namedRow(nameBefore)]),
  ]
}

function namedRow(nameBefore: string): DifferenceRow {
  return { id: 'name', sign: '≠', title: 'Name', said: `was "${nameBefore}"`, settings: [] }
}

function drawingText({ moved, notes }: PipelineDifference): string {
  const parts = [
    ...(moved === 0 ? [] : [`${counted(moved, 'node')} moved`]),
    ...(notes === 0 ? [] : [`${counted(notes, 'note')} changed`]),
  ]
  return parts.length === 0 ? '' : `In the drawing: ${parts.join(', ')}.`
}

function Row({ row: { sign, title, said, settings } }: { readonly row: DifferenceRow }): ReactNode {
  return (
    <li>
      <span className="differences-sign" aria-hidden>
        {sign}
      </span>
      <div className="differences-what">
        <strong>{title}</strong>
        {said === '' ? null : <span>{said}</span>}
        {settings.length === 0 ? null : (
          <dl className="differences-settings">
            {settings.map((setting) => (
              <Setting key={setting.names} setting={setting} />
            ))}
          </dl>
        )}
      </div>
    </li>
  )
}

function Setting({ setting }: { readonly setting: SettingDifference }): ReactNode {
  const { names, before, after } = setting
  return (
    <>
      <dt>{names}</dt>
      <dd>
        {before === null ? <span className="differences-none">not set</span> : <del>{before}</del>}
        <span className="differences-arrow" aria-hidden>
          →
        </span>
        <span className="visually-hidden">, now </span>
        {after === null ? <span className="differences-none">not set</span> : <ins>{after}</ins>}
      </dd>
    </>
  )
}
