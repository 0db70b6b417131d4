/** Starts, switches and cancels backfills; says what was refused. */

import type { wire } from '@millrace/pipeline'
import { messageOf } from '../api/api.ts'
import type { Session } from '../editor/session.tsx'
import { saveVersion } from '../live/run-control.ts'

export interface BackfillWish {
  readonly from: wire.BackfillFrom
  readonly automatic: boolean
}

/** Saves what is drawn, and lets that version read old records. Whether it does. */
export async function startBackfill(session: Session, wish: BackfillWish): Promise<boolean> {
  const { api, workbench, pipelineId } = session
  const version = await saveVersion(session)
  if (version === undefined) return false
  const body = { version, ...wish }
  const answer = await api.call('startBackfill', { params: { id: pipelineId }, body })
  if (answer.kind === 'done') {
    workbench.announce(`Version ${version} reads old records beside the job.`)
    return true
  }
  const details = [messageOf(answer)]
  workbench.notify({ kind: 'refused', title: 'No backfill was started.', details })
  return false
}

export async function switchBackfill({ api, workbench, pipelineId }: Session): Promise<void> {
  const answer = await api.call('switchBackfill', { params: { id: pipelineId }, body: {} })
  if (answer.kind === 'done') return
  const details = [messageOf(answer)]
  workbench.notify({ kind: 'refused', title: 'Not switched.', details })
}

export async function cancelBackfill({ api, workbench, pipelineId }: Session): Promise<void> {
  const answer = await api.call('cancelBackfill', { params: { id: pipelineId }, body: {} })
  if (answer.kind === 'done') return
  const details = [messageOf(answer)]
  workbench.notify({ kind: 'refused', title: 'Not cancelled.', details })
}
