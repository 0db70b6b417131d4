/** The Event time tab: the picture of the selected window node, followed or held still. */

import './event-time.css'
import { type ReactNode, useCallback, useState } from 'react'
import { useSession } from '../../editor/session.tsx'
import { durationText, watermarkText } from '../../live/formats.ts'
import { isActive, paceTitle } from '../../live/job-words.ts'
import { useBoard, useJobFact, useLive, useValue } from '../../live/live.tsx'
import { PACES, startJob } from '../../live/run-control.ts'
import { useOwned } from '../../live/use-owned.ts'
import { DrawerButton, EmptyTab } from '../parts.tsx'
import { PictureCanvas } from './picture-canvas.tsx'
import { openPictureSession, type PictureSession } from './picture-session.ts'
import { pictureSpanMs } from './view.ts'
import { emptyText, standstillText } from './why-not.ts'
import { WindowTable } from './window-table.tsx'

interface Props {
  /** The window node to look at; undefined where none is selected. */
  readonly node: { readonly id: string; readonly title: string } | undefined
}

export function EventTimeTab({ node }: Props): ReactNode {
  const jobId = useJobFact((status) => status?.jobId)
  if (node === undefined) {
    return (
      <EmptyTab title="Select a window">
        Its windows are drawn here while they fill and fire: event time across, processing time up,
        each record a dot, the watermark a line.
      </EmptyTab>
    )
  }
  if (jobId === undefined) {
    return <EmptyTab title="Nothing has run yet">Start the pipeline to see its windows.</EmptyTab>
  }
  return <NodePicture key={`${jobId} ${node.id}`} jobId={jobId} node={node} />
}

interface NodePictureProps {
  readonly jobId: string
  readonly node: { readonly id: string; readonly title: string }
}

function NodePicture({ jobId, node }: NodePictureProps): ReactNode {
  const { connection, job } = useLive()
  const session = useOwned(
    useCallback(
      () =>
        openPictureSession(
          connection,
          { jobId, nodeId: node.id },
          {
            isIdle: () => job.metrics.get(node.id)?.idle ?? false,
            isActive: () => isActive(job.status.get()),
          },
        ),
      [connection, job, jobId, node.id],
    ),
  )
  if (session === undefined) return null
  return <Picture session={session} node={node} />
}

/** What took less than this shows nothing over processing time. */
const FLASH_MS = 1_000

interface PictureProps {
  readonly session: PictureSession
  readonly node: { readonly id: string; readonly title: string }
}

function Picture({ session, node }: PictureProps): ReactNode {
  const { job, env } = useLive()
  const board = useBoard()
  const state = useJobFact((status) => status?.state)
  const [heldAtMs, setHeldAtMs] = useState<number>()
  const [chosen, setAsTable] = useState<boolean>()
  const { picture, refusal } = useValue(session.state)
  const running = useJobFact(isActive)
  if (picture === undefined) {
    return refusal === undefined ? (
      <EmptyTab title="Waiting for the first picture" />
    ) : (
      <EmptyTab title="There is no picture of this node">{refusal}</EmptyTab>
    )
  }
  if (!running && picture.windows.length + picture.dots.length === 0) {
    return job.metrics.get(node.id)?.in === 0 ? (
      <EmptyTab title="No record came to it">So no window was opened.</EmptyTab>
    ) : (
      <EmptyTab title="The job ended before its windows were looked at">
        Of a job as fast as this one they are recorded only while this tab shows them. Start the job
        again and open it meanwhile; a slower pace lets you see them fill.
      </EmptyTab>
    )
  }
  const tookMs = pictureSpanMs(picture)
  // All of it would lie on one line.
  const isFlash = !running && tookMs < FLASH_MS
  const asTable = chosen ?? isFlash
  const { clockOffsetMs } = job
  const standing = { picture, board, state, metricsOf: job.metrics.get }
  const standstill = standstillText(standing) ?? emptyText(standing)
  const open = picture.windows.filter(({ firedAtMs }) => firedAtMs === undefined).length
  const label =
    `Event time of ${node.title}. Watermark: ${watermarkText(picture.watermark)}. ` +
    `${open === 1 ? '1 window' : `${open} windows`} open.`
  return (
    <div className="event-time">
      <div className="tab-bar">
        <Legend sampledOneIn={picture.sampledOneIn} />
        <DrawerButton pressed={asTable} onPress={() => setAsTable(!asTable)}>
          Table
        </DrawerButton>
        {(running || heldAtMs !== undefined) && (
          <DrawerButton
            pressed={heldAtMs !== undefined}
            onPress={() =>
              setHeldAtMs(heldAtMs === undefined ? env.nowMs() + clockOffsetMs() : undefined)
            }
          >
            {heldAtMs === undefined ? 'Hold' : 'Follow'}
          </DrawerButton>
        )}
      </div>
      {standstill !== undefined && <p className="standstill">{standstill}</p>}
      {isFlash && (
        <p className="standstill">
          All of this happened within {durationText(Math.max(1, tookMs))}.
          {state === 'finished' && <SlowStart />}
        </p>
      )}
      {asTable ? (
        <WindowTable standing={standing} isTold={standstill !== undefined} />
      ) : (
        <PictureCanvas
          session={session}
          standing={standing}
          env={env}
          clockOffsetMs={clockOffsetMs}
          heldAtMs={heldAtMs}
          running={running}
          label={label}
        />
      )}
    </div>
  )
}

/** So slowly that the windows are seen as they fill, and not for longer than a minute or so. */
const SEEN_FOR_S = 60

function SlowStart(): ReactNode {
  const session = useSession()
  const live = useLive()
  const board = useBoard()
  const sources = [...board.nodes.values()].filter(({ category }) => category === 'source')
  const came = sources.reduce((sum, { id }) => sum + (live.job.metrics.get(id)?.out ?? 0), 0)
  const pace = PACES.findLast((each) => each !== null && came / each <= SEEN_FOR_S) ?? null
  if (pace === null) return null
  return (
    <button
      type="button"
      className="button"
      onClick={() => void startJob({ session, live }, undefined, { pace })}
    >
      See the windows fill, at {paceTitle(pace)}
    </button>
  )
}

function Legend({ sampledOneIn }: { readonly sampledOneIn: number }): ReactNode {
  return (
    <ul className="legend">
      <li data-role="record">{sampledOneIn > 1 ? `1 of ${sampledOneIn} records` : 'record'}</li>
      <li data-role="late" title="It came after its windows had been let go, and left by late.">
        late record
      </li>
      <li
        data-role="watermark"
        title="How far event time has come: nothing earlier should still come."
      >
        watermark
      </li>
      <li
        data-role="open"
        title="It takes records until the watermark passes its end, and fires then."
      >
        open window
      </li>
      <li data-role="fired">fired window, with its records</li>
    </ul>
  )
}
