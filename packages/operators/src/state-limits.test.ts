/** A node that keeps more than it may fails the job by its name, whichever operator it is. */

import { createMemorySource, runPipeline } from '@millrace/engine/testing'
import { appendStream, INTEGER, type Row, STRING, TIMESTAMP } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { operators } from './index.ts'

const ROWS = 50_000
const LIMIT = '256KB'

const schema = appendStream(
  [
    { name: 'k', type: STRING },
    { name: 'n', type: INTEGER },
    { name: 'at', type: TIMESTAMP },
  ],
  true,
)

/** A new key with every record, and event time that closes nothing. */
function manyKeys(id: string, keyOf: (index: number) => string) {
  return createMemorySource(id, schema, {
    slice: (from, count) => {
      const rows: Row[] = []
      for (let index = from; index < Math.min(ROWS, from + count); index++) {
        rows.push([keyOf(index), index, index])
      }
      return { rows, times: rows.map((row) => Number(row[1])) }
    },
    watermark: { maxOutOfOrdernessMs: 3_600_000, intervalMs: 100 },
  })
}

const sources = [
  manyKeys('keys-source', (index) => `key-${index}`),
  manyKeys('one-key-source', () => 'only'),
]
const aggregates = { n: 'COUNT(*)', all: 'COLLECT(n)' }
const on = [['k', 'k']]
const columns = { l: 'left.n', r: 'right.n' }

const NODES: readonly (readonly [string, object])[] = [
  ['tumbling-window', { size: '1d', groupBy: ['k'], aggregates }],
  ['hopping-window', { size: '1d', slide: '6h', groupBy: ['k'], aggregates }],
  ['cumulate-window', { size: '1d', step: '6h', groupBy: ['k'], aggregates }],
  ['sliding-window', { size: '1d', groupBy: ['k'], aggregates }],
  ['session-window', { gap: '1d', groupBy: ['k'], aggregates }],
  ['count-window', { size: 100_000, slide: 100_000, groupBy: ['k'], aggregates }],
  ['window-join', { window: { type: 'tumbling', size: '1d' }, on, columns }],
  ['interval-join', { lower: '-1h', upper: '1h', on, columns }],
  ['table-join', { on, columns }],
  ['temporal-join', { on, columns: { l: 'stream.n', r: 'table.n' } }],
  ['deduplicate', { keys: ['k'] }],
  ['group-aggregate', { groupBy: ['k'], aggregates }],
  ['top-n', { partitionBy: ['k'], orderBy: [{ expression: 'n' }], n: 3 }],
  ['to-table', { key: ['k'] }],
  [
    'pattern',
    {
      partitionBy: ['k'],
      pattern: [
        { name: 'a', where: 'TRUE' },
        { name: 'b', where: 'n < 0' },
      ],
      within: '1d',
      afterMatch: 'skip-past-last',
      columns: { first: 'a.n' },
    },
  ],
  ['inspect-sink', { rows: 100_000 }],
  ['view-sink', { key: ['k'] }],
]

async function failureOf(operator: string, config: object, source: string) {
  const ports = operators.find(({ id }) => id === operator)?.inputs ?? []
  const document = {
    format: 'millrace/1',
    name: 'Too much',
    nodes: {
      ...Object.fromEntries(ports.map((port) => [port, { operator: source, config: {} }])),
      kept: { operator, config },
    },
    edges: ports.map((port) => ({ from: port, to: `kept.${port}` })),
    settings: { stateLimit: LIMIT },
  }
  const { failure } = await runPipeline(document, { operators: [...operators, ...sources] })
  return failure
}

test.each(NODES)('%s with too many keys', async (operator, config) => {
  const failure = await failureOf(operator, config, 'keys-source')
  expect(failure).toMatchObject({ domain: 'user', retry: false, nodeId: 'kept' })
  expect(failure?.message).toMatch(
    /^Node "kept" keeps \d+ keys, about \d+ KB of state, and its limit is 256 KB\. [A-Z].+, or raise "stateLimit" /,
  )
})

test.each([
  ['group-aggregate', { groupBy: ['k'], aggregates }],
  ['interval-join', { lower: '0s', upper: '0s', on, columns }],
  ['session-window', { gap: '1d', groupBy: ['k'], aggregates }],
])('%s with a single key that grows and grows', async (operator, config) => {
  const failure = await failureOf(operator, config, 'one-key-source')
  expect(failure?.message).toMatch(
    /^Node "kept" keeps 1 key, about \d+ KB of state, and its limit is 256 KB\./,
  )
})

test('a node whose state stays small may take as many records as there are', async () => {
  const config = { groupBy: ['k'], aggregates: { n: 'COUNT(*)' } }
  expect(await failureOf('group-aggregate', config, 'one-key-source')).toBeUndefined()
})
