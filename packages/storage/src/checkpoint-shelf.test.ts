/** Looking at checkpoints beside whoever writes them. */

import { type Disk, DiskError } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { openCheckpointFiles } from './checkpoint-files.ts'
import { lookAtCheckpoints } from './checkpoint-shelf.ts'

const FOLDER = '/data/checkpoints/a'

async function world() {
  const env = new VirtualEnv()
  const { random } = env
  const disk: Disk = env.disk
  await disk.makeFolder('/data')
  const open = () =>
    openCheckpointFiles({ disk, random, root: '/data', folder: FOLDER, owner: 'a', retained: 3 })
  const write = async (store: Awaited<ReturnType<typeof open>>, id: number) => {
    const entry = { key: Uint8Array.of(id), value: Uint8Array.of(id, id) }
    const meta = Uint8Array.of(7, id)
    await store.write({ id, atMs: id * 1000, full: store.wantsFull, meta, changes: [entry] })
  }
  return { env, open, write, look: () => lookAtCheckpoints(disk, FOLDER, 'a') }
}

test('a folder that is not there has none', async () => {
  const { look } = await world()
  expect(await look()).toEqual({ checkpoints: [], newestId: 0 })
})

test('what is listed is what the writer lists, with what it says about the job', async () => {
  const { open, write, look } = await world()
  const store = await open()
  for (let id = 1; id <= 7; id++) {
    await write(store, id)
    const listed = await store.list()
    const { checkpoints, newestId } = await look()
    expect(newestId).toBe(id)
    expect(checkpoints.map(({ meta, ...summary }) => summary)).toEqual(listed)
    expect(checkpoints.at(-1)?.meta).toEqual(Uint8Array.of(7, id))
  }
})

test('a part that is being written is neither listed nor removed', async () => {
  const { env, open, write, look } = await world()
  const store = await open()
  await write(store, 1)
  const part = `${FOLDER}/checkpoint-2.changes.part`
  env.disk.files.set(part, Uint8Array.of(1))
  expect((await look()).checkpoints.map(({ id }) => id)).toEqual([1])
  expect(env.disk.files.has(part)).toBe(true)
})

test('a damaged one is not listed, and its number counts', async () => {
  const { env, open, write, look } = await world()
  const store = await open()
  await write(store, 1)
  await store.close()
  env.disk.files.set(`${FOLDER}/checkpoint-2.full`, Uint8Array.of(1, 2, 3))
  const { checkpoints, newestId } = await look()
  expect([checkpoints.map(({ id }) => id), newestId]).toEqual([[1], 2])
})

test('where others come and go while it is read, it is what is there at last', async () => {
  const { env, open, write } = await world()
  const store = await open()
  await write(store, 1)
  let last = 1
  const { disk } = env
  const slow = Object.assign(Object.create(disk) as Disk, {
    // Before a file is opened, all that was there is let go.
    open: async (...given: Parameters<Disk['open']>) => {
      for (const until = last + 9; last < until && last < 90; ) await write(store, ++last)
      return disk.open(...given)
    },
  })
  const { checkpoints, newestId } = await lookAtCheckpoints(slow, FOLDER, 'a')
  expect(newestId).toBe(last)
  expect(checkpoints.map(({ id }) => id)).toEqual((await store.list()).map(({ id }) => id))
})

test('what belongs to somebody else is not listed', async () => {
  const { env, open, write } = await world()
  await write(await open(), 1)
  expect((await lookAtCheckpoints(env.disk, FOLDER, 'b')).checkpoints).toEqual([])
})

test('a folder that goes while it is looked at is empty', async () => {
  const gone = new DiskError('not-found', '/data/own', 'There is no file or folder "/data/own".')
  const disk = Object.assign(new VirtualEnv().disk, { list: () => Promise.reject(gone) })
  expect(await lookAtCheckpoints(disk, '/data/own', 'own')).toEqual({
    checkpoints: [],
    newestId: 0,
  })
})
