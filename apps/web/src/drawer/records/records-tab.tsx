/** The Records tab: taps the selected port and shows what flows there. */

import './records.css'
import type { PortPlace } from '@millrace/pipeline'
import { type ReactNode, useCallback, useState } from 'react'
import { toggleBreakpoint } from '../../breakpoints/breakpoint-actions.ts'
import { BreakpointRow } from '../../breakpoints/breakpoint-row.tsx'
import { useBreakpoint } from '../../breakpoints/use-breakpoints.ts'
import { useSession } from '../../editor/session.tsx'
import type { Board } from '../../live/board.ts'
import { nodeTitle } from '../../live/board.ts'
import { countText } from '../../live/formats.ts'
import { isActive } from '../../live/job-words.ts'
import { useJobFact, useLive, useMetric, useValue } from '../../live/live.tsx'
import { useOwned } from '../../live/use-owned.ts'
import { DrawerButton, EmptyTab } from '../parts.tsx'
import { RecordTable } from './record-table.tsx'
import { behind, type RecordRow, type TapRows } from './tap-rows.ts'
import { openTapSession, type TapSession, type TapView } from './tap-session.ts'
import type { TapChoice } from './tap-target.ts'
import { endedText, waitingText } from './waiting-text.ts'

interface Props {
  readonly choice: TapChoice | undefined
  /** Whether something is selected, also where it has nothing to look at. */
  readonly selected: boolean
  readonly board: Board
  /** Puts text on the clipboard and says so. */
  readonly onCopy: (text: string) => void
}

export function RecordsTab({ choice, selected, board, onCopy }: Props): ReactNode {
  const jobId = useJobFact((status) => status?.jobId)
  const [picked, setPicked] = useState<string>()
  if (choice === undefined) {
    return (
      <EmptyTab title={selected ? 'It has no records to show yet' : 'Select an edge or a node'}>
        {selected
          ? 'What leaves it is known once its config can be read. Its problems say what is missing.'
          : 'The records that flow there are shown here, with their event time. Clicking the rate on an edge does the same.'}
      </EmptyTab>
    )
  }
  const place = choice.ports.find(({ node, port }) => picked === `${node}.${port}`) ?? choice
  const key = `${place.node}.${place.port}`
  const picker = (
    <select
      className="drawer-select"
      aria-label="Port that is looked at"
      value={key}
      onChange={(event) => setPicked(event.target.value)}
    >
      {choice.ports.map(({ node, port }) => (
        <option key={`${node}.${port}`} value={`${node}.${port}`}>
          {nodeTitle(board, node)}, {port}
        </option>
      ))}
    </select>
  )
  if (jobId === undefined) {
    return (
      <div className="records-tab">
        <div className="tab-bar">
          {picker}
          <BreakButton {...place} where="" />
        </div>
        <BreakpointRow node={place.node} port={place.port} />
        <EmptyTab title="Nothing has run yet">Start the pipeline to see its records.</EmptyTab>
      </div>
    )
  }
  return (
    <Tap
      key={`${jobId} ${key}`}
      {...{ jobId, onCopy, picker }}
      nodeId={place.node}
      port={place.port}
    />
  )
}

interface TapProps {
  readonly jobId: string
  readonly nodeId: string
  readonly port: string
  readonly picker: ReactNode
  readonly onCopy: (text: string) => void
}

function Tap({ jobId, nodeId, port, picker, onCopy }: TapProps): ReactNode {
  const { connection, env } = useLive()
  const session = useOwned(
    useCallback(
      () => openTapSession(connection, { jobId, nodeId, port }, env),
      [connection, jobId, nodeId, port, env],
    ),
  )
  return session === undefined ? null : <OpenTap {...{ session, nodeId, port, picker, onCopy }} />
}

interface OpenTapProps extends Omit<TapProps, 'jobId'> {
  readonly session: TapSession
}

function OpenTap({ session, nodeId, port, picker, onCopy }: OpenTapProps): ReactNode {
  const view = useValue(session.view)
  const { phase, rows } = view
  const paused = rows.pausedAt !== undefined
  const copy = useCallback(({ record }: RecordRow) => onCopy(JSON.stringify(record.row)), [onCopy])
  const follow = useCallback((following: boolean) => session.setPaused(!following), [session])
  return (
    <div className="records-tab">
      <div className="tab-bar">
        {picker}
        <Filter where={view.where} phase={phase} onFilter={(where) => session.setWhere(where)} />
        <Counts rows={rows} />
        <BreakButton node={nodeId} port={port} where={view.where} />
        <DrawerButton onPress={() => session.clear()} disabled={rows.rows.length === 0}>
          Clear
        </DrawerButton>
        <DrawerButton pressed={paused} onPress={() => session.setPaused(!paused)}>
          {paused ? 'Resume' : 'Pause'}
        </DrawerButton>
      </div>
      <BreakpointRow node={nodeId} port={port} />
      {phase.kind === 'open' && rows.rows.length > 0 ? (
        <RecordTable
          columns={phase.columns}
          eventTime={phase.eventTime}
          rows={rows.rows}
          following={!paused}
          onFollow={follow}
          onCopy={copy}
        />
      ) : (
        <Waiting view={view} nodeId={nodeId} port={port} />
      )}
    </div>
  )
}

/** `where`: what the tab is filtered by is what is waited for. */
function BreakButton({ node, port, where }: PortPlace & { readonly where: string }): ReactNode {
  const session = useSession()
  const isSet = useBreakpoint({ node, port }) !== undefined
  return (
    <DrawerButton
      pressed={isSet}
      title={`${isSet ? 'Removes the breakpoint' : 'Pauses the job when such a record comes here'} (F9)`}
      onPress={() => toggleBreakpoint(session, { node, port }, where)}
    >
      Break
    </DrawerButton>
  )
}

interface FilterProps {
  readonly where: string
  readonly phase: TapView['phase']
  readonly onFilter: (where: string) => void
}

/** Taken over with Enter: every letter would be another tap. */
function Filter({ where, phase, onFilter }: FilterProps): ReactNode {
  const [draft, setDraft] = useState(where)
  const refused = phase.kind === 'refused' && where !== ''
  return (
    <form
      className="records-filter"
      onSubmit={(event) => {
        event.preventDefault()
        onFilter(draft.trim())
      }}
    >
      <input
        className="drawer-input"
        type="text"
        value={draft}
        maxLength={4_096}
        spellCheck={false}
        placeholder="Only records where …, as ms > 100"
        aria-label="Only records where this condition is true"
        aria-invalid={refused}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => onFilter(draft.trim())}
      />
    </form>
  )
}

/** Every record that passed is in one of these numbers. */
function Counts({ rows }: { readonly rows: TapRows }): ReactNode {
  const waiting = behind(rows)
  // What a pause keeps back is sent when it is over.
  const unsent = Math.max(0, rows.unsent - waiting)
  return (
    <span className="records-counts">
      <span>{countText(rows.seen)} seen</span>
      {unsent > 0 && (
        <span title="They came before you looked, or were more than a page can show: the host has counted them.">
          {countText(unsent)} not sent
        </span>
      )}
      {rows.pausedAt !== undefined && <strong>{countText(waiting)} behind</strong>}
    </span>
  )
}

interface WaitingProps {
  readonly view: TapView
  readonly nodeId: string
  readonly port: string
}

function Waiting({ view, nodeId, port }: WaitingProps): ReactNode {
  const active = useJobFact(isActive)
  const held = useJobFact((status) => status?.state === 'paused')
  const passed = useMetric(nodeId, (metrics) =>
    metrics !== undefined && Object.hasOwn(metrics.ports, port) ? metrics.ports[port]?.rows : 0,
  )
  const { phase, rows, where } = view
  if (phase.kind === 'refused') {
    const title = where === '' ? 'There is nothing to see here' : 'The condition is refused'
    return <EmptyTab title={title}>{phase.message}</EmptyTab>
  }
  const comes = phase.kind === 'open' && phase.earlier > 0 && rows.seen === 0
  if (phase.kind === 'opening' || comes) return <EmptyTab title="Opening" />
  if (!active) {
    return (
      <EmptyTab title="The job has ended">{endedText({ passed: passed ?? 0, where })}</EmptyTab>
    )
  }
  if (rows.pausedAt !== undefined) {
    return <EmptyTab title="Paused">{`${countText(behind(rows))} records behind.`}</EmptyTab>
  }
  return (
    <EmptyTab title={held ? 'The job is paused' : 'Waiting for records'}>
      {waitingText({ passed: passed ?? 0, held, where })}
    </EmptyTab>
  )
}
