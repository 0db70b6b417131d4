/** What counts as an edit of what runs. */

import { type Pipeline, parseDocument } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { workOf } from './running-edit.ts'

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
