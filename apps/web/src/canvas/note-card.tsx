/** A note on the canvas: plain text, edited in place, resized at its corner. */

import { type NodeProps, NodeResizer } from '@xyflow/react'
import { memo, type ReactNode } from 'react'
import { changeNote } from '../editor/commands.ts'
import { useEditorState, useSession } from '../editor/session.tsx'
import { type FlowNode, noteIndexOf } from './flow-parts.ts'

export const NoteCard = memo(function NoteCard({ id, selected }: NodeProps<FlowNode>): ReactNode {
  const { editor } = useSession()
  const index = noteIndexOf(id) ?? -1
  const text = useEditorState((state) => state.pipeline.notes[index]?.text)
  if (text === undefined) return null
  return (
    <div className="note" data-selected={selected}>
      <NodeResizer
        isVisible={selected === true}
        minWidth={96}
        minHeight={40}
        onResizeEnd={(_, { x, y, width, height }) =>
          editor.change('Resize the note', (pipeline) =>
            changeNote(pipeline, index, { at: [x, y], size: [width, height] }),
          )
        }
      />
      <textarea
        className={selected === true ? 'note-text nodrag nopan nowheel' : 'note-text'}
        aria-label="Text of the note"
        placeholder="Write a note"
        maxLength={10_000}
        value={text}
        onChange={(event) => {
          const { value } = event.target
          const change = { text: value }
          editor.change('Edit the note', (pipeline) => changeNote(pipeline, index, change), {
            gesture: `note:${index}`,
          })
        }}
        onBlur={() => editor.endGesture()}
      />
    </div>
  )
})
