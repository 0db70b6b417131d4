/** What may be dropped on the canvas: operators from the palette, and documents as files. */

import { type DragEvent, useMemo } from 'react'
import { addNode, NODE_HEIGHT, NODE_WIDTH } from '../editor/commands.ts'
import { selectionOf } from '../editor/selection.ts'
import { useSession } from '../editor/session.tsx'
import { importFile } from '../transfer/import-document.ts'
import { currentViewport } from '../workbench/viewport.ts'

/** How a dragged operator names itself. */
export const OPERATOR_DRAG = 'application/x-millrace-operator'

export function useCanvasDrop() {
  const session = useSession()
  return useMemo(() => {
    const onDragOver = (event: DragEvent): void => {
      const { types } = event.dataTransfer
      if (!types.includes(OPERATOR_DRAG) && !types.includes('Files')) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
    }
    const onDrop = (event: DragEvent): void => {
      event.preventDefault()
      const [file] = event.dataTransfer.files
      if (file !== undefined) {
        void importFile(session, file)
        return
      }
      const { editor, workbench } = session
      const operator = editor.registry.get(event.dataTransfer.getData(OPERATOR_DRAG))
      if (operator === undefined) return
      const [x, y] = currentViewport().toPipeline({ x: event.clientX, y: event.clientY })
      const at = [x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2] as const
      const added = addNode(editor.store.getState().pipeline, { operator: operator.id }, at)
      const select = selectionOf({ nodes: [added.id] })
      editor.change(`Add ${operator.title}`, () => added.pipeline, { select })
      workbench.announce(`${operator.title} added.`)
    }
    return { onDragOver, onDrop }
  }, [session])
}
