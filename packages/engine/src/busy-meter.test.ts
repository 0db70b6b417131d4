/** The time of each node is its own. */

import { expect, test } from 'vitest'
import { BusyMeter } from './busy-meter.ts'
import { VirtualEnv } from './testing/virtual-env.ts'

test('the time of an inner node is not that of the node around it', () => {
  const env = new VirtualEnv()
  const meter = new BusyMeter(env.clock, 2)
  const outside = meter.enter(0)
  env.advance(5)
  const outer = meter.enter(1)
  env.advance(7)
  meter.leave(outer)
  env.advance(2)
  meter.leave(outside)
  env.advance(100)
  expect([meter.busyMs(0), meter.busyMs(1)]).toEqual([7, 7])
})

test('what several nodes did as one is divided as they were measured one by one', () => {
  const env = new VirtualEnv()
  const meter = new BusyMeter(env.clock, 3)
  const outer = meter.enter(1)
  env.advance(2)
  meter.tick()
  const before = meter.busyMs(1)
  env.advance(12)
  meter.tick()
  meter.share(meter.busyMs(1) - before, 1, [1, 2], [1, 3])
  meter.leave(outer)
  expect([0, 1, 2].map((depth) => meter.busyMs(depth))).toEqual([0, 5, 9])
})
