/** Checks where watermarks stand on the pipeline's scale, and what they are behind. */

import { expect, test } from 'vitest'
import { metricsOf } from './testing/wire-values.ts'
import { clockLagMs, inputLagMs, tidePosition, toTideScale } from './tide.ts'

const at = (watermark: number | 'start' | 'end') => ({ watermark, idle: false })

test('the highest watermark stands near the right end, the lowest to its left', () => {
  const scale = toTideScale([at(100_000), at(96_000), at('start')], undefined)
  expect(scale).toEqual({ highMs: 100_000, spanMs: 5_000 })
  expect(tidePosition(100_000, scale)).toBeCloseTo(0.94)
  expect(tidePosition(96_000, scale)).toBeCloseTo(0.94 * 0.2)
})

test('the ends of time are the ends of the bar', () => {
  const scale = toTideScale([at(1)], undefined)
  expect([tidePosition('start', scale), tidePosition('end', scale)]).toEqual([0, 1])
})

test('without a watermark that is a time there is no scale', () => {
  expect(toTideScale([at('start'), at('end')], undefined)).toBeUndefined()
  expect(tidePosition(5, undefined)).toBe(0)
})

test('a span stays while it is wide enough and not far too wide', () => {
  const wide = toTideScale([at(100_000), at(60_000)], undefined)
  expect(wide?.spanMs).toBe(60_000)
  const calm = toTideScale([at(110_000), at(98_000)], wide)
  expect(calm).toEqual({ highMs: 110_000, spanMs: 60_000 })
  expect(toTideScale([at(110_000), at(109_000)], wide)?.spanMs).toBe(5_000)
})

test('a scale that does not change is the same object, so nobody renders for it', () => {
  const scale = toTideScale([at(5_000), at(4_000)], undefined)
  expect(toTideScale([at(5_000), at(4_000)], scale)).toBe(scale)
})

test('lag is measured against the clock and against the inputs', () => {
  expect(clockLagMs(90_000, 100_000)).toBe(10_000)
  expect(clockLagMs('start', 100_000)).toBeUndefined()
  const inputs = [
    { watermark: 90_000, idle: false },
    { watermark: 138_000, idle: false },
  ]
  expect(inputLagMs(metricsOf({ watermark: 90_000, inputs }))).toBe(48_000)
  expect(inputLagMs(metricsOf({ watermark: 'start', inputs }))).toBe(0)
})
