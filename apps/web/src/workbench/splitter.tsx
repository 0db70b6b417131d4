/** The bar between two panels: dragged with the pointer, moved with the arrow keys. */

import type { KeyboardEvent, PointerEvent, ReactNode } from 'react'
import './splitter.css'

interface SplitterProps {
  readonly label: string
  /** `vertical` stands between left and right. */
  readonly orientation: 'vertical' | 'horizontal'
  /** In pixels. */
  readonly size: number
  readonly min: number
  readonly max: number
  /** Whether the panel lies after the bar, so that dragging towards the start makes it larger. */
  readonly panelAfter: boolean
  readonly onResize: (size: number) => void
}

const STEP = 16

export function Splitter(props: SplitterProps): ReactNode {
  const { label, orientation, size, min, max, panelAfter, onResize } = props
  const clamp = (value: number): number => Math.round(Math.min(max, Math.max(min, value)))
  const along = (event: PointerEvent): number =>
    orientation === 'vertical' ? event.clientX : event.clientY
  const begin = (event: PointerEvent<HTMLDivElement>): void => {
    const bar = event.currentTarget
    const start = along(event)
    bar.setPointerCapture(event.pointerId)
    const move = (moved: globalThis.PointerEvent): void => {
      const at = orientation === 'vertical' ? moved.clientX : moved.clientY
      onResize(clamp(size + (panelAfter ? start - at : at - start)))
    }
    const end = (): void => {
      bar.removeEventListener('pointermove', move)
      bar.removeEventListener('lostpointercapture', end)
    }
    bar.addEventListener('pointermove', move)
    bar.addEventListener('lostpointercapture', end)
  }
  const step = (event: KeyboardEvent): void => {
    const direction = KEYS.get(`${orientation} ${event.key}`)
    if (direction === undefined) return
    event.preventDefault()
    onResize(clamp(size + direction * STEP * (panelAfter ? -1 : 1)))
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr takes neither focus nor keys
    <div
      role="separator"
      tabIndex={0}
      className="splitter"
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={begin}
      onKeyDown={step}
    />
  )
}

const KEYS: ReadonlyMap<string, number> = new Map([
  ['vertical ArrowLeft', -1],
  ['vertical ArrowRight', 1],
  ['horizontal ArrowUp', -1],
  ['horizontal ArrowDown', 1],
])
