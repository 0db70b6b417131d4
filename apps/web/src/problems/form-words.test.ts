/** Checks that a page speaks of its form, and not of the document. */

import { type JsonObject, parseDocument, type Value } from '@millrace/pipeline'
import { expect, test } from 'vitest'
import { analyse } from '../editor/analysis.ts'
import { registry } from '../operators/registry.ts'
import { fieldMessage, isUnfilled, listedMessage } from './form-words.ts'

function problemsOf(operator: string, config: JsonObject) {
  const document = { format: 'millrace/1', name: 'n', nodes: { a: { operator, config } } }
  const { pipeline } = parseDocument(JSON.stringify(document))
  if (pipeline === undefined) throw new Error('The document can be read.')
  const view = analyse(pipeline, registry).nodes.get('a')
  return { view, problems: view?.problems.filter(({ path }) => path !== undefined) ?? [] }
}

const column = (config: JsonObject): JsonObject => ({ columns: { id: config } })

test.each<[string, JsonObject, readonly string[]]>([
  ['tumbling-window', {}, ['Size: fill it in, for instance 5s.', 'Aggregates: add at least one.']],
  ['filter', {}, ['Where: fill it in, for instance ms > 100.']],
  ['filter', { where: '' }, ['Where: fill it in, for instance ms > 100.']],
  [
    'select',
    { columns: { total: '' } },
    ['Columns, total: fill it in, for instance amount > 100.'],
  ],
  ['unnest', {}, ['Column: name a column.']],
  ['window-join', {}, ['Window: choose one.']],
  ['generator-source', {}, ['Columns: add at least one.']],
  ['generator-source', column({ type: 'choice' }), ['Columns, id, Values: add at least one.']],
  [
    'generator-source',
    column({ type: 'choice', values: ['ann', null] }),
    ['Columns, id, Values, entry 2: fill it in.'],
  ],
  [
    'generator-source',
    column({ type: 'uniform', min: 0 }),
    ['Columns, id, Maximum: fill it in, for instance 100.'],
  ],
  [
    'generator-source',
    column({ type: 'uniform', min: 'x', max: 1 }),
    ['Columns, id, Minimum is the text "x" and must be a number. Write, for instance, 0.'],
  ],
  ['generator-source', { columns: 7 as Value }, ['Columns is the number 7 and must be an object.']],
])('the form of a %s with %j is asked for what it lacks', (operator, config, expected) => {
  const { view, problems } = problemsOf(operator, config)
  expect(problems.map((problem) => listedMessage(problem, view))).toEqual(expected)
})

test('an entry that is still empty has nothing wrong with it yet, and stands in the way', () => {
  const { view, problems } = problemsOf('generator-source', column({ type: 'constant', value: '' }))
  expect(problems).toEqual([])
  const unfilled = problemsOf('generator-source', column({ type: 'choice', values: [null] }))
  expect(unfilled.problems.map((problem) => isUnfilled(problem, view))).toEqual([false])
  expect(unfilled.problems.map((problem) => isUnfilled(problem, unfilled.view))).toEqual([true])
  expect(unfilled.problems.map(({ severity }) => severity)).toEqual(['error'])
})

test('what a field says of itself names no path and shows no piece of a document', () => {
  const { view, problems } = problemsOf('generator-source', column('' as unknown as JsonObject))
  const said = problems.map((problem) => fieldMessage(problem, view))
  expect(said).toEqual(['Columns, id is the text "" and must be an object.'])
  expect(problems[0]?.message).toContain('Write, for instance, {')
})

test('what a join is told names columns as its form does', () => {
  const rows = {
    operator: 'generator-source',
    config: { columns: { id: { type: 'sequence' } } },
  }
  const saidOf = (config: JsonObject) => {
    const nodes = { l: rows, r: rows, join: { operator: 'table-join', config } }
    const edges = [
      { from: 'l', to: 'join.left' },
      { from: 'r', to: 'join.right' },
    ]
    const document = { format: 'millrace/1', name: 'n', nodes, edges }
    const { pipeline } = parseDocument(JSON.stringify(document))
    if (pipeline === undefined) throw new Error('The document can be read.')
    const view = analyse(pipeline, registry).nodes.get('join')
    return view?.problems.map((problem) => listedMessage(problem, view))
  }
  expect(saidOf({ on: [['id', 'id']] })).toEqual([
    'Column "id" is on both sides, and the output cannot have two of one name. List the output in ' +
      'Columns, for instance id as left.id.',
  ])
  expect(saidOf({ on: [['id', '']] })).toEqual(['On, entry 1, Right column: name a column.'])
  expect(saidOf({ on: [] })).toEqual([
    'On is empty, and a record must say whose partner it is. List pairs of a left and a right ' +
      'column, for instance user and id.',
  ])
})
