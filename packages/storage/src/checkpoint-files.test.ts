/** Checkpoints as files: what is read is what was written last, or it is refused by name. */

import {
  type CheckpointStore,
  oneByOne,
  type StateChange,
  type StoredCheckpoint,
} from '@millrace/engine'
import {
  type DiskFault,
  type DiskOperation,
  type SeededRandom,
  SimDisk,
  seededRandom,
} from '@millrace/engine/testing'
import { describe, expect, test } from 'vitest'
import { openCheckpointFiles } from './checkpoint-files.ts'

const FOLDER = '/data/jobs/a/checkpoints'

type Model = Readonly<Record<string, string>>

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('latin1')
}

/** A disk with a data folder, and how to open the store on it. */
function world(fault?: (operation: DiskOperation) => DiskFault | undefined) {
  const disk = new SimDisk({ choices: { choose: () => 0 }, ...(fault && { fault }) })
  disk.place('/data/lock', bytes(''))
  const random = seededRandom(7)
  const open = (settings: object = {}) =>
    openCheckpointFiles({
      disk: disk.connect(),
      random,
      root: '/data',
      folder: FOLDER,
      owner: 'job-a',
      ...settings,
    })
  const names = () =>
    [...disk.files().keys()].filter((path) => path.startsWith(FOLDER)).map((path) => path.slice(25))
  return { disk, open, names }
}

function changes(entries: Readonly<Record<string, string | undefined>>): StateChange[] {
  return Object.entries(entries).map(([key, value]) => ({
    key: bytes(key),
    value: value === undefined ? undefined : bytes(value),
  }))
}

function full(id: number, entries: Model) {
  return { id, atMs: id * 10, full: true, meta: bytes(`meta ${id}`), changes: changes(entries) }
}

function partial(id: number, entries: Readonly<Record<string, string | undefined>>) {
  return { id, atMs: id * 10, full: false, meta: bytes(`meta ${id}`), changes: changes(entries) }
}

async function entries(stored: StoredCheckpoint | undefined): Promise<Model | undefined> {
  if (stored === undefined) return undefined
  const found: Record<string, string> = {}
  for await (const { key, value } of oneByOne(stored.entries())) {
    if (Object.hasOwn(found, text(key))) throw new Error(`The key "${text(key)}" came twice.`)
    found[text(key)] = text(value ?? bytes('gone'))
  }
  return found
}

async function ids(store: CheckpointStore): Promise<readonly number[]> {
  return (await store.list()).map(({ id }) => id)
}

async function refusal(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}

test('a job that has no checkpoint reads none, and begins with everything', async () => {
  const store = await world().open()
  expect([await store.read(), await store.list(), store.wantsFull]).toEqual([undefined, [], true])
  expect(await refusal(store.write(partial(1, {})))).toBe(
    'Checkpoint 1 must be full, since there is nothing to go on from.',
  )
})

test('changes go on from what was written or read last', async () => {
  const { open, names } = world()
  const store = await open()
  await store.write(full(1, { a: '1', b: '1', '': 'empty key' }))
  await store.write(partial(2, { a: undefined, b: '2', c: '' }))
  await store.close()
  expect(names()).toEqual(['checkpoint-1.full', 'checkpoint-2.changes'])
  const again = await open()
  const stored = await again.read()
  expect([stored?.id, stored?.atMs, text(stored?.meta ?? bytes(''))]).toEqual([2, 20, 'meta 2'])
  expect(await entries(stored)).toEqual({ b: '2', c: '', '': 'empty key' })
  await again.write(partial(3, { a: '3' }))
  expect(await entries(await again.read())).toEqual({ a: '3', b: '2', c: '', '': 'empty key' })
  expect(await entries(await again.read(1))).toEqual({ a: '1', b: '1', '': 'empty key' })
})

test('a store goes on from what another one has read, where that is the newest still', async () => {
  const { open, names } = world()
  const before = await open()
  await before.write(full(1, { a: '1' }))
  await before.close()
  const reader = await open({ readOnly: true })
  const read = await reader.read()
  expect(await entries(read)).toEqual({ a: '1' })
  const store = await open({ read })
  expect(store.wantsFull).toBe(false)
  await store.write(partial(2, { b: '2' }))
  await store.close()
  expect(names()).toEqual(['checkpoint-1.full', 'checkpoint-2.changes'])
  expect(await entries(await (await open()).read())).toEqual({ a: '1', b: '2' })
  // There is a newer one, and then another one in its place.
  expect((await open({ read })).wantsFull).toBe(true)
  expect((await open({ read: { ...read, id: 2 } })).wantsFull).toBe(true)
})

test('keys that end alike are told apart where some of them have changed', async () => {
  const { open } = world()
  const store = await open()
  const ending = 'x'.repeat(40)
  const all = Array.from({ length: 500 }, (_, index) => `${index} ${ending}`)
  await store.write(full(1, Object.fromEntries(all.map((key) => [key, 'old']))))
  const changed = all.filter((_, index) => index % 7 === 0)
  await store.write(partial(2, Object.fromEntries(changed.map((key) => [key, 'new']))))
  const isChanged = new Set(changed)
  expect(await entries(await store.read())).toEqual(
    Object.fromEntries(all.map((key) => [key, isChanged.has(key) ? 'new' : 'old'])),
  )
})

test('what has come and gone before the first checkpoint is not told of', async () => {
  const { open } = world()
  const store = await open()
  await store.write({ ...partial(1, { a: '1', b: undefined }), full: true })
  expect(await entries(await store.read())).toEqual({ a: '1' })
})

test('a job that was taken back to an older checkpoint goes on from there', async () => {
  const { open } = world()
  const store = await open()
  await store.write(full(1, { a: '1' }))
  await store.write(partial(2, { b: '2' }))
  await store.read(1)
  expect(await refusal(store.write(partial(2, {})))).toBe('Checkpoint 2 does not come behind 2.')
  await store.write(partial(3, { c: '3' }))
  expect(await entries(await (await open()).read())).toEqual({ a: '1', c: '3' })
})

test('many changes become one file, and only so many checkpoints are kept', async () => {
  const { open, names } = world()
  const store = await open({ retained: 3, changesMax: 4 })
  const everything = Object.fromEntries(Array.from({ length: 99 }, (_, n) => [`k${n}`, 'x']))
  await store.write(full(1, everything))
  for (let id = 2; id <= 40; id++) {
    await store.write(partial(id, { [`k${id}`]: `${id}` }))
    expect((await ids(store)).slice(-3)).toEqual([id - 2, id - 1, id].filter((one) => one > 0))
    expect(names().length).toBeLessThanOrEqual(8)
  }
  await store.close()
  for (const id of [38, 39, 40]) {
    const expected = { ...everything }
    for (let one = 2; one <= id; one++) expected[`k${one}`] = `${one}`
    expect(await entries(await (await open()).read(id))).toEqual(expected)
  }
})

test.each([1, 2, 3, 4, 5])('any run of checkpoints reads as a map does, seed %i', async (seed) => {
  const random = seededRandom(seed)
  const { open, disk } = world()
  const settings = { retained: random.integer(1, 5), changesMax: random.integer(0, 5) }
  let store = await open(settings)
  const models = new Map<number, Model>()
  let model: Record<string, string> = {}
  for (let id = 1; id <= 60; id++) {
    const changed = randomChanges(random, random.chance(0.05) ? 900 : random.integer(0, 9))
    for (const [key, value] of Object.entries(changed)) {
      if (value === undefined) delete model[key]
      else model[key] = value
    }
    const all = store.wantsFull || random.chance(0.1)
    await store.write(all ? full(id, model) : partial(id, changed))
    models.set(id, { ...model })
    if (random.chance(0.7)) continue
    await store.close()
    disk.crash(random.pick(['kill', 'power']))
    store = await open(settings)
    for (const one of await ids(store)) {
      expect(await entries(await store.read(one))).toEqual(models.get(one))
    }
    const last = await store.read()
    expect(last?.id).toBe(id)
    model = { ...(await entries(last)) }
  }
})

function randomChanges(random: SeededRandom, count: number): Record<string, string | undefined> {
  return Object.fromEntries(
    Array.from({ length: count }, () => [
      `key ${random.integer(0, count + 5)}`,
      random.chance(0.3) ? undefined : 'value '.repeat(random.integer(0, 20)),
    ]),
  )
}

test('entries that are larger than a block, and many of them, come back', async () => {
  const { open } = world()
  const large = { a: 'x'.repeat(300_000), b: '', c: 'y'.repeat(70_000) }
  const store = await open()
  await store.write(full(1, large))
  expect(await entries(await (await open()).read())).toEqual(large)
})

test('what was checked is not read from the disk again, except by whoever asks once more', async () => {
  const reads: string[] = []
  const { open } = world(({ kind, path }) => {
    if (kind === 'read') reads.push(path.slice(FOLDER.length + 1))
    return undefined
  })
  const store = await open()
  await store.write(full(1, { a: '1', b: '1' }))
  await store.write(partial(2, { b: '2' }))
  const stored = await (await open()).read()
  reads.length = 0
  expect(await entries(stored)).toEqual({ a: '1', b: '2' })
  expect(reads).toEqual([])
  expect(await entries(stored)).toEqual({ a: '1', b: '2' })
  expect(new Set(reads)).toEqual(new Set(['checkpoint-1.full', 'checkpoint-2.changes']))
})

describe('a full disk', () => {
  test('leaves the checkpoints that are there and nothing else, and the next is full', async () => {
    const { disk, open, names } = world()
    const store = await open()
    await store.write(full(1, { a: '1' }))
    disk.capacityBytes = disk.usedBytes + 20
    expect(await refusal(store.write(partial(2, { b: '2' })))).toMatch(/^There is no space left/)
    expect(names()).toEqual(['checkpoint-1.full'])
    expect([store.wantsFull, await entries(await (await open()).read())]).toEqual([
      true,
      { a: '1' },
    ])
    disk.capacityBytes = Number.POSITIVE_INFINITY
    expect(await refusal(store.write(partial(3, { b: '3' })))).toMatch(/must be full/)
    await store.write(full(3, { a: '1', b: '3' }))
    expect(await entries(await (await open()).read())).toEqual({ a: '1', b: '3' })
  })

  test('that has no room for one file with everything lets changes go on', async () => {
    const { disk, open, names } = world()
    const store = await open({ changesMax: 1 })
    await store.write(full(1, { a: 'x'.repeat(3000) }))
    disk.capacityBytes = disk.usedBytes + 2000
    for (let id = 2; id <= 5; id++) await store.write(partial(id, { b: `${id}` }))
    expect((await store.list()).length).toBe(5)
    expect(names().filter((name) => name.endsWith('.full'))).toEqual(['checkpoint-1.full'])
    disk.capacityBytes = Number.POSITIVE_INFINITY
    await store.write(partial(6, {}))
    await store.close()
    expect(names()).toContain('checkpoint-6.full')
  })
})

test('after an error of the disk nothing is written until the store is opened again', async () => {
  let broken = false
  const { open, names } = world(({ kind }) => (broken && kind === 'sync' ? 'error' : undefined))
  const store = await open()
  await store.write(full(1, { a: '1' }))
  broken = true
  expect(await refusal(store.write(partial(2, {})))).toMatch(/^The disk reports an error/)
  broken = false
  expect(await refusal(store.write(full(3, {})))).toMatch(/^The disk reports an error/)
  expect(await refusal(store.read())).toMatch(/^The disk reports an error/)
  expect(names()).toEqual(['checkpoint-1.full'])
  await (await open()).write(full(2, {}))
})

describe('a file that does not hold what was written', () => {
  async function three() {
    const made = world()
    const store = await made.open()
    await store.write(full(1, { a: '1' }))
    await store.write(partial(2, { b: '2' }))
    await store.write(partial(3, { c: '3' }))
    await store.close()
    return made
  }

  const put = async (disk: SimDisk, name: string, content: Uint8Array) => {
    await disk
      .connect()
      .remove(`${FOLDER}/${name}`)
      .catch(() => undefined)
    disk.place(`${FOLDER}/${name}`, content)
  }

  const get = (disk: SimDisk, name: string) =>
    disk.files().get(`${FOLDER}/${name}`) ?? new Uint8Array(0)

  test.each<[string, (disk: SimDisk) => Promise<void>, string]>([
    [
      'it has been cut',
      async (disk) =>
        put(disk, 'checkpoint-3.changes', get(disk, 'checkpoint-3.changes').slice(0, -3)),
      `"${FOLDER}/checkpoint-3.changes" is damaged: It ends within the block at byte 89. ` +
        'Checkpoint 2 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'a bit is wrong',
      async (disk) => disk.rot(`${FOLDER}/checkpoint-3.changes`, 8 * 95),
      `"${FOLDER}/checkpoint-3.changes" is damaged: The block at byte 89 does not match its ` +
        'checksum. Checkpoint 2 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'it is the file of another job',
      async (disk) => {
        const other = await openCheckpointFiles({
          disk: disk.connect(),
          random: seededRandom(1),
          root: '/data',
          folder: '/data/other',
          owner: 'job-b',
        })
        await other.write(full(4, { z: '4' }))
        const content = disk.files().get('/data/other/checkpoint-4.full') ?? new Uint8Array(0)
        await put(disk, 'checkpoint-4.full', content)
      },
      `"${FOLDER}/checkpoint-4.full" is damaged: It belongs to "job-b", and not to "job-a". ` +
        'Checkpoint 3 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'it has another number',
      async (disk) => put(disk, 'checkpoint-5.changes', get(disk, 'checkpoint-3.changes')),
      `"${FOLDER}/checkpoint-5.changes" is damaged: It is checkpoint 3, and its name says 5. ` +
        'Checkpoint 3 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'changes have the name of everything',
      async (disk) => put(disk, 'checkpoint-4.full', get(disk, 'checkpoint-3.changes')),
      `"${FOLDER}/checkpoint-4.full" is damaged: It is checkpoint 3, and its name says 4. ` +
        'Checkpoint 3 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'what it goes on from is not there',
      async (disk) => disk.connect().remove(`${FOLDER}/checkpoint-2.changes`),
      `"${FOLDER}/checkpoint-2.full" is damaged: It is not there, and checkpoint 3 goes on from ` +
        'it. Checkpoint 1 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'everything is gone but changes',
      async (disk) => disk.connect().remove(`${FOLDER}/checkpoint-1.full`),
      `"${FOLDER}/checkpoint-1.full" is damaged: It is not there, and checkpoint 2 goes on from ` +
        'it. No checkpoint before it is whole. Bring one back from a backup, or begin anew.',
    ],
    [
      'it is empty',
      async (disk) => put(disk, 'checkpoint-4.full', new Uint8Array(0)),
      `"${FOLDER}/checkpoint-4.full" is damaged: It ends within its first bytes. ` +
        'Checkpoint 3 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'it is something else',
      async (disk) => put(disk, 'checkpoint-4.full', bytes('{"a": "text"}')),
      `"${FOLDER}/checkpoint-4.full" is damaged: It is no checkpoint of Millrace. ` +
        'Checkpoint 3 is whole; restored, sinks repeat what they have shown since.',
    ],
    [
      'it comes from a newer version',
      async (disk) => {
        const content = get(disk, 'checkpoint-3.changes')
        content[7] = 2
        await put(disk, 'checkpoint-3.changes', content)
      },
      `"${FOLDER}/checkpoint-3.changes" is damaged: It has format 2, and this Millrace reads ` +
        'format 1. Open it with the version that wrote it. Checkpoint 2 is whole; restored, sinks ' +
        'repeat what they have shown since.',
    ],
  ])('%s', async (_, damage, expected) => {
    const { disk, open } = await three()
    await damage(disk)
    const store = await open()
    expect(await refusal(store.read())).toBe(expected)
    expect(await refusal(store.read())).toBe(expected)
  })

  test('is not needed where another says the same', async () => {
    const { disk, open } = await three()
    const store = await open({ changesMax: 2 })
    await store.read()
    await store.write(partial(4, { d: '4' }))
    await store.close()
    const changed = get(disk, 'checkpoint-3.changes')
    expect(await entries(await (await open()).read())).toEqual({ a: '1', b: '2', c: '3', d: '4' })
    expect(changed.length).toBeGreaterThan(0)
    disk.rot(`${FOLDER}/checkpoint-2.changes`, 8 * 90)
    const again = await open()
    expect(await entries(await again.read())).toEqual({ a: '1', b: '2', c: '3', d: '4' })
    expect(await refusal(again.read(2))).toMatch(/checkpoint-2.changes" is damaged/)
  })

  test('lets the job go on with everything when it is found behind a write', async () => {
    const { disk, open } = await three()
    const store = await open({ changesMax: 3 })
    await store.read()
    disk.rot(`${FOLDER}/checkpoint-2.changes`, 8 * 90)
    await store.write(partial(4, { d: '4' }))
    await store.list()
    expect(store.wantsFull).toBe(true)
    await store.write(full(5, { e: '5' }))
    expect(await entries(await (await open()).read())).toEqual({ e: '5' })
  })

  test('of a strange name is left alone', async () => {
    const { disk, open, names } = await three()
    for (const name of ['notes.txt', 'checkpoint-0.full', 'checkpoint-9.full.part', 'x.part']) {
      disk.place(`${FOLDER}/${name}`, bytes('?'))
    }
    expect((await (await open()).read())?.id).toBe(3)
    expect(names()).toContain('notes.txt')
    expect(names()).toContain('x.part')
    expect(names()).not.toContain('checkpoint-9.full.part')
  })
})
