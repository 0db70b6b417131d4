/**
 * Start, pause, step, pace and stop in the top bar, with the state of the job and of the
 * connection.
 */

import './run-controls.css'
import { ChevronDown, Pause, Play, Rocket, Square, StepForward } from 'lucide-react'
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { DeployMenu } from '../backfill/deploy-menu.tsx'
import { CheckpointPill } from '../checkpoints/checkpoint-pill.tsx'
import { EndMenu } from '../checkpoints/end-menu.tsx'
import { deployEdit } from '../checkpoints/job-ends.ts'
import { useIsEdited } from '../checkpoints/running-edit.ts'
import { useSession, useWorkbench } from '../editor/session.tsx'
import { LetterPill } from '../letters/letter-pill.tsx'
import { latePart } from '../parts/late-part.ts'
import { StartMenu } from '../start/start-menu.tsx'
import { useKeptFocus } from '../workbench/use-kept-focus.ts'
import { nodeTitle } from './board.ts'
import { ChoiceMenu } from './choice-menu.tsx'
import { countText, durationText, elapsedText } from './formats.ts'
import { JobStrip } from './job-strip.tsx'
import {
  goesOn,
  isActive,
  jobWords,
  NEVER_RUN,
  paceText,
  paceTitle,
  recordsText,
} from './job-words.ts'
import { useBoard, useDerived, useJobFact, useJobStatus, useLive } from './live.tsx'
import { controlJob, PACES, STEP_SIZES, startJob } from './run-control.ts'
import { useFollowedPipeline } from './use-followed-pipeline.ts'

const BreakpointPill = latePart(() => import('../breakpoints/breakpoint-pill.tsx'))
const BackfillPill = latePart(() => import('../backfill/backfill-pill.tsx'))
const RecordButton = latePart(() => import('../recordings/record-button.tsx'))

export function RunControls(): ReactNode {
  useFollowedPipeline()
  const active = useJobFact(isActive)
  const hasRun = useJobFact((status) => status !== undefined)
  const away = useAway()
  const controls = useRef<HTMLDivElement>(null)
  useKeptFocus(controls)
  // What the page shows is then of a while ago, wherever it stands.
  useEffect(() => {
    document.documentElement.toggleAttribute('data-away', away)
    return () => document.documentElement.removeAttribute('data-away')
  }, [away])
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as the bar is
    <div className="run-controls" role="group" aria-label="Job" ref={controls} tabIndex={-1}>
      <StatePill />
      <CheckpointPill />
      <LetterPill />
      <Suspense>
        <BreakpointPill />
      </Suspense>
      {active ? <ActiveControls /> : <StartButton />}
      {hasRun ? (
        <Suspense>
          <BackfillPill />
        </Suspense>
      ) : null}
      <JobStrip />
    </div>
  )
}

/** Whether the server does not answer, so that nothing here can be controlled. */
function useAway(): boolean {
  const { connection } = useLive()
  return useDerived(connection.state, ({ kind }) => kind === 'reconnecting' || kind === 'gone')
}

function StatePill(): ReactNode {
  const status = useJobStatus()
  const away = useAway()
  const board = useBoard()
  const { label, tone, detail } =
    status === undefined ? NEVER_RUN : jobWords(status, (nodeId) => nodeTitle(board, nodeId))
  const lost = away && isActive(status)
  return (
    <span className="pill run-state" data-tone={lost ? 'quiet' : tone} title={detail}>
      <i aria-hidden />
      {lost ? `Last known: ${label.toLowerCase()}` : label}
      {status !== undefined && (
        <Elapsed
          fromMs={status.startedAtMs}
          endedAtMs={status.endedAtMs}
          active={isActive(status) && !away}
        />
      )}
      {status !== undefined && status.restarts > 0 && (
        <span className="run-restarts">{countText(status.restarts)}× restarted</span>
      )}
    </span>
  )
}

const SHORT_MS = 10_000

interface ElapsedProps {
  readonly fromMs: number
  readonly endedAtMs: number | null
  readonly active: boolean
}

/** A stopwatch on the host's clock; it stands once the job has ended. */
function Elapsed({ fromMs, endedAtMs, active }: ElapsedProps): ReactNode {
  const { env, job } = useLive()
  const hostNowMs = () => env.nowMs() + job.clockOffsetMs()
  const [nowMs, setNowMs] = useState(hostNowMs)
  // biome-ignore lint/correctness/useExhaustiveDependencies: every tick plans the next one
  useEffect(() => {
    if (!active) return undefined
    return env.after(1_000, () => setNowMs(hostNowMs()))
  }, [active, nowMs, env, job])
  const tookMs = Math.max(0, (endedAtMs ?? nowMs) - fromMs)
  // Many a job is over before a stopwatch shows anything.
  const isShort = endedAtMs !== null && tookMs < SHORT_MS
  return <span className="run-elapsed">{isShort ? durationText(tookMs) : elapsedText(tookMs)}</span>
}

function StartButton(): ReactNode {
  const session = useSession()
  const live = useLive()
  const [starting, setStarting] = useState(false)
  const again = useJobFact((status) => status !== undefined)
  const goes = useJobFact(goesOn)
  const replacing = useWorkbench((state) => state.replacing)
  const busy = replacing ?? (starting ? 'Starting' : undefined)
  const start = async () => {
    setStarting(true)
    await startJob({ session, live })
    setStarting(false)
  }
  return (
    <span className="button-group">
      <button
        type="button"
        className="button primary"
        disabled={busy !== undefined}
        title={`Saves the pipeline and starts that version${startsText(again, goes)} (Ctrl or ⌘ + Enter)`}
        onClick={() => void start()}
      >
        <Play size={14} aria-hidden />
        {busy ?? (goes ? 'Continue' : again ? 'Start again' : 'Start')}
      </button>
      <StartMenu disabled={busy !== undefined} />
    </span>
  )
}

function startsText(again: boolean, goes: boolean): string {
  if (goes) return ', from the last checkpoint on'
  return again ? ', anew: each source starts where it is set to' : ''
}

function ActiveControls(): ReactNode {
  const session = useSession()
  const live = useLive()
  const state = useJobFact((status) => status?.state)
  const pace = useJobFact((status) => status?.pace ?? null)
  const away = useAway()
  const [stepSize, setStepSize] = useState(1)
  const running = { session, live }
  const paused = state === 'paused'
  const steady = !away && (paused || state === 'running')
  const step = (records: number) => void controlJob(running, { action: 'step', records })
  return (
    <>
      <span className="button-group">
        <button
          type="button"
          className="button run-pause"
          disabled={!steady}
          onClick={() => void controlJob(running, { action: paused ? 'resume' : 'pause' })}
        >
          {paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
          <span className="button-label">{paused ? 'Resume' : 'Pause'}</span>
        </button>
        <button
          type="button"
          className="button"
          disabled={!paused || away}
          title={paused ? `Lets ${recordsText(stepSize)} through` : 'Pause the job to step'}
          onClick={() => step(stepSize)}
        >
          <StepForward size={14} aria-hidden />
          <span className="button-label">Step</span>
          {stepSize > 1 ? ` ${countText(stepSize)}` : null}
        </button>
        <ChoiceMenu
          label="Records a step"
          trigger={<ChevronDown size={13} aria-hidden />}
          disabled={!paused || away}
          value={stepSize}
          choices={STEP_SIZES.map((size) => ({ value: size, title: recordsText(size) }))}
          onChoose={(size) => {
            setStepSize(size)
            step(size)
          }}
        />
        <ChoiceMenu
          label="Pace"
          trigger={
            <>
              {paceText(pace)}
              <ChevronDown size={13} aria-hidden />
            </>
          }
          disabled={!steady}
          value={pace}
          choices={PACES.map((value) => ({ value, title: paceTitle(value) }))}
          onChoose={(value) =>
            void controlJob(running, { action: 'pace', recordsPerSecond: value })
          }
        />
      </span>
      <DeployButton disabled={!steady} />
      <Suspense fallback={RECORD_ROOM}>
        <RecordButton disabled={!steady} />
      </Suspense>
      <span className="button-group">
        <button
          type="button"
          className="button"
          disabled={away}
          title="Ends its input: windows fire, and the next start begins anew"
          onClick={() => void controlJob(running, { action: 'stop' })}
        >
          <Square size={12} aria-hidden />
          <span className="button-label">Stop</span>
        </button>
        <EndMenu disabled={away} />
      </span>
    </>
  )
}

/** As wide as the button that comes: those beside it must not move from under a pointer. */
const RECORD_ROOM = (
  <button type="button" className="button record-button" disabled>
    <i aria-hidden />
    <span className="button-label">Record</span>
  </button>
)

/** Where what is drawn is not what runs. */
function DeployButton({ disabled }: { readonly disabled: boolean }): ReactNode {
  const session = useSession()
  const live = useLive()
  const isEdited = useIsEdited()
  const [deploying, setDeploying] = useState(false)
  const asks = useWorkbench(({ deployQuestion }) => deployQuestion !== undefined)
  if (!isEdited && !deploying) return null
  const deploy = async (): Promise<void> => {
    setDeploying(true)
    await deployEdit({ session, live })
    setDeploying(false)
  }
  return (
    <span className="button-group deploy-group">
      <button
        type="button"
        className="button primary"
        disabled={disabled || deploying}
        title="Runs what is drawn in place of what runs, and keeps what it has counted"
        onClick={() => void deploy()}
      >
        <Rocket size={14} aria-hidden />
        <span className="button-label">{deploying && !asks ? 'Deploying' : 'Deploy the edit'}</span>
      </button>
      <DeployMenu disabled={disabled || deploying} />
    </span>
  )
}
