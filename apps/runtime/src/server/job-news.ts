/** What is worth an entry in the log of a job when its status has changed. */

import { isoTimestamp, type wire } from '@millrace/pipeline'
import type { JobBeginning } from '../storage/job-store.ts'
import type { JobNews } from '../supervision/messages.ts'

/**
 * `before` is undefined where the job is new to this server; `from`, where it has run under another
 * one.
 */
export function toJobNews(
  before: wire.JobStatus | undefined,
  after: wire.JobStatus,
  from: JobBeginning | undefined,
): readonly JobNews[] {
  if (before === undefined) return [beginningNews(after, from)]
  const changed = before.state !== after.state
  return [
    ...(changed && before.state === 'restarting' && RUNS.has(after.state)
      ? [restarted(after)]
      : []),
    ...(changed ? stateNews(before, after) : []),
    ...(before.pace === after.pace ? [] : [info('pace-changed', paceText(after))]),
  ]
}

/** In which a job is that has been placed. */
const RUNS: ReadonlySet<wire.WireJobState> = new Set(['running', 'paused', 'finishing', 'finished'])

function beginningNews(status: wire.JobStatus, from: JobBeginning | undefined): JobNews {
  const { version, pace } = status
  if (from !== undefined) {
    const slowly = pace === null ? '' : ` ${paceText(status)}`
    return info('started', `Version ${version} was started${anewText(from)}.${slowly}`)
  }
  const message = 'The server was started again, and with it what ran before.'
  return { kind: 'restarted', severity: 'info', message }
}

/** Nothing where it goes on from a checkpoint: its host says which. */
function anewText({ begin, after }: JobBeginning): string {
  if (begin.kind !== 'beginning') return ''
  switch (begin.at?.kind) {
    case 'earliest':
      return ' anew, at the earliest records of its topics'
    case 'latest':
      return ' anew, behind the latest records of its topics'
    case 'timestamp':
      return ` anew, at the first records from ${isoTimestamp(begin.at.timestampMs)} on`
    case 'offsets':
      return ' anew, at offsets that were named'
    default:
      return after === 0 ? '' : ' anew, without what was kept before'
  }
}

/** Where it goes on from a checkpoint, its host says which. */
function restarted({ checkpoints }: wire.JobStatus): JobNews {
  const anew = checkpoints === null || checkpoints.restored === null
  const how = anew ? ' It begins anew: each source starts where it is set to.' : ''
  return info('restarted', `The job runs again.${how}`)
}

function stateNews(before: wire.JobStatus, after: wire.JobStatus): readonly JobNews[] {
  const { state, failure } = after
  switch (state) {
    case 'paused':
      // Its host has said which record it was.
      if (after.breakpoint !== undefined) return []
      return [info('paused', 'The job is paused.')]
    case 'running':
      return before.state === 'paused' ? [info('resumed', 'The job runs on.')] : []
    case 'restarting':
      return [restartNews(after)]
    case 'finished':
      return [info('finished', 'All sources have ended, and all results are there.')]
    case 'stopped':
      return [info('stopped', 'The job was stopped.')]
    case 'failed':
      return [
        {
          kind: 'failed',
          severity: 'error',
          ...nodeOf(failure),
          message: failure?.message ?? 'The job has failed.',
        },
      ]
    default:
      return []
  }
}

function restartNews({ failure, restarts, checkpoints }: wire.JobStatus): JobNews {
  const cause = failure === null ? '' : `${failure.message} `
  const id = checkpoints?.last?.id ?? checkpoints?.restored?.id
  const next =
    id === undefined
      ? 'The job starts over from its sources in a moment, since it has no checkpoint yet.'
      : `The job goes on from checkpoint ${id} in a moment.`
  const message = `${cause}${next} This is restart ${restarts}.`
  return { kind: 'restarting', severity: 'warning', ...nodeOf(failure), message }
}

function paceText({ pace }: wire.JobStatus): string {
  if (pace === null) return 'The job runs at full speed.'
  return `At most ${pace} ${pace === 1 ? 'record' : 'records'} a second are let in.`
}

function nodeOf(failure: wire.WireFailure | null): { nodeId?: string } {
  return failure?.nodeId === undefined ? {} : { nodeId: failure.nodeId }
}

function info(kind: wire.JobEvent['kind'], message: string): JobNews {
  return { kind, severity: 'info', message }
}
