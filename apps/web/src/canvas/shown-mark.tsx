/** Says once that the canvas shows its nodes, and is gone from then on. */

import { useNodesInitialized } from '@xyflow/react'
import { type ReactNode, useEffect, useState } from 'react'
import { useEditorState } from '../editor/session.tsx'
import { noteCanvasShown } from '../workbench/after-paint.ts'

/** Stands inside of React Flow. */
export function ShownMark(): ReactNode {
  const [done, setDone] = useState(false)
  return done ? null : <Watch onShown={() => setDone(true)} />
}

/** Looks at every node with every change of one, and so must not stay. */
function Watch({ onShown }: { readonly onShown: () => void }): ReactNode {
  const measured = useNodesInitialized()
  const empty = useEditorState(({ pipeline }) => pipeline.nodes.size === 0)
  useEffect(() => {
    if (!measured && !empty) return
    noteCanvasShown()
    onShown()
  }, [measured, empty, onShown])
  return null
}
