/** The windows that pictures show are those that stand in state. */

import type { OperatorDefinition } from '@millrace/engine'
import { record, runOperator, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
import { slidingWindow } from './sliding-window.ts'
import { tumblingWindow } from './tumbling-window.ts'

const aggregates = { count: 'COUNT(*)' }

/**
 * The windows that stand after [user, time] records and watermarks, as [start, end, records, keys].
 */
function standing(
  operator: OperatorDefinition,
  settings: Record<string, unknown>,
  elements: readonly (readonly [user: string, at: number] | number)[],
) {
  const config = { groupBy: ['user'], aggregates, ...settings }
  const given = elements.map((element) =>
    typeof element === 'number' ? watermark(element) : record({ user: element[0] }, element[1]),
  )
  const inputs = { in: stream({ user: 'string' }, given) }
  const { state } = runOperator(operator, config, inputs, { open: true })
  const windows = operator.inspectWindows?.(operator.config.parse(config), state) ?? []
  return windows.map(({ startMs, endMs, records, keys }) => [startMs, endMs, records, keys])
}

test('a tumbling window stands from its first record until it fires', () => {
  const elements = [
    ['ada', 1],
    ['bob', 2],
    ['ada', 5],
    ['ada', 12],
  ] as const
  expect(standing(tumblingWindow, { size: '10ms' }, elements)).toEqual([
    [0, 10, 3, 2],
    [10, 20, 1, 1],
  ])
  expect(standing(tumblingWindow, { size: '10ms' }, [...elements, 9])).toEqual([[10, 20, 1, 1]])
})

test('hopping windows overlap: a record counts in each, and a key once in each', () => {
  //  0    5    10   15
  //  |----a----|          [0, 10)
  //       |a---b----|     [5, 15)
  const elements = [
    ['ada', 2],
    ['ada', 6],
    ['bob', 9],
  ] as const
  expect(standing(hoppingWindow, { size: '10ms', slide: '5ms' }, elements)).toEqual([
    [-5, 5, 1, 1],
    [0, 10, 3, 2],
    [5, 15, 2, 2],
  ])
  expect(standing(hoppingWindow, { size: '10ms', slide: '5ms' }, [...elements, 9])).toEqual([
    [5, 15, 2, 2],
  ])
})

test('each session of each key stands by itself, by time', () => {
  const elements = [
    ['ada', 1],
    ['bob', 2],
    ['ada', 4],
    ['ada', 20],
  ] as const
  expect(standing(sessionWindow, { gap: '10ms' }, elements)).toEqual([
    [1, 14, 2, 1],
    [2, 12, 1, 1],
    [20, 30, 1, 1],
  ])
})

test('cumulate windows stand together, and those that have fired only for late records', () => {
  const elements = [['ada', 1], ['bob', 6], 5] as const
  const config = { size: '9ms', step: '3ms' }
  expect(standing(cumulateWindow, config, elements)).toEqual([[0, 9, 2, 2]])
  expect(standing(cumulateWindow, { ...config, allowedLateness: '3ms' }, elements)).toEqual([
    [0, 6, 1, 1],
    [0, 9, 2, 2],
  ])
})

test('sliding windows stand where they hold records', () => {
  const elements = [
    ['ada', 5],
    ['ada', 7],
  ] as const
  expect(standing(slidingWindow, { size: '3ms' }, elements)).toEqual([
    [2, 6, 1, 1],
    [4, 8, 2, 1],
    [6, 10, 1, 1],
  ])
})

/** Ends of windows of days in the zone, around the days on which its clocks are set. */
const BERLIN_DAYS = ['27T23', '28T23', '29T22', '30T22'].map((at) =>
  Date.parse(`2026-03-${at}:00Z`),
)

test.each<[string, OperatorDefinition, Record<string, unknown>, readonly number[]]>([
  ['tumbling', tumblingWindow, { size: '5ms', offset: '2ms' }, [-3, 2, 7, 12]],
  ['hopping, overlapping', hoppingWindow, { size: '6ms', slide: '4ms' }, [-2, 2, 6, 10]],
  ['hopping, with gaps', hoppingWindow, { size: '2ms', slide: '7ms' }, [-5, 2, 9, 16]],
  ['cumulate', cumulateWindow, { size: '6ms', step: '2ms' }, [-2, 0, 2, 4, 6]],
  ['of days in a zone', tumblingWindow, { size: '1d', timeZone: 'Europe/Berlin' }, BERLIN_DAYS],
])('%s windows tell the next of their ends after any time', (_, operator, settings, ends) => {
  const config = operator.config.parse({ groupBy: ['user'], aggregates, ...settings })
  const [first = 0] = ends
  for (const [index, end] of ends.entries()) {
    const before = ends[index - 1] ?? first - 1
    for (const after of [before, Math.floor((before + end) / 2), end - 1]) {
      expect([after, operator.nextWindowEnd?.(config, after)]).toEqual([after, end])
    }
  }
})

test('where late records open windows that have ended, no end is the next', () => {
  const config = tumblingWindow.config.parse({ size: '5ms', allowedLateness: '1ms', aggregates })
  expect(tumblingWindow.nextWindowEnd?.(config, 3)).toBeUndefined()
})

test.each([-8e15, -62_135_596_800_001, 253_402_300_799_999, 8e15])(
  'windows end also after %d, where no record can be and a watermark may',
  (afterMs) => {
    const config = { size: '3d', slide: '5d', timeZone: 'Europe/Berlin', aggregates }
    const endMs = hoppingWindow.nextWindowEnd?.(hoppingWindow.config.parse(config), afterMs) ?? 0
    expect(endMs).toBeGreaterThan(afterMs)
    expect(endMs - afterMs).toBeLessThan(6 * 86_400_000)
  },
)

test('a window of a time zone stands from local midnight on', () => {
  const at = Date.parse('2026-03-29T12:00:00Z')
  const config = { size: '1d', timeZone: 'Europe/Berlin' }
  expect(standing(tumblingWindow, config, [['ada', at]])).toEqual([
    [Date.parse('2026-03-28T23:00:00Z'), Date.parse('2026-03-29T22:00:00Z'), 1, 1],
  ])
})
