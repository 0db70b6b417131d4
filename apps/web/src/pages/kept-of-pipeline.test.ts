/** That nothing of a pipeline stays in this browser once it is gone. */

import { expect, test } from 'vitest'
import { createFakeEnv } from '../editor/testing/fakes.ts'
import { forgetDeleted, forgetLooks, forgetPipeline } from './kept-of-pipeline.ts'

function browser() {
  const { storage, kept } = createFakeEnv()
  for (const id of ['gone', 'other']) {
    storage.write(`millrace.breakpoints.${id}`, '[]')
    storage.write(`millrace.draft.${id}`, '{}')
  }
  storage.write('millrace.last-opened', 'gone')
  storage.write('millrace.workbench', '{}')
  return { storage, keys: () => [...kept.keys()].sort() }
}

test('with a pipeline goes all that this browser kept of it, and of no other', () => {
  const { storage, keys } = browser()
  forgetPipeline(storage, 'gone')
  expect(keys()).toEqual([
    ...['millrace.breakpoints.other', 'millrace.draft.other', 'millrace.workbench'],
  ])
})

test('edits stay that a server never got which does not know the pipeline', () => {
  const { storage, keys } = browser()
  forgetLooks(storage, 'gone')
  expect(keys()).toContain('millrace.draft.gone')
  expect(keys()).not.toContain('millrace.breakpoints.gone')
  expect(keys()).not.toContain('millrace.last-opened')
})

test('breakpoints go with a pipeline that was deleted elsewhere, once the list of others is there', () => {
  const { storage, keys } = browser()
  forgetDeleted(storage, [])
  expect(keys()).toContain('millrace.breakpoints.gone')
  forgetDeleted(storage, ['new', 'other'])
  expect(keys()).toEqual([
    ...['millrace.breakpoints.other', 'millrace.draft.gone', 'millrace.draft.other'],
    ...['millrace.last-opened', 'millrace.workbench'],
  ])
})
