/** Nodes without a place come to stand in columns and rows, and none on another. */

import { expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { analyse } from './analysis.ts'
import { runningHeight } from './node-shape.ts'
import { settle } from './settle.ts'
import { pipelineOf } from './testing/fakes.ts'

/** A source, and so many filters behind it, each with a window. */
function chains(count: number) {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const nodeOf = (operator: string, config: object) => ({ operator, config })
  const document = {
    format: 'millrace/1',
    name: 'Chains',
    nodes: {
      source: nodeOf('dataset-source', { name: 'earthquakes' }),
      ...Object.fromEntries(
        numbers.flatMap((number) => [
          [`filter-${number}`, nodeOf('filter', { where: `magnitude > ${number}` })],
          [
            `window-${number}`,
            nodeOf('tumbling-window', { size: '1d', aggregates: { n: 'COUNT(*)' } }),
          ],
        ]),
      ),
    },
    edges: numbers.flatMap((number) => [
      { from: 'source', to: `filter-${number}` },
      { from: `filter-${number}`, to: `window-${number}` },
    ]),
  }
  return pipelineOf(JSON.stringify(document))
}

const settled = (count: number) => {
  const pipeline = chains(count)
  const analysis = analyse(pipeline, registry)
  return { analysis, layout: settle(pipeline, analysis).layout }
}

test('rows are as high as the highest node in them, and leave room for what a job shows', () => {
  const { analysis, layout } = settled(3)
  const window = analysis.nodes.get('window-1')
  const filter = analysis.nodes.get('filter-1')
  if (window === undefined || filter === undefined) throw new Error('A node is missing.')
  // The window has a port for late records below its first one.
  expect(runningHeight(window)).toBe(runningHeight(filter) + 26)
  expect(['filter', 'window'].map((kind) => layout.get(`${kind}-2`)?.[1])).toEqual([164, 164])
  expect(layout.get('source')).toEqual([0, 0])
})

test('nodes stand in the order of the numbers in their names', () => {
  const { layout } = settled(12)
  const tops = [1, 2, 9, 10, 12].map((number) => layout.get(`filter-${number}`)?.[1])
  expect(tops).toEqual([0, 164, 8 * 164, 9 * 164, 11 * 164])
})

test('what comes to a pipeline that has its places stands below it', () => {
  const pipeline = chains(1)
  const placed = {
    ...pipeline,
    layout: new Map([...pipeline.nodes.keys()].map((id) => [id, [0, 40] as const])),
  }
  const layout = new Map(placed.layout)
  layout.delete('filter-1')
  const analysis = analyse({ ...placed, layout }, registry)
  expect(settle({ ...placed, layout }, analysis).layout.get('filter-1')?.[1]).toBe(40 + 132 + 32)
})

test('an edge that passes a column has its row for itself', () => {
  const pipeline = pipelineOf(
    JSON.stringify({
      format: 'millrace/1',
      name: 'Around',
      nodes: {
        source: { operator: 'dataset-source', config: { name: 'earthquakes' } },
        strong: { operator: 'filter', config: { where: 'magnitude > 5' } },
        all: { operator: 'union', config: {} },
        other: { operator: 'dataset-source', config: { name: 'earthquakes' } },
      },
      edges: [
        { from: 'source', to: 'all' },
        { from: 'other', to: 'strong' },
        { from: 'strong', to: 'all' },
      ],
    }),
  )
  const { layout } = settle(pipeline, analyse(pipeline, registry))
  const rowOf = (id: string) => layout.get(id)?.[1]
  // "other" comes first by its name, and so does its filter; the long edge runs below both.
  expect([rowOf('other'), rowOf('strong'), rowOf('all')]).toEqual([0, 0, 0])
  expect(rowOf('source')).toBe(138)
})

test('what leaves one node, and what comes to one, stands in the order of its ports', () => {
  const made = { columns: { k: { type: 'sequence' }, n: { type: 'sequence' } } }
  const document = {
    format: 'millrace/1',
    name: 'Ports',
    nodes: {
      'a-right': { operator: 'generator-source', config: made },
      'b-left': { operator: 'generator-source', config: made },
      join: { operator: 'interval-join', config: { on: [['k', 'k']], lower: '0s', upper: '1s' } },
      'a-late': { operator: 'view-sink', config: {} },
      'b-out': { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: 'a-right', to: 'join.right' },
      { from: 'b-left', to: 'join.left' },
      { from: 'join.late', to: 'a-late' },
      { from: 'join', to: 'b-out' },
    ],
  }
  const pipeline = pipelineOf(JSON.stringify(document))
  const { layout } = settle(pipeline, analyse(pipeline, registry))
  const topOf = (id: string): number => layout.get(id)?.[1] ?? Number.NaN
  expect(topOf('b-left')).toBeLessThan(topOf('a-right'))
  expect(topOf('b-out')).toBeLessThan(topOf('a-late'))
})
