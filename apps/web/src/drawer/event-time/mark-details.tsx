/** What the pointer stands on in the event-time picture, in words beside it. */

import type { ReactNode } from 'react'
import { countText, durationText, timeText } from '../../live/formats.ts'
import type { BoxMark, DotMark } from './marks.ts'

interface Props {
  readonly mark: BoxMark | DotMark
  readonly x: number
  readonly y: number
}

export function MarkDetails({ mark, x, y }: Props): ReactNode {
  const lines = mark.kind === 'dot' ? dotLines(mark) : boxLines(mark)
  return (
    <dl
      className="picture-details"
      data-late={mark.kind === 'dot' && mark.dot.late}
      // Beside the pointer, on the side where there is room.
      style={{ left: x, top: y, translate: `${x < 340 ? '14px' : 'calc(-100% - 14px)'} -50%` }}
    >
      {lines.map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

type Line = readonly [term: string, text: string]

function dotLines({ dot }: DotMark): readonly Line[] {
  const delayMs = dot.seenAtMs - dot.eventTimeMs
  return [
    ['Record', dot.late ? 'late: its window had closed' : 'in time'],
    ['Event time', timeText(dot.eventTimeMs)],
    ['Seen at', timeText(dot.seenAtMs)],
    ['Delay', delayMs < 0 ? `none, ${durationText(delayMs)} early` : durationText(delayMs)],
  ]
}

function boxLines({ window }: BoxMark): readonly Line[] {
  const { startMs, endMs, records, keys, firedAtMs } = window
  return [
    ['Window', `${timeText(startMs)}, ${durationText(endMs - startMs)}`],
    ['Records', countText(records)],
    ['Groups', countText(keys)],
    ['State', firedAtMs === undefined ? 'open' : `fired at ${timeText(firedAtMs)}`],
  ]
}
