/** The Event time tab: the picture of the selected window node, followed or held still. */

import './event-time.css'
import { type ReactNode, useCallback, useState } from 'react'
import { watermarkText } from '../../live/formats.ts'
import { isActive } from '../../live/job-words.ts'
import { useBoard, useJobFact, useLive, useValue } from '../../live/live.tsx'
import { useOwned } from '../../live/use-owned.ts'
import { DrawerButton, EmptyTab } from '../parts.tsx'
import { PictureCanvas } from './picture-canvas.tsx'
import { openPictureSession, type PictureSession } from './picture-session.ts'
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

interface PictureProps {
  readonly session: PictureSession
  readonly node: { readonly id: string; readonly title: string }
}

function Picture({ session, node }: PictureProps): ReactNode {
  const { job, env } = useLive()
  const board = useBoard()
  const state = useJobFact((status) => status?.state)
  const [heldAtMs, setHeldAtMs] = useState<number>()
  const [asTable, setAsTable] = useState(false)
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
    return (
      <EmptyTab title="The job ended before its windows were looked at">
        They are recorded from the time at which this tab first shows them. Start the job again and
        open it meanwhile; a slower pace lets you see them fill.
      </EmptyTab>
    )
  }
  const { clockOffsetMs } = job
  const standing = { picture, board, state, metricsOf: job.metrics.get }
  const standstill = standstillText(standing) ?? emptyText(standing)
  const label =
    `Event time of ${node.title}. Watermark: ${watermarkText(picture.watermark)}. ` +
    `${picture.windows.filter(({ firedAtMs }) => firedAtMs === undefined).length} windows open.`
  return (
    <div className="event-time">
      <div className="tab-bar">
        <Legend sampledOneIn={picture.sampledOneIn} />
        <DrawerButton pressed={asTable} onPress={() => setAsTable(!asTable)}>
          Table
        </DrawerButton>
        <DrawerButton
          pressed={heldAtMs !== undefined}
          onPress={() =>
            setHeldAtMs(heldAtMs === undefined ? env.nowMs() + clockOffsetMs() : undefined)
          }
        >
          {heldAtMs === undefined ? 'Hold' : 'Follow'}
        </DrawerButton>
      </div>
      {standstill !== undefined && <p className="standstill">{standstill}</p>}
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
