/** Checks that the log holds every event once, in order, whichever way it came. */

import { expect, test } from 'vitest'
import { extendLog, joinLog, LOG_EVENTS_MAX, NO_LOG } from './job-log.ts'
import { eventOf } from './testing/wire-values.ts'

const numbers = ({ events }: typeof NO_LOG) => events.map(({ number }) => number)

test('what was kept and what came meanwhile are one log, each event once', () => {
  const live = extendLog(extendLog(NO_LOG, [eventOf(3)]), [eventOf(4)])
  const kept = { events: [eventOf(2), eventOf(3)], dropped: 1 }
  const log = joinLog(live, kept)
  expect([numbers(log), log.dropped]).toEqual([[2, 3, 4], 1])
})

test('an event that is known changes nothing', () => {
  const log = extendLog(NO_LOG, [eventOf(1), eventOf(2)])
  expect(extendLog(log, [eventOf(2)])).toBe(log)
  expect(joinLog(log, { events: [eventOf(1)], dropped: 0 })).toEqual(log)
})

test('older events are let go, counted, and do not come back', () => {
  const many = Array.from({ length: LOG_EVENTS_MAX + 2 }, (_, index) => eventOf(index + 1))
  const log = extendLog(NO_LOG, many)
  expect([log.events.length, log.dropped, log.events[0]?.number]).toEqual([LOG_EVENTS_MAX, 2, 3])
  expect(extendLog(log, [eventOf(1)])).toBe(log)
})
