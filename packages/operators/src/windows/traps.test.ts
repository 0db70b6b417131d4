/**
 * Places where windows of naive implementations fail. The times before 1970 are in
 * `alignment.test.ts`, and what else stands in the list concerns joins, tables and valves.
 */

import type { OperatorDefinition } from '@millrace/engine'
import {
  clock,
  createMemorySource,
  record,
  runOperator,
  runPipeline,
  stream,
  type TestElement,
  watermark,
} from '@millrace/engine/testing'
import { appendStream, INTEGER } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { hoppingWindow } from './hopping-window.ts'
import { sessionWindow } from './session-window.ts'
import { tumblingWindow } from './tumbling-window.ts'

const aggregates = { ids: 'COLLECT(id)' }

/** [change] start..end ids, without the watermarks. */
function results(operator: OperatorDefinition, config: object, elements: readonly TestElement[]) {
  const { outputs, ledger } = runOperator(
    operator,
    { aggregates, ...config },
    { in: stream({ id: 'integer' }, elements) },
  )
  const lines = (outputs['out'] ?? []).flatMap((element) => {
    if (!('row' in element)) return []
    const { window_start, window_end, ids } = element.row
    const bounds = `${Date.parse(String(window_start))}..${Date.parse(String(window_end))}`
    return [`${element.change ?? ''} ${bounds} ${ids}`.trim()]
  })
  return { lines, ledger, late: outputs['late'] ?? [] }
}

test('a size that is not a multiple of the slide: the windows of a record are those that contain it', () => {
  //  [-3   4)      size 7, slide 3
  //     [0    7)
  //        [3   10)
  //         5
  const config = { size: '7ms', slide: '3ms' }
  expect(results(hoppingWindow, config, [record({ id: 1 }, 5)]).lines).toEqual([
    '0..7 1',
    '3..10 1',
  ])
})

test('a record is late to a window and not to the stream: the windows that are open take it', () => {
  const config = { size: '10ms', slide: '5ms' }
  const elements = [record({ id: 1 }, 7), watermark(9), record({ id: 2 }, 6), record({ id: 3 }, 3)]
  const { lines, ledger } = results(hoppingWindow, config, elements)
  expect(lines).toEqual(['0..10 1', '5..15 2,1'])
  expect(ledger.toJson()).toMatchObject({ late: 1, absorbed: 2 })
})

test('a record that would be a late session by itself joins one that has not ended', () => {
  const elements = [record({ id: 1 }, 10), watermark(14), record({ id: 2 }, 4)]
  const { lines, late } = results(sessionWindow, { gap: '10ms' }, elements)
  expect(lines).toEqual(['4..20 2,1'])
  expect(late.filter((element) => 'row' in element)).toEqual([])
})

test('sessions that are joined after they have given results take them back before the new one', () => {
  const elements = [
    record({ id: 1 }, 0),
    record({ id: 2 }, 15),
    watermark(30),
    record({ id: 3 }, 8),
  ]
  const config = { gap: '10ms', allowedLateness: '1m' }
  expect(results(sessionWindow, config, elements).lines).toEqual([
    '+I 0..10 1',
    '+I 15..25 2',
    '-D 0..10 1',
    '-D 15..25 2',
    '+I 0..25 1,3,2',
  ])
})

test('a session that grows beyond the watermark takes its result back at once', () => {
  const elements = [record({ id: 1 }, 0), watermark(12), record({ id: 2 }, 8), watermark(13)]
  const config = { gap: '10ms', allowedLateness: '1m' }
  const { outputs } = runOperator(
    sessionWindow,
    { aggregates, ...config },
    { in: stream({ id: 'integer' }, elements) },
  )
  expect(outputs['out']).toMatchObject([
    { change: '+I', row: { ids: [1] } },
    { watermark: 12 },
    { change: '-D', row: { ids: [1] } },
    { watermark: 13 },
    { change: '+I', row: { ids: [1, 2] } },
  ])
})

test('an allowed lateness beyond all time keeps windows, and closes them at the end of input', () => {
  const config = { size: '10ms', allowedLateness: '3650000d' }
  const elements = [record({ id: 1 }, 5), watermark(1e14), record({ id: 2 }, 6)]
  expect(results(tumblingWindow, config, elements).lines).toEqual([
    '+I 0..10 1',
    '-U 0..10 1',
    '+U 0..10 1,2',
  ])
})

test('early results by the clock are not given again when the window ends with nothing new', () => {
  const config = { size: '10ms', early: { every: '1s' } }
  const input = stream({ id: 'integer' }, [
    record({ id: 1 }, 5),
    clock('2026-01-01T00:00:01Z'),
    watermark(20),
  ])
  const { outputs } = runOperator(tumblingWindow, { aggregates, ...config }, { in: input })
  expect(outputs['out']).toMatchObject([{ change: '+I', row: { ids: [1] } }, { watermark: 20 }])
})

test('windows of processing time run in a job whose source has no event time', async () => {
  const source = createMemorySource(
    'memory',
    appendStream([{ name: 'id', type: INTEGER }], false),
    {
      slice: (from, count) => ({ rows: [[1], [2], [3]].slice(from, from + count), times: [] }),
      watermark: { maxOutOfOrdernessMs: 0, intervalMs: 100 },
    },
  )
  const { taps, nodes, failure } = await runPipeline(
    {
      format: 'millrace/1',
      name: 'By the clock',
      nodes: {
        source: { operator: 'memory', config: {} },
        window: {
          operator: 'tumbling-window',
          config: { size: '1h', time: 'processing', aggregates: { n: 'COUNT(*)' } },
        },
        again: {
          operator: 'tumbling-window',
          config: { size: '2h', aggregates: { n: 'SUM(n)' } },
        },
      },
      edges: [
        { from: 'source', to: 'window' },
        { from: 'window', to: 'again' },
      ],
    },
    { operators: [source, tumblingWindow], tap: ['again'] },
  )
  expect(failure).toBeUndefined()
  expect(nodes.get('window')?.ledger).toMatchObject({ in: 3, absorbed: 3 })
  const rows = (taps.get('again') ?? []).filter((element) => 'row' in element)
  expect(rows).toMatchObject([{ row: { n: 3 } }])
})
