/** All recordings there are. */

import { oneLine, type wire } from '@millrace/pipeline'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Api } from '../api/api.ts'
import type { BrowserEnv } from '../env/browser-env.ts'
import { FindBar, RestOfList, useFoundList, walkRows } from '../lists/found-list.tsx'
import { bytesText, countText, timeText } from '../live/formats.ts'
import { PageBar } from '../pages/page-bar.tsx'
import { Announcer } from '../workbench/announcer.tsx'
import type { Workbench } from '../workbench/workbench-store.ts'
import { countOf, endText, spanText } from './recording-words.ts'
import { useRecordings } from './use-recordings.ts'
import './recordings.css'

interface PageProps {
  readonly api: Api
  readonly env: BrowserEnv
  readonly workbench: Workbench
}

export default function RecordingsPage({ api, env, workbench }: PageProps): ReactNode {
  const { value, refusal } = useRecordings(api, env)
  return (
    <div className="page">
      <PageBar workbench={workbench} current="/recordings" />
      <main className="page-main" aria-busy={value === undefined}>
        {refusal === undefined ? null : (
          <p role="alert" className="page-said">
            {refusal.message}
          </p>
        )}
        <h1 className="page-title">Recordings</h1>
        <p className="page-lead">
          What came into jobs, with the readings of the clock. Replayed into another version of a
          pipeline, a recording shows what would have been different, and nobody else notices.
        </p>
        {value === undefined ? (
          refusal === undefined ? (
            <p role="status">The recordings are being read.</p>
          ) : null
        ) : value.length === 0 ? (
          <section className="empty-card">
            <h2>There are no recordings yet</h2>
            <p>
              Press Record in the bar of a running pipeline. Whatever comes in from then on is kept,
              until you stop it, or it has 1 GB or 24 hours.
            </p>
            <Link className="button" href="/pipelines">
              All pipelines
            </Link>
          </section>
        ) : (
          <RecordingList recordings={value} nowMs={env.nowMs()} />
        )}
      </main>
      <Announcer workbench={workbench} env={env} />
    </div>
  )
}

interface ListProps {
  readonly recordings: readonly wire.WireRecording[]
  readonly nowMs: number
}

function RecordingList({ recordings, nowMs }: ListProps): ReactNode {
  const bytes = recordings.reduce((sum, one) => sum + one.bytes, 0)
  const list = useFoundList(recordings, nameOf)
  return (
    <>
      <p className="quiet" role="status">
        {countOf(recordings.length, 'recording')}, {bytesText(bytes)}
      </p>
      <FindBar list={list} noun="recording" />
      <div className="recordings-frame">
        <table className="recordings-table">
          <thead>
            <tr>
              <th scope="col">Pipeline</th>
              <th scope="col">Recorded</th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col" className="number">
                Spans
              </th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col">Ended</th>
            </tr>
          </thead>
          <tbody ref={list.holdRows} onKeyDown={walkRows}>
            {list.shown.map((one) => (
              <tr key={one.recordingId} data-state={one.state}>
                <td>
                  <Link href={`/recordings/${one.recordingId}`} className="recording-name">
                    {nameOf(one)}
                  </Link>
                  <small>version {one.version}</small>
                </td>
                <td>{one.startedAtMs === 0 ? '–' : timeText(one.startedAtMs)}</td>
                <td className="number">{countText(one.records)}</td>
                <td className="number">{spanText(one, nowMs)}</td>
                <td className="number">{bytesText(one.bytes)}</td>
                <td title={one.detail}>{endText(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <RestOfList list={list} noun="recording" />
    </>
  )
}

function nameOf({ name, recordingId }: wire.WireRecording): string {
  return name === '' ? recordingId : oneLine(name)
}
