/** The server does not have the pipeline any more: what is drawn is saved anew, or let go. */

import { oneLine } from '@millrace/pipeline'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { messageOf } from '../api/api.ts'
import { toDocumentJson } from '../api/document-json.ts'
import { usePipeline, useSession } from '../editor/session.tsx'
import { forgetPipeline } from '../pages/kept-of-pipeline.ts'
import { Dialog } from './dialog.tsx'

export default function GoneDialog({ keptHere }: { readonly keptHere: boolean }): ReactNode {
  const { api, env, pipelineId, autosave } = useSession()
  const pipeline = usePipeline()
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<string>()
  const leaveFor = (path: string): void => {
    autosave.abandon()
    forgetPipeline(env.storage, pipelineId)
    navigate(path, { replace: true })
  }
  const saveAnew = async (): Promise<void> => {
    const document = toDocumentJson(pipeline)
    const answer = await api.call('createPipeline', { body: { document } })
    if (answer.kind === 'done') leaveFor(`/pipelines/${answer.reply.id}`)
    else setSaid(messageOf(answer))
  }
  const lookAgain = async (): Promise<void> => {
    await autosave.lookAgain()
    setSaid('The server still does not have it.')
  }
  const act = async (does: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setSaid(undefined)
    await does()
    setBusy(false)
  }
  return (
    <Dialog title="This pipeline is not on the server any more" decides onClose={() => undefined}>
      <p>
        "{oneLine(pipeline.name)}" was deleted elsewhere, or a server with other data answers at
        this address.{' '}
        {keptHere
          ? 'What is drawn here is kept in this browser until you choose.'
          : 'What is drawn here is nowhere else: this browser keeps nothing.'}
      </p>
      {said === undefined ? null : (
        <p className="field-problems" role="alert">
          {said}
        </p>
      )}
      <div className="dialog-actions">
        {/* What has the focus at first does no harm. */}
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => void act(lookAgain)}
        >
          Look again
        </button>
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => leaveFor('/pipelines')}
        >
          Let it go
        </button>
        <button
          type="button"
          className="button primary"
          disabled={busy}
          onClick={() => void act(saveAnew)}
        >
          Save as a new pipeline
        </button>
      </div>
    </Dialog>
  )
}
