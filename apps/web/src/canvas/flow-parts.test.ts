/** What the canvas draws of a pipeline, and that what has not changed is not drawn again. */

import { expect, test } from 'vitest'
import { analyse } from '../editor/analysis.ts'
import { place, setTitle, swapInputs } from '../editor/commands.ts'
import { NOTHING, selectionOf } from '../editor/selection.ts'
import { pipelineOf, QUAKES } from '../editor/testing/fakes.ts'
import { registry } from '../operators/registry.ts'
import { cardHeight, cardLeft } from './edge-schema-card.tsx'
import { toFlowEdges, toFlowNodes } from './flow-parts.ts'
import { glimpse } from './glimpse.ts'
import { neighbour } from './neighbour.ts'
import { kindText } from './schema-table.tsx'

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
  ['table-join', { on: [['customer', 'id']], type: 'left' }, 'customer = id · left'],
  [
    'pattern',
    { pattern: [{ name: 'a' }, { group: [{ name: 'b' }] }, { name: 'c', not: true }] },
    'a → (b) ↛ c',
  ],
  ['file-sink', { path: 'a/b/out.jsonl', format: 'jsonl' }, 'out.jsonl · jsonl'],
  ['filter', {}, 'not set up yet'],
  ['generator-source', { columns: {} }, 'not set up yet'],
  ['generator-source', { columns: { id: { type: 'sequence' } } }, 'id'],
  ['union', {}, 'union'],
])('%s with %j reads "%s"', (id, config, expected) => {
  expect(glimpse(registry.get(id), config)).toBe(expected)
})

test('arrow keys walk along edges', () => {
  expect(neighbour(quakes, analysis, 'strong', [1, 0])).toBe('per-day')
  expect(neighbour(quakes, analysis, 'strong', [-1, 0])).toBe('quakes')
  expect(neighbour(quakes, analysis, 'quakes', [-1, 0])).toBeUndefined()
})

const JOINED = `{ "format": "millrace/1", "name": "n",
  "nodes": {
    "orders": { "operator": "generator-source",
      "config": { "columns": { "customer": { "type": "sequence" } } } },
    "spent": { "operator": "group-aggregate",
      "config": { "groupBy": ["customer"], "aggregates": { "orders": "COUNT(*)" } } },
    "both": { "operator": "table-join", "config": {
      "on": [["customer", "customer"]], "columns": { "orders": "left.orders" } } }
  },
  "edges": [
    { "from": "orders", "to": "spent" },
    { "from": "spent", "to": "both.left" },
    { "from": "orders", "to": "both.right" }
  ] }`

test('an edge knows which side of a join it is, and none where there is one input', () => {
  const { edges } = analyse(pipelineOf(JOINED), registry)
  expect([...edges.values()].map(({ side }) => side)).toEqual([undefined, 'left', 'right'])
})

test('an output knows whether a stream or a table leaves by it', () => {
  const { nodes } = analyse(pipelineOf(JOINED), registry)
  const changes = (id: string) => nodes.get(id)?.outputs[0]?.changes
  expect([changes('orders'), changes('spent'), changes('both')]).toEqual([
    'append',
    'retract',
    'retract',
  ])
})

test('the sides of a join are swapped as they are connected, whatever else leads there', () => {
  const pipeline = pipelineOf(JOINED)
  const { edges } = analyse(pipeline, registry)
  const swapped = swapInputs(pipeline, edges, 'both', ['left', 'right'])
  expect(swapped.edges).toEqual([
    { from: 'orders', to: 'spent' },
    { from: 'spent', to: 'both.right' },
    { from: 'orders', to: 'both.left' },
  ])
  const back = swapInputs(swapped, analyse(swapped, registry).edges, 'both', ['left', 'right'])
  expect(back.edges).toEqual(pipeline.edges)
  expect(swapInputs(pipeline, edges, 'spent', ['left', 'right'])).toBe(pipeline)
})

test('the pairs of a join are swapped with its inputs where they fit', () => {
  const on = (text: string) => {
    const pipeline = pipelineOf(text)
    const { edges } = analyse(pipeline, registry)
    return swapInputs(pipeline, edges, 'both', ['left', 'right']).nodes.get('both')?.config.on
  }
  const paired = (pair: string) => JOINED.replace('["customer", "customer"]', pair)
  expect(on(paired('["orders", "customer"]'))).toEqual([['customer', 'orders']])
  // As it should have been connected: it fits only once the inputs are swapped.
  expect(on(paired('["customer", "orders"]'))).toEqual([['customer', 'orders']])
  expect(on(paired('["customer"]'))).toEqual([['customer']])
})

test.each([
  [{ changes: 'append', eventTime: true }, 'Stream with event time'],
  [
    { changes: 'retract', eventTime: false, key: ['a', 'b'] },
    'Table, keyed by a and b, without event time',
  ],
  [{ changes: 'upsert', eventTime: true, key: [] }, 'Table of one row, with event time'],
] as const)('%j is told in words', (schema, text) => {
  expect(kindText({ columns: [], ...schema })).toBe(text)
})

test.each([
  ['beside the pointer', 300, 314],
  ['on its other side, where a panel would be below it', 560, 286],
  ['at the edge of a canvas that is narrower than it', 250, 240],
])('the card of an edge stands %s', (_, x, left) => {
  const room = { left: 240, right: x === 250 ? 480 : 620 }
  expect(cardLeft({ x, room })).toBe(left)
})

test.each([
  ['below the pointer, where there is no node', 100, [], { top: 116 }],
  ['below the next node', 100, [{ left: 320, right: 500, top: 80, bottom: 180 }], { top: 190 }],
  [
    'above it in the lower half',
    700,
    [{ left: 320, right: 500, top: 660, bottom: 780 }],
    { bottom: 250 },
  ],
  [
    'at the pointer, where a node is beside it',
    100,
    [{ left: 0, right: 200, top: 80, bottom: 180 }],
    { top: 116 },
  ],
  [
    'at the pointer, where a node is far away',
    100,
    [{ left: 320, right: 500, top: 80, bottom: 420 }],
    { top: 110 },
  ],
] as const)('the card of an edge lies %s', (_, y, ends, place) => {
  const hovered = { id: 'e', x: 300, y, room: { left: 0, right: 1000 }, ends }
  expect(cardHeight(hovered, 900)).toEqual(place)
})
