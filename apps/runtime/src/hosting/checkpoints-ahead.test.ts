/** What is read before anybody asks for it, and who gets it. */

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Env, encodeState, type StateChange } from '@millrace/engine'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'
import { checkpointFolder, openCheckpointFolder } from '../storage/checkpoint-folder.ts'
import { CheckpointsAhead } from './checkpoints-ahead.ts'

const NOW_S = 1_800_000_000

let root = ''
/** What is to happen later. */
let later: (() => void)[] = []

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'millrace-ahead-'))
  later = []
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function env(memoryBytesMax?: number): Env {
  const node = createNodeEnv()
  const { yield: giveBack } = node.timers
  const after = (_: number, callback: () => void) => {
    later.push(callback)
    return () => {}
  }
  return {
    ...node,
    timers: { after, yield: giveBack },
    ...(memoryBytesMax !== undefined && { memoryBytesMax }),
  }
}

/** A checkpoint of a node with one entry, changed so many seconds before the newest. */
async function place(owner: string, { id = 1, bytes = 10, secondsAgo = 0 } = {}): Promise<void> {
  const store = await openCheckpointFolder({ env: createNodeEnv(), root, owner })
  const meta = encodeState({ format: 1, finished: false, nodes: {}, prepared: {} })
  const key = Uint8Array.from([0, ...encodeState(['groups', 'table groups', 0, 'a'])])
  const changes: StateChange[] = [{ key, value: encodeState('x'.repeat(bytes)) }]
  await store.write({ id, atMs: id, full: true, meta, changes })
  await store.close()
  utimesSync(checkpointFolder(root, owner), NOW_S, NOW_S - secondsAgo)
}

async function readAhead(memoryBytesMax?: number): Promise<CheckpointsAhead> {
  const ahead = new CheckpointsAhead(env(memoryBytesMax), root)
  await ahead.done
  return ahead
}

test('what was written last is read, and whoever asks first has it', async () => {
  await place('orders', { id: 3 })
  const ahead = await readAhead()
  const restored = await ahead.take('orders')
  expect(restored?.id).toBe(3)
  expect(restored?.states.get('groups')?.table('groups').get(0, 'a')).toBe('x'.repeat(10))
  expect(await ahead.take('orders')).toBeUndefined()
  expect(await ahead.take('others')).toBeUndefined()
})

test('a pipeline that did not run any more is not read', async () => {
  await place('orders')
  await place('stopped', { secondsAgo: 121 })
  await place('beside', { secondsAgo: 119 })
  const ahead = await readAhead()
  expect(await ahead.take('stopped')).toBeUndefined()
  expect(await ahead.take('orders')).toBeDefined()
  expect(await ahead.take('beside')).toBeDefined()
})

test('no more is read than a part of the memory, the largest first', async () => {
  await place('large', { bytes: 60_000 })
  await place('small', { bytes: 1_000 })
  await place('middle', { bytes: 50_000 })
  const ahead = await readAhead(4 * 70_000)
  expect(await ahead.take('large')).toBeDefined()
  expect(await ahead.take('middle')).toBeUndefined()
  expect(await ahead.take('small')).toBeDefined()
})

test('a checkpoint that cannot be read, and a folder that is none, are left to whoever asks', async () => {
  await place('broken')
  writeFileSync(path.join(checkpointFolder(root, 'broken'), 'checkpoint-2.full'), 'nothing')
  await place('whole')
  writeFileSync(path.join(root, 'checkpoints', 'file'), 'nothing')
  utimesSync(checkpointFolder(root, 'broken'), NOW_S, NOW_S)
  utimesSync(path.join(root, 'checkpoints', 'file'), NOW_S, NOW_S - 300)
  const ahead = await readAhead()
  expect(await ahead.take('broken')).toBeUndefined()
  expect(await ahead.take('whole')).toBeDefined()
})

test('without checkpoints there is nothing to read', async () => {
  expect(await (await readAhead()).take('orders')).toBeUndefined()
  mkdirSync(path.join(root, 'checkpoints'))
  expect(await (await readAhead()).take('orders')).toBeUndefined()
})

test('one that is asked for before its turn is left to whoever has asked', async () => {
  await place('orders')
  const ahead = new CheckpointsAhead(env(), root)
  const taken = ahead.take('orders')
  await ahead.done
  expect(await taken).toBeUndefined()
  expect(await ahead.take('orders')).toBeUndefined()
})

test('what nobody has asked for after a while is let go of', async () => {
  await place('orders')
  const ahead = await readAhead()
  expect(later.length).toBe(1)
  later[0]?.()
  expect(await ahead.take('orders')).toBeUndefined()
})
