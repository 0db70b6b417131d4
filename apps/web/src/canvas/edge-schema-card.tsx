/** What flows along an edge, shown while the pointer rests on it. */

import type { ReactNode } from 'react'
import { useStore } from 'zustand'
import { useEditorState } from '../editor/session.tsx'
import { connecting } from './connecting.ts'
import { SchemaTable } from './schema-table.tsx'
import './edge-schema-card.css'

export interface HoveredEdge {
  readonly id: string
  /** Of the window. */
  readonly x: number
  readonly y: number
  /** What the canvas takes of the window, from left to right. */
  readonly room: { readonly left: number; readonly right: number }
  /** The nodes at its ends, as they stand in the window. */
  readonly ends: readonly Box[]
}

type Box = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>

export default function EdgeSchemaCard({ hovered }: { readonly hovered: HoveredEdge }): ReactNode {
  const view = useEditorState((state) => state.analysis.edges.get(hovered.id))
  // The inspector tells the same of it, and the card would lie over its records.
  const selected = useEditorState((state) => state.selection.edges.has(hovered.id))
  // It would lie over what the new edge is to end at.
  const drawing = useStore(connecting, ({ from }) => from !== undefined)
  if (view === undefined || selected || drawing) return null
  return (
    <div
      className="edge-card"
      role="tooltip"
      style={{ left: cardLeft(hovered), ...cardHeight(hovered, window.innerHeight) }}
    >
      <SchemaTable
        schema={view.schema}
        problems={view.problems.map(({ message }) => message)}
        columnsMax={COLUMNS_MAX}
      />
    </div>
  )
}

/** The inspector has them all. */
const COLUMNS_MAX = 10

/** As wide as it may become: beside the pointer, and never over the panels beside the canvas. */
const CARD_WIDTH = 260

export function cardLeft({ x, room }: Pick<HoveredEdge, 'x' | 'room'>): number {
  const right = x + 14
  const fits = right + CARD_WIDTH <= room.right
  return fits ? right : Math.max(room.left, x - 14 - CARD_WIDTH)
}

/** Farther from the pointer nobody would see what the card is about. */
const AWAY_MAX = 220

/** Above or below the pointer, and the nodes at the ends where the card would lie over them. */
export function cardHeight(
  hovered: HoveredEdge,
  windowHeight: number,
): { readonly top: number } | { readonly bottom: number } {
  const { y, ends } = hovered
  const left = cardLeft(hovered)
  const beside = ends.filter((box) => box.right > left && box.left < left + CARD_WIDTH)
  const below = y < windowHeight / 2
  const edge = below
    ? Math.max(y + 6, ...beside.map(({ bottom }) => bottom))
    : Math.min(y - 2, ...beside.map(({ top }) => top))
  const clear = Math.abs(edge - y) > AWAY_MAX ? y : edge
  return below ? { top: clear + 10 } : { bottom: windowHeight - clear + 10 }
}
