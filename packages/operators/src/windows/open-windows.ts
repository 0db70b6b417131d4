/**
 * The windows that stand in a node's state, for pictures. Reads what the windows keep and changes
 * nothing.
 */

import { type OpenWindow, START_OF_TIME_MS, type State } from '@millrace/engine'
import type { Key } from '@millrace/pipeline'
import { type Pane, PaneList } from './pane-list.ts'
import type { Session } from './sessions.ts'
import type { Point } from './sliding-windows.ts'
import type { SessionGroup } from './table-sessions.ts'
import type { WindowLayout } from './window-layout.ts'

/** Nobody looks at more of them at once. */
const WINDOWS_MAX = 500
/**
 * Keys of several panes are counted one by one up to here; beyond, those of the fullest pane stand
 * for all.
 */
const KEYS_COUNTED_MAX = 10_000

/** `latenessMs`: a window stands until then after its end, although it has fired. */
export function openFixedWindows(
  layout: WindowLayout,
  latenessMs: number,
  state: State,
): readonly OpenWindow[] {
  const panes = new PaneList(state.value('panes', []))
  const gone = latenessMs > 0 ? 'purged' : 'fired'
  const goneMs = state.value(gone, START_OF_TIME_MS).get()
  const windows = new Map<string, readonly [number, number]>()
  for (const pane of panes.between(START_OF_TIME_MS, Number.POSITIVE_INFINITY)) {
    layout.moveTo(pane.startMs)
    for (let found = layout.findOpen(goneMs); found; found = layout.findNext()) {
      if (windows.size >= WINDOWS_MAX) break
      const { openStartMs, openEndMs } = layout
      windows.set(`${openStartMs} ${openEndMs}`, [openStartMs, openEndMs])
    }
  }
  return [...windows.values()].map(([startMs, endMs]) => {
    const within = panes.between(startMs, endMs)
    const records = within.reduce((sum, pane) => sum + pane.records, 0)
    // Parts of windows of their own are by window: its start, or its end where it grows.
    const parts = state.reading('parts').count(layout.nests ? endMs : startMs)
    return { startMs, endMs, records, keys: Math.max(parts, countKeys(within, state)) }
  })
}

/** The earliest end after this time. With lateness, records open windows that have ended. */
export function nextFixedEnd(
  layout: WindowLayout,
  latenessMs: number,
  afterMs: number,
): number | undefined {
  if (latenessMs > 0) return undefined
  layout.moveTo(afterMs)
  // What has ended at this time is closed by a watermark right before it.
  if (layout.findOpen(afterMs - 1)) return layout.openEndMs
  // It lies in a gap, behind which a window begins.
  layout.moveTo(layout.endMs)
  return layout.findOpen(afterMs - 1) ? layout.openEndMs : undefined
}

/** Some of them, if there are many; those by time. */
export function openSessions(state: State): readonly OpenWindow[] {
  return someSessions(state).sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)
}

function someSessions(state: State): OpenWindow[] {
  const open: OpenWindow[] = []
  for (const [, sessions] of state.reading<Session[]>('sessions').entries(0)) {
    for (const { startMs, endMs, records } of sessions) {
      if (open.length >= WINDOWS_MAX) return open
      open.push({ startMs, endMs, records, keys: 1 })
    }
  }
  for (const [, { points, sessions }] of state.table<SessionGroup>('table-sessions').entries(0)) {
    for (const { startMs, endMs } of sessions) {
      if (open.length >= WINDOWS_MAX) return open
      const within = points.filter(({ timeMs }) => timeMs >= startMs && timeMs < endMs)
      const records = within.reduce((sum, point) => sum + point.records, 0)
      open.push({ startMs, endMs, records, keys: 1 })
    }
  }
  return open
}

/** As they lie at the records of each group, those that hold records. */
export function openSlidingWindows(sizeMs: number, state: State): readonly OpenWindow[] {
  const windows = new Map<number, { records: number; keys: number }>()
  for (const [, points] of state.table<Point[]>('points').entries(0)) {
    const starts = new Set(points.flatMap(({ timeMs }) => [timeMs - sizeMs, timeMs + 1]))
    for (const startMs of starts) {
      const within = points.filter(({ timeMs }) => timeMs >= startMs && timeMs <= startMs + sizeMs)
      if (within.length === 0) continue
      const window = windows.get(startMs) ?? { records: 0, keys: 0 }
      window.records += within.reduce((sum, { records }) => sum + records, 0)
      window.keys++
      if (windows.size < WINDOWS_MAX || windows.has(startMs)) windows.set(startMs, window)
    }
  }
  return [...windows]
    .sort(([a], [b]) => a - b)
    .map(([startMs, { records, keys }]) => ({
      startMs,
      endMs: startMs + sizeMs + 1,
      records,
      keys,
    }))
}

function countKeys(panes: readonly Pane[], state: State): number {
  const table = state.reading('groups')
  const counts = panes.map(({ startMs }) => table.count(startMs))
  const fullest = Math.max(0, ...counts)
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (panes.length === 1 || total > KEYS_COUNTED_MAX) return fullest
  const keys = new Set<Key>()
  for (const { startMs } of panes) {
    for (const key of table.keys(startMs)) keys.add(key)
  }
  return keys.size
}
