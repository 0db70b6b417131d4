/** Small writes that are committed together. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { VirtualEnv } from '@millrace/engine/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from './database.ts'
import { type GroupedWrite, WriteGroup } from './write-group.ts'

let folder = ''
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-writes-'))
  store = await openStore(folder)
})

afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

function world() {
  const env = new VirtualEnv()
  const told: string[] = []
  const faults: string[] = []
  const { database } = store
  const group = new WriteGroup({
    ...{ database, timers: env.timers },
    onFault: (error) => faults.push(error instanceof Error ? error.message : String(error)),
  })
  const pipeline =
    (id: string): GroupedWrite =>
    async (within) => {
      const row = { id, created_at_ms: 1, example_id: null }
      await within.insertInto('pipelines').values(row).execute()
      return () => told.push(id)
    }
  const ids = async () => {
    const rows = await database.selectFrom('pipelines').select('id').orderBy('id').execute()
    return rows.map(({ id }) => id)
  }
  return { env, group, pipeline, ids, told, faults }
}

test('what comes within a moment is written together, in its order, and then told', async () => {
  const { env, group, pipeline, ids, told } = world()
  group.add(pipeline('b'))
  group.add(pipeline('a'))
  expect([await ids(), told]).toEqual([[], []])
  env.advance(20)
  group.add(pipeline('c'))
  await group.settle()
  expect([await ids(), told]).toEqual([
    ['a', 'b', 'c'],
    ['b', 'a', 'c'],
  ])
})

test('whoever needs it waits for no others', async () => {
  const { group, pipeline, ids } = world()
  group.add(pipeline('a'))
  await group.settle()
  expect(await ids()).toEqual(['a'])
  await group.settle()
})

test('one that is refused takes no others with it, and is told of once', async () => {
  const { group, pipeline, ids, told, faults } = world()
  for (const id of ['a', 'b', 'a', 'c']) group.add(pipeline(id))
  await group.settle()
  expect([await ids(), told]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
  expect(faults).toEqual(['UNIQUE constraint failed: pipelines.id'])
})
