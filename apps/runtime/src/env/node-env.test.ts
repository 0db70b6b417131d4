/** The machine's timers, dice and clocks. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createNodeEnv } from './node-env.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('a timer calls back once, and not when it has been cancelled', () => {
  const { timers } = createNodeEnv()
  const called: string[] = []
  timers.after(100, () => called.push('kept'))
  const cancel = timers.after(100, () => called.push('cancelled'))
  cancel()
  vi.advanceTimersByTime(99)
  expect(called).toEqual([])
  vi.advanceTimersByTime(500)
  expect(called).toEqual(['kept'])
})

test('a delay beyond the longest timeout of Node is waited for, and can be cancelled on the way', () => {
  const { timers } = createNodeEnv()
  const days = 86_400_000
  const called: string[] = []
  timers.after(60 * days, () => called.push('kept'))
  const cancel = timers.after(60 * days, () => called.push('cancelled'))
  vi.advanceTimersByTime(59 * days)
  expect(called).toEqual([])
  cancel()
  vi.advanceTimersByTime(days)
  expect(called).toEqual(['kept'])
})

test('yield lets whatever else waits go first', () => {
  const { timers } = createNodeEnv()
  const order: string[] = []
  timers.yield(() => order.push('yielded'))
  order.push('went on')
  vi.runAllTimers()
  expect(order).toEqual(['went on', 'yielded'])
})

test('ids differ, dice stay in [0, 1) and the monotonic clock does not go back', () => {
  const { ids, random, clock } = createNodeEnv()
  expect(new Set(Array.from({ length: 100 }, () => ids.next())).size).toBe(100)
  const dice = Array.from({ length: 100 }, () => random.next())
  expect(dice.every((value) => value >= 0 && value < 1)).toBe(true)
  const before = clock.monotonicMs()
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before)
})
