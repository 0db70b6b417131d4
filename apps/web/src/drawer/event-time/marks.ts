/** What is drawn, as data: layers make marks, the painter draws them, the pointer finds them. */

import type { wire } from '@millrace/pipeline'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface BoxMark {
  readonly kind: 'box'
  readonly role: 'open' | 'fired'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly window: wire.WindowBox
}

export interface DotMark {
  readonly kind: 'dot'
  readonly role: 'record' | 'late'
  readonly x: number
  readonly y: number
  readonly dot: wire.RecordDot
}

export interface LineMark {
  readonly kind: 'line'
  readonly role: 'watermark' | 'watermark-idle' | 'now' | 'no-delay' | 'grid' | 'tick'
  readonly points: readonly Point[]
}

export interface TextMark {
  readonly kind: 'text'
  readonly role: 'axis' | 'axis-title' | 'count' | 'filling' | 'now' | 'late'
  readonly x: number
  readonly y: number
  readonly text: string
  readonly align: 'left' | 'center' | 'right'
}

export type Mark = BoxMark | DotMark | LineMark | TextMark

/** How near the pointer has to come to a dot, in pixels. */
const NEAR = 8

/** What the pointer means: the nearest dot, or else the smallest window under it. */
export function markAt(marks: readonly Mark[], at: Point): DotMark | BoxMark | undefined {
  let nearest: DotMark | undefined
  let nearestDistance = NEAR
  let box: BoxMark | undefined
  for (const mark of marks) {
    if (mark.kind === 'dot') {
      const distance = Math.hypot(mark.x - at.x, mark.y - at.y)
      if (distance > nearestDistance) continue
      nearest = mark
      nearestDistance = distance
    } else if (mark.kind === 'box' && isInside(mark, at)) {
      if (box === undefined || area(mark) < area(box)) box = mark
    }
  }
  return nearest ?? box
}

function isInside({ x, y, width, height }: BoxMark, at: Point): boolean {
  return at.x >= x && at.x <= x + width && at.y >= y && at.y <= y + height
}

function area({ width, height }: BoxMark): number {
  return width * height
}
