/** The run controls as actions, for the shortcuts and the palette of commands. */

import type { Session } from '../editor/session.tsx'
import type { Action } from '../workbench/actions.ts'
import { isActive } from './job-words.ts'
import { liveOf } from './live.tsx'
import { controlJob, startJob } from './run-control.ts'

function stateOf(session: Session): string | undefined {
  return liveOf(session).job.status.get()?.state
}

function active(session: Session): boolean {
  return isActive(liveOf(session).job.status.get())
}

/** The next one is about to start. */
function isReplaced({ workbench }: Session): boolean {
  return workbench.store.getState().replacing !== undefined
}

export const RUN_ACTIONS: readonly Action[] = [
  {
    id: 'run-start',
    title: 'Start the pipeline',
    keys: ['mod+enter'],
    group: 'Run',
    inFields: true,
    enabled: (session) => !active(session) && !isReplaced(session),
    run: (session) => startJob({ session, live: liveOf(session) }),
  },
  {
    id: 'run-pause',
    title: 'Pause or resume the job',
    keys: ['p'],
    group: 'Run',
    enabled: active,
    run: (session) =>
      controlJob(
        { session, live: liveOf(session) },
        { action: stateOf(session) === 'paused' ? 'resume' : 'pause' },
      ),
  },
  {
    id: 'run-step',
    title: 'Let one record through',
    keys: ['.'],
    group: 'Run',
    enabled: (session) => stateOf(session) === 'paused',
    run: (session) =>
      controlJob({ session, live: liveOf(session) }, { action: 'step', records: 1 }),
  },
  {
    id: 'run-stop',
    title: 'Stop the job',
    keys: ['mod+.'],
    group: 'Run',
    inFields: true,
    enabled: active,
    run: (session) => controlJob({ session, live: liveOf(session) }, { action: 'stop' }),
  },
]
