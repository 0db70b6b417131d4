/** Operators from the palette are dropped on the canvas, or into an edge. */

import { type DragEvent, useMemo } from 'react'
import { addNode, NODE_HEIGHT, NODE_WIDTH } from '../editor/commands.ts'
import { selectionOf } from '../editor/selection.ts'
import { type Session, useSession } from '../editor/session.tsx'
import { addChosen, allowedOperators } from '../palette/place-operator.ts'
import { currentViewport } from '../workbench/viewport.ts'

/** How a dragged operator names itself. */
export const OPERATOR_DRAG = 'application/x-millrace-operator'

export function useCanvasDrop() {
  const session = useSession()
  return useMemo(() => {
    const onDragOver = (event: DragEvent): void => {
      if (!event.dataTransfer.types.includes(OPERATOR_DRAG)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      showTarget(edgeUnder(event))
    }
    const onDragLeave = (): void => showTarget(undefined)
    const onDrop = (event: DragEvent): void => {
      showTarget(undefined)
      const { editor, workbench } = session
      const operator = editor.registry.get(event.dataTransfer.getData(OPERATOR_DRAG))
      if (operator === undefined) return
      event.preventDefault()
      const at = { x: event.clientX, y: event.clientY }
      const edgeId = edgeUnder(event)?.dataset.id
      const port = edgeId === undefined ? undefined : portInto(session, edgeId, operator.id)
      if (edgeId !== undefined && port !== undefined) {
        addChosen(session, { at, edgeId }, operator, port)
        return
      }
      const [x, y] = currentViewport().toPipeline(at)
      const corner = [x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2] as const
      const added = addNode(editor.store.getState().pipeline, { operator: operator.id }, corner)
      const select = selectionOf({ nodes: [added.id] })
      editor.change(`Add ${operator.title}`, () => added.pipeline, { select })
      workbench.announce(`${operator.title} added.`)
    }
    return { onDragOver, onDragLeave, onDrop }
  }, [session])
}

/** The port by which an operator can stand in the middle of an edge, if it can. */
function portInto(session: Session, edgeId: string, operatorId: string): string | undefined {
  return allowedOperators(session, { at: { x: 0, y: 0 }, edgeId })?.get(operatorId)
}

function edgeUnder({ target }: DragEvent): SVGElement | undefined {
  if (!(target instanceof Element)) return undefined
  return target.closest<SVGElement>('.react-flow__edge') ?? undefined
}

/** The edge that what is dragged would be put into. */
function showTarget(edge: SVGElement | undefined): void {
  for (const shown of document.querySelectorAll('.react-flow__edge[data-target]')) {
    if (shown !== edge) shown.removeAttribute('data-target')
  }
  edge?.setAttribute('data-target', '')
}
