/** Asks before a pipeline is deleted: what goes with it, what stays, and whether it runs. */

import type { wire } from '@millrace/pipeline'
import { type ReactNode, useEffect, useState } from 'react'
import { type Api, messageOf } from '../api/api.ts'
import { Dialog } from '../dialogs/dialog.tsx'
import type { BrowserEnv } from '../env/browser-env.ts'
import { hasNotEnded } from '../live/job-words.ts'
import { forgetPipeline } from './kept-of-pipeline.ts'
import { goesText, type PipelineHoldings, staysText } from './pipeline-holdings.ts'
import './delete-pipeline.css'

interface DeletePipelineDialogProps {
  readonly api: Api
  readonly env: BrowserEnv
  readonly pipelineId: string
  readonly name: string
  readonly onDeleted: () => void
  readonly onClose: () => void
}

const REFRESH_MS = 1_000

export default function DeletePipelineDialog(props: DeletePipelineDialogProps): ReactNode {
  const { api, env, pipelineId, name, onDeleted, onClose } = props
  const holdings = useHoldings(api, pipelineId)
  const job = useLatestJob(api, env, pipelineId)
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<string>()
  const runs = hasNotEnded(job)
  const act = async (request: () => Promise<string | undefined>): Promise<void> => {
    setBusy(true)
    setSaid(await request())
    setBusy(false)
  }
  const remove = async (): Promise<string | undefined> => {
    const answer = await api.call('deletePipeline', { params: { id: pipelineId } })
    if (answer.kind !== 'done') return messageOf(answer)
    onDeleted()
    forgetPipeline(env.storage, pipelineId)
    return undefined
  }
  const stop = async (): Promise<string | undefined> => {
    if (!runs) return undefined
    const answer = await api.call('stopJob', { params: { id: job.jobId } })
    return answer.kind === 'done' ? undefined : messageOf(answer)
  }
  return (
    <Dialog title={`Delete "${name}"`} width="narrow" onClose={onClose}>
      <div className="delete-said" aria-busy={holdings === undefined}>
        <p>{holdings === undefined ? 'Looking at what goes with it' : goesText(holdings)}</p>
        {holdings === undefined ? null : <p>{staysText(holdings)}</p>}
        {runs ? <p>It runs at this moment, and has to be stopped first.</p> : null}
        {said === undefined ? null : (
          <p className="field-problems" role="alert">
            {said}
          </p>
        )}
      </div>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
        {runs ? (
          <button type="button" className="button" disabled={busy} onClick={() => void act(stop)}>
            Stop it
          </button>
        ) : null}
        <button
          type="button"
          className="button danger"
          disabled={busy || runs || job === undefined || holdings === undefined}
          onClick={() => void act(remove)}
        >
          Delete the pipeline
        </button>
      </div>
    </Dialog>
  )
}

function useHoldings(api: Api, id: string): PipelineHoldings | undefined {
  const [holdings, setHoldings] = useState<PipelineHoldings>()
  useEffect(() => {
    let left = false
    const read = async (): Promise<void> => {
      const [versions, kept, letters, recordings] = await Promise.all([
        api.call('listVersions', { params: { id } }),
        api.call('listCheckpoints', { params: { id } }),
        api.call('listLetterGroups', { params: { id } }),
        api.call('listRecordings', { query: { pipelineId: id } }),
      ])
      if (left) return
      const { open = 0, sent = 0 } = letters.kind === 'done' ? letters.reply.books : {}
      setHoldings({
        versions: versions.kind === 'done' ? versions.reply.length : undefined,
        checkpoints: kept.kind === 'done' ? kept.reply.checkpoints.length : undefined,
        savepoints: kept.kind === 'done' ? kept.reply.savepoints.length : undefined,
        openLetters: letters.kind === 'done' ? open + sent : undefined,
        recordings: recordings.kind === 'done' ? recordings.reply.length : undefined,
      })
    }
    void read()
    return () => {
      left = true
    }
  }, [api, id])
  return holdings
}

/** Looks again and again, since it may be stopped elsewhere; undefined while nothing is known. */
function useLatestJob(
  api: Api,
  env: BrowserEnv,
  pipelineId: string,
): wire.JobStatus | null | undefined {
  const [job, setJob] = useState<wire.JobStatus | null>()
  useEffect(() => {
    let left = false
    let cancel = (): void => undefined
    const read = async (): Promise<void> => {
      const answer = await api.call('listPipelines', {})
      if (left) return
      if (answer.kind === 'done') {
        setJob(answer.reply.find(({ id }) => id === pipelineId)?.job ?? null)
      }
      cancel = env.after(REFRESH_MS, () => void read())
    }
    void read()
    return () => {
      left = true
      cancel()
    }
  }, [api, env, pipelineId])
  return job
}
