/** The files of checkpoints, for the enumerator of crash states. */

import {
  type CheckpointStore,
  type Disk,
  oneByOne,
  type StateChange,
} from '../../packages/engine/src/index.ts'
import { type SimDisk, seededRandom } from '../../packages/engine/src/testing/index.ts'
import { DamagedFile, openCheckpointFiles } from '../../packages/storage/src/index.ts'
import type { Book, Found, Subject } from './subject.ts'

const FOLDER = '/data/jobs/a/checkpoints'

export interface CheckpointWork {
  readonly seed: number
  readonly checkpoints: number
  /** How much one entry holds, so that files span sectors or not. */
  readonly valueBytes: number
  readonly changesMax: number
  readonly retained: number
}

type Entries = ReadonlyMap<string, string>

export function checkpointSubject(name: string, work: CheckpointWork): Subject {
  const { changesMax, retained } = work
  const open = (disk: Disk) =>
    openCheckpointFiles({
      disk,
      random: seededRandom(1),
      root: '/data',
      folder: FOLDER,
      owner: 'job-a',
      changesMax,
      retained,
    })
  return {
    name,
    empty: 'none',
    prepare: (disk: SimDisk) => disk.place('/data/lock', new Uint8Array(0)),
    work: (disk, book) => writeAll(() => open(disk), work, book),
    recover: async (disk, goOn) => {
      const store = await open(disk)
      try {
        const found = await stateOf(store)
        if (goOn) await goFurther(store)
        await store.close()
        return { state: found }
      } catch (error) {
        if (error instanceof DamagedFile) return { refused: error.message } satisfies Found
        throw error
      }
    },
  }
}

async function writeAll(
  open: () => Promise<CheckpointStore>,
  { seed, checkpoints, valueBytes }: CheckpointWork,
  book: Book,
): Promise<void> {
  const random = seededRandom(seed)
  let store = await open()
  const entries = new Map<string, string>()
  for (let id = 1; id <= checkpoints; id++) {
    const changed = new Map<string, string | undefined>()
    for (let count = random.integer(0, 4); count > 0; count--) {
      const key = `key ${random.integer(0, 5)}`
      const value = random.chance(0.25) ? undefined : `${id}`.padEnd(valueBytes, '.')
      changed.set(key, value)
      if (value === undefined) entries.delete(key)
      else entries.set(key, value)
    }
    const full = store.wantsFull || random.chance(0.1)
    book.starts(stateText(id, `meta ${id}`, entries))
    const changes = [...(full ? entries : changed)].map(toChange)
    await store.write({ id, atMs: id, full, meta: toBytes(`meta ${id}`), changes })
    book.acknowledged()
    if (random.chance(0.2)) {
      await store.close()
      store = await open()
      await store.read()
    }
  }
  await store.close()
}

async function stateOf(store: CheckpointStore): Promise<string> {
  const stored = await store.read()
  if (stored === undefined) return 'none'
  const entries = new Map<string, string>()
  for await (const { key, value } of oneByOne(stored.entries())) {
    entries.set(toText(key), value === undefined ? 'gone' : toText(value))
  }
  return stateText(stored.id, toText(stored.meta), entries)
}

/** One more checkpoint, which must be there at once. */
async function goFurther(store: CheckpointStore): Promise<void> {
  const id = Math.max(0, ...(await store.list()).map((one) => one.id)) + 1
  const full = store.wantsFull
  await store.write({ id, atMs: id, full, meta: toBytes('on'), changes: [toChange(['on', 'on'])] })
  const stored = await store.read()
  if (stored?.id !== id) throw new Error(`Checkpoint ${id} was written, ${stored?.id} is read.`)
  for await (const { key } of oneByOne(stored.entries())) if (toText(key) === 'on') return
  throw new Error(`Checkpoint ${id} does not hold what was written.`)
}

function stateText(id: number, meta: string, entries: Entries): string {
  return JSON.stringify([id, meta, [...entries].sort(([a], [b]) => (a < b ? -1 : 1))])
}

function toChange([key, value]: readonly [string, string | undefined]): StateChange {
  return { key: toBytes(key), value: value === undefined ? undefined : toBytes(value) }
}

function toBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
