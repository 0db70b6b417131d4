/** Windows that go by the clock: when they fire, what they take, and what their rows say. */

import type { OperatorDefinition } from '@millrace/engine'
import { clock, record, runOperator, stream, VirtualEnv, watermark } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { cumulateWindow } from './cumulate-window.ts'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
import { slidingWindow } from './sliding-window.ts'
import { tumblingWindow } from './tumbling-window.ts'

const schema = { id: 'integer' }
const byClock = { time: 'processing', aggregates: { ids: 'COLLECT(id)' } }

function at(ms: number): string {
  return new Date(ms).toISOString()
}

/** The result of [start, end). */
function result(startMs: number, endMs: number, ids: readonly number[]) {
  return record({ window_start: at(startMs), window_end: at(endMs), ids }, endMs - 1)
}

test('a window fires when the clock has passed its end, and not a millisecond before', () => {
  const elements = [record({ id: 1 }), clock(9), record({ id: 2 }), clock(10), record({ id: 3 })]
  const config = { ...byClock, size: '10ms' }
  const given = { in: stream(schema, elements, false) }
  const { outputs } = runOperator(tumblingWindow, config, given, { env: new VirtualEnv(0) })
  expect(outputs['out']).toEqual([result(0, 10, [1, 2]), watermark(9), result(10, 20, [3])])
})

test('before the clock has come to the end there is nothing, and the end of input closes all', () => {
  const config = { ...byClock, size: '10ms' }
  const given = { in: stream(schema, [record({ id: 1 }), clock(9)], false) }
  const options = { env: new VirtualEnv(0), open: true }
  expect(runOperator(tumblingWindow, config, given, options).outputs['out']).toEqual([])
  const closed = runOperator(tumblingWindow, config, given, { env: new VirtualEnv(0) })
  expect(closed.outputs['out']).toEqual([result(0, 10, [1])])
})

test('event times and watermarks that come in mean nothing to the clock', () => {
  const elements = [record({ id: 1 }, 500), watermark(400), record({ id: 2 }, 3), clock(10)]
  const config = { ...byClock, size: '10ms' }
  const given = { in: stream(schema, elements) }
  const { outputs } = runOperator(tumblingWindow, config, given, { env: new VirtualEnv(0) })
  expect(outputs['out']).toEqual([result(0, 10, [1, 2]), watermark(9)])
  expect(outputs['late']).toEqual([watermark(9)])
})

test('hopping, cumulate, session and sliding windows go by the clock as well', () => {
  const elements = [record({ id: 1 }), clock(4), record({ id: 2 }), clock(30)]
  const run = (operator: OperatorDefinition, config: object) =>
    runOperator(
      operator,
      { ...byClock, ...config },
      { in: stream(schema, elements, false) },
      { env: new VirtualEnv(0) },
    ).outputs['out']?.filter((element) => 'row' in element)
  expect(run(hoppingWindow, { size: '6ms', slide: '3ms' })).toEqual([
    result(-3, 3, [1]),
    result(0, 6, [1, 2]),
    result(3, 9, [2]),
  ])
  expect(run(cumulateWindow, { size: '6ms', step: '3ms' })).toEqual([
    result(0, 3, [1]),
    result(0, 6, [1, 2]),
  ])
  expect(run(sessionWindow, { gap: '5ms' })).toEqual([result(0, 9, [1, 2])])
  expect(run(slidingWindow, { size: '5ms' })).toEqual([
    result(-5, 1, [1]),
    result(-1, 5, [1, 2]),
    result(1, 7, [2]),
  ])
})

test('early results come at whole multiples of the interval, while there is something new', () => {
  const elements = [
    clock(3),
    record({ id: 1 }, 1),
    clock(12),
    clock(35),
    record({ id: 2 }, 2),
    clock(45),
    watermark(99),
  ]
  const config = { size: '100ms', early: { every: '10ms' }, aggregates: { ids: 'COLLECT(id)' } }
  const given = { in: stream(schema, elements) }
  const { outputs } = runOperator(tumblingWindow, config, given, { env: new VirtualEnv(0) })
  expect(outputs['out']).toEqual([
    { ...result(0, 100, [1]), change: '+I' },
    { ...result(0, 100, [1]), change: '-U' },
    { ...result(0, 100, [1, 2]), change: '+U' },
    watermark(99),
  ])
})
