/** What was done to a pipeline can be undone after another page was looked at. */

import { expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { createEditor, type Editor } from './editor.ts'
import { createKeptSteps, PIPELINES_MAX } from './kept-steps.ts'
import { pipelineOf, QUAKES } from './testing/fakes.ts'

function edited(...names: readonly string[]): Editor {
  const editor = createEditor(pipelineOf(QUAKES), registry)
  for (const name of names) editor.change(`Call it ${name}`, (pipeline) => ({ ...pipeline, name }))
  return editor
}

/** As a page opens what it has saved: the same, though read anew. */
function opened(name: string): Editor {
  return createEditor({ ...pipelineOf(QUAKES), name }, registry)
}

const nameIn = ({ store }: Editor): string => store.getState().pipeline.name

test('what was done is undone and redone by the editor that comes next', () => {
  const steps = createKeptSteps()
  const first = edited('A', 'B', 'C')
  first.undo()
  steps.keep('p1', first)
  const next = opened('B')
  const shown = next.store.getState().pipeline
  steps.takeUp('p1', next)
  expect(nameIn(next)).toBe('B')
  expect(next.redo()?.title).toBe('Call it C')
  expect(next.undo()?.title).toBe('Call it C')
  // Not only what reads the same: there is nothing to save.
  expect(next.store.getState().pipeline).toBe(shown)
  next.undo()
  next.redo()
  expect(next.store.getState().pipeline).toBe(shown)
  next.undo()
  next.undo()
  expect([nameIn(next), next.undo()]).toEqual(['Quakes', undefined])
})

test('what was saved meanwhile by somebody else is a step that can be undone, too', () => {
  const steps = createKeptSteps()
  steps.keep('p1', edited('A'))
  const next = opened('Theirs')
  steps.takeUp('p1', next)
  expect(nameIn(next)).toBe('Theirs')
  expect(next.undo()?.title).toBe('Take what was saved meanwhile')
  expect(nameIn(next)).toBe('A')
  next.undo()
  expect(nameIn(next)).toBe('Quakes')
})

test('each pipeline has its own, and those left longest ago are forgotten', () => {
  const steps = createKeptSteps()
  for (let index = 0; index <= PIPELINES_MAX; index++) steps.keep(`p${index}`, edited('A'))
  const undoable = (pipelineId: string): boolean => {
    const next = opened('A')
    steps.takeUp(pipelineId, next)
    return next.undo() !== undefined
  }
  expect(['p0', 'p1', `p${PIPELINES_MAX}`, 'other'].map(undoable)).toEqual([
    false,
    true,
    true,
    false,
  ])
})
