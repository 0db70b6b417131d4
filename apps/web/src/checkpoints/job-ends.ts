/** Ends a job in one of several ways, makes savepoints, and runs an edit in place of what runs. */

import type { wire } from '@millrace/pipeline'
import { messageOf } from '../api/api.ts'
import { isReady, type Running, saveVersion, startVersion } from '../live/run-control.ts'
import { anewFrom, ask, type Beginning, type KeptVersion } from './beginning.ts'

export type EndHow = 'drain' | 'checkpoint' | 'savepoint'

const ENDED: Readonly<Record<EndHow, string>> = {
  drain: 'The input has ended, and outputs are completed.',
  checkpoint: 'Stopped with a checkpoint. Continue goes on from it.',
  savepoint: 'Stopped with a savepoint. Continue goes on from it.',
}

/** Whether the job has ended, which is then said. */
export async function endJob(running: Running, how: EndHow): Promise<boolean> {
  const hasEnded = await end(running, how)
  if (hasEnded) running.session.workbench.notify({ kind: 'done', title: ENDED[how] })
  return hasEnded
}

/** Says only what was refused: of what is started in its place there is no need to. */
async function end({ session, live }: Running, how: EndHow): Promise<boolean> {
  const jobId = live.job.status.get()?.jobId
  if (jobId === undefined) return false
  const answer = await session.api.call('endJob', { params: { id: jobId }, body: { how } })
  if (answer.kind === 'done') {
    live.job.takeStatus(answer.reply.status)
    return true
  }
  const title = 'The job was not stopped.'
  session.workbench.notify({ kind: 'refused', title, details: [messageOf(answer)] })
  return false
}

/** The job runs on. Undefined where it was refused, which has then been said. */
export async function makeSavepoint(
  { session, live }: Running,
  title: string,
): Promise<wire.Savepoint | undefined> {
  const jobId = live.job.status.get()?.jobId
  if (jobId === undefined) return undefined
  const body = title === '' ? {} : { title }
  const answer = await session.api.call('makeSavepoint', { params: { id: jobId }, body })
  if (answer.kind === 'done') {
    session.workbench.notify({ kind: 'done', title: `Savepoint "${answer.reply.title}" is made.` })
    return answer.reply
  }
  const refused = 'The savepoint was not made.'
  session.workbench.notify({ kind: 'refused', title: refused, details: [messageOf(answer)] })
  return undefined
}

/**
 * Saves what is drawn, shows what it would keep, stops what runs with a checkpoint, and starts the
 * edit from there.
 */
export async function deployEdit(running: Running): Promise<void> {
  const { session, live } = running
  const { api, workbench, pipelineId } = session
  if (!isReady(session, 'Not deployed.')) return
  const version = await saveVersion(session)
  const job = live.job.status.get()
  if (version === undefined || job === undefined || job.endedAtMs !== null) return
  const body = { version, from: { kind: 'newest' } } as const
  const answer = await api.call('getDeployImpact', { params: { id: pipelineId }, body })
  // Before its first checkpoint a job has kept nothing yet; the one at its end keeps all of it.
  const unknown = answer.kind === 'refused' && answer.error.code === 'no-such-checkpoint'
  if (answer.kind !== 'done' && !unknown) {
    workbench.notify({ kind: 'refused', title: 'Not deployed.', details: [messageOf(answer)] })
    return
  }
  const choice =
    answer.kind === 'done' ? await ask(workbench, answer.reply, { fromNow: true }) : 'keep'
  if (choice === 'cancel') return
  const anew = anewFrom(choice)
  const beginning: Beginning =
    anew === undefined ? { from: { kind: 'newest' }, acceptLoss: true } : { from: anew }
  await replaceJob(running, 'Deploying', () => startVersion(running, version, beginning))
}

/** Stops what runs, if anything does, and starts another job once that has ended. */
async function replaceJob(
  running: Running,
  how: 'Deploying' | 'Restoring',
  start: () => Promise<void>,
): Promise<void> {
  const { workbench } = running.session
  workbench.update({ replacing: how })
  try {
    const runs = running.live.job.status.get()?.endedAtMs === null
    if (!runs || (await end(running, 'checkpoint'))) await start()
  } finally {
    workbench.update({ replacing: undefined })
  }
}

/** Stops what runs, and starts from another place: a checkpoint or a savepoint of before. */
export async function restoreHere(
  running: Running,
  from: wire.StartFrom,
  keptBy: number | null,
): Promise<void> {
  const { session, live } = running
  if (!isReady(session, 'Not restored.')) return
  const version = await saveVersion(session)
  if (version === undefined) return
  const { workbench, api, pipelineId } = session
  const body = { version, from }
  const answer = await api.call('getDeployImpact', { params: { id: pipelineId }, body })
  if (answer.kind !== 'done') {
    workbench.notify({ kind: 'refused', title: 'Not restored.', details: [messageOf(answer)] })
    return
  }
  const asItWas = keptBy === version ? undefined : await impactAsItWas(session, from, keptBy)
  const choice = await ask(workbench, answer.reply, asItWas === undefined ? {} : { asItWas })
  if (choice === 'cancel') return
  const anew = anewFrom(choice)
  const beginning: Beginning = anew === undefined ? { from, acceptLoss: true } : { from: anew }
  const kept = choice === 'as-it-was' ? asItWas : undefined
  const starts = kept?.version ?? version
  await replaceJob(running, 'Restoring', () => startVersion(running, starts, beginning))
  if (kept === undefined) return
  const took = live.job.status.get()
  if (took?.version !== kept.version || took.endedAtMs !== null) return
  workbench.notify({
    kind: 'done',
    title: `Version ${kept.version} runs again. What is drawn stays, as an edit.`,
  })
}

/** Undefined where it is not known which version has kept it, or that version is gone. */
async function impactAsItWas(
  { api, pipelineId }: Running['session'],
  from: wire.StartFrom,
  keptBy: number | null,
): Promise<KeptVersion | undefined> {
  if (keptBy === null) return undefined
  const body = { version: keptBy, from }
  const answer = await api.call('getDeployImpact', { params: { id: pipelineId }, body })
  return answer.kind === 'done' ? { version: keptBy, impact: answer.reply } : undefined
}
