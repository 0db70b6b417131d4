/** What counts as an edit of what runs. */

import { type Pipeline, parseDocument } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { nodeEdits, workOf } from './running-edit.ts'

function pipelineOf(changes: object = {}): Pipeline {
  const { pipeline } = parseDocument(
    JSON.stringify({
      ...{ format: 'millrace/1', name: 'Clicks', layout: { a: [0, 0] }, edges: [] },
      nodes: { a: { operator: 'filter', title: 'Slow', config: { where: 'ms > 100' } } },
      ...changes,
    }),
  )
  if (pipeline === undefined) throw new Error('The document can be read.')
  return pipeline
}

test.each([
  ['another place', { layout: { a: [50, 50] } }],
  ['another name', { name: 'Visits' }],
  ['a note', { notes: [{ text: 'Slow pages', at: [0, 0], size: [100, 50] }] }],
  [
    'another title',
    { nodes: { a: { operator: 'filter', title: 'Very slow', config: { where: 'ms > 100' } } } },
  ],
])('%s changes nothing that runs', (_, changes) => {
  expect(workOf(pipelineOf(changes))).toBe(workOf(pipelineOf()))
})

test.each([
  ['a setting', { nodes: { a: { operator: 'filter', config: { where: 'ms > 200' } } } }],
  ['a pipeline setting', { settings: { checkpointInterval: '1s' } }],
  ['another node', { nodes: { a: { operator: 'filter', config: {} }, b: { operator: 'union' } } }],
])('%s does', (_, changes) => {
  expect(workOf(pipelineOf(changes))).not.toBe(workOf(pipelineOf()))
})

test('the nodes that would do something else are told, and those that nothing runs for yet', () => {
  const filter = { operator: 'filter', config: { where: 'ms > 100' } }
  const running = pipelineOf({ nodes: { a: filter, b: filter, c: filter, gone: filter } })
  const drawn = pipelineOf({
    nodes: {
      a: { ...filter, title: 'Very slow' },
      b: { ...filter, config: { where: 'ms > 200' } },
      c: { operator: 'union', config: {} },
      d: filter,
    },
  })
  expect(Object.fromEntries(nodeEdits(running, drawn))).toEqual({
    b: 'edited',
    c: 'new',
    d: 'new',
  })
  expect(nodeEdits(running, running).size).toBe(0)
})
