/**
 * What happened to a job, as lines of text: state changes, restarts, failures, pace, dead letters.
 */

import type { wire } from '@millrace/pipeline'
import { countText } from './formats.ts'
import { jobWords, paceText } from './job-words.ts'

export interface LogEntry {
  /** Goes up by one with each entry. */
  readonly id: number
  /** The host's clock. */
  readonly atMs: number
  readonly tone: 'info' | 'good' | 'warning' | 'bad'
  readonly text: string
  readonly nodeId?: string
  readonly about?: 'dead-letters'
}

/** Older entries are let go. */
export const LOG_ENTRIES_MAX = 500

type News = Omit<LogEntry, 'id' | 'atMs'>

/** The log after a status came in; the same array where nothing in it is news. */
export function extendLog(
  log: readonly LogEntry[],
  before: wire.JobStatus | undefined,
  after: wire.JobStatus,
  atMs: number,
): readonly LogEntry[] {
  const news = toNews(before?.jobId === after.jobId ? before : undefined, after)
  if (news.length === 0) return log
  const last = log.at(-1)
  // A stream of bad records is one line that counts, not a line each time.
  const counts =
    news.length === 1 && last?.about === 'dead-letters' && news[0]?.about === last.about
  const kept = counts ? log.slice(0, -1) : log
  const nextId = counts ? last.id : (last?.id ?? 0) + 1
  const entries = news.map((entry, index) => ({ id: nextId + index, atMs, ...entry }))
  return [...kept, ...entries].slice(-LOG_ENTRIES_MAX)
}

function toNews(before: wire.JobStatus | undefined, after: wire.JobStatus): readonly News[] {
  const news: News[] = []
  if (after.restarts > (before?.restarts ?? 0)) {
    news.push({ tone: 'warning', text: restartText(after), ...nodeOf(after) })
  }
  if (before?.state !== after.state) news.push(stateNews(before, after))
  if (before !== undefined && before.pace !== after.pace) {
    news.push({ tone: 'info', text: `Pace: ${paceText(after.pace).toLowerCase()}.` })
  }
  if (after.deadLetters > (before?.deadLetters ?? 0)) {
    const letters = after.deadLetters === 1 ? 'dead letter' : 'dead letters'
    const text = `${countText(after.deadLetters)} ${letters} so far.`
    news.push({ tone: 'warning', text, about: 'dead-letters' })
  }
  return news
}

function stateNews(before: wire.JobStatus | undefined, after: wire.JobStatus): News {
  const { label, tone, detail } = jobWords(after)
  const text =
    before === undefined
      ? `${label}, version ${after.version}.`
      : after.state === 'failed' && detail !== undefined
        ? `${label}: ${detail}`
        : `${label}.`
  return { tone: LOG_TONES[tone], text, ...nodeOf(after) }
}

const LOG_TONES = { quiet: 'info', waiting: 'info', good: 'good', bad: 'bad' } as const

function restartText({ restarts, failure }: wire.JobStatus): string {
  const cause = failure === null ? '' : ` ${failure.message}`
  return `Restart ${countText(restarts)}, again from the sources.${cause}`
}

function nodeOf({ failure }: wire.JobStatus): { nodeId?: string } {
  return failure?.nodeId === undefined ? {} : { nodeId: failure.nodeId }
}
