/** The file for state that does not fit into memory. */

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DiskError } from '@millrace/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSpillFile } from './spill-file.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-spill-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('what was stored is there until it is freed, and room is used again', () => {
  const space = openSpillFile(folder)
  const values = Array.from({ length: 100 }, (_, index) => new Uint8Array(index * 50).fill(index))
  const places = space.store(values)
  expect(new Set(places).size).toBe(100)
  for (const [index, place] of places.entries()) {
    expect([...space.load(place)]).toEqual([...(values[index] ?? [])])
  }
  const [first = 0, second = 0] = places
  space.free(first)
  expect(() => space.load(first)).toThrow(`Nothing stands at place ${first}.`)
  expect(space.load(second).length).toBe(50)
  space.close()
})

test('nobody finds the file, also where the process was killed', async () => {
  const space = openSpillFile(folder)
  space.store([new Uint8Array(10)])
  if (process.platform !== 'win32') expect(await readdir(folder)).toEqual([])
  space.close()
  expect(await readdir(folder)).toEqual([])
})

test('a folder that cannot be one is a refusal of the disk, by its name', async () => {
  const file = path.join(folder, 'no-folder')
  await writeFile(file, '')
  expect(() => openSpillFile(file)).toThrow(DiskError)
  expect(() => openSpillFile(file)).toThrow('no-folder')
})
