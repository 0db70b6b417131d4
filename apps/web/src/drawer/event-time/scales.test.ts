/** Checks the axes of the event-time picture: where values stand, and which ticks are put there. */

import { expect, test } from 'vitest'
import { linearScale, MARGIN, timeTicks, toScales, windowGrid } from './scales.ts'

const box = (startMs: number, endMs: number) => ({ startMs, endMs, records: 1, keys: 1 })

test('later is up, and event time goes to the right', () => {
  const view = { eventTime: { from: 0, to: 100 }, processingTime: { from: 0, to: 50 } }
  const { x, y } = toScales(view, { width: 800, height: 300 })
  expect([x.toPixel(0), x.toPixel(100)]).toEqual([MARGIN.left, 800 - MARGIN.right])
  expect([y.toPixel(0), y.toPixel(50)]).toEqual([300 - MARGIN.bottom, MARGIN.top])
  expect(x.toValue(x.toPixel(37))).toBeCloseTo(37)
})

test('a domain without length is no division by zero', () => {
  expect(linearScale({ from: 5, to: 5 }, { from: 0, to: 100 }).toPixel(5)).toBe(0)
})

test('ticks are round times, at least so far apart', () => {
  const scale = linearScale({ from: 1_000, to: 61_000 }, { from: 0, to: 600 })
  expect(timeTicks(scale, 76)).toEqual([10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  expect(timeTicks(scale, 200)).toEqual([30_000, 60_000])
})

test('ticks lie on the window grid, whatever its offset', () => {
  const scale = linearScale({ from: 0, to: 70_000 }, { from: 0, to: 700 })
  const grid = windowGrid([box(3_000, 13_000), box(13_000, 23_000)])
  expect(grid).toEqual({ sizeMs: 10_000, offsetMs: 3_000 })
  expect(timeTicks(scale, 76, grid)).toEqual([
    ...[3_000, 13_000, 23_000, 33_000, 43_000, 53_000, 63_000],
  ])
  expect(timeTicks(scale, 150, grid)).toEqual([3_000, 23_000, 43_000, 63_000])
})

test('a wide window is divided into parts of itself', () => {
  const scale = linearScale({ from: 0, to: 60_000 }, { from: 0, to: 600 })
  expect(timeTicks(scale, 76, { sizeMs: 60_000, offsetMs: 0 })).toEqual([
    ...[0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000],
  ])
})

test('sessions, which have no one size, have no grid', () => {
  expect(windowGrid([box(0, 10), box(10, 30)])).toBeUndefined()
  expect(windowGrid([])).toBeUndefined()
})

test('ticks of a huge domain stay few', () => {
  const scale = linearScale({ from: 0, to: 1e15 }, { from: 0, to: 600 })
  expect(timeTicks(scale, 76).length).toBeLessThan(10)
  expect(timeTicks(scale, 76, { sizeMs: 1, offsetMs: 0 }).length).toBeLessThan(10)
})
