/** What a job's state means, in plain words, and what to do next. */

import type { wire } from '@millrace/pipeline'
import { countText, rateText } from './formats.ts'

export type JobTone = 'quiet' | 'good' | 'waiting' | 'bad'

export interface JobWords {
  readonly label: string
  readonly tone: JobTone
  /** One sentence more, where there is something to say. */
  readonly detail?: string
  readonly nextStep?: string
}

const STATES: Readonly<Record<wire.WireJobState, readonly [label: string, tone: JobTone]>> = {
  starting: ['Starting', 'waiting'],
  running: ['Running', 'good'],
  paused: ['Paused', 'waiting'],
  restarting: ['Restarting', 'waiting'],
  finishing: ['Finishing', 'good'],
  finished: ['Finished', 'quiet'],
  failed: ['Failed', 'bad'],
  stopped: ['Stopped', 'quiet'],
}

export const NEVER_RUN: JobWords = { label: 'Not running', tone: 'quiet' }

/** `nameOf` gives the title of a node. */
export function jobWords(
  status: wire.JobStatus,
  nameOf: (nodeId: string) => string = (nodeId) => nodeId,
): JobWords {
  const [label, tone] = STATES[status.state]
  if (status.failure?.quarantined === true) {
    return { label: 'Quarantined', tone, detail: namedMessage(status.failure, nameOf) }
  }
  if (status.state === 'failed' && status.failure !== null) {
    return {
      label,
      tone,
      detail: namedMessage(status.failure, nameOf),
      nextStep: failureNextStep(status, nameOf),
    }
  }
  if (status.state === 'restarting') {
    return {
      label,
      tone,
      detail: restartText(status, nameOf),
      nextStep: 'Nothing needs to be done.',
    }
  }
  if (status.state === 'finishing') {
    return { label, tone, detail: 'No more input is read; what is left is being written.' }
  }
  if (status.breakpoint !== undefined) {
    const { nodeId, port } = status.breakpoint
    return {
      label: 'At a breakpoint',
      tone,
      detail: `A record has come to “${nameOf(nodeId)}”, ${port}, and the job stands behind it.`,
      nextStep: 'Resume it, or let single records through.',
    }
  }
  if (status.restarts > 0) return { label, tone, detail: restartText(status, nameOf) }
  if (status.state === 'stopped') return { label, tone, detail: afterStop(status) }
  return { label, tone }
}

/**
 * The engine says `node "per-page"`, as the document names it; on the page people know its title.
 */
export function namedMessage(
  { message, nodeId }: { readonly message: string; readonly nodeId?: string | undefined },
  nameOf: (nodeId: string) => string,
): string {
  if (nodeId === undefined) return message
  return message.replaceAll(`ode "${nodeId}"`, () => `ode “${nameOf(nodeId)}”`)
}

function failureNextStep({ failure }: wire.JobStatus, nameOf: (nodeId: string) => string): string {
  if (failure?.domain === 'user') {
    return failure.nodeId === undefined
      ? 'Change the pipeline, then start it again.'
      : `Mend “${nameOf(failure.nodeId)}”, then start it again.`
  }
  if (failure?.domain === 'external') {
    return 'See that what the pipeline reads and writes is there, then start it again.'
  }
  return 'Start it again. If it fails in the same way, report it with the text above.'
}

/** What a start would do, where the host tells it. */
function afterStop(status: wire.JobStatus): string {
  const { checkpoints } = status
  if (goesOn(status)) return `Continue goes on from checkpoint ${checkpoints?.last?.id}.`
  return checkpoints === null
    ? 'A start goes on from its last checkpoint where it was stopped to go on later.'
    : 'Its input was ended. Start again begins anew, where each source says.'
}

/** Whether a start goes on from what the last job has kept; as the host decides it. */
export function goesOn(status: wire.JobStatus | undefined): boolean {
  const last = status?.checkpoints?.last ?? null
  if (status === undefined || last === null) return false
  return status.state === 'failed' || (status.state === 'stopped' && last.reason === 'stop')
}

/** Before its first checkpoint a job reads its sources from the start; people have to know. */
function restartText(
  { restarts, failure, checkpoints }: wire.JobStatus,
  nameOf: (nodeId: string) => string,
): string {
  const times = restarts === 1 ? 'once' : `${countText(restarts)} times`
  const cause = failure === null ? '' : ` Cause: ${namedMessage(failure, nameOf)}`
  const restored = checkpoints?.restored ?? null
  const where =
    restored === null
      ? 'it began again at its sources, since there was no checkpoint yet.'
      : `it went on from checkpoint ${restored.id}.`
  return `Restarted ${times}; ${where}${cause}`
}

export function paceText(pace: number | null): string {
  return pace === null ? 'Full speed' : rateText(pace)
}

export function recordsText(count: number): string {
  return count === 1 ? '1 record' : `${countText(count)} records`
}

/** As one is chosen. */
export function paceTitle(pace: number | null): string {
  return pace === null ? 'Full speed' : `${recordsText(pace)} per second`
}

const ENDED: ReadonlySet<wire.WireJobState> = new Set(['finished', 'failed', 'stopped'])

/** Whether its numbers still move or can move again. */
export function isActive(status: wire.JobStatus | undefined): status is wire.JobStatus {
  return status !== undefined && !ENDED.has(status.state)
}

/** Whether it runs or is to run again, and so has to be stopped before its pipeline can go. */
export function hasNotEnded<Job extends Pick<wire.JobStatus, 'endedAtMs'>>(
  job: Job | null | undefined,
): job is Job {
  return job?.endedAtMs === null
}

/** Whether records go by. Where they do not, rates say nothing: counts do, and a step is seen. */
export function isFlowing(status: wire.JobStatus | undefined): boolean {
  return isActive(status) && status.state !== 'paused'
}
