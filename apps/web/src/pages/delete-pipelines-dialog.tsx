/** Asks before several pipelines are deleted: which, what goes with them, and which stay. */

import { counted } from '@millrace/pipeline'
import { type ReactNode, useRef, useState } from 'react'
import { type Api, type ApiReply, messageOf } from '../api/api.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import type { BrowserEnv } from '../env/browser-env.ts'
import { countText } from '../live/formats.ts'
import { hasNotEnded } from '../live/job-words.ts'
import { forgetPipeline } from './kept-of-pipeline.ts'
import { nameList } from './name-list.ts'
import './delete-pipeline.css'

type Pipeline = ApiReply<'listPipelines'>[number]

interface DeletePipelinesDialogProps {
  readonly api: Api
  readonly env: BrowserEnv
  /** As the list knows them: one that was stopped meanwhile can be deleted. */
  readonly pipelines: readonly Pipeline[]
  /** Some are gone, or all. */
  readonly onDeleted: () => void
  readonly onClose: () => void
}

export default function DeletePipelinesDialog(props: DeletePipelinesDialogProps): ReactNode {
  const { api, env, pipelines, onDeleted, onClose } = props
  const [left, setLeft] = useState<number>()
  const [said, setSaid] = useState<readonly string[]>([])
  const closed = useRef(false)
  const running = pipelines.filter(({ job }) => hasNotEnded(job))
  const free = pipelines.filter(({ job }) => !hasNotEnded(job))
  const close = (): void => {
    closed.current = true
    onClose()
  }
  const remove = async (): Promise<void> => {
    const refused: string[] = []
    for (const [index, { id, name }] of free.entries()) {
      if (closed.current) break
      setLeft(free.length - index)
      const answer = await api.call('deletePipeline', { params: { id } })
      if (answer.kind === 'done') forgetPipeline(env.storage, id)
      else refused.push(`${nameList([name])}: ${messageOf(answer)}`)
    }
    setLeft(undefined)
    setSaid(refused)
    onDeleted()
    if (refused.length === 0) close()
  }
  const what = counted(free.length, 'pipeline')
  return (
    <Dialog title={`Delete ${what}`} width="narrow" onClose={close}>
      <div className="delete-said">
        {free.length === 0 ? null : (
          <>
            <p>{nameList(free.map(({ name }) => name))}</p>
            <p>
              With {free.length === 1 ? 'it go its' : 'them go their'} versions, checkpoints,
              savepoints and dead letters. Nothing brings them back. Files and topics that{' '}
              {free.length === 1 ? 'it has' : 'they have'} written stay, and so do recordings.
            </p>
          </>
        )}
        {running.length === 0 ? null : (
          <p>
            {running.length === 1 ? 'One runs' : `${countText(running.length)} run`} at this moment
            and {running.length === 1 ? 'stays' : 'stay'}:{' '}
            {nameList(running.map(({ name }) => name))}. What is to be deleted has to be stopped
            first.
          </p>
        )}
        {said.length === 0 ? null : (
          <ul className="field-problems" role="alert">
            {said.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        )}
      </div>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={close}>
          {left === undefined ? `Keep ${pipelines.length === 1 ? 'it' : 'them'}` : 'Delete no more'}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={left !== undefined || free.length === 0}
          onClick={() => void remove()}
        >
          {left === undefined ? `Delete ${what}` : `${countText(left)} to go`}
        </button>
      </div>
    </Dialog>
  )
}
