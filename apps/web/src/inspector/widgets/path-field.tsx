/** A file: its path, and for a source the way to its schema, read from the file itself. */

import type { JsonObject } from '@millrace/pipeline'
import { type ReactNode, useState } from 'react'
import { setConfig } from '../../editor/commands.ts'
import { useNodeView, useSession } from '../../editor/session.tsx'
import { fieldsOf } from '../field-schema.ts'
import { type ConfigFieldProps, useForm } from '../form-context.ts'
import { TextField } from './scalar-fields.tsx'

export default function PathField(props: ConfigFieldProps): ReactNode {
  const { nodeId } = useForm()
  const operator = useNodeView(nodeId)?.operator
  const declares =
    operator !== undefined && fieldsOf(operator).some(({ schema }) => schema.widget === 'schema')
  return (
    <>
      <TextField {...props} />
      {declares && typeof props.value === 'string' ? <ReadSchema path={props.value} /> : null}
    </>
  )
}

function ReadSchema({ path }: { readonly path: string }): ReactNode {
  const { editor, api } = useSession()
  const { nodeId } = useForm()
  const [said, setSaid] = useState<readonly string[]>([])
  const [busy, setBusy] = useState(false)
  const read = async (): Promise<void> => {
    setBusy(true)
    const answer = await api.call('inferSchema', { body: { path } })
    setBusy(false)
    if (answer.kind !== 'done') {
      setSaid([answer.kind === 'away' ? answer.message : answer.error.message])
      return
    }
    const { config, notes } = answer.reply
    setSaid(notes.length > 0 ? notes : ['Format and schema are taken from the file.'])
    editor.change('Read the schema', (pipeline) =>
      Object.entries(config as JsonObject).reduce(
        (changed, [name, value]) => setConfig(changed, nodeId, [name], value),
        pipeline,
      ),
    )
  }
  return (
    <div className="read-schema">
      <button type="button" className="button" disabled={busy} onClick={() => void read()}>
        {busy ? 'Reading…' : 'Read the schema from the file'}
      </button>
      <div role="status">
        {said.map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
    </div>
  )
}
