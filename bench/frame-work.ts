/**
 * Reads from a trace of Chromium how long the page's main thread worked for each frame.
 *
 * A frame ends with its commit to the compositor. Everything that the thread has done since the
 * one before is work that this frame waited for: scripts, styles, layout, paint, and what came over
 * the socket meanwhile.
 */

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** In microseconds, as the durations are. */
  readonly ts: number
  readonly dur?: number
  /** Without what the thread waited for a processor, which a busy machine has too few of. */
  readonly tdur?: number
  readonly args?: { readonly name?: string; readonly data?: { readonly url?: string } }
}

export const TRACE_CATEGORIES: readonly string[] = [
  '-*',
  'toplevel',
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'blink.user_timing',
  'v8.execute',
  '__metadata',
]

/** Between two marks that the page has set with `performance.mark`, in milliseconds a frame. */
export function frameWork(trace: string, from: string, to: string): readonly number[] {
  const own = between(trace, from, to)
  const commits = own
    .filter(({ name, ph }) => name === 'Commit' && ph === 'X')
    .map(({ ts }) => ts)
    .sort((a, b) => a - b)
  const tasks = tasksOf(own)
  if (commits.length < 2 || tasks.length === 0) {
    throw new Error(`The trace has ${commits.length} frames and ${tasks.length} tasks in it.`)
  }
  const work = commits.map(() => 0)
  for (const { ts, dur = 0, tdur = dur } of tasks) {
    const index = commits.findIndex((commit) => ts <= commit)
    if (index >= 0) work[index] = (work[index] ?? 0) + tdur / 1000
  }
  return work
}

/** The longest that the thread was busy with one thing between two marks, in milliseconds. */
export function longestTask(trace: string, from: string, to: string): number {
  return Math.max(
    0,
    ...tasksOf(between(trace, from, to)).map(({ dur = 0, tdur = dur }) => tdur / 1000),
  )
}

/** What happened on the thread that set the marks. */
function between(trace: string, from: string, to: string): readonly TraceEvent[] {
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] }
  const begin = traceEvents.find(({ name }) => name === from)
  const end = traceEvents.find(({ name }) => name === to)
  if (begin === undefined || end === undefined) throw new Error('The trace has not both marks.')
  return traceEvents.filter(
    ({ pid, tid, ts }) => pid === begin.pid && tid === begin.tid && ts >= begin.ts && ts < end.ts,
  )
}

function tasksOf(events: readonly TraceEvent[]): readonly TraceEvent[] {
  return events.filter(({ name, ph }) => name === 'RunTask' && ph === 'X')
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
