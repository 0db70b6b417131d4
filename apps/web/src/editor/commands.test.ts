/** What each change makes of a pipeline. */

import { expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { analyse } from './analysis.ts'
import {
  addNode,
  changeNote,
  connect,
  freeId,
  reconnect,
  remove,
  removeAndRejoin,
  setAt,
  setConfig,
  setTitle,
  splice,
} from './commands.ts'
import { copyText, paste, readFragment } from './fragment.ts'
import { selectionOf } from './selection.ts'
import { pipelineOf, QUAKES } from './testing/fakes.ts'

const quakes = pipelineOf(QUAKES)
const views = analyse(quakes, registry)

test('a new node has an id of its own, and its place on the grid', () => {
  const { pipeline, id } = addNode(quakes, { operator: 'filter' }, [13, 22])
  const again = addNode(pipeline, { operator: 'filter' }, [0, 0])
  expect([id, again.id]).toEqual(['filter', 'filter-2'])
  expect(pipeline.layout.get('filter')).toEqual([16, 24])
  expect(freeId('a-2', (taken) => taken === 'a-2')).toBe('a-3')
})

test('an edge is written as short as it can be', () => {
  const { nodes } = views
  const late = connect(quakes, nodes, {
    from: { node: 'per-day', port: 'late' },
    to: { node: 'out', port: 'in' },
  })
  expect(late.edges.at(-1)).toEqual({ from: 'per-day.late', to: 'out' })
})

test('an edge with another end keeps its place, and the ends of another edge are not taken twice', () => {
  const [first] = views.edges.values()
  if (first === undefined) throw new Error('The pipeline has edges.')
  const to = { node: 'out', port: 'in' }
  const moved = reconnect(quakes, views.nodes, first, { from: first.from, to })
  expect(moved.edges).toEqual([{ from: 'quakes', to: 'out' }, ...quakes.edges.slice(1)])
  const [, second] = views.edges.values()
  if (second === undefined) throw new Error('The pipeline has two edges.')
  expect(reconnect(quakes, views.nodes, first, second)).toBe(quakes)
})

test('removing a node takes its edges and its place along', () => {
  const bare = remove(quakes, selectionOf({ nodes: ['per-day'] }), views.edges)
  expect([...bare.nodes.keys()]).toEqual(['quakes', 'strong', 'out'])
  expect(bare.edges).toEqual([{ from: 'quakes', to: 'strong' }])
  expect(bare.layout.has('per-day')).toBe(false)
})

test('removing and joining leads the records past the node', () => {
  expect(removeAndRejoin(quakes, 'strong').edges).toEqual([
    { from: 'per-day', to: 'out' },
    { from: 'quakes', to: 'per-day' },
  ])
})

test('a node is put into an edge', () => {
  const edge = [...views.edges.values()][0]
  if (edge === undefined) throw new Error('The pipeline has edges.')
  const added = addNode(quakes, { operator: 'filter' }, [0, 0])
  const spliced = splice(added.pipeline, edge, { id: added.id, input: 'in', output: 'out' })
  expect(spliced.edges.slice(0, 2)).toEqual([
    { from: 'quakes', to: 'filter' },
    { from: 'filter', to: 'strong' },
  ])
})

test('a config keeps the order of its names, and lists close their gaps', () => {
  expect(setAt({ a: 1, b: { c: 2 } }, ['b', 'c'], 3)).toEqual({ a: 1, b: { c: 3 } })
  expect(setAt({ list: [1, 2, 3] }, ['list', 1], undefined)).toEqual({ list: [1, 3] })
  expect(setAt({ a: 1, b: 2 }, ['a'], undefined)).toEqual({ b: 2 })
  expect(Object.keys(setAt({ x: 1, y: 2 }, ['x'], 9) ?? {})).toEqual(['x', 'y'])
})

test('a column may have any name, and none reaches a prototype', () => {
  const made = setConfig(quakes, 'strong', ['columns', '__proto__'], 'magnitude')
  const { columns } = made.nodes.get('strong')?.config ?? {}
  expect(JSON.stringify(columns)).toBe('{"__proto__":"magnitude"}')
  expect(({} as { magnitude?: unknown }).magnitude).toBeUndefined()
})

test('an empty title gives the operator its name back', () => {
  expect(setTitle(quakes, 'per-day', ' ').nodes.get('per-day')).not.toHaveProperty('title')
})

test('a note cannot become too small to be found', () => {
  const noted = { ...quakes, notes: [{ text: '', at: [0, 0], size: [200, 100] }] as const }
  expect(changeNote(noted, 0, { size: [1, 1] }).notes[0]?.size).toEqual([96, 40])
})

test('what is copied is a document, and pastes with new ids and its inner edges', () => {
  const text = copyText(quakes, selectionOf({ nodes: ['strong', 'per-day'] })) ?? ''
  const { pipeline: fragment } = readFragment(text)
  if (fragment === undefined) throw new Error('What was copied can be read.')
  const { pipeline, selection } = paste(quakes, fragment, { corner: [0, 400] })
  expect([...selection.nodes]).toEqual(['per-day-2', 'strong-2'])
  expect(pipeline.edges.at(-1)).toEqual({ from: 'strong-2', to: 'per-day-2' })
  expect(pipeline.layout.get('strong-2')).toEqual([0, 400])
  expect(readFragment('SELECT 1')).toEqual({ problems: [] })
  expect(readFragment('{ "format": "millrace/9" }').problems).toMatchObject([
    { code: 'newer-format' },
  ])
})
