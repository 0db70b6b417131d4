/** What the canvas draws of a pipeline, and that what has not changed is not drawn again. */

import { expect, test } from 'vitest'
import { analyse } from '../editor/analysis.ts'
import { place, setTitle } from '../editor/commands.ts'
import { NOTHING, selectionOf } from '../editor/selection.ts'
import { pipelineOf, QUAKES } from '../editor/testing/fakes.ts'
import { registry } from '../operators/registry.ts'
import { toFlowEdges, toFlowNodes } from './flow-parts.ts'
import { glimpse } from './glimpse.ts'
import { neighbour } from './neighbour.ts'

const quakes = pipelineOf(QUAKES)
const analysis = analyse(quakes, registry)

test('a part that has not changed stays the same object', () => {
  const before = toFlowNodes(quakes, analysis, NOTHING, [])
  const moved = place(quakes, new Map([['strong', [280, 80]]]))
  const after = toFlowNodes(moved, analyse(moved, registry, analysis), NOTHING, before)
  expect(after.filter((node, index) => node !== before[index]).map(({ id }) => id)).toEqual([
    'strong',
  ])
  const edges = toFlowEdges(analysis, NOTHING, [])
  expect(toFlowEdges(analysis, NOTHING, edges)).toEqual(edges)
  const [first] = toFlowEdges(analysis, selectionOf({ edges: [edges[1]?.id ?? ''] }), edges)
  expect(first).toBe(edges[0])
})

test('a node says its title, operator, problems and ports to a screen reader', () => {
  const broken = setTitle(quakes, 'strong', 'Strong ones')
  const nodes = toFlowNodes(broken, analyse(broken, registry), NOTHING, [])
  expect(nodes.find(({ id }) => id === 'strong')?.ariaLabel).toBe(
    'Strong ones, Filter, input in, output out, output errors',
  )
})

test.each([
  ['filter', { where: 'magnitude > 4' }, 'magnitude > 4'],
  ['tumbling-window', { size: '1d', groupBy: ['region'], aggregates: {} }, 'size 1d · by region'],
  ['file-sink', { path: 'a/b/out.jsonl', format: 'jsonl' }, 'out.jsonl · jsonl'],
  ['filter', {}, 'not set up yet'],
  ['union', {}, 'union'],
])('%s with %j reads "%s"', (id, config, expected) => {
  expect(glimpse(registry.get(id), config)).toBe(expected)
})

test('arrow keys walk along edges', () => {
  expect(neighbour(quakes, analysis, 'strong', [1, 0])).toBe('per-day')
  expect(neighbour(quakes, analysis, 'strong', [-1, 0])).toBe('quakes')
  expect(neighbour(quakes, analysis, 'quakes', [-1, 0])).toBeUndefined()
})
