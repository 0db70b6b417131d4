/** What the simulated disk forgets, and that it catches programs that rely on too much. */

import { describe, expect, test } from 'vitest'
import { type Disk, DiskError } from '../env.ts'
import { type Choices, EveryChoice, randomChoices } from './choices.ts'
import { seededRandom } from './random.ts'
import { type DiskFault, SimDisk } from './sim-disk.ts'
import { VirtualEnv } from './virtual-env.ts'

const HARMLESS: Choices = { choose: () => 0 }

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The texts of all files. */
function texts(disk: SimDisk): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...disk.files()].map(([path, content]) => [path, new TextDecoder().decode(content)]),
  )
}

async function write(disk: Disk, path: string, text: string, sync: boolean): Promise<void> {
  const file = await disk.open(path, 'append')
  await file.write(bytes(text))
  if (sync) await file.sync()
  await file.close()
}

/** What may be there after a power cut, each state once. */
function afterPowerCut(disk: SimDisk): readonly string[] {
  const found = new Set<string>()
  const every = new EveryChoice()
  do found.add(JSON.stringify(texts(disk.image(every))))
  while (every.next())
  return [...found].sort()
}

async function refusal(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof DiskError ? error.code : error),
  )
}

test('what is written can be read, and files are found by their folders', async () => {
  const disk = new SimDisk({ choices: HARMLESS }).connect()
  await disk.makeFolder('/a/b')
  await write(disk, '/a/b/x', 'one', false)
  await write(disk, '/a/b/x', ' two', false)
  const file = await disk.open('/a/b/x', 'read')
  const into = new Uint8Array(5)
  expect([await file.read(into, 2), await file.read(into, 7), await file.sizeBytes()]).toEqual([
    5, 0, 7,
  ])
  expect(new TextDecoder().decode(into)).toBe('e two')
  expect([await disk.list('/a'), await disk.list('/a/b')]).toEqual([['b'], ['x']])
  expect(await Promise.all(['/a', '/a/b/x', '/a/c'].map(disk.kindOf))).toEqual([
    'folder',
    'file',
    'nothing',
  ])
  expect(await refusal(disk.open('/a/c', 'read'))).toBe('not-found')
  expect(await refusal(disk.open('/c/d', 'create'))).toBe('not-found')
  expect(await refusal(disk.open('/a/b', 'create'))).toBe('is-folder')
  expect(await refusal(disk.remove('/a'))).toBe('is-folder')
})

describe('after a power cut', () => {
  test('what was synced is there, and nothing else is certain', async () => {
    const disk = new SimDisk({ choices: HARMLESS })
    const seen = disk.connect()
    await write(seen, '/x', 'kept', true)
    await seen.syncFolder('/')
    expect(afterPowerCut(disk)).toEqual(['{"/x":"kept"}'])
    await write(seen, '/x', '+', false)
    expect(afterPowerCut(disk)).toEqual([
      '{"/x":"kept"}',
      '{"/x":"kept+"}',
      '{"/x":"kept\\u0000"}',
      '{"/x":"kept\ufffd"}',
    ])
  })

  test('a new name is certain only when its folder is synced', async () => {
    const disk = new SimDisk({ choices: HARMLESS })
    const seen = disk.connect()
    await write(seen, '/x', 'kept', true)
    expect(afterPowerCut(disk)).toEqual(['{"/x":"kept"}', '{}'])
    await seen.syncFolder('/')
    await seen.rename('/x', '/y')
    expect(afterPowerCut(disk)).toEqual(['{"/x":"kept"}', '{"/y":"kept"}'])
    await seen.syncFolder('/')
    await seen.remove('/y')
    expect(afterPowerCut(disk)).toEqual(['{"/y":"kept"}', '{}'])
  })

  test('a rename between folders is whole or absent, and certain when both are synced', async () => {
    const disk = new SimDisk({ choices: HARMLESS })
    const seen = disk.connect()
    for (const folder of ['/a', '/b']) await seen.makeFolder(folder)
    await write(seen, '/a/x', '1', true)
    await seen.syncFolder('/')
    await seen.syncFolder('/a')
    await seen.rename('/a/x', '/b/x')
    await seen.syncFolder('/b')
    expect(afterPowerCut(disk)).toEqual(['{"/a/x":"1"}', '{"/b/x":"1"}'])
    await seen.syncFolder('/a')
    expect(afterPowerCut(disk)).toEqual(['{"/b/x":"1"}'])
  })

  test('each write is whole, absent or torn at a sector, and lengths go their own way', async () => {
    const disk = new SimDisk({ choices: HARMLESS })
    const seen = disk.connect()
    await write(seen, '/x', '', true)
    await seen.syncFolder('/')
    await write(seen, '/x', 'a'.repeat(512), false)
    await write(seen, '/x', 'b'.repeat(512), false)
    const states = afterPowerCut(disk).map((state) => JSON.parse(state)['/x'] as string)
    expect(states).toContain('a'.repeat(512))
    expect(states).toContain('\0'.repeat(512) + 'b'.repeat(512))
    expect(states).toContain('')
    const plain = states.filter((state) => !state.includes('\ufffd'))
    expect(new Set(plain.map((state) => state.length))).toEqual(new Set([0, 512, 1024]))
  })

  test('an emptied file may have its old end again', async () => {
    const disk = new SimDisk({ choices: HARMLESS })
    const seen = disk.connect()
    await write(seen, '/x', 'old text', true)
    await seen.syncFolder('/')
    const file = await seen.open('/x', 'create')
    await file.write(bytes('new'))
    const states = afterPowerCut(disk).map((state) => JSON.parse(state)['/x'] as string)
    expect(states).toEqual(expect.arrayContaining(['old text', 'new', 'new text', '']))
    await file.sync()
    expect(afterPowerCut(disk)).toEqual(['{"/x":"new"}'])
  })
})

test('a killed process leaves what it wrote, and hears nothing any more', async () => {
  const disk = new SimDisk({ choices: HARMLESS })
  const seen = disk.connect()
  await write(seen, '/x', 'written', false)
  disk.crash('kill')
  let heard = false
  void seen.kindOf('/x').finally(() => {
    heard = true
  })
  expect(await disk.connect().kindOf('/x')).toBe('file')
  expect(heard).toBe(false)
  expect(texts(disk)).toEqual({ '/x': 'written' })
})

test('a sync that is refused loses the data, though it can be read and synced again', async () => {
  let fault: DiskFault | undefined
  const lost: Choices = { choose: (count) => Math.min(1, count - 1) }
  const disk = new SimDisk({
    choices: lost,
    fault: ({ kind }) => (kind === 'sync' ? fault : undefined),
  })
  const seen = disk.connect()
  const file = await seen.open('/x', 'create')
  await seen.syncFolder('/')
  await file.write(bytes('gone'))
  fault = 'error'
  expect(await refusal(file.sync())).toBe('other')
  fault = undefined
  await file.sync()
  expect(texts(disk)).toEqual({ '/x': 'gone' })
  disk.crash('power')
  expect(texts(disk)).toEqual({ '/x': '' })
})

test('a full disk takes the beginning of a write, and has room again when something goes', async () => {
  const disk = new SimDisk({ choices: HARMLESS })
  disk.capacityBytes = 6
  const seen = disk.connect()
  await write(seen, '/x', 'four', false)
  expect(await refusal(write(seen, '/y', 'four', false))).toBe('no-space')
  expect(texts(disk)).toEqual({ '/x': 'four', '/y': 'fo' })
  await seen.remove('/x')
  await write(seen, '/y', 'ur', false)
  expect([texts(disk), disk.usedBytes]).toEqual([{ '/y': 'four' }, 4])
  await seen.rename('/y', '/z')
  disk.crash('power')
  expect(disk.usedBytes).toBe(4)
})

test('a crash comes before, while or after an operation is done', async () => {
  const files = await Promise.all(
    (['crash-before', 'crash-during', 'crash-after'] as const).map(async (fault) => {
      const crashes: string[] = []
      const disk = new SimDisk({
        choices: HARMLESS,
        fault: ({ kind }) => (kind === 'write' ? fault : undefined),
        onCrash: ({ kind, path, number }) => crashes.push(`${kind} ${path} ${number}`),
      })
      const file = await disk.connect().open('/x', 'create')
      void file.write(bytes('abcd'))
      await Promise.resolve()
      disk.crash('kill')
      expect(crashes).toEqual(['write /x 2'])
      return texts(disk)
    }),
  )
  expect(files).toEqual([{ '/x': '' }, { '/x': 'ab' }, { '/x': 'abcd' }])
})

test('an operation takes its time, and is not done by whoever died meanwhile', async () => {
  const env = new VirtualEnv()
  const disk = new SimDisk({ choices: HARMLESS, latency: { timers: env.timers, ms: () => 5 } })
  const seen = disk.connect()
  const done: string[] = []
  void write(seen, '/x', 'one', false).then(() => done.push('one'))
  for (let step = 0; step < 3; step++) {
    env.advance(5)
    for (let round = 0; round < 9; round++) await Promise.resolve()
  }
  expect(done).toEqual(['one'])
  void write(seen, '/x', 'two', false)
  disk.crash('kill')
  env.advance(50)
  expect(texts(disk)).toEqual({ '/x': 'one' })
})

test('a seed repeats what a power cut leaves', async () => {
  const leave = async (seed: number) => {
    const disk = new SimDisk({ choices: randomChoices(seededRandom(seed)) })
    const seen = disk.connect()
    for (let index = 0; index < 20; index++) {
      await write(seen, `/${index}`, 'x'.repeat(300 * index), index % 3 === 0)
    }
    disk.crash('power')
    return texts(disk)
  }
  const seeds = [1, 2, 3, 4, 5, 6]
  const left = await Promise.all(seeds.map(leave))
  expect(await Promise.all(seeds.map(leave))).toEqual(left)
  expect(new Set(left.map((one) => JSON.stringify(one))).size).toBeGreaterThan(2)
})

/** Each program acknowledges a value; what is found afterwards must be acknowledged or newer. */
describe('finds the program that', () => {
  const put = async (disk: Disk, path: string, value: number, sync: boolean) => {
    const file = await disk.open(path, 'create')
    await file.write(bytes(String(value).repeat(600)))
    if (sync) await file.sync()
    await file.close()
  }

  const programs: Readonly<Record<string, (disk: Disk, value: number) => Promise<void>>> = {
    'does not sync': async (disk, value) => {
      await put(disk, '/new', value, false)
      await disk.rename('/new', '/value')
      await disk.syncFolder('/')
    },
    'does not sync the folder after a rename': async (disk, value) => {
      await put(disk, '/new', value, true)
      await disk.rename('/new', '/value')
    },
    'has a single slot for its checkpoints': async (disk, value) => {
      await put(disk, '/value', value, true)
      await disk.syncFolder('/')
    },
  }

  const correct = async (disk: Disk, value: number) => {
    await put(disk, '/new', value, true)
    await disk.rename('/new', '/value')
    await disk.syncFolder('/')
  }

  /** The first seed at which a crash loses what was acknowledged. */
  async function findLoss(program: (disk: Disk, value: number) => Promise<void>) {
    for (let seed = 1; seed <= 500; seed++) {
      const random = seededRandom(seed)
      const crashAt = random.integer(1, 40)
      let dead: () => void = () => {}
      const died = new Promise<void>((resolve) => {
        dead = resolve
      })
      const disk = new SimDisk({
        choices: randomChoices(random),
        fault: ({ number }) => (number === crashAt ? 'crash-during' : undefined),
        onCrash: () => dead(),
      })
      let acknowledged = 0
      const seen = disk.connect()
      const run = async () => {
        for (let value = 1; value <= 9; value++) {
          await program(seen, value)
          acknowledged = value
        }
      }
      await Promise.race([run(), died])
      disk.crash('power')
      const found = texts(disk)['/value'] ?? ''
      const value = Number(found[0] ?? 0)
      if (
        found !==
        String(value)
          .repeat(600)
          .slice(0, value * 600)
      )
        return seed
      if (value < acknowledged) return seed
    }
    return undefined
  }

  test.each(Object.entries(programs))('%s', async (_, program) => {
    expect(await findLoss(program)).toBeLessThanOrEqual(100)
  })

  test('and none that is correct', async () => {
    expect(await findLoss(correct)).toBeUndefined()
  })
})
