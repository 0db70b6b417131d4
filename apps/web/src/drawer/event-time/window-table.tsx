/** The windows of the picture as a table, for those who read rather than look. */

import type { wire } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { countText, timeText } from '../../live/formats.ts'

export function WindowTable({ picture }: { readonly picture: wire.Picture }): ReactNode {
  const windows = [...picture.windows].sort((a, b) => b.startMs - a.startMs || b.endMs - a.endMs)
  return (
    <div className="drawer-scroll">
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">Start</th>
            <th scope="col">End</th>
            <th scope="col" className="number">
              Records
            </th>
            <th scope="col" className="number">
              Groups
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {windows.map((window) => (
            <tr key={`${window.startMs}:${window.endMs}`}>
              <td>{timeText(window.startMs)}</td>
              <td>{timeText(window.endMs)}</td>
              <td className="number">{countText(window.records)}</td>
              <td className="number">{countText(window.keys)}</td>
              <td>
                {window.firedAtMs === undefined ? 'open' : `fired at ${timeText(window.firedAtMs)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
