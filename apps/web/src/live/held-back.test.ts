/** Checks which input is named as holding the watermark back, and since when. */

import { expect, test } from 'vitest'
import { createHeldBackTracker } from './held-back.ts'

const inputs = (...watermarks: (number | 'start' | 'end' | 'idle')[]) =>
  watermarks.map((watermark) =>
    watermark === 'idle'
      ? { watermark: 1, idle: true as boolean }
      : { watermark, idle: false as boolean },
  )

test('the lowest active input is named from when it last moved', () => {
  const tracker = createHeldBackTracker()
  expect(tracker.take('join', inputs(10, 50), 1_000)).toEqual({ input: 0, sinceMs: 1_000 })
  expect(tracker.take('join', inputs(10, 90), 49_000)).toEqual({ input: 0, sinceMs: 1_000 })
  expect(tracker.take('join', inputs(20, 90), 50_000)).toEqual({ input: 0, sinceMs: 50_000 })
})

test('inputs that overtake each other start anew', () => {
  const tracker = createHeldBackTracker()
  tracker.take('join', inputs(10, 50), 1_000)
  expect(tracker.take('join', inputs(60, 50), 2_000)).toEqual({ input: 1, sinceMs: 2_000 })
})

test('an idle input holds nothing back', () => {
  const tracker = createHeldBackTracker()
  expect(tracker.take('join', inputs('idle', 50), 1_000)).toBeUndefined()
  expect(tracker.take('join', inputs('idle', 50, 70), 1_000)?.input).toBe(1)
})

test('one input alone, or inputs side by side, hold nothing back', () => {
  const tracker = createHeldBackTracker()
  expect(tracker.take('map', inputs(10), 1_000)).toBeUndefined()
  expect(tracker.take('join', inputs(10, 10), 1_000)).toBeUndefined()
})

test('an input that has not begun holds back one that has ended', () => {
  const tracker = createHeldBackTracker()
  expect(tracker.take('join', inputs('end', 'start'), 1_000)?.input).toBe(1)
})
