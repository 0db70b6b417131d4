/** One recording: what it holds, what was replayed into which version, and what differed. */

import { oneLine, type wire } from '@millrace/pipeline'
import { ArrowLeft, Download } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { type Api, messageOf } from '../api/api.ts'
import { DifferenceList } from '../differences/difference-list.tsx'
import type { BrowserEnv } from '../env/browser-env.ts'
import { bytesText, countText, durationText, timeText } from '../live/formats.ts'
import { PageBar } from '../pages/page-bar.tsx'
import { Announcer } from '../workbench/announcer.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import { DifferenceView } from './difference-view.tsx'
import { countOf, endText, spanText } from './recording-words.ts'
import { archiveUrl, useRecording, useReplay, useReplays } from './use-recordings.ts'
import './recordings.css'

interface PageProps {
  readonly recordingId: string
  /** The newest if absent. */
  readonly replayId: string | undefined
  readonly api: Api
  readonly env: BrowserEnv
  readonly workbench: Workbench
}

export default function RecordingPage(props: PageProps): ReactNode {
  const { recordingId, api, env, workbench } = props
  const { value: recording, refusal } = useRecording(api, env, recordingId)
  const { value: replays, refresh } = useReplays(api, env, recordingId)
  const replayId = props.replayId ?? replays?.[0]?.replayId
  return (
    <div className="page">
      <PageBar workbench={workbench} current="/recordings">
        {recording === undefined || recording.state === 'recording' ? null : (
          <a className="button" href={archiveUrl(recordingId)} download>
            <Download size={14} aria-hidden />
            <span className="button-label">Download</span>
          </a>
        )}
      </PageBar>
      <main className="page-main recordings-main" aria-busy={recording === undefined}>
        {refusal === undefined ? null : (
          <p role="alert" className="page-said">
            {refusal.message}
          </p>
        )}
        {recording === undefined ? (
          refusal === undefined ? (
            <p role="status">The recording is being read.</p>
          ) : (
            <Link href="/recordings">All recordings</Link>
          )
        ) : (
          <>
            <RecordingHead recording={recording} nowMs={env.nowMs()} />
            <div className="recording-columns">
              <ReplayList {...props} replays={replays} shown={replayId} onChanged={refresh} />
              {replayId === undefined ? (
                <NoReplay recording={recording} known={replays !== undefined} />
              ) : (
                <ReplayPane key={replayId} {...props} replayId={replayId} onChanged={refresh} />
              )}
            </div>
          </>
        )}
      </main>
      <Announcer workbench={workbench} env={env} />
    </div>
  )
}

interface HeadProps {
  readonly recording: wire.WireRecording
  readonly nowMs: number
}

function RecordingHead({ recording, nowMs }: HeadProps): ReactNode {
  const { name, pipelineId, version, startedAtMs, records, bytes, detail } = recording
  const figures = [
    ['Version', version === 0 ? '–' : countText(version)],
    ['Records', countText(records)],
    ['Spans', spanText(recording, nowMs)],
    ['Size', bytesText(bytes)],
    ['Ended', endText(recording)],
  ]
  return (
    <header className="recording-head">
      <div>
        <p className="recording-crumb">
          <Link href={`/pipelines/${pipelineId}`}>
            <ArrowLeft size={13} aria-hidden /> Back to the pipeline
          </Link>
        </p>
        <h1 className="page-title">{name === '' ? 'A recording' : oneLine(name)}</h1>
        <p className="quiet">
          {startedAtMs === 0 ? '' : `Recorded from ${timeText(startedAtMs)} on. `}
          {detail}
        </p>
      </div>
      <dl className="topic-figures recording-figures">
        {figures.map(([title, text]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </header>
  )
}

interface ListProps extends PageProps {
  readonly replays: readonly wire.ReplaySummary[] | undefined
  readonly shown: string | undefined
  readonly onChanged: () => void
}

const NOT_REPLAYED = 'Not replayed.'

function ReplayList({ replays, shown, recordingId, api, workbench, onChanged }: ListProps) {
  const [, navigate] = useLocation()
  const [busy, setBusy] = useState(false)
  const again = async (): Promise<void> => {
    setBusy(true)
    const answer = await api.call('startReplay', { params: { id: recordingId }, body: {} })
    setBusy(false)
    onChanged()
    if (answer.kind !== 'done') {
      const details = [messageOf(answer)]
      workbench.notify({ kind: 'refused', title: NOT_REPLAYED, details })
      return
    }
    if (workbench.store.getState().notice?.title === NOT_REPLAYED) {
      workbench.update({ notice: undefined })
    }
    navigate(`/recordings/${recordingId}/${answer.reply.replayId}`)
  }
  return (
    <nav className="replay-list" aria-label="Replays of this recording">
      <h2>Replays</h2>
      {replays?.map((one) => (
        <Link
          key={one.replayId}
          href={`/recordings/${recordingId}/${one.replayId}`}
          aria-current={one.replayId === shown ? 'page' : undefined}
        >
          <strong>{one.title ?? 'The recorded version'}</strong>
          <small>{timeText(one.startedAtMs)}</small>
          <small data-state={one.state}>{foundText(one)}</small>
        </Link>
      ))}
      {replays?.length === 0 ? <p className="quiet">None yet.</p> : null}
      <button type="button" className="button" disabled={busy} onClick={() => void again()}>
        Check the recorded version
      </button>
    </nav>
  )
}

function foundText({ state, differences, columnsDiffer }: wire.ReplaySummary): string {
  if (state !== 'done') return { running: 'running', failed: 'failed', stopped: 'stopped' }[state]
  if (differences === null || differences === 0) {
    return columnsDiffer ? 'columns differ' : 'nothing differs'
  }
  return differences === 1 ? '1 row differs' : `${countText(differences)} rows differ`
}

function NoReplay(props: {
  readonly recording: wire.WireRecording
  readonly known: boolean
}): ReactNode {
  const { pipelineId, state } = props.recording
  if (!props.known) return <p role="status">Its replays are being read.</p>
  return (
    <section className="empty-card">
      <h2>Nothing is compared yet</h2>
      <p>
        {state === 'recording'
          ? 'It is being recorded. Stop it in the designer, edit the pipeline, and replay it there into what is drawn.'
          : 'Open the pipeline, edit it, and choose "Replay into what is drawn" under Recordings. Both versions get what was recorded, and what comes to their sinks is compared here.'}
      </p>
      <Link className="button" href={`/pipelines/${pipelineId}`}>
        Open the pipeline
      </Link>
    </section>
  )
}

interface PaneProps extends PageProps {
  readonly replayId: string
  readonly onChanged: () => void
}

function ReplayPane({ recordingId, replayId, api, env, workbench, onChanged }: PaneProps) {
  const { value, refusal, refresh } = useReplay(api, env, recordingId, replayId)
  const over = value !== undefined && value.state !== 'running'
  useEffect(() => {
    if (over) onChanged()
  }, [over, onChanged])
  const stop = async (): Promise<void> => {
    const params = { id: recordingId, replay: replayId }
    const answer = await api.call('stopReplay', { params, body: {} })
    if (answer.kind !== 'done') {
      const details = [messageOf(answer)]
      workbench.notify({ kind: 'refused', title: 'The replay was not stopped.', details })
    }
    refresh()
    onChanged()
  }
  if (value === undefined) {
    return refusal === undefined ? (
      <p role="status">The result is being read.</p>
    ) : (
      <p role="alert" className="page-said">
        {refusal.message}
      </p>
    )
  }
  return (
    <article className="replay-pane">
      <header>
        <h2>{value.title ?? 'The recorded version'}</h2>
        <p className="quiet">{paneText(value)}</p>
      </header>
      <ReplayEdit replay={value} />
      {value.state === 'running' ? (
        <ReplayProgress replay={value} onStop={() => void stop()} />
      ) : value.result !== null ? (
        <DifferenceView result={value.result} differences={value.differences ?? 0} />
      ) : (
        <p role="alert" className="page-said" data-state={value.state}>
          {value.message}
        </p>
      )}
    </article>
  )
}

/** Where there is no other version there is nothing to say. */
function ReplayEdit({ replay: { difference } }: { readonly replay: wire.ReplayStatus }): ReactNode {
  if (difference === null) return null
  return (
    <section className="replay-edit" aria-labelledby="replay-edit-title">
      <h3 id="replay-edit-title">What is edited</h3>
      <DifferenceList difference={difference} label="What is edited" />
    </section>
  )
}

function paneText({ title, startedAtMs, endedAtMs, records }: wire.ReplayStatus): string {
  const what = title === null ? 'Run alone' : 'Run beside the recorded version'
  if (endedAtMs === null) return `${what}. Nothing of it reaches topics, files or other machines.`
  const took = durationText(endedAtMs - startedAtMs)
  return `${what}: ${countOf(records, 'record')} in ${took}.`
}

interface ProgressProps {
  readonly replay: wire.ReplayStatus
  readonly onStop: () => void
}

function ReplayProgress({ replay, onStop }: ProgressProps): ReactNode {
  const { records, recordsTotal } = replay
  return (
    <div className="replay-progress">
      <progress aria-label="Records replayed" value={records} max={Math.max(1, recordsTotal)} />
      <p role="status">
        {countText(records)} of {countOf(recordsTotal, 'record')}
      </p>
      <button type="button" className="button" onClick={onStop}>
        Stop
      </button>
    </div>
  )
}
