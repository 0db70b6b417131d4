/** The picture in words and numbers, for those who read rather than look. */

import type { wire } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { countText, durationText, timeText, watermarkText } from '../../live/formats.ts'
import { latenessText, leftText, stateText } from './mark-words.ts'
import { reasonOf, STILL_MS, type Standing, stillMs, wholeText } from './why-not.ts'

/** Of the newest late records. */
const LATE_MAX = 100

interface Props {
  readonly standing: Standing
  /** Whether it is said above already where the watermark is. */
  readonly isTold: boolean
}

export function WindowTable({ standing, isTold }: Props): ReactNode {
  const { picture } = standing
  const windows = [...picture.windows].sort((a, b) => b.startMs - a.startMs || b.endMs - a.endMs)
  const anyOpen = windows.some(({ firedAtMs }) => firedAtMs === undefined)
  return (
    <div className="drawer-scroll">
      {isTold ? null : <p className="watermark-line">{watermarkLine(standing)}</p>}
      <table className="figures" aria-label="Windows">
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
            {anyOpen && <th scope="col">Fires in</th>}
          </tr>
        </thead>
        <tbody>
          {windows.map((window) => (
            <tr key={`${window.startMs}:${window.endMs}`}>
              <td>{timeText(window.startMs)}</td>
              <td>{timeText(window.endMs)}</td>
              <td className="number">{countText(window.records)}</td>
              <td className="number">{countText(window.keys)}</td>
              <td>{stateText(window, picture.atMs)}</td>
              {anyOpen && <td>{leftText(window, standing)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      <LateTable dots={picture.dots} />
    </div>
  )
}

function watermarkLine(standing: Standing): string {
  const { picture } = standing
  const forMs = stillMs(picture)
  const since = forMs < STILL_MS ? '' : `, for ${wholeText(forMs)}`
  return `Watermark: ${watermarkText(picture.watermark)}${since}. ${reasonOf(standing).why}`
}

function LateTable({ dots }: { readonly dots: readonly wire.RecordDot[] }): ReactNode {
  const late = dots.filter((dot) => dot.late)
  if (late.length === 0) return null
  const shown = late.slice(-LATE_MAX).reverse()
  return (
    <table className="figures late-records" aria-label="Late records">
      <thead>
        <tr>
          <th scope="col">Late record of</th>
          <th scope="col">Came at</th>
          <th scope="col">Watermark when it came</th>
          <th scope="col">Too late by</th>
          <th scope="col">Delay</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((dot, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two records may be alike in all of it
          <tr key={`${dot.eventTimeMs}:${dot.seenAtMs}:${index}`}>
            <td>{timeText(dot.eventTimeMs)}</td>
            <td>{timeText(dot.seenAtMs)}</td>
            <td>{dot.watermark === undefined ? '' : watermarkText(dot.watermark)}</td>
            <td>{latenessText(dot)}</td>
            <td>{durationText(dot.seenAtMs - dot.eventTimeMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
