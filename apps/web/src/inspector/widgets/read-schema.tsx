/** Has the server look at a sample, and takes the schema that it finds into the form. */

import type { JsonObject } from '@millrace/pipeline'
import { type ReactNode, useState } from 'react'
import { type Answer, messageOf } from '../../api/api.ts'
import { setConfig } from '../../editor/commands.ts'
import { useSession } from '../../editor/session.tsx'
import { useForm } from '../form-context.ts'

/** What a look at a sample brings. */
export interface FoundSchema {
  readonly config: object
  readonly notes: readonly string[]
}

interface ReadSchemaProps {
  /** What is read: `the file`. */
  readonly from: string
  /** What is said where there is nothing more to say. */
  readonly done: string
  readonly read: () => Promise<Answer<FoundSchema>>
}

export function ReadSchema({ from, done, read }: ReadSchemaProps): ReactNode {
  const { editor } = useSession()
  const { nodeId } = useForm()
  const [said, setSaid] = useState<readonly string[]>([])
  const [busy, setBusy] = useState(false)
  const take = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    const answer = await read()
    setBusy(false)
    if (answer.kind !== 'done') {
      setSaid([messageOf(answer)])
      return
    }
    const { config, notes } = answer.reply
    setSaid(notes.length > 0 ? notes : [done])
    editor.change('Read the schema', (pipeline) =>
      Object.entries(config as JsonObject).reduce(
        (changed, [name, value]) => setConfig(changed, nodeId, [name], value),
        pipeline,
      ),
    )
  }
  return (
    <div className="read-schema">
      {/* One that is disabled loses the focus, and whoever is at the keyboard their place. */}
      <button type="button" className="button" aria-disabled={busy} onClick={() => void take()}>
        {busy ? 'Reading…' : `Read the schema from ${from}`}
      </button>
      <div role="status">
        {said.map((text) => (
          <p key={text}>{text}</p>
        ))}
      </div>
    </div>
  )
}
