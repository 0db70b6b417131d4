/** What a job opens lies below the roots, also where somebody moves things after the check. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DATASET_FOLDERS } from '@millrace/connectors/node'
import { JobFailed } from '@millrace/engine'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRootedFiles } from './rooted-files.ts'

let folder = ''
let root = ''
const outside = () => path.join(folder, 'outside')

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'millrace-rooted-')))
  root = path.join(folder, 'root')
  mkdirSync(path.join(root, 'sub'), { recursive: true })
  mkdirSync(outside())
  writeFileSync(path.join(outside(), 'a.txt'), 'secret')
  writeFileSync(path.join(root, 'sub/a.txt'), 'inside')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** As somebody may who can write there: the folder becomes a link to one outside. */
function swap() {
  renameSync(path.join(root, 'sub'), path.join(root, 'away'))
  symlinkSync(outside(), path.join(root, 'sub'))
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof JobFailed && error.domain === 'user') return error.message
  throw new Error(`Expected a refusal, not ${String(error)}.`)
}

test('a file below the roots is read, made anew and moved', async () => {
  const { disk, resolvePath } = createRootedFiles([root])
  const place = resolvePath('sub/a.txt')
  const file = await disk.open(place, 'read')
  const into = Buffer.alloc(10)
  expect(into.toString('utf8', 0, await file.read(into, 0))).toBe('inside')
  await file.close()
  const written = await disk.open(place, 'create')
  await written.write(Buffer.from('new'))
  await written.close()
  await disk.rename(place, resolvePath('b.txt'))
  expect(readFileSync(path.join(root, 'b.txt'), 'utf8')).toBe('new')
})

test.each(['read', 'create', 'append'] as const)(
  'a link that was put in the place of a folder after the check is not followed to %s',
  async (mode) => {
    const { disk, resolvePath } = createRootedFiles([root])
    const place = resolvePath('sub/a.txt')
    swap()
    expect(await refusal(disk.open(place, mode))).toContain(
      `leads to "${path.join(outside(), 'a.txt')}", which is outside the folder`,
    )
    expect(readFileSync(path.join(outside(), 'a.txt'), 'utf8')).toBe('secret')
  },
)

test('what is complete is not moved through such a link', async () => {
  const { disk, resolvePath } = createRootedFiles([root])
  const target = resolvePath('sub/b.txt')
  writeFileSync(path.join(root, 'part'), 'new')
  swap()
  expect(await refusal(disk.rename(resolvePath('part'), target))).toContain('outside the folder')
  expect(existsSync(path.join(outside(), 'b.txt'))).toBe(false)
})

test('a link in the place of a file that is to be written is not followed', async () => {
  const { disk, resolvePath } = createRootedFiles([root])
  const place = resolvePath('sub/b.txt')
  symlinkSync(path.join(outside(), 'a.txt'), place)
  await expect(disk.open(place, 'create')).rejects.toThrow()
  expect(readFileSync(path.join(outside(), 'a.txt'), 'utf8')).toBe('secret')
})

test('a path outside is refused before anything is opened', () => {
  const { resolvePath } = createRootedFiles([root])
  expect(() => resolvePath('../outside/a.txt')).toThrow(JobFailed)
})

test('the data that comes with Millrace is read wherever it lies', async () => {
  const { disk } = createRootedFiles([root])
  const place = DATASET_FOLDERS.map((data) => `${data}earthquakes.jsonl.gz`).find(existsSync)
  const file = await disk.open(place ?? '', 'read')
  expect(await file.sizeBytes()).toBeGreaterThan(0)
  await file.close()
})
