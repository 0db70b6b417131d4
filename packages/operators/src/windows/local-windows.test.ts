/**
 * Compares hopping windows of whole days in a time zone, around the days on which its clocks are
 * set, with a recomputation from the midnights that the calendar of the host finds.
 */

import {
  record,
  runOperator,
  type SeededRandom,
  seededRandom,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { hoppingWindow } from './hopping-window.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const CHANGES = [
  ['Europe/Berlin', Date.UTC(2026, 2, 29, 1)],
  ['Europe/Berlin', Date.UTC(2026, 9, 25, 1)],
  ['America/New_York', Date.UTC(2026, 2, 8, 7)],
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 4, 15)],
] as const

interface Window {
  readonly startMs: number
  readonly endMs: number
}

/** Local midnights, found by looking at the date each half of an hour. */
function midnights(timeZone: string, fromMs: number, toMs: number): readonly number[] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const found: number[] = []
  for (let at = fromMs; at < toMs; at += HOUR_MS / 2) {
    if (format.format(at) !== format.format(at - HOUR_MS / 2)) found.push(at)
  }
  return found
}

/** Windows of a day start `slideMs` apart from midnight on, and end as long after the next one. */
function windowsOf(days: readonly number[], slideMs: number): readonly Window[] {
  return days.flatMap((dayMs, index) => {
    const nextMs = days[index + 1]
    const lastMs = days[index + 2]
    if (nextMs === undefined || lastMs === undefined) return []
    const windows: Window[] = []
    for (let startMs = dayMs; startMs < nextMs; startMs += slideMs) {
      windows.push({ startMs, endMs: Math.min(nextMs + startMs - dayMs, lastMs) })
    }
    return windows
  })
}

interface Reading {
  readonly id: number
  readonly timeMs: number
}

type Step = Reading | { readonly watermarkMs: number }

function randomSteps(random: SeededRandom, changeMs: number): readonly Step[] {
  const delayMs = random.pick([0, 3, 30]) * HOUR_MS
  const steps: Step[] = []
  let nowMs = changeMs - random.integer(20, 60) * HOUR_MS
  for (let id = 0; id < 60; id++) {
    nowMs += random.integer(0, 4) * (HOUR_MS / 2)
    steps.push({ id, timeMs: nowMs - random.integer(0, 5) * HOUR_MS })
    if (random.chance(0.4)) steps.push({ watermarkMs: nowMs - delayMs })
  }
  return steps
}

/** The records of each window at the end, and those that came too late for all of theirs. */
function expected(steps: readonly Step[], windows: readonly Window[], latenessMs: number) {
  const results = new Map<Window, number[]>()
  const late: number[] = []
  let closedMs = Number.NEGATIVE_INFINITY
  for (const step of steps) {
    if ('watermarkMs' in step) {
      closedMs = Math.max(closedMs, step.watermarkMs)
      continue
    }
    const open = windows.filter(
      ({ startMs, endMs }) =>
        startMs <= step.timeMs && step.timeMs < endMs && endMs - 1 + latenessMs > closedMs,
    )
    if (open.length === 0) late.push(step.id)
    for (const window of open) results.set(window, [...(results.get(window) ?? []), step.id])
  }
  const rows = [...results].map(([{ startMs, endMs }, ids]) => ({
    window_start: new Date(startMs).toISOString(),
    window_end: new Date(endMs).toISOString(),
    n: ids.length,
    sum: ids.reduce((a, b) => a + b, 0),
  }))
  return { rows: rows.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)), late }
}

function elementsOf(steps: readonly Step[]): readonly TestElement[] {
  return steps.map((step) =>
    'watermarkMs' in step ? watermark(step.watermarkMs) : record({ id: step.id }, step.timeMs),
  )
}

/** Results leave by the end of their window, then by its start. */
function orderOf(row: { readonly [column: string]: unknown }): string {
  return `${row['window_end']} ${row['window_start']}`
}

function rowsOf(elements: readonly TestElement[]) {
  return elements.flatMap((element) => ('row' in element ? [element.row] : []))
}

test.each([0, 2 * HOUR_MS])(
  'windows that end together on a day that is set by an hour all leave, lateness %j ms',
  (latenessMs) => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed)
      const [timeZone, changeMs] = random.pick(CHANGES)
      const days = midnights(timeZone, changeMs - 6 * DAY_MS, changeMs + 12 * DAY_MS)
      const hours = random.pick([1, 2, 6, 12])
      const steps = randomSteps(random, changeMs)
      const { rows, late } = expected(steps, windowsOf(days, hours * HOUR_MS), latenessMs)
      const config = {
        size: '1d',
        slide: `${hours}h`,
        timeZone,
        allowedLateness: `${latenessMs}ms`,
        // Groups that are nothing but numbers lie in other tables.
        aggregates: { n: random.pick(['COUNT(*)', 'COUNT(DISTINCT id)']), sum: 'SUM(id)' },
      }
      const input = stream({ id: 'integer' }, elementsOf(steps))
      const { outputs, ledger } = runOperator(hoppingWindow, config, { in: input })
      // A window that fires again replaces its row, which then stands at its first place.
      const latest = new Map(rowsOf(outputs['out'] ?? []).map((row) => [orderOf(row), row]))
      const label = `seed ${seed}, ${timeZone}, every ${hours} h`
      const given = [...latest.values()]
      if (latenessMs > 0) given.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
      expect(given, label).toEqual(rows)
      expect(
        rowsOf(outputs['late'] ?? []).map(({ id }) => id),
        label,
      ).toEqual(late)
      expect(ledger.toJson(), label).toMatchObject({ held: 0, late: late.length })
    }
  },
)
