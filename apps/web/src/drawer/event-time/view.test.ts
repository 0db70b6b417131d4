/** Checks what the picture chooses to show, and that it does not breathe. */

import { expect, test } from 'vitest'
import { dotOf, pictureOf, windowOf } from './testing/pictures.ts'
import { chooseView, inView, mixViews, pictureSpanMs } from './view.ts'

test('the lower edge is a round span below now, far enough for the oldest record', () => {
  const picture = pictureOf({ dots: [dotOf(40_000, 33_000)] })
  expect(chooseView(picture, 60_000, undefined).processingTime).toEqual({
    from: 30_000,
    to: 60_000,
  })
})

test('a span is kept while it is wide enough and not far too wide', () => {
  const picture = pictureOf({ dots: [dotOf(40_000, 33_000)] })
  const first = chooseView(picture, 60_000, undefined)
  const later = pictureOf({ dots: [dotOf(50_000, 45_000)] })
  expect(chooseView(later, 61_000, first).processingTime).toEqual({ from: 31_000, to: 61_000 })
  const narrow = pictureOf({ dots: [dotOf(60_000, 59_000)] })
  expect(chooseView(narrow, 61_000, first).processingTime.from).toBe(56_000)
})

test('processing time goes back ten minutes at most', () => {
  const picture = pictureOf({ atMs: 9_000_000, steps: [{ atMs: 1, watermark: 5 }] })
  expect(chooseView(picture, 9_000_000, undefined).processingTime.from).toBe(8_400_000)
})

test('a picture spans from the first that is shown of it to the last, in processing time', () => {
  const steps = [{ atMs: 7_000, watermark: 5 }]
  const windows = [{ ...windowOf(0, 90_000), firedAtMs: 7_030 }, windowOf(90_000, 99_000)]
  const dots = [dotOf(40_000, 7_010)]
  expect(pictureSpanMs(pictureOf({ atMs: 99_000, steps, windows, dots }))).toBe(30)
  expect(pictureSpanMs(pictureOf({ windows: [], dots: [], steps: [] }))).toBe(0)
})

test('event time holds the windows in view, and a record far too late does not stretch it', () => {
  const picture = pictureOf({
    windows: [windowOf(0, 10_000, 5_000), windowOf(40_000, 50_000)],
    dots: [dotOf(41_000, 55_000), dotOf(-9_000_000, 56_000, true)],
  })
  const { eventTime, processingTime } = chooseView(picture, 60_000, {
    eventTime: { from: 0, to: 1 },
    processingTime: { from: 40_000, to: 60_000 },
  })
  expect(processingTime.from).toBeLessThanOrEqual(5_000)
  expect(eventTime.from).toBeLessThan(0)
  expect(eventTime.from).toBeGreaterThan(-2_000)
  expect(eventTime.to).toBeGreaterThan(50_000)
})

test('with nothing to show the axes stay where they were', () => {
  const before = {
    eventTime: { from: 1, to: 9 },
    processingTime: { from: 50_000, to: 55_000 },
  }
  const picture = pictureOf({ watermark: 'start' })
  expect(chooseView(picture, 60_000, before).eventTime).toEqual({ from: 1, to: 9 })
})

test('a fired window leaves when its firing has scrolled out', () => {
  expect(inView(windowOf(0, 10, 99), 100)).toBe(false)
  expect(inView(windowOf(0, 10, 100), 100)).toBe(true)
  expect(inView(windowOf(0, 10), 100)).toBe(true)
})

test('halfway between two views is in the middle of both axes', () => {
  const a = { eventTime: { from: 0, to: 10 }, processingTime: { from: 0, to: 4 } }
  const b = { eventTime: { from: 10, to: 30 }, processingTime: { from: 2, to: 6 } }
  expect(mixViews(a, b, 0.5)).toEqual({
    eventTime: { from: 5, to: 20 },
    processingTime: { from: 1, to: 5 },
  })
})
