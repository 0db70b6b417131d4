/** The canvas of the event-time picture, and what the pointer stands on in it. */

import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { LiveEnv } from '../../live/env.ts'
import { windowKey } from './layers.ts'
import { MarkDetails } from './mark-details.tsx'
import { type BoxMark, type DotMark, type Mark, markAt } from './marks.ts'
import { PicturePainter } from './picture-painter.ts'
import type { PictureSession } from './picture-session.ts'
import type { Standing } from './why-not.ts'

interface Props {
  readonly session: PictureSession
  readonly standing: Standing
  readonly env: LiveEnv
  readonly clockOffsetMs: () => number
  readonly heldAtMs: number | undefined
  readonly running: boolean
  readonly label: string
}

interface Pointed {
  readonly mark: BoxMark | DotMark
  readonly x: number
}

export function PictureCanvas(props: Props): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const marks = useRef<readonly Mark[]>([])
  const [pointed, setPointed] = useState<Pointed>()
  const [pinned, setPinned] = useState<Pointed>()
  const { session, standing, env, clockOffsetMs, heldAtMs, running, label } = props

  useEffect(() => {
    const element = canvas.current
    if (element === null) return undefined
    const parts = { session, env, clockOffsetMs, heldAtMs, running }
    const painter = new PicturePainter(element, parts, (made) => {
      marks.current = made
    })
    return () => painter.close()
  }, [session, env, clockOffsetMs, heldAtMs, running])

  const markUnder = ({ nativeEvent: { offsetX: x, offsetY: y } }: PointerEvent) => {
    const mark = markAt(marks.current, { x, y })
    return mark === undefined ? undefined : { mark, x }
  }
  const shown = pointed ?? pinned
  return (
    <div className="picture">
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerMove={(event) => setPointed(markUnder(event))}
        onPointerLeave={() => setPointed(undefined)}
        // Pressed, it stays when the pointer goes; a press beside everything lets it go.
        onPointerDown={(event) => setPinned(markUnder(event))}
      />
      {shown !== undefined && (
        <MarkDetails
          mark={currentMark(shown.mark, standing)}
          standing={standing}
          x={shown.x}
          pinned={pointed === undefined}
        />
      )}
    </div>
  )
}

/** A window goes on filling while it is pointed at, and may fire. */
function currentMark(mark: BoxMark | DotMark, { picture }: Standing): BoxMark | DotMark {
  if (mark.kind === 'dot') return mark
  const key = windowKey(mark.window)
  const window = picture.windows.find((one) => windowKey(one) === key)
  return window === undefined ? mark : { ...mark, window }
}
