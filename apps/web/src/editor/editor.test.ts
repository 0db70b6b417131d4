/** The editor's steps: what is one gesture, what is undone, what is checked again. */

import { writeDocument } from '@millrace/pipeline'
import { describe, expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { addNode, place, remove, renamePipeline, setConfig, setTitle } from './commands.ts'
import { createEditor, STEPS_MAX } from './editor.ts'
import { selectionOf } from './selection.ts'
import { pipelineOf, QUAKES } from './testing/fakes.ts'

const open = () => createEditor(pipelineOf(QUAKES), registry)

test('letters typed into one field are one step, and undo takes them all back', () => {
  const editor = open()
  for (const where of ['m', 'ma', 'mag']) {
    editor.change('Edit', (pipeline) => setConfig(pipeline, 'strong', ['where'], where), {
      gesture: 'field:strong:where',
    })
  }
  expect(editor.store.getState().past).toHaveLength(1)
  editor.undo()
  expect(editor.store.getState().pipeline.nodes.get('strong')?.config).toEqual({
    where: 'magnitude > 4',
  })
})

test('a gesture that has ended begins a step of its own', () => {
  const editor = open()
  const type = (text: string) =>
    editor.change('Edit', (pipeline) => setTitle(pipeline, 'strong', text), { gesture: 'title' })
  type('A')
  editor.endGesture()
  type('AB')
  expect(editor.store.getState().past).toHaveLength(2)
})

test('typing after an undo does not change the step before it', () => {
  const editor = open()
  const type = (text: string) =>
    editor.change('Edit', (pipeline) => setTitle(pipeline, 'strong', text), { gesture: 'title' })
  type('A')
  editor.endGesture()
  type('AB')
  editor.undo()
  type('AC')
  editor.undo()
  expect(editor.store.getState().pipeline.nodes.get('strong')?.title).toBe('A')
})

test('a change that changes nothing is no step', () => {
  const editor = open()
  editor.change('Rename', (pipeline) => renamePipeline(pipeline, ' Quakes '))
  editor.change('Move', (pipeline) => place(pipeline, new Map([['strong', [280, 0]]])))
  expect(editor.store.getState().past).toEqual([])
})

test('undo and redo go through every kind of change and end at the same bytes', () => {
  const editor = open()
  const before = writeDocument(editor.store.getState().pipeline)
  editor.change('Rename', (pipeline) => renamePipeline(pipeline, 'Other'))
  editor.change('Add', (pipeline) => addNode(pipeline, { operator: 'filter' }, [0, 200]).pipeline)
  const { analysis } = editor.store.getState()
  editor.change('Delete', (pipeline) =>
    remove(pipeline, selectionOf({ nodes: ['per-day'] }), analysis.edges),
  )
  const after = writeDocument(editor.store.getState().pipeline)
  while (editor.undo() !== undefined);
  expect(writeDocument(editor.store.getState().pipeline)).toBe(before)
  while (editor.redo() !== undefined);
  expect(writeDocument(editor.store.getState().pipeline)).toBe(after)
})

test('what is gone is no longer selected', () => {
  const editor = open()
  editor.select(selectionOf({ nodes: ['strong', 'out'] }))
  const { analysis } = editor.store.getState()
  editor.change('Delete', (pipeline) =>
    remove(pipeline, selectionOf({ nodes: ['strong'] }), analysis.edges),
  )
  expect([...editor.store.getState().selection.nodes]).toEqual(['out'])
})

test(`no more than ${STEPS_MAX} steps are kept`, () => {
  const editor = open()
  for (let number = 0; number < STEPS_MAX + 5; number++) {
    editor.change('Rename', (pipeline) => renamePipeline(pipeline, `Name ${number}`))
  }
  expect(editor.store.getState().past).toHaveLength(STEPS_MAX)
})

describe('views', () => {
  test('moving a node checks nothing and keeps every view', () => {
    const editor = open()
    const { nodes, edges } = editor.store.getState().analysis
    editor.change('Move', (pipeline) => place(pipeline, new Map([['strong', [8, 8]]])))
    expect(editor.store.getState().analysis.nodes).toBe(nodes)
    expect(editor.store.getState().analysis.edges).toBe(edges)
  })

  test('editing one node gives a new view to it alone', () => {
    const editor = open()
    const before = editor.store.getState().analysis.nodes
    editor.change('Edit', (pipeline) => setTitle(pipeline, 'strong', 'Strong ones'))
    const after = editor.store.getState().analysis.nodes
    const changed = [...after.keys()].filter((id) => after.get(id) !== before.get(id))
    expect(changed).toEqual(['strong'])
  })

  test('nodes without a place get one that later nodes do not move', () => {
    const { layout, ...rest } = pipelineOf(QUAKES)
    const editor = createEditor({ ...rest, layout: new Map() }, registry)
    const placed = editor.store.getState().pipeline.layout
    expect([...placed.keys()].sort()).toEqual([...layout.keys()].sort())
    editor.change('Add', (pipeline) => addNode(pipeline, { operator: 'filter' }, [0, 900]).pipeline)
    const { layout: after } = editor.store.getState().pipeline
    expect([...placed].every(([id, at]) => after.get(id) === at)).toBe(true)
  })
})
