/** What sinks promise follows from the sources above them. */

import { expect, test } from 'vitest'
import * as z from 'zod'
import type { Delivery, Guarantee } from '../guarantee.ts'
import type { OperatorDescription, Registry } from '../operator.ts'
import { appendStream } from '../schema.ts'
import { checkPipeline } from './check.ts'

const [ONCE, LEAST, MOST] = ['exactly-once', 'at-least-once', 'at-most-once'] as const

function operator(
  category: 'source' | 'transform' | 'sink',
  id: string,
  promises?: readonly [withCheckpoints: Delivery, without: Delivery],
): OperatorDescription {
  const isSource = category === 'source'
  const guarantee: Guarantee | undefined = promises && {
    withCheckpoints: promises[0],
    without: promises[1],
    note: 'For tests.',
  }
  return {
    id,
    category,
    title: id,
    icon: 'box',
    summary: 'For tests.',
    examples: [],
    config: z.strictObject({}),
    inputs: isSource ? [] : ['in'],
    ...(category === 'transform' ? { manyInput: 'in' } : {}),
    outputs: category === 'sink' ? [] : ['out'],
    outputSchemas: () => ({ out: appendStream([], false) }),
    ...(guarantee === undefined ? {} : { guarantee }),
  }
}

const registry: Registry = new Map(
  [
    operator('source', 'replayed', [ONCE, ONCE]),
    operator('source', 'repeated', [ONCE, LEAST]),
    operator('source', 'passing', [MOST, MOST]),
    operator('transform', 'both'),
    operator('sink', 'file', [ONCE, ONCE]),
    operator('sink', 'log', [ONCE, LEAST]),
    operator('sink', 'web', [LEAST, LEAST]),
    operator('sink', 'silent'),
  ].map((one) => [one.id, one]),
)

/** Of the sink, with these sources above it. */
function guarantee(sink: string, ...sources: readonly string[]) {
  const nodes = [...sources.map((id) => [id, id] as const), ['mid', 'both'], ['end', sink]] as const
  const edges = [...sources.map((from) => ({ from, to: 'mid' })), { from: 'mid', to: 'end' }]
  const checked = checkPipeline(
    {
      name: 'Test',
      nodes: new Map(nodes.map(([id, operator]) => [id, { operator, config: {} }])),
      edges,
      settings: {},
      layout: new Map(),
      notes: [],
    },
    registry,
  )
  expect(checked.nodes.get('mid')?.guarantee).toBeUndefined()
  return checked.nodes.get('end')?.guarantee
}

test.each([
  ['file', ['replayed'], ONCE, ONCE, []],
  ['file', ['repeated'], ONCE, LEAST, []],
  ['log', ['replayed'], ONCE, LEAST, []],
  ['web', ['replayed'], LEAST, LEAST, []],
  ['file', ['passing'], MOST, MOST, ['passing']],
  ['file', ['passing', 'replayed'], MOST, MOST, ['passing']],
  ['log', ['passing'], MOST, 'none', ['passing']],
  ['web', ['passing', 'repeated'], 'none', 'none', ['passing']],
])('%s below %j: %s with checkpoints, %s without', (sink, sources, kept, anew, losing) => {
  expect(guarantee(sink, ...sources)).toEqual({
    withCheckpoints: kept,
    without: anew,
    losingSources: losing,
  })
})

test('a sink that promises nothing has no guarantee', () => {
  expect(guarantee('silent', 'replayed')).toBeUndefined()
})
