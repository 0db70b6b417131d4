/** The windows that pictures show are those that stand in state. */

import type { OperatorDefinition } from '@millrace/engine'
import { record, runOperator, stream, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
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

test('each session of each key stands by itself', () => {
  const elements = [
    ['ada', 1],
    ['bob', 2],
    ['ada', 4],
    ['ada', 20],
  ] as const
  expect(standing(sessionWindow, { gap: '10ms' }, elements)).toEqual([
    [1, 14, 2, 1],
    [20, 30, 1, 1],
    [2, 12, 1, 1],
  ])
})
