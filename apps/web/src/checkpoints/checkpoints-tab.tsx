/** The Checkpoints tab: what the pipeline can go on from, and what to do with it. */

import './checkpoints-tab.css'
import { oneLine, type wire } from '@millrace/pipeline'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { messageOf } from '../api/api.ts'
import { usePolled } from '../api/use-polled.ts'
import { AskedFor, DrawerButton, EmptyTab } from '../drawer/parts.tsx'
import { useSession } from '../editor/session.tsx'
import { bytesText, countText, durationText, timeText } from '../live/formats.ts'
import { isActive } from '../live/job-words.ts'
import { useJobStatus, useLive } from '../live/live.tsx'
import { startJob } from '../live/run-control.ts'
import { nothingToRestore, reasonText } from './checkpoint-words.ts'
import { endJob, makeSavepoint, restoreHere } from './job-ends.ts'

const REFRESH_MS = 3_000

export function CheckpointsTab(): ReactNode {
  const { api, env, pipelineId } = useSession()
  const status = useJobStatus()
  const read = useCallback(
    () => api.call('listCheckpoints', { params: { id: pipelineId } }),
    [api, pipelineId],
  )
  const { value, refusal, refresh } = usePolled(read, REFRESH_MS, env)
  const newest = status?.checkpoints?.last?.id
  const state = status?.state
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new one is to be seen at once
  useEffect(() => refresh(), [refresh, newest, state])
  return (
    <div className="checkpoints-tab">
      <CheckpointBar status={status} onChanged={refresh} />
      <AskedFor refusal={refusal}>
        {value === undefined ? undefined : value.checkpoints.length + value.savepoints.length ===
          0 ? (
          <EmptyTab title="There is nothing to go on from">{nothingToRestore(status)}</EmptyTab>
        ) : (
          <div className="drawer-scroll checkpoints-lists">
            {value.savepoints.length === 0 ? null : (
              <SavepointTable savepoints={value.savepoints} onChanged={refresh} />
            )}
            <CheckpointTable checkpoints={value.checkpoints} />
          </div>
        )}
      </AskedFor>
    </div>
  )
}

interface BarProps {
  readonly status: wire.JobStatus | undefined
  readonly onChanged: () => void
}

function CheckpointBar({ status, onChanged }: BarProps): ReactNode {
  const session = useSession()
  const live = useLive()
  const [title, setTitle] = useState('')
  const [busy, setBusy] = useState(false)
  const active = isActive(status)
  const running = { session, live }
  const act = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true)
    await work()
    setBusy(false)
    onChanged()
  }
  return (
    <form
      className="tab-bar"
      onSubmit={(event) => {
        event.preventDefault()
        void act(async () => {
          if ((await makeSavepoint(running, title.trim())) !== undefined) setTitle('')
        })
      }}
    >
      <input
        className="input checkpoints-title"
        aria-label="Title of the savepoint"
        placeholder="title of a savepoint"
        maxLength={200}
        disabled={!active || busy}
        value={title}
        onChange={({ target }) => setTitle(target.value)}
      />
      <button type="submit" className="drawer-button" disabled={!active || busy}>
        Make a savepoint
      </button>
      <DrawerButton
        disabled={!active || busy}
        onPress={() => void act(() => endJob(running, 'savepoint'))}
      >
        Stop with a savepoint
      </DrawerButton>
      <DrawerButton
        disabled={!active || busy}
        onPress={() => void act(() => endJob(running, 'drain'))}
      >
        End its input
      </DrawerButton>
      <span className="checkpoints-words">{barText(status)}</span>
    </form>
  )
}

function barText(status: wire.JobStatus | undefined): string {
  const checkpoints = status?.checkpoints ?? null
  if (status === undefined || checkpoints === null) return ''
  const { intervalMs, failures, restored } = checkpoints
  return [
    `Every ${durationText(intervalMs)}`,
    ...(restored === null ? [] : [`went on from ${restored.id}`]),
    ...(failures === 0 ? [] : [`${countText(failures)} not stored`]),
  ].join(', ')
}

/** Of a version other than what is drawn, it is asked with which of them to go on. */
function useStartFrom(): (from: wire.StartFrom, keptBy: number | null) => void {
  const session = useSession()
  const live = useLive()
  return (from, keptBy) => {
    const running = { session, live }
    const active = isActive(live.job.status.get())
    const isOther = keptBy !== null && keptBy !== session.autosave.store.getState().version
    void (active || isOther ? restoreHere(running, from, keptBy) : startJob(running, from))
  }
}

function CheckpointTable(props: {
  readonly checkpoints: readonly wire.ListedCheckpoint[]
}): ReactNode {
  const startFrom = useStartFrom()
  const active = isActive(useJobStatus())
  return (
    <table className="figures" aria-label="Checkpoints">
      <thead>
        <tr>
          <th scope="col" className="number">
            Checkpoint
          </th>
          <th scope="col">Taken</th>
          <th scope="col">Why</th>
          <th scope="col" className="number">
            Version
          </th>
          <th scope="col" className="number" title="What is read to go on from it">
            Size
          </th>
          <th scope="col" className="number">
            Took
          </th>
          <th scope="col">
            <span className="visually-hidden">Go on from it</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.checkpoints.map(({ id, atMs, reason, version, bytes, durationMs }) => (
          <tr key={id}>
            <td className="number">{id}</td>
            <td>{timeText(atMs)}</td>
            <td>{reasonText(reason)}</td>
            <td className="number">{version ?? '–'}</td>
            <td className="number">{bytesText(bytes)}</td>
            <td className="number">{durationMs === null ? '–' : durationText(durationMs)}</td>
            <td>
              <button
                type="button"
                className="checkpoint-go"
                onClick={() => startFrom({ kind: 'checkpoint', id }, version)}
              >
                {active ? 'Restore' : 'Start from'}
                <span className="visually-hidden"> checkpoint {id}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface SavepointTableProps {
  readonly savepoints: readonly wire.Savepoint[]
  readonly onChanged: () => void
}

function SavepointTable({ savepoints, onChanged }: SavepointTableProps): ReactNode {
  const { api, workbench } = useSession()
  const startFrom = useStartFrom()
  const active = isActive(useJobStatus())
  const [asked, setAsked] = useState<string>()
  const remove = async (savepointId: string): Promise<void> => {
    const answer = await api.call('deleteSavepoint', { params: { id: savepointId } })
    if (answer.kind !== 'done') {
      const title = 'The savepoint is not deleted.'
      workbench.notify({ kind: 'refused', title, details: [messageOf(answer)] })
    }
    setAsked(undefined)
    onChanged()
  }
  return (
    <table className="figures" aria-label="Savepoints">
      <thead>
        <tr>
          <th scope="col">Savepoint</th>
          <th scope="col">Taken</th>
          <th scope="col" className="number">
            Version
          </th>
          <th scope="col" className="number">
            Size
          </th>
          <th scope="col">
            <span className="visually-hidden">Go on from it, or delete it</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {savepoints.map(({ savepointId, title, atMs, version, bytes }) => (
          <tr key={savepointId}>
            <td>{oneLine(title)}</td>
            <td>{timeText(atMs)}</td>
            <td className="number">{version}</td>
            <td className="number">{bytesText(bytes)}</td>
            <td>
              <button
                type="button"
                className="checkpoint-go"
                onClick={() => startFrom({ kind: 'savepoint', savepointId }, version)}
              >
                {active ? 'Restore' : 'Start from'}
                <span className="visually-hidden"> {title}</span>
              </button>
              <button
                type="button"
                className="checkpoint-go"
                data-asked={asked === savepointId}
                onClick={() =>
                  asked === savepointId ? void remove(savepointId) : setAsked(savepointId)
                }
                onBlur={() => setAsked(undefined)}
              >
                {asked === savepointId ? 'Press again to delete' : 'Delete'}
                <span className="visually-hidden"> {title}</span>
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
