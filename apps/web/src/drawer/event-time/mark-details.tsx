/** What the pointer stands on in the event-time picture, in words beside it. */

import type { ReactNode } from 'react'
import { markLines } from './mark-words.ts'
import type { BoxMark, DotMark } from './marks.ts'
import type { Standing } from './why-not.ts'

interface Props {
  readonly mark: BoxMark | DotMark
  readonly standing: Standing
  readonly x: number
  /** Held where it is until something else is pressed. */
  readonly pinned: boolean
}

export function MarkDetails({ mark, standing, x, pinned }: Props): ReactNode {
  return (
    <dl
      className="picture-details"
      data-late={mark.kind === 'dot' && mark.dot.late}
      data-pinned={pinned}
      // Beside the pointer, on the side where there is room; as high as the picture at most.
      style={{ left: x, translate: x < WIDTH_MAX ? '14px 0' : 'calc(-100% - 14px) 0' }}
    >
      {markLines(mark, standing).map(([term, text]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

/** As wide as the words become. */
const WIDTH_MAX = 575
