/** What the inspector shows while nothing is selected: the pipeline as a whole. */

import { counted, oneLine, type Pipeline, type Problem } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { setSetting } from '../editor/commands.ts'
import { useEditorState, usePipeline, useSession } from '../editor/session.tsx'

interface Setting {
  readonly name: keyof Pipeline['settings']
  readonly title: string
  readonly example: string
  readonly hint: string
}

const SETTINGS: readonly Setting[] = [
  {
    name: 'checkpointInterval',
    title: 'Checkpoint interval',
    example: '10s',
    hint:
      'From the end of one checkpoint to the beginning of the next; 10s if left empty. A job that ' +
      'is restarted goes on from the newest one.',
  },
  {
    name: 'stateLimit',
    title: 'State limit',
    example: '64MB',
    hint:
      'How much memory the state of each node may take before the job fails, by the name of the ' +
      'node; as much as there is if left empty.',
  },
]

interface SettingFieldProps {
  readonly setting: Setting
  readonly own: readonly Problem[]
}

export function PipelineForm(): ReactNode {
  const { name, nodes, edges, settings } = usePipeline()
  const problems = useEditorState((state) => state.analysis.problems)
  return (
    <div className="inspector-scroll">
      <header className="inspector-head">
        <div className="inspector-words">
          <h2>{oneLine(name)}</h2>
          <p>
            {counted(nodes.size, 'node')}, {counted(edges.length, 'edge')}
          </p>
        </div>
      </header>
      {/* An empty canvas says itself what to do. */}
      {nodes.size > 0 && <CheckLine problems={problems} />}
      {SETTINGS.map((setting) => {
        const own = problems.filter(({ path }) => {
          return path?.[0] === 'settings' && path[1] === setting.name
        })
        const shows = nodes.size > 0 || settings[setting.name] !== undefined || own.length > 0
        return shows ? <SettingField key={setting.name} setting={setting} own={own} /> : null
      })}
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

function SettingField({ setting, own }: SettingFieldProps): ReactNode {
  const { editor } = useSession()
  const { settings } = usePipeline()
  const { name, title, example, hint } = setting
  return (
    <div className="field">
      <label className="field-label" htmlFor={`setting-${name}`}>
        {title}
      </label>
      <input
        id={`setting-${name}`}
        className="input mono"
        placeholder={`such as ${example}`}
        maxLength={100}
        spellCheck={false}
        aria-invalid={own.length > 0}
        aria-describedby={`setting-${name}-hint`}
        value={settings[name] ?? ''}
        onChange={({ target }) =>
          editor.change(
            `Edit the ${title.toLowerCase()}`,
            (pipeline) => setSetting(pipeline, name, target.value),
            { gesture: `settings:${name}` },
          )
        }
        onBlur={() => editor.endGesture()}
      />
      <div id={`setting-${name}-hint`} className="field-below">
        {own.map(({ message }) => (
          <p key={message} className="field-problems">
            {message}
          </p>
        ))}
        <p className="field-hint">{hint}</p>
      </div>
    </div>
  )
}
