/** Checks the words for windows and records of the picture. */

import { expect, test } from 'vitest'
import { latenessText, leftText, markLines, stateText } from './mark-words.ts'
import { dotOf, pictureOf, windowOf } from './testing/pictures.ts'
import type { Standing } from './why-not.ts'

const standing: Standing = {
  picture: pictureOf({ atMs: 60_000, watermark: 45_999 }),
  ...{ board: { nodes: new Map() }, metricsOf: () => undefined, state: 'running' },
}

test('a late record says which watermark it met, and how far it was behind it', () => {
  const dot = { ...dotOf(40_000, 58_000, true), watermark: 45_999 }
  const mark = { kind: 'dot' as const, role: 'late' as const, x: 0, y: 0, dot }
  expect(markLines(mark, standing)).toEqual([
    ['Record', 'late: its window had closed'],
    ['Event time', '1970-01-01 00:00:40.000 UTC'],
    ['Watermark', '1970-01-01 00:00:45.999 UTC when it came'],
    ['Too late', '6 s behind the watermark'],
    ['Seen at', '1970-01-01 00:00:58.000 UTC'],
    ['Delay', '18 s'],
  ])
  expect(latenessText({ ...dot, watermark: 'end' })).toBe('after the end of input')
})

test('a window that fires again says what came late', () => {
  const fired = { ...windowOf(0, 30_000, 47_000), firedRecords: 7 }
  expect(stateText(fired, 60_000)).toBe(
    'fired at 00:00:47.000 UTC, and again with 2 that came late',
  )
  expect(stateText(windowOf(0, 30_000, 47_000), 60_000)).toBe('fired at 00:00:47.000 UTC')
  expect(stateText(windowOf(0, 90_000), 60_000)).toBe('open')
})

test('how far it is to the firing is event time, or time by the clock', () => {
  const open = windowOf(60_000, 90_000)
  expect(leftText(open, standing)).toBe('44 s of event time')
  const byClock = { ...standing.picture, firesByClock: true }
  expect(leftText(open, { ...standing, picture: byClock })).toBe('30 s by the clock')
  expect(leftText(windowOf(0, 30_000, 47_000), standing)).toBe('')
})
