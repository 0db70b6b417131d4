/**
 * Keys on the canvas: arrows walk from node to node along the edges, and with Alt move what is
 * selected.
 */

import type { Point } from '@millrace/pipeline'
import { type KeyboardEvent, useCallback } from 'react'
import { GRID, place } from '../editor/commands.ts'
import { selectionOf } from '../editor/selection.ts'
import { type Session, useSession } from '../editor/session.tsx'
import { currentViewport } from '../workbench/viewport.ts'
import { noteIndexOf } from './flow-parts.ts'
import { neighbour } from './neighbour.ts'

const STEPS: ReadonlyMap<string, Point> = new Map([
  ['ArrowLeft', [-1, 0]],
  ['ArrowRight', [1, 0]],
  ['ArrowUp', [0, -1]],
  ['ArrowDown', [0, 1]],
])

export function useCanvasKeys(): (event: KeyboardEvent) => void {
  const session = useSession()
  return useCallback(
    (event) => {
      const focused = focusedId(event.target)
      if (focused === undefined) return
      const step = STEPS.get(event.key)
      if (step !== undefined && event.altKey) nudge(session, step, event.shiftKey)
      else if (step !== undefined) walk(session, focused, step)
      else if (event.key === ' ' || (event.key === 'Enter' && !isSelected(session, focused))) {
        selectFocused(session, focused, event.ctrlKey || event.metaKey)
      } else return
      event.preventDefault()
      event.stopPropagation()
    },
    [session],
  )
}

/** The node, edge or note that has the focus itself, and not something inside of it. */
function focusedId(target: EventTarget): string | undefined {
  if (!(target instanceof HTMLElement || target instanceof SVGElement)) return undefined
  const isPart = target.matches('.react-flow__node, .react-flow__edge')
  return isPart ? target.dataset.id : undefined
}

function isSelected({ editor }: Session, id: string): boolean {
  const { nodes, edges } = editor.store.getState().selection
  return nodes.has(id) || edges.has(id)
}

function selectFocused({ editor }: Session, id: string, add: boolean): void {
  const { selection, analysis } = editor.store.getState()
  const note = noteIndexOf(id)
  const chosen = selectionOf({
    nodes: analysis.nodes.has(id) ? [id] : [],
    edges: analysis.edges.has(id) ? [id] : [],
    notes: note === undefined ? [] : [note],
  })
  editor.select(
    add
      ? selectionOf({
          nodes: [...selection.nodes, ...chosen.nodes],
          edges: [...selection.edges, ...chosen.edges],
          notes: [...selection.notes, ...chosen.notes],
        })
      : chosen,
  )
}

function nudge({ editor }: Session, [dx, dy]: Point, far: boolean): void {
  const by = far ? GRID * 8 : GRID
  const { selection } = editor.store.getState()
  const moved = (pipeline: { readonly layout: ReadonlyMap<string, Point> }): Map<string, Point> =>
    new Map(
      [...selection.nodes].map((id): [string, Point] => {
        const [x, y] = pipeline.layout.get(id) ?? [0, 0]
        return [id, [x + dx * by, y + dy * by]]
      }),
    )
  editor.change('Move', (pipeline) => place(pipeline, moved(pipeline)), { gesture: 'nudge' })
}

function walk({ editor }: Session, focused: string, step: Point): void {
  const { pipeline, analysis } = editor.store.getState()
  const next = neighbour(pipeline, analysis, focused, step)
  if (next === undefined) return
  editor.select(selectionOf({ nodes: [next] }))
  currentViewport().reveal(next)
}
