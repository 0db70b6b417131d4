/**
 * Starts, pauses, steps, paces and stops the pipeline's job, and says in words what was refused.
 */

import type { wire } from '@millrace/pipeline'
import { type Beginning, findBeginning } from '../checkpoints/beginning.ts'
import type { Session } from '../editor/session.tsx'
import { listedMessage } from '../problems/form-words.ts'
import type { Notice } from '../workbench/workbench-store.ts'
import type { Live } from './live.tsx'

export interface StartHow {
  /** Stands before its first record. */
  readonly paused?: boolean
  /** Records a second; null as fast as it goes. */
  readonly pace?: number | null
}

/** Saves first: what runs is always a version that is kept. */
export async function startJob(
  running: Running,
  from?: wire.StartFrom,
  how?: StartHow,
): Promise<void> {
  const { session, live } = running
  if (!isReady(session, NOT_STARTED)) return
  const version = await saveVersion(session)
  if (version === undefined) return
  const keptBy = live.job.status.get()?.version
  const beginning = await findBeginning(session, { version, from, keptBy })
  if (beginning === undefined) session.workbench.announce('Not started.')
  else await startVersion(running, version, beginning, how)
}

/** Says in the words of the form what is still to be done, where the page itself knows it. */
export function isReady(session: Session, title: string): boolean {
  const { editor, workbench } = session
  const { problems, nodes } = editor.store.getState().analysis
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return true
  const details = errors.map((problem) => {
    const view = problem.nodeId === undefined ? undefined : nodes.get(problem.nodeId)
    const said = listedMessage(problem, view)
    return view === undefined ? said : `“${view.title}”: ${said}`
  })
  const count = errors.length === 1 ? 'is 1 problem' : `are ${errors.length} problems`
  const fact = `There ${count} to be mended first.`
  const notice: Notice = { kind: 'refused', title, details: [fact, ...details] }
  workbench.notify(notice)
  workbench.showDrawer('problems')
  withdrawOnceMended(session, notice)
  return false
}

/** The version that is then saved; undefined where it could not be, which has then been said. */
export async function saveVersion(session: Session): Promise<number | undefined> {
  const version = await session.autosave.saveNow()
  if (version === undefined) {
    session.workbench.notify({
      kind: 'refused',
      title: 'Not started: the pipeline could not be saved.',
      details: [unsavedReason(session)],
    })
  }
  return version
}

/**
 * With breakpoints, the job stands until they are set: the first record may be the one that is
 * waited for.
 */
export async function startVersion(
  running: Running,
  version: number,
  beginning: Beginning,
  { paused = false, pace = null }: StartHow = {},
): Promise<void> {
  const { session, live } = running
  const { api, workbench, pipelineId } = session
  const { waits } = live.breakpoints
  const body = {
    ...{ pipelineId, version, ...beginning },
    ...(paused || waits ? { paused: true } : {}),
    ...(pace === null ? {} : { pace }),
  }
  const answer = await api.call('startJob', { body })
  if (answer.kind === 'done') {
    live.job.takeStarted(answer.reply)
    if (waits) await live.breakpoints.settled(answer.reply.jobId)
    if (waits && !paused) await controlJob(running, { action: 'resume' })
    if (workbench.store.getState().notice?.title === NOT_STARTED) {
      workbench.update({ notice: undefined })
    }
    workbench.announce(`Started version ${version}.`)
    return
  }
  if (answer.kind === 'away') {
    workbench.notify({ kind: 'refused', title: NOT_STARTED, details: [answer.message] })
    return
  }
  const problems = answer.error.problems ?? []
  const notice: Notice = {
    kind: 'refused',
    title: NOT_STARTED,
    details: [answer.error.message, ...problems.map(({ message }) => message)],
  }
  workbench.notify(notice)
  if (problems.length === 0) return
  workbench.showDrawer('problems')
  withdrawOnceMended(session, notice)
}

const NOT_STARTED = 'Not started.'

/** What only the server has found is said until the pipeline is started. */
function withdrawOnceMended({ editor, workbench }: Session, notice: Notice): void {
  const hasErrors = () =>
    editor.store.getState().analysis.problems.some(({ severity }) => severity === 'error')
  if (!hasErrors()) return
  const stop = editor.store.subscribe(() => {
    const isShown = workbench.store.getState().notice === notice
    if (isShown && hasErrors()) return
    stop()
    if (isShown) workbench.update({ notice: undefined })
  })
}

export interface Running {
  readonly session: Session
  readonly live: Live
}

function unsavedReason({ autosave }: Session): string {
  const state = autosave.store.getState()
  if (state.kind === 'refused') return state.error.message
  if (state.kind === 'conflict') {
    return `Somebody else has saved version ${state.theirs.version}. Choose which one to keep.`
  }
  if (state.kind === 'gone') return 'The server does not have this pipeline any more.'
  return 'The server does not answer. Your edits are kept here and saved when it is back.'
}

type Control = wire.SocketRequest<'controlJob'>
/** One of the controls, without the job that it is for. */
export type JobAction = Control extends infer One
  ? One extends { jobId: string }
    ? Omit<One, 'jobId'>
    : never
  : never

export async function controlJob({ session, live }: Running, action: JobAction): Promise<void> {
  const jobId = live.job.status.get()?.jobId
  if (jobId === undefined) return
  const answer = await live.connection.request('controlJob', { jobId, ...action } as Control)
  if (answer.ok) {
    live.job.takeStatus(answer.reply)
    return
  }
  session.workbench.notify({
    kind: 'refused',
    title: `${TITLES[action.action]} was refused.`,
    details: [answer.message],
  })
}

const TITLES: Readonly<Record<Control['action'], string>> = {
  pause: 'Pausing',
  resume: 'Resuming',
  step: 'The step',
  pace: 'The pace',
  stop: 'Stopping',
}

export const STEP_SIZES: readonly number[] = [1, 10, 100]

/** Records per second; null is full speed. */
export const PACES: readonly (number | null)[] = [null, 10_000, 1_000, 100, 10, 1]
