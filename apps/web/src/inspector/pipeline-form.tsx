/** What the inspector shows while nothing is selected: the pipeline as a whole. */

import type { ReactNode } from 'react'
import { setCheckpointInterval } from '../editor/commands.ts'
import { useEditorState, usePipeline, useSession } from '../editor/session.tsx'
import { counted } from '../transfer/import-document.ts'

export function PipelineForm(): ReactNode {
  const { editor, workbench } = useSession()
  const { name, nodes, edges, settings } = usePipeline()
  const problems = useEditorState((state) => state.analysis.problems)
  const errors = problems.filter(({ severity }) => severity === 'error').length
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
      <button
        type="button"
        className="check-line"
        data-state={errors > 0 ? 'errors' : problems.length > 0 ? 'warnings' : 'fine'}
        onClick={() => workbench.showDrawer('problems')}
      >
        {problems.length === 0
          ? 'No problems'
          : `${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}`}
      </button>
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
        <div id="checkpoint-hint">
          {own.map(({ message }) => (
            <p key={message} className="field-problems">
              {message}
            </p>
          ))}
          <p className="field-hint">How often the state of a job is saved.</p>
        </div>
      </div>
    </div>
  )
}
