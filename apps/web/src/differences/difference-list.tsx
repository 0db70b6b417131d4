/** What differs between two versions of a pipeline: each node, edge and setting, old and new. */

import {
  counted,
  type DifferenceRow,
  differenceRows,
  drawingText,
  NO_DIFFERENCE,
  type PipelineDifference,
  type SettingDifference,
} from '@millrace/pipeline'
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
  const rows = differenceRows(difference)
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
        <p className="differences-drawing">{NO_DIFFERENCE}</p>
      ) : null}
    </div>
  )
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
