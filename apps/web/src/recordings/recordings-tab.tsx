/** The Recordings tab: those of this pipeline, and replaying one into what is drawn. */

import type { wire } from '@millrace/pipeline'
import { Download } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { messageOf } from '../api/api.ts'
import { AskedFor, DrawerButton, EmptyTab } from '../drawer/parts.tsx'
import { useEditorState, useSession } from '../editor/session.tsx'
import { bytesText, countText, timeText } from '../live/formats.ts'
import { isActive } from '../live/job-words.ts'
import { useJobStatus } from '../live/live.tsx'
import { recordTopics, replayIntoDrawing, startRecording, stopRecording } from './recording-acts.ts'
import { countOf, endText, spanText } from './recording-words.ts'
import { archiveUrl, useRecordings } from './use-recordings.ts'
import '../design/text-button.css'
import './recordings.css'

export default function RecordingsTab(): ReactNode {
  const { api, env, pipelineId } = useSession()
  const { value, refusal, refresh } = useRecordings(api, env, pipelineId)
  const state = useJobStatus()?.state
  // biome-ignore lint/correctness/useExhaustiveDependencies: what an end has ended is seen at once
  useEffect(() => refresh(), [refresh, state])
  return (
    <div className="recordings-tab">
      <RecordBar recordings={value} onChanged={refresh} />
      <AskedFor refusal={refusal}>
        {value === undefined ? undefined : value.length === 0 ? (
          <EmptyTab title="Nothing is recorded yet">
            Record what comes into the running job. Then edit the pipeline, and replay the recording
            into what is drawn: it is computed beside the job, writes nothing, and shows what
            differs.
          </EmptyTab>
        ) : (
          <div className="drawer-scroll">
            <RecordingTable recordings={value} onChanged={refresh} />
          </div>
        )}
      </AskedFor>
    </div>
  )
}

interface BarProps {
  readonly recordings: readonly wire.WireRecording[] | undefined
  readonly onChanged: () => void
}

function RecordBar({ recordings, onChanged }: BarProps): ReactNode {
  const session = useSession()
  const status = useJobStatus()
  const [busy, setBusy] = useState(false)
  const active = isActive(status)
  const errors = useHasErrors()
  const readsTopics = useEditorState(({ analysis }) =>
    [...analysis.checked.nodes.values()].some(({ operator, config }) =>
      operator.topics?.(config).some(({ use }) => use === 'read'),
    ),
  )
  const live = recordings?.find(({ state, jobId }) => {
    return state === 'recording' && jobId === status?.jobId
  })
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true)
    await work()
    setBusy(false)
    onChanged()
  }
  return (
    <div className="tab-bar">
      {live === undefined ? (
        <DrawerButton
          disabled={!active || busy}
          onPress={() => void act(() => startRecording(session, status?.jobId ?? ''))}
        >
          Record what comes in
        </DrawerButton>
      ) : (
        <DrawerButton
          disabled={busy}
          onPress={() => void act(() => stopRecording(session, live.recordingId))}
        >
          Stop recording
        </DrawerButton>
      )}
      {readsTopics ? (
        <DrawerButton
          disabled={busy || errors}
          onPress={() => void act(() => recordTopics(session))}
        >
          Record what its topics hold
        </DrawerButton>
      ) : null}
      <span className="recordings-words" role="status">
        {live !== undefined
          ? `${countOf(live.records, 'record')} so far, ${bytesText(live.bytes)}`
          : active
            ? 'Ends by itself at 1 GB or after 24 hours; the job goes on.'
            : 'Start the pipeline to record what comes in.'}
      </span>
      <Link href="/recordings" className="recordings-all">
        All recordings
      </Link>
    </div>
  )
}

interface TableProps {
  readonly recordings: readonly wire.WireRecording[]
  readonly onChanged: () => void
}

function RecordingTable({ recordings, onChanged }: TableProps): ReactNode {
  const { env } = useSession()
  const nowMs = env.nowMs()
  return (
    <table className="figures" aria-label="Recordings">
      <thead>
        <tr>
          <th scope="col">Recorded</th>
          <th scope="col" className="number spare">
            Version
          </th>
          <th scope="col" className="number">
            Records
          </th>
          <th scope="col" className="number spare">
            Spans
          </th>
          <th scope="col" className="number spare">
            Size
          </th>
          <th scope="col">Ended</th>
          <th scope="col">
            <span className="visually-hidden">Replay it, take it away, or delete it</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {recordings.map((one) => (
          <tr key={one.recordingId}>
            <td>
              <Link href={`/recordings/${one.recordingId}`}>{timeText(one.startedAtMs)}</Link>
            </td>
            <td className="number spare">{one.version}</td>
            <td className="number">{countText(one.records)}</td>
            <td className="number spare">{spanText(one, nowMs)}</td>
            <td className="number spare">{bytesText(one.bytes)}</td>
            <td title={one.detail}>{endText(one)}</td>
            <td className="recording-acts">
              <RecordingActions recording={one} onChanged={onChanged} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function useHasErrors(): boolean {
  return useEditorState(({ analysis }) =>
    analysis.problems.some(({ severity }) => severity === 'error'),
  )
}

interface ActionsProps {
  readonly recording: wire.WireRecording
  readonly onChanged: () => void
}

function RecordingActions({ recording, onChanged }: ActionsProps): ReactNode {
  const session = useSession()
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  const [asked, setAsked] = useState(false)
  const errors = useHasErrors()
  const { recordingId, state, startedAtMs } = recording
  const what = <span className="visually-hidden"> the recording of {timeText(startedAtMs)}</span>
  const ended = state === 'ended'
  const replay = async (): Promise<void> => {
    setBusy(true)
    const started = await replayIntoDrawing(session, recording)
    setBusy(false)
    if (started !== undefined) navigate(`/recordings/${recordingId}/${started.replayId}`)
  }
  const remove = async (): Promise<void> => {
    setAsked(false)
    const answer = await session.api.call('deleteRecording', { params: { id: recordingId } })
    if (answer.kind !== 'done') {
      const title = 'The recording is not deleted.'
      session.workbench.notify({ kind: 'refused', title, details: [messageOf(answer)] })
    }
    onChanged()
  }
  return (
    <span className="recording-actions">
      <button
        type="button"
        className="text-button"
        disabled={!ended || busy || errors}
        title={whyNotText(state, errors)}
        onClick={() => void replay()}
      >
        {busy ? (
          'Starting'
        ) : (
          <span>
            Replay<span className="recording-into"> into what is drawn</span>
          </span>
        )}
        {what}
      </button>
      {ended ? (
        <a className="text-button" href={archiveUrl(recordingId)} download>
          <Download size={13} aria-label="Download" />
          {what}
        </a>
      ) : null}
      <button
        type="button"
        className="text-button"
        data-asked={asked}
        disabled={state === 'recording'}
        onClick={() => (asked ? void remove() : setAsked(true))}
        onBlur={() => setAsked(false)}
      >
        {asked ? 'Press again to delete' : 'Delete'}
        {what}
      </button>
    </span>
  )
}

/** Why it cannot be replayed now. */
function whyNotText(state: wire.WireRecording['state'], errors: boolean): string | undefined {
  if (state === 'recording') return 'It is still being recorded. Stop recording first.'
  if (state === 'damaged') return 'It is damaged, so that nothing of it can be replayed.'
  return errors ? 'What is drawn has errors. Mend them first.' : undefined
}
