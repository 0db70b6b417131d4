/** Files of the machine, and what its refusals become. */

import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DiskError } from '@millrace/engine'
import { removeAll } from '@millrace/storage'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createNodeDisk } from './node-disk.ts'

const disk = createNodeDisk()
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-disk-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

async function refusal(act: Promise<unknown>): Promise<DiskError> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof DiskError) return error
  throw new Error(`Expected a DiskError, not ${String(error)}.`)
}

test('what is written can be read from any offset, and 0 bytes are there behind the end', async () => {
  const place = path.join(folder, 'a.txt')
  const written = await disk.open(place, 'create')
  await written.write(new TextEncoder().encode('one two'))
  await written.write(new TextEncoder().encode(' three'))
  await written.sync()
  expect(await written.sizeBytes()).toBe(13)
  await written.close()
  const file = await disk.open(place, 'read')
  const into = new Uint8Array(5)
  expect(await file.read(into, 4)).toBe(5)
  expect(text(into)).toBe('two t')
  expect(await file.read(into, 13)).toBe(0)
  await file.close()
})

test('"create" empties what is there and "append" writes behind it', async () => {
  const place = path.join(folder, 'a.txt')
  writeFileSync(place, 'old')
  for (const [mode, expected] of [
    ['append', 'old new'],
    ['create', ' new'],
  ] as const) {
    const file = await disk.open(place, mode)
    await file.write(new TextEncoder().encode(' new'))
    await file.close()
    expect(readFileSync(place, 'utf8')).toBe(expected)
  }
})

test('folders are made with those above them, and names are listed in order', async () => {
  await disk.makeFolder(path.join(folder, 'x/y'))
  writeFileSync(path.join(folder, 'x/b'), '')
  writeFileSync(path.join(folder, 'x/a'), '')
  await disk.rename(path.join(folder, 'x/b'), path.join(folder, 'x/c'))
  await disk.syncFolder(path.join(folder, 'x'))
  expect(await disk.list(path.join(folder, 'x'))).toEqual(['a', 'c', 'y'])
  await disk.remove(path.join(folder, 'x/a'))
  expect(await disk.list(path.join(folder, 'x'))).toEqual(['c', 'y'])
})

test('two make folders below one that is not there yet, one of them a little later', async () => {
  // Between two looks of the one, the other makes it: at some of these delays.
  for (let delay = 0; delay < 200; delay++) {
    const above = path.join(folder, `${delay}`, 'above')
    const later = async (): Promise<void> => {
      for (let looks = 0; looks < delay % 20; looks++) await disk.kindOf(folder)
      await disk.makeFolder(path.join(above, 'b'))
    }
    await Promise.all([disk.makeFolder(path.join(above, 'a')), later()])
    expect(await disk.list(above)).toEqual(['a', 'b'])
  }
})

test('a file that is not there, a folder and a path through a file are told apart', async () => {
  mkdirSync(path.join(folder, 'sub'))
  writeFileSync(path.join(folder, 'file'), '')
  const missing = path.join(folder, 'missing')
  expect(await refusal(disk.open(missing, 'read'))).toMatchObject({
    code: 'not-found',
    path: missing,
    message: `There is no file or folder "${missing}".`,
  })
  expect((await refusal(disk.open(path.join(folder, 'sub'), 'read'))).code).toBe('is-folder')
  expect((await refusal(disk.open(path.join(folder, 'sub'), 'create'))).code).toBe('is-folder')
  const through = await refusal(disk.open(path.join(folder, 'file/x'), 'read'))
  expect(through.message).toContain('leads through a file')
  const made = await refusal(disk.makeFolder(path.join(folder, 'file')))
  expect(made.message).toContain('leads through a file')
  expect((await refusal(disk.remove(missing))).code).toBe('not-found')
})

test.runIf(existsSync('/dev/full'))('a full disk is known as such', async () => {
  const full = await disk.open('/dev/full', 'append')
  expect((await refusal(full.write(new Uint8Array(1)))).code).toBe('no-space')
  await full.close()
})

describe.skipIf(process.platform === 'win32')('a named pipe', () => {
  let pipe = ''

  beforeEach(() => {
    pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
  })

  test('is read as bytes come, up to the end of who writes', async () => {
    const file = await disk.open(pipe, 'read')
    const into = new Uint8Array(3)
    const first = file.read(into, 0)
    const writer = await open(pipe, 'w')
    await writer.write('one')
    expect([await first, text(into)]).toEqual([3, 'one'])
    await writer.write('two!')
    expect([await file.read(into, 3), text(into)]).toEqual([3, 'two'])
    expect(await file.read(into, 6)).toBe(1)
    await writer.close()
    expect(await file.read(into, 7)).toBe(0)
    await file.close()
  })

  test('lets go of who waits at it when it is closed, and of no thread', async () => {
    const files = await Promise.all(Array.from({ length: 8 }, () => disk.open(pipe, 'read')))
    const reads = files.map((file) => file.read(new Uint8Array(1), 0))
    expect(await disk.list(folder)).toEqual(['pipe'])
    for (const file of files) await file.close()
    expect(await Promise.all(reads)).toEqual(files.map(() => 0))
  })
})

test('what stands at a path is told apart', async () => {
  await disk.makeFolder(path.join(folder, 'made/inside'))
  const file = await disk.open(path.join(folder, 'made/file'), 'create')
  await file.close()
  const kinds = ['made', 'made/file', 'made/nothing'].map((name) =>
    disk.kindOf(path.join(folder, name)),
  )
  expect(await Promise.all([...kinds, disk.kindOf('/dev/null')])).toEqual([
    'folder',
    'file',
    'nothing',
    'special',
  ])
})

test('what was cut is gone, and what is written next stands where it was', async () => {
  const place = path.join(folder, 'a.txt')
  for (const mode of ['create-new', 'append', 'create'] as const) {
    const file = await disk.open(place, mode)
    await file.write(new TextEncoder().encode('one two three'))
    await file.truncate(3)
    await file.write(new TextEncoder().encode('!'))
    await file.sync()
    expect(await file.sizeBytes()).toBe(4)
    await file.close()
    expect(readFileSync(place, 'utf8')).toBe('one!')
    if (mode === 'create-new') writeFileSync(place, '')
  }
})

test('a file that is to be new is refused where something stands', async () => {
  const place = path.join(folder, 'a.txt')
  writeFileSync(place, 'old')
  expect(await refusal(disk.open(place, 'create-new'))).toMatchObject({
    code: 'exists',
    message: `There is something at "${place}" already.`,
  })
  expect(readFileSync(place, 'utf8')).toBe('old')
})

test('an empty folder is removed, a full one is not', async () => {
  await disk.makeFolder(path.join(folder, 'x/y'))
  expect((await refusal(disk.remove(path.join(folder, 'x')))).code).toBe('other')
  await disk.remove(path.join(folder, 'x/y'))
  await disk.remove(path.join(folder, 'x'))
  expect(await disk.kindOf(path.join(folder, 'x'))).toBe('nothing')
})

test('there is some space', async () => {
  expect(await disk.freeBytes(folder)).toBeGreaterThan(0)
})

test('of a folder that is removed with all in it, what links lead to stays', async () => {
  const at = (name: string) => path.join(folder, name)
  mkdirSync(at('own/below'), { recursive: true })
  mkdirSync(at('other'))
  writeFileSync(at('other/kept'), 'x')
  writeFileSync(at('own/below/file'), 'x')
  symlinkSync(at('other'), at('own/folder-link'))
  symlinkSync(at('other/kept'), at('own/below/file-link'))
  symlinkSync('loop', at('own/loop'))
  symlinkSync(at('other'), at('linked'))
  for (const name of ['own', 'linked']) await removeAll(disk, at(name))
  expect(readdirSync(folder)).toEqual(['other'])
  expect(readdirSync(at('other'))).toEqual(['kept'])
})
