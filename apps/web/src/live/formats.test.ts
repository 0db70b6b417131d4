/** Checks how numbers and times are written: short, with unit and zone. */

import { expect, test } from 'vitest'
import {
  axisTimeTexts,
  countText,
  daysText,
  durationText,
  elapsedText,
  rateText,
  shareText,
  shortCountText,
  shortTimeText,
  timeText,
  watermarkText,
} from './formats.ts'

test('counts are whole, with thousands apart', () => {
  expect([0, 999, 1_240, 1_000_000, -1_240].map(countText)).toEqual([
    ...['0', '999', '1,240', '1,000,000', '−1,240'],
  ])
})

test.each([
  [0, '0'],
  [9.44, '9.4'],
  [9.96, '10'],
  [984, '984'],
  [999.4, '999'],
  [999.6, '1.00k'],
  [9_840, '9.84k'],
  [98_400, '98.4k'],
  [999_499, '999k'],
  [999_600, '1.00M'],
  [2_500_000_000, '2.50G'],
  [7e12, '7.00T'],
])('%f in short is %s', (count, text) => {
  expect(shortCountText(count)).toBe(text)
  expect(text.length).toBeLessThanOrEqual(5)
})

test('a rate has its unit, and what is not zero is not written as zero', () => {
  expect([0, 0.01, 0.5, 1_204].map(rateText)).toEqual(['0/s', '<0.1/s', '0.5/s', '1.20k/s'])
})

test('a share is a percentage', () => {
  expect([0, 0.004, 0.713, 1].map(shareText)).toEqual(['0 %', '<1 %', '71 %', '100 %'])
})

test.each([
  [0, '0 ms'],
  [240, '240 ms'],
  [999.6, '1 s'],
  [4_230, '4.2 s'],
  [9_960, '10 s'],
  [48_000, '48 s'],
  [59_700, '1 min'],
  [62_000, '1 min 02 s'],
  [3_599_700, '1 h'],
  [3_720_000, '1 h 02 min'],
  [86_399_999, '1 d'],
  [276_000_000, '3 d 05 h'],
  [246_000_000_000, '7.8 y'],
])('%d ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test('a stopwatch counts days apart', () => {
  expect([252_400, 172_800_000 + 15_000_000].map(elapsedText)).toEqual(['00:04:12', '2 d 04:10:00'])
})

test('every time says its zone, and its date unless it is today', () => {
  const atMs = Date.UTC(2026, 0, 31, 14, 20, 5, 123)
  expect(timeText(atMs)).toBe('2026-01-31 14:20:05.123 UTC')
  expect(shortTimeText(atMs, atMs + 60_000)).toBe('14:20:05 UTC')
  expect(shortTimeText(atMs, Date.UTC(2026, 1, 1))).toBe('2026-01-31 14:20 UTC')
})

test('the ends of time are words', () => {
  expect([watermarkText('start'), watermarkText('end')]).toEqual(['not yet known', 'end of input'])
})

test('an axis names days and zone once, and its times as exactly as tells them apart', () => {
  const noon = Date.UTC(2018, 1, 3, 12, 0, 5, 250)
  const day = 86_400_000
  expect(daysText(noon + 0.5, noon + 0.75)).toBe('2018-02-03')
  expect(daysText(noon - day, noon)).toBe('2018-02-02 to 2018-02-03')
  const from = (...afterMs: number[]) => afterMs.map((ms) => noon + ms)
  expect(axisTimeTexts(from(-250, 0, 250), 1_000)).toEqual([
    ...['12:00:05.00', '12:00:05.25', '12:00:05.50'],
  ])
  expect(axisTimeTexts(from(1, 2), 10)).toEqual(['12:00:05.251', '12:00:05.252'])
  expect(axisTimeTexts(from(-250, 250, 750), 5_000)).toEqual([
    ...['12:00:05.0', '12:00:05.5', '12:00:06.0'],
  ])
  expect(axisTimeTexts(from(-250, 750), 2_000)).toEqual(['12:00:05', '12:00:06'])
  expect(axisTimeTexts([Date.UTC(2018, 1, 3), Date.UTC(2018, 1, 3, 12)], day)).toEqual([
    ...['02-03', '12:00'],
  ])
})
