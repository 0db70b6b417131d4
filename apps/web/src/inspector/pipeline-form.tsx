/** What the inspector shows while nothing is selected: the pipeline as a whole. */

import type { Problem } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { setCheckpointInterval } from '../editor/commands.ts'
import { useEditorState, usePipeline, useSession } from '../editor/session.tsx'
import { counted } from '../transfer/import-document.ts'

export function PipelineForm(): ReactNode {
  const { name, nodes, edges, settings } = usePipeline()
  const problems = useEditorState((state) => state.analysis.problems)
  const own = problems.filter(({ path }) => path?.[0] === 'settings')
  return (
    <div className="inspector-scroll">
      <header className="inspector-head">
        <div className="inspector-words">
          <h2>{name}</h2>
          <p>
            {counted(nodes.size, 'node')}, {counted(edges.length, 'edge')}
          </p>
        </div>
      </header>
      {/* An empty canvas says itself what to do. */}
      {nodes.size > 0 && <CheckLine problems={problems} />}
      {(nodes.size > 0 || settings.checkpointInterval !== undefined || own.length > 0) && (
        <CheckpointInterval own={own} />
      )}
    </div>
  )
}

function CheckLine({ problems }: { readonly problems: readonly Problem[] }): ReactNode {
  const { workbench } = useSession()
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const counts = [counted(errors, 'error'), counted(problems.length - errors, 'warning')]
  return (
    <button
      type="button"
      className="check-line"
      data-state={errors > 0 ? 'errors' : problems.length > 0 ? 'warnings' : 'fine'}
      onClick={() => workbench.showDrawer('problems')}
    >
      {problems.length === 0
        ? 'No problems'
        : counts.filter((text) => !text.startsWith('0 ')).join(', ')}
    </button>
  )
}

function CheckpointInterval({ own }: { readonly own: readonly Problem[] }): ReactNode {
  const { editor } = useSession()
  const { settings } = usePipeline()
  return (
    <div className="field">
      <label className="field-label" htmlFor="checkpoint-interval">
        Checkpoint interval
      </label>
      <input
        id="checkpoint-interval"
        className="input mono"
        placeholder="such as 10s"
        aria-invalid={own.length > 0}
        aria-describedby="checkpoint-hint"
        value={settings.checkpointInterval ?? ''}
        onChange={({ target }) =>
          editor.change(
            'Edit the checkpoint interval',
            (pipeline) => setCheckpointInterval(pipeline, target.value),
            { gesture: 'settings:checkpointInterval' },
          )
        }
        onBlur={() => editor.endGesture()}
      />
      <div id="checkpoint-hint" className="field-below">
        {own.map(({ message }) => (
          <p key={message} className="field-problems">
            {message}
          </p>
        ))}
        <p className="field-hint">
          From the end of one checkpoint to the beginning of the next; 10s if left empty. A job that
          is restarted goes on from the newest one.
        </p>
      </div>
    </div>
  )
}
