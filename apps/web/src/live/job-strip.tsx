/**
 * On the stack of news: what went wrong with the job or the connection, in words, with what to do
 * next.
 */

import { CircleAlert, RotateCw, Unplug, X } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { selectionOf } from '../editor/selection.ts'
import { useSession } from '../editor/session.tsx'
import { OnStack } from '../notices/notice-stack.tsx'
import { nodeTitle } from './board.ts'
import { isActive, jobWords } from './job-words.ts'
import { useBoard, useJobStatus, useLive, useValue } from './live.tsx'

export function JobStrip(): ReactNode {
  return (
    <OnStack>
      <Strip />
    </OnStack>
  )
}

function Strip(): ReactNode {
  const { connection } = useLive()
  const { kind, unreadable } = useValue(connection.state)
  if (kind === 'gone') return <GoneStrip />
  if (kind === 'reconnecting') {
    return (
      <div className="job-strip" data-tone="waiting" role="status">
        <RotateCw size={15} aria-hidden />
        <p>Reconnecting. The numbers here are of a moment ago; they go on with the connection.</p>
      </div>
    )
  }
  if (unreadable > 0) {
    return (
      <div className="job-strip" data-tone="waiting" role="status">
        <CircleAlert size={15} aria-hidden />
        <p>
          The server sends what this page does not know. Reload the page to bring it up to date.
        </p>
      </div>
    )
  }
  return <StatusStrip />
}

function GoneStrip(): ReactNode {
  const { connection } = useLive()
  return (
    <div className="job-strip" data-tone="bad" role="alert">
      <Unplug size={15} aria-hidden />
      <p>
        <strong>Server gone: your edits are kept.</strong> They are saved when it is back. Start it
        with <code>npm start</code>, or look at its output.
      </p>
      <button type="button" className="button" onClick={() => connection.retry()}>
        Try now
      </button>
    </div>
  )
}

/** That a job has restarted stays in the pill beside its state, and in its log. */
const NEWS_MS = 20_000

function StatusStrip(): ReactNode {
  const session = useSession()
  const { env } = useLive()
  const board = useBoard()
  const status = useJobStatus()
  const [first, setFirst] = useState(status)
  const [closed, setClosed] = useState('')
  // A restart of long ago is no news to a page that is opened now.
  if (status?.jobId !== first?.jobId) setFirst(status)
  const restarted = isActive(status) && (status?.restarts ?? 0) > (first?.restarts ?? 0)
  const key = `${status?.jobId} ${status?.state === 'failed'} ${status?.restarts}`
  const passes = restarted && status?.state === 'running'
  useEffect(
    () => (passes ? env.after(NEWS_MS, () => setClosed(key)) : undefined),
    [passes, key, env],
  )
  if (status === undefined) return null
  const { label, tone, detail, nextStep } = jobWords(status, (nodeId) => nodeTitle(board, nodeId))
  const worth = restarted || status.state === 'failed' || status.state === 'restarting'
  if (!worth || detail === undefined || closed === key) return null
  const nodeId = status.failure?.nodeId
  return (
    <div className="job-strip" data-tone={restarted ? 'waiting' : tone} role="alert">
      {status.state === 'failed' ? (
        <CircleAlert size={15} aria-hidden />
      ) : (
        <RotateCw size={15} aria-hidden />
      )}
      <p>
        <strong>{label}.</strong> {detail} {nextStep}
      </p>
      {nodeId !== undefined && (
        <button
          type="button"
          className="button"
          onClick={() => session.editor.select(selectionOf({ nodes: [nodeId] }))}
        >
          Show {nodeTitle(board, nodeId)}
        </button>
      )}
      <button
        type="button"
        className="button quiet icon"
        aria-label="Close"
        onClick={() => setClosed(key)}
      >
        <X size={14} aria-hidden />
      </button>
    </div>
  )
}
