/** What is written is canonical and is read back as it was. */

import { expect, test } from 'vitest'
import type { Pipeline } from './format.ts'
import { parseDocument } from './parse.ts'
import { createRandom, randomPipeline } from './testing/random.ts'
import { writeDocument, writeDocumentWithin } from './write.ts'

const SEED = 20261120

test(`500 random pipelines are read back as they were written (seed ${SEED})`, () => {
  const random = createRandom(SEED)
  for (let round = 0; round < 500; round++) {
    const pipeline = randomPipeline(random)
    const text = writeDocument(pipeline)
    const { pipeline: read, problems } = parseDocument(text)
    expect(problems).toEqual([])
    expect(read).toEqual({ ...pipeline, edges: sortedEdges(pipeline) })
    expect(read && writeDocument(read)).toBe(text)
    expect(JSON.parse(text)).toBeTypeOf('object')
  }
})

test(`500 random pipelines are written within their length and not within less (seed ${SEED})`, () => {
  const random = createRandom(SEED)
  for (let round = 0; round < 500; round++) {
    const pipeline = randomPipeline(random)
    const text = writeDocument(pipeline)
    expect(writeDocumentWithin(pipeline, text.length)).toBe(text)
    expect(writeDocumentWithin(pipeline, text.length - 1)).toBeUndefined()
  }
})

test('the order of nodes, edges, config fields and layout does not show in the text', () => {
  const nodes = [
    ['a', { operator: 'filter', config: { where: 'x', onError: 'fail' } }],
    ['b', { operator: 'filter', config: { onError: 'fail', where: 'x' } }],
  ] as const
  const edges = [
    { from: 'a', to: 'b' },
    { from: 'b', to: 'a' },
  ]
  const forward = pipeline({
    nodes: new Map(nodes),
    edges,
    layout: new Map([
      ['a', [0, 0]],
      ['b', [1, 1]],
    ]),
  })
  const backward = pipeline({
    nodes: new Map(nodes.toReversed()),
    edges: edges.toReversed(),
    layout: new Map([
      ['b', [1, 1]],
      ['a', [0, 0]],
    ]),
  })
  expect(writeDocument(backward)).toBe(writeDocument(forward))
})

test('the order of columns within a config field is kept', () => {
  const config = { columns: { z: '1', a: '2' }, aggregates: { y: 'SUM(a)', b: 'COUNT(*)' } }
  const text = writeDocument(pipeline({ nodes: new Map([['a', { operator: 'select', config }]]) }))
  expect(text).toBe(`{
  "format": "millrace/1",
  "name": "Test",
  "nodes": {
    "a": {
      "operator": "select",
      "config": {
        "aggregates": {
          "y": "SUM(a)",
          "b": "COUNT(*)"
        },
        "columns": {
          "z": "1",
          "a": "2"
        }
      }
    }
  },
  "edges": []
}
`)
})

test('a list of scalars stands in one line while it fits, other lists an item to a line', () => {
  const config = {
    long: Array.from({ length: 30 }, () => 'column'),
    on: [['a', 'b']],
    short: [1, null],
  }
  const text = writeDocument(pipeline({ nodes: new Map([['a', { operator: 'x', config }]]) }))
  expect(text).toContain('\n        "short": [1, null]\n')
  expect(text).toContain('\n        "on": [\n          ["a", "b"]\n        ],\n')
  expect(text).toContain('\n        "long": [\n          "column",\n')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
})

test('logic comes first, then layout and notes', () => {
  const text = writeDocument(
    pipeline({
      settings: { checkpointInterval: '10s' },
      layout: new Map([['a', [0, -5]]]),
      notes: [{ text: 'x', at: [1, 2], size: [3, 4] }],
    }),
  )
  expect(text).toBe(`{
  "format": "millrace/1",
  "name": "Test",
  "nodes": {},
  "edges": [],
  "settings": {
    "checkpointInterval": "10s"
  },
  "layout": {
    "a": [0, -5]
  },
  "notes": [
    {
      "text": "x",
      "at": [1, 2],
      "size": [3, 4]
    }
  ]
}
`)
})

function pipeline(parts: Partial<Pipeline>): Pipeline {
  return {
    name: 'Test',
    nodes: new Map(),
    edges: [],
    settings: {},
    layout: new Map(),
    notes: [],
    ...parts,
  }
}

function sortedEdges({ edges }: Pipeline) {
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return edges.toSorted((a, b) => order(a.to, b.to) || order(a.from, b.from))
}
