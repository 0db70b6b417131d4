/** Checks that a tap loses nothing in silence: gaps, pauses and limits are all counted. */

import type { wire } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import {
  behind,
  clearTap,
  fillTap,
  NO_ROWS,
  pauseTap,
  ROWS_MAX,
  resumeTap,
  type TapRow,
} from './tap-rows.ts'

const record = (number: number): wire.TappedRecord => ({
  ...{ number, eventTime: number, seenAtMs: number, change: null, row: { n: number } },
})
const sent = (numbers: readonly number[], seen: number) => ({
  ...{ records: numbers.map(record), seen, unsent: seen - numbers.length },
})
const text = (rows: readonly TapRow[]) =>
  rows.map((row) => (row.kind === 'record' ? row.record.number : `${row.first}-${row.last}`))

test('records that were not sent leave a line in their place', () => {
  const first = fillTap(NO_ROWS, sent([3, 4], 4))
  const second = fillTap(first, sent([9], 9))
  expect(text(second.rows)).toEqual(['1-2', 3, 4, '5-8', 9])
  expect([second.seen, second.unsent]).toEqual([9, 8])
})

test('a record that comes again after a reconnect is taken once', () => {
  const first = fillTap(NO_ROWS, sent([1, 2], 2))
  expect(text(fillTap(first, sent([2, 3], 3)).rows)).toEqual([1, 2, 3])
})

test('a paused tap counts how far it is behind, and says none when it goes on', () => {
  const paused = pauseTap(fillTap(NO_ROWS, sent([1, 2], 2)))
  const later = fillTap(paused, { records: [], seen: 1_242, unsent: 0 })
  expect([behind(later), text(later.rows)]).toEqual([1_240, [1, 2]])
  expect(pauseTap(later).pausedAt).toBe(2)
  const resumed = fillTap(resumeTap(later), sent([1_241, 1_242], 1_242))
  expect([behind(resumed), text(resumed.rows)]).toEqual([0, [1, 2, '3-1240', 1_241, 1_242]])
})

test('what a pause kept back does not count as unsent when it is over', () => {
  // Seven came before the look; 1,233 are kept back.
  const paused = pauseTap(fillTap(NO_ROWS, { ...sent([8, 9], 9), unsent: 7 }))
  const later = fillTap(paused, { records: [], seen: 1_242, unsent: 1_240 })
  expect([behind(later), resumeTap(later).unsent]).toEqual([1_233, 7])
})

test('the table holds a limit of rows and lets the oldest go', () => {
  const numbers = Array.from({ length: ROWS_MAX + 50 }, (_, index) => index + 1)
  const { rows } = fillTap(NO_ROWS, sent(numbers, numbers.length))
  expect([rows.length, text(rows)[0]]).toEqual([ROWS_MAX, 51])
})

test('an emptied table goes on counting where it was', () => {
  const emptied = clearTap(fillTap(NO_ROWS, sent([1, 2, 3], 3)))
  expect(text(fillTap(emptied, sent([4], 4)).rows)).toEqual(['1-3', 4])
  expect(text(clearTap(NO_ROWS).rows)).toEqual([])
})

test('numbers that begin again begin another table, since the job was restarted', () => {
  const first = pauseTap(fillTap(NO_ROWS, sent([98, 99, 100], 100)))
  const again = fillTap(first, sent([1, 2], 2))
  expect([text(again.rows), again.seen, behind(again)]).toEqual([[1, 2], 2, 2])
})
