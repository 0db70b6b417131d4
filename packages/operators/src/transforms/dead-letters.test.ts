/** What dead letters of expressions know: enough to group them, and to send the record in again. */

import { runPipeline, smallOperators } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { operators } from '../index.ts'

const ROWS = [
  [1, 5],
  [2, 0],
  [12, 1],
  [14, 0],
]

function documentOf(nodes: { readonly [id: string]: object }) {
  const ids = Object.keys(nodes)
  const edges = ids.slice(1).map((to, index) => ({ from: ids[index], to }))
  return { format: 'millrace/1', name: 'Tested', nodes, edges }
}

const numbers = { operator: 'list-source', config: { rows: ROWS } }
const doubled = { operator: 'select', config: { columns: { m: 'n * 2' } } }
const halves = { operator: 'filter', config: { where: '10 / m > 0' } }

test.each([
  [1, true],
  [1, false],
  [2, true],
  [1000, true],
  [1000, false],
])(
  'a record that a filter refuses knows cause, input and event time: batches of %i, chained: %s',
  async (batchRowsMax, chains) => {
    const document = documentOf({ numbers, doubled, halves })
    const options = { operators: [...smallOperators, ...operators], batchRowsMax, chains }
    const { deadLetters } = await runPipeline(document, options)
    const expected = {
      ...{ nodeId: 'halves', operator: 'filter', raw: '{"m":0}', code: 'division-by-zero' },
      reason: 'Division by zero. Guard the divisor with NULLIF(x, 0), which gives NULL instead.',
      ...{ channel: 0, line: null, offsetBytes: null },
    }
    expect(deadLetters).toMatchObject([
      { ...expected, eventTimeMs: 2 },
      { ...expected, eventTimeMs: 14 },
    ])
  },
)

test('a record that a window refuses knows its event time', async () => {
  const window = {
    operator: 'tumbling-window',
    config: { size: '10ms', aggregates: { sum: 'SUM(10 / n)' } },
  }
  const options = { operators: [...smallOperators, ...operators] }
  const { deadLetters } = await runPipeline(documentOf({ numbers, window }), options)
  expect(deadLetters.map(({ eventTimeMs, channel }) => [eventTimeMs, channel])).toEqual([
    [2, 0],
    [14, 0],
  ])
})

test('a result that has no value is no record of the input, so nothing can be sent in again', async () => {
  const window = {
    operator: 'tumbling-window',
    config: { size: '10ms', aggregates: { share: '1 / (SUM(n) - 6)' } },
  }
  const options = { operators: [...smallOperators, ...operators] }
  const rows = [
    [1, 6],
    [12, 1],
  ]
  const source = { ...numbers, config: { rows } }
  const { deadLetters } = await runPipeline(documentOf({ source, window }), options)
  expect(deadLetters).toHaveLength(1)
  expect(deadLetters[0]).toMatchObject({ code: 'division-by-zero', nodeId: 'window' })
  expect(deadLetters[0]).not.toHaveProperty('channel')
})
