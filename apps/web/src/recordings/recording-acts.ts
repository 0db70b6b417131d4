/** Starts and ends recordings, and replays one into what is drawn; says what was refused. */

import type { wire } from '@millrace/pipeline'
import { messageOf } from '../api/api.ts'
import { toDocumentJson } from '../api/document-json.ts'
import type { Session } from '../editor/session.tsx'

/** Whether it records. */
export async function startRecording(session: Session, jobId: string): Promise<boolean> {
  const { api, workbench } = session
  const answer = await api.call('startRecording', { params: { id: jobId }, body: {} })
  if (answer.kind === 'done') {
    workbench.announce('What comes in is recorded.')
    return true
  }
  const details = [messageOf(answer)]
  workbench.notify({ kind: 'refused', title: 'Nothing is recorded.', details })
  return false
}

/** Records what the topics of the saved pipeline hold, from the earliest record up to now. */
export async function recordTopics(session: Session): Promise<void> {
  const { api, autosave, workbench, pipelineId } = session
  const version = await autosave.saveNow()
  const body = version === undefined ? {} : { version }
  const answer = await api.call('recordTopics', { params: { id: pipelineId }, body })
  if (answer.kind === 'done') workbench.announce('What the topics hold is recorded.')
  else {
    const details = [messageOf(answer)]
    workbench.notify({ kind: 'refused', title: 'Nothing is recorded.', details })
  }
}

export async function stopRecording(session: Session, recordingId: string): Promise<void> {
  const { api, workbench } = session
  const answer = await api.call('stopRecording', { params: { id: recordingId }, body: {} })
  if (answer.kind === 'done') workbench.announce('The recording has ended.')
  else {
    const details = [messageOf(answer)]
    workbench.notify({ kind: 'refused', title: 'The recording was not stopped.', details })
  }
}

/** Replays into what is drawn, saved or not. Undefined where it was refused. */
export async function replayIntoDrawing(
  session: Session,
  { recordingId }: wire.WireRecording,
): Promise<wire.ReplayStatus | undefined> {
  const { api, workbench, editor, pipelineId } = session
  const { pipeline } = editor.store.getState()
  const document = toDocumentJson(pipeline)
  const body = { document, pipelineId, title: `${pipeline.name}, as drawn` }
  const answer = await api.call('startReplay', { params: { id: recordingId }, body })
  if (answer.kind === 'done') return answer.reply
  const problems = answer.kind === 'refused' ? (answer.error.problems ?? []) : []
  const details = [messageOf(answer), ...problems.map(({ message }) => message)]
  workbench.notify({ kind: 'refused', title: 'Not replayed.', details })
  return undefined
}
