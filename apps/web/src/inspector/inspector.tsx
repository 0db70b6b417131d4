/** The right panel: the form of what is selected, and of the pipeline itself where nothing is. */

import { counted } from '@millrace/pipeline'
import { PanelRightClose } from 'lucide-react'
import type { ReactNode } from 'react'
import { SchemaTable } from '../canvas/schema-table.tsx'
import { changeNote } from '../editor/commands.ts'
import { soleEdge, soleNode } from '../editor/selection.ts'
import {
  useEdgeView,
  useEditorState,
  useNodeView,
  useSession,
  useWorkbench,
} from '../editor/session.tsx'
import { Shelter } from '../parts/shelter.tsx'
import { actionById } from '../workbench/page-actions.ts'
import { NodeForm } from './node-form.tsx'
import { PipelineForm } from './pipeline-form.tsx'
import './inspector.css'

export function Inspector(): ReactNode {
  const selection = useEditorState((state) => state.selection)
  const nodeId = soleNode(selection)
  const edgeId = soleEdge(selection)
  const [note] = selection.notes
  const count = selection.nodes.size + selection.edges.size + selection.notes.size
  return (
    <section className="inspector" aria-label="Inspector">
      {nodeId !== undefined ? (
        <Shelter what="The form" shows={nodeId}>
          <NodeForm key={nodeId} nodeId={nodeId} />
        </Shelter>
      ) : edgeId !== undefined ? (
        <EdgePart edgeId={edgeId} />
      ) : count === 1 && note !== undefined ? (
        <NotePart index={note} />
      ) : count > 1 ? (
        <SeveralPart count={count} />
      ) : (
        <PipelineForm />
      )}
      <Closer />
    </section>
  )
}

function Closer(): ReactNode {
  const { workbench } = useSession()
  const inspector = useWorkbench((state) => state.inspector)
  return (
    <button
      type="button"
      className="button quiet icon inspector-closer"
      aria-label="Hide the inspector"
      title="Hide the inspector (])"
      onClick={() => workbench.update({ inspector: { ...inspector, open: false } })}
    >
      <PanelRightClose size={15} aria-hidden />
    </button>
  )
}

function EdgePart({ edgeId }: { readonly edgeId: string }): ReactNode {
  const session = useSession()
  const view = useEdgeView(edgeId)
  const from = useNodeView(view?.from.node ?? '')
  const to = useNodeView(view?.to.node ?? '')
  if (view === undefined) return null
  return (
    <div className="inspector-scroll">
      <header className="inspector-head">
        <div className="inspector-words">
          <h2>
            {from?.title} to {to?.title}
          </h2>
          <p>
            {view.from.port} to {view.to.port}
          </p>
        </div>
      </header>
      <div className="inspector-actions">
        <button
          type="button"
          className="button"
          onClick={() => session.workbench.showDrawer('records')}
        >
          Show its records
        </button>
        <button
          type="button"
          className="button"
          onClick={() => void actionById('delete').run(session)}
        >
          Delete
        </button>
      </div>
      <section className="field" aria-label="Schema">
        <h3 className="field-label">Schema</h3>
        <div className="schema-box">
          <SchemaTable
            schema={view.schema}
            problems={view.problems.map(({ message }) => message)}
          />
        </div>
      </section>
    </div>
  )
}

function NotePart({ index }: { readonly index: number }): ReactNode {
  const { editor } = useSession()
  const text = useEditorState((state) => state.pipeline.notes[index]?.text)
  if (text === undefined) return null
  return (
    <div className="inspector-scroll">
      <header className="inspector-head">
        <div className="inspector-words">
          <h2>Note</h2>
        </div>
      </header>
      <div className="field">
        <label className="field-label" htmlFor="note-field">
          Text
        </label>
        <textarea
          id="note-field"
          className="input"
          rows={8}
          maxLength={10_000}
          value={text}
          onChange={({ target }) =>
            editor.change(
              'Edit the note',
              (pipeline) => changeNote(pipeline, index, { text: target.value }),
              { gesture: `note:${index}` },
            )
          }
          onBlur={() => editor.endGesture()}
        />
      </div>
    </div>
  )
}

const SEVERAL = ['duplicate', 'copy', 'tidy', 'delete']

function SeveralPart({ count }: { readonly count: number }): ReactNode {
  const session = useSession()
  return (
    <div className="inspector-scroll">
      <header className="inspector-head">
        <div className="inspector-words">
          <h2>{counted(count, 'part')} selected</h2>
        </div>
      </header>
      <div className="inspector-actions">
        {SEVERAL.map((id) => {
          const action = actionById(id)
          return (
            <button
              key={id}
              type="button"
              className="button"
              onClick={() => void action.run(session)}
            >
              {action.title}
            </button>
          )
        })}
      </div>
    </div>
  )
}
