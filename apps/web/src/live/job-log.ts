/** What happened to a job, as lines of text: state changes, restarts, failures, pace, dead letters. */

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
  const nextId = (log.at(-1)?.id ?? 0) + 1
  const entries = news.map((entry, index) => ({ id: nextId + index, atMs, ...entry }))
  return [...log, ...entries].slice(-LOG_ENTRIES_MAX)
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
  const letters = after.deadLetters - (before?.deadLetters ?? 0)
  if (letters > 0) {
    const text = `${countText(letters)} more dead letters, ${countText(after.deadLetters)} in all.`
    news.push({ tone: 'warning', text })
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
