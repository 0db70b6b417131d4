/**
 * What has happened to a job, put together from what the host kept and what it says since. The same
 * event may come both ways; its number tells.
 */

import type { wire } from '@millrace/pipeline'

export type JobLog = wire.JobLog

export const NO_LOG: JobLog = { events: [], dropped: 0 }

/** Older events are let go, and counted. */
export const LOG_EVENTS_MAX = 500

/** The log with more events in it; the same one where none of them is news. */
export function extendLog(log: JobLog, more: readonly wire.JobEvent[]): JobLog {
  const known = new Set(log.events.map(({ number }) => number))
  const news = more.filter(({ number }) => number > log.dropped && !known.has(number))
  if (news.length === 0) return log
  const events = [...log.events, ...news].sort((a, b) => a.number - b.number)
  const tooMany = Math.max(0, events.length - LOG_EVENTS_MAX)
  return { events: events.slice(tooMany), dropped: log.dropped + tooMany }
}

/** The log after the host has told all that it kept. */
export function joinLog(log: JobLog, kept: JobLog): JobLog {
  const dropped = Math.max(log.dropped, kept.dropped)
  return extendLog({ ...log, dropped }, kept.events)
}
