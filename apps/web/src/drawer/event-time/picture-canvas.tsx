/** The canvas of the event-time picture, and what the pointer stands on in it. */

import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { LiveEnv } from '../../live/env.ts'
import { MarkDetails } from './mark-details.tsx'
import { type BoxMark, type DotMark, type Mark, markAt } from './marks.ts'
import { PicturePainter } from './picture-painter.ts'
import type { PictureSession } from './picture-session.ts'

interface Props {
  readonly session: PictureSession
  readonly env: LiveEnv
  readonly clockOffsetMs: () => number
  readonly heldAtMs: number | undefined
  readonly running: boolean
  readonly label: string
}

interface Pointed {
  readonly mark: BoxMark | DotMark
  readonly x: number
  readonly y: number
}

export function PictureCanvas(props: Props): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const marks = useRef<readonly Mark[]>([])
  const [pointed, setPointed] = useState<Pointed>()
  const { session, env, clockOffsetMs, heldAtMs, running, label } = props

  useEffect(() => {
    const element = canvas.current
    if (element === null) return undefined
    const parts = { session, env, clockOffsetMs, heldAtMs, running }
    const painter = new PicturePainter(element, parts, (made) => {
      marks.current = made
    })
    return () => painter.close()
  }, [session, env, clockOffsetMs, heldAtMs, running])

  const point = ({ nativeEvent: { offsetX: x, offsetY: y } }: PointerEvent) => {
    const mark = markAt(marks.current, { x, y })
    setPointed(mark === undefined ? undefined : { mark, x, y })
  }
  return (
    <div className="picture">
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerLeave={() => setPointed(undefined)}
      />
      {pointed !== undefined && <MarkDetails {...pointed} />}
    </div>
  )
}
