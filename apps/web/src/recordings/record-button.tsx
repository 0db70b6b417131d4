/** Records what comes into the running job, from the top bar. */

import { type ReactNode, useState } from 'react'
import { useSession } from '../editor/session.tsx'
import { bytesText } from '../live/formats.ts'
import { useJobFact } from '../live/live.tsx'
import { startRecording, stopRecording } from './recording-acts.ts'
import { countOf } from './recording-words.ts'
import { useRecordings } from './use-recordings.ts'
import './record-button.css'

export default function RecordButton({ disabled }: { readonly disabled: boolean }): ReactNode {
  const session = useSession()
  const { api, env, pipelineId, workbench } = session
  const jobId = useJobFact((status) => status?.jobId)
  const { value, refresh } = useRecordings(api, env, pipelineId)
  const [busy, setBusy] = useState(false)
  const live = value?.find((one) => one.state === 'recording' && one.jobId === jobId)
  const press = async (): Promise<void> => {
    if (jobId === undefined) return
    setBusy(true)
    if (live === undefined) await startRecording(session, jobId)
    else {
      await stopRecording(session, live.recordingId)
      workbench.showDrawer('recordings')
    }
    setBusy(false)
    refresh()
  }
  const said =
    live === undefined
      ? 'Records what comes in, so that it can be replayed into another version'
      : `${countOf(live.records, 'record')} so far, ${bytesText(live.bytes)}. Press to stop.`
  return (
    <button
      type="button"
      className="button record-button"
      aria-pressed={live !== undefined}
      disabled={disabled || busy || value === undefined}
      title={said}
      onClick={() => void press()}
    >
      <i aria-hidden />
      <span className="button-label">{live === undefined ? 'Record' : 'Recording'}</span>
    </button>
  )
}
