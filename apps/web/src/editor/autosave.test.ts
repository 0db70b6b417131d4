/**
 * Saving: what is said of it, what is kept while the host is away, and that nobody is written
 * over.
 */

import { expect, test } from 'vitest'
import { registry } from '../operators/registry.ts'
import { createAutosave, readKeptEdits } from './autosave.ts'
import { renamePipeline } from './commands.ts'
import { createEditor } from './editor.ts'
import { selectionOf } from './selection.ts'
import {
  createFakeEnv,
  createFakeHost,
  type FakeEnv,
  type FakeHost,
  pipelineOf,
  QUAKES,
  settled,
} from './testing/fakes.ts'

function open(env: FakeEnv = createFakeEnv(), host?: FakeHost, version = 1) {
  const pipeline = pipelineOf(QUAKES)
  const api = host ?? createFakeHost(pipeline)
  const editor = createEditor(pipeline, registry)
  const saved = { version, savedAtMs: 0 }
  const autosave = createAutosave({ pipelineId: 'p1', editor, api, env, saved })
  const rename = (name: string) => editor.change('Rename', (before) => renamePipeline(before, name))
  const kind = () => autosave.store.getState().kind
  return { env, host: api, editor, autosave, rename, kind }
}

test('an edit is saved after a moment without edits, as one version', async () => {
  const { env, host, rename, kind, autosave } = open()
  rename('A')
  rename('AB')
  expect(kind()).toBe('waiting')
  await env.pass(1_000)
  expect(autosave.store.getState()).toEqual({ kind: 'saved', version: 2, savedAtMs: 5_000 })
  expect(host.saved.map(({ document }) => document.name)).toEqual(['Quakes', 'AB'])
  expect(env.kept.size).toBe(0)
})

test('an edit that is undone before it is saved saves nothing', async () => {
  const { env, host, rename, editor, kind } = open()
  rename('A')
  editor.undo()
  expect(kind()).toBe('saved')
  await env.pass(5_000)
  expect(host.saved).toHaveLength(1)
})

test('while the host is away edits are kept here, and saved when it is back', async () => {
  const { env, host, rename, kind, autosave } = open()
  host.away = true
  rename('A')
  await env.pass(1_000)
  expect(autosave.store.getState()).toEqual({ kind: 'away', version: 1, keptHere: true })
  expect(env.kept.get('millrace.draft.p1')).toContain('\\"name\\": \\"A\\"')
  host.away = false
  await env.pass(1_000)
  expect(kind()).toBe('saved')
  expect(host.saved.at(-1)?.document.name).toBe('A')
  expect(env.kept.size).toBe(0)
})

test('edits that a closed page had not saved are taken up again', async () => {
  const first = open()
  first.host.away = true
  first.rename('A')
  await first.env.pass(1_000)
  first.autosave.close()
  first.host.away = false
  const second = open(first.env, first.host)
  expect(second.editor.store.getState().pipeline.name).toBe('A')
  await second.env.pass(1_000)
  expect(first.host.saved.at(-1)?.document.name).toBe('A')
})

test('a version of somebody else is a conflict, and keeping mine makes a new version', async () => {
  const { env, host, rename, autosave, kind } = open()
  host.saved.push({ version: 2, document: { ...host.saved[0]?.document, name: 'Theirs' } })
  rename('Mine')
  await env.pass(1_000)
  expect(autosave.store.getState()).toMatchObject({
    kind: 'conflict',
    theirs: { version: 2, name: 'Theirs' },
  })
  await env.pass(60_000)
  expect(host.saved).toHaveLength(2)
  await autosave.resolve('keep-mine')
  expect(kind()).toBe('saved')
  expect(host.saved.map(({ document }) => document.name)).toEqual(['Quakes', 'Theirs', 'Mine'])
})

test('taking theirs shows it, and undo still has mine', async () => {
  const { env, host, rename, autosave, editor, kind } = open()
  host.saved.push({ version: 2, document: { ...host.saved[0]?.document, name: 'Theirs' } })
  rename('Mine')
  await env.pass(1_000)
  await autosave.resolve('take-theirs')
  expect(kind()).toBe('saved')
  expect(editor.store.getState().pipeline.name).toBe('Theirs')
  editor.undo()
  expect(editor.store.getState().pipeline.name).toBe('Mine')
  await env.pass(1_000)
  expect(host.saved.at(-1)?.document.name).toBe('Mine')
})

test('a version that another tab saves is shown at once where nothing is unsaved', async () => {
  const { host, autosave, editor, kind } = open()
  host.saved.push({ version: 2, document: { ...host.saved[0]?.document, name: 'Theirs' } })
  editor.select(selectionOf({ nodes: ['strong'] }))
  expect(await autosave.noticeVersion(2)).toBe(true)
  await settled()
  expect(editor.store.getState().pipeline.name).toBe('Theirs')
  expect(kind()).toBe('saved')
  // Somebody may be typing in its form.
  expect([...editor.store.getState().selection.nodes]).toEqual(['strong'])
})

test('and is a conflict where something is', async () => {
  const { host, rename, autosave, editor, kind } = open()
  host.saved.push({ version: 2, document: { ...host.saved[0]?.document, name: 'Theirs' } })
  rename('Mine')
  await autosave.noticeVersion(2)
  expect(kind()).toBe('conflict')
  expect(editor.store.getState().pipeline.name).toBe('Mine')
})

test('edits of a pipeline that the host does not have any more are kept until somebody chooses', async () => {
  const { env, host, rename, autosave, kind } = open()
  host.gone = true
  rename('A')
  await env.pass(1_000)
  expect(autosave.store.getState()).toEqual({ kind: 'gone', version: 1, keptHere: true })
  rename('AB')
  await env.pass(60_000)
  expect(await autosave.saveNow()).toBe(undefined)
  expect(kind()).toBe('gone')
  expect(readKeptEdits(env.storage, 'p1')?.name).toBe('AB')
  await autosave.lookAgain()
  expect(kind()).toBe('gone')
  // The host that answered in its place has gone.
  host.gone = false
  await autosave.lookAgain()
  expect(kind()).toBe('waiting')
  await env.pass(1_000)
  expect(kind()).toBe('saved')
  expect(host.saved.map(({ document }) => document.name)).toEqual(['Quakes', 'AB'])
})

test('what is drawn is kept too where all of it was saved when another tab deleted it', async () => {
  const { env, autosave, host, kind } = open()
  autosave.noticeDeleted()
  expect(autosave.store.getState()).toEqual({ kind: 'gone', version: 1, keptHere: true })
  expect(readKeptEdits(env.storage, 'p1')?.name).toBe('Quakes')
  expect(host.saved).toHaveLength(1)
  await autosave.lookAgain()
  expect(kind()).toBe('saved')
  expect(env.kept.size).toBe(0)
})

test('what other tabs saved or deleted while there was no connection is found by looking', async () => {
  const { host, autosave, editor, kind } = open()
  host.saved.push({ version: 2, document: { ...host.saved[0]?.document, name: 'Theirs' } })
  expect(await autosave.lookAgain()).toBe(2)
  expect(editor.store.getState().pipeline.name).toBe('Theirs')
  expect(await autosave.lookAgain()).toBe(undefined)
  expect(kind()).toBe('saved')
  host.gone = true
  await autosave.lookAgain()
  expect(kind()).toBe('gone')
})

test('of a pipeline that is gone nothing is saved, and nothing is kept', async () => {
  const { env, host, rename, autosave } = open()
  rename('A')
  expect(env.kept.size).toBe(1)
  autosave.abandon()
  env.storage.remove('millrace.draft.p1')
  autosave.noticeDeleted()
  await env.pass(5_000)
  autosave.close()
  expect(host.saved).toHaveLength(1)
  expect(env.kept.size).toBe(0)
})
