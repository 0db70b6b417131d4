/** Files of later checkpoints are put aside where a job goes back to an older one. */

import { MemoryDisk } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { NumberedFiles } from './numbered-files.node.ts'

const NAMED = 'Each checkpoint that has records gets a file of its own'

const TEXT = new TextDecoder()

function optionsOf(disk: MemoryDisk) {
  return {
    disk,
    place: { written: 'out/a.txt', absolute: '/out/a.txt', folder: '/' },
    outstanding: { add: () => {}, remove: () => {} },
    fail: (error: Error) => {
      throw error
    },
    head: '',
  }
}

function open(disk: MemoryDisk, told: string[]): NumberedFiles {
  return new NumberedFiles({
    ...optionsOf(disk),
    tell: (what, message) => {
      if (what === 'put-aside') told.push(message)
    },
  })
}

async function commit(file: NumberedFiles, checkpointId: number, text: string): Promise<void> {
  file.write(text)
  const prepared = await file.cut({ checkpointId, isLast: false }).prepare()
  await file.commit(prepared)
}

function texts(disk: MemoryDisk): Record<string, string> {
  const files = [...disk.files].map(([path, bytes]) => [path, TEXT.decode(bytes)] as const)
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('the output of an older checkpoint is all there is, and what came later is kept', async () => {
  const disk = new MemoryDisk()
  const told: string[] = []
  const first = open(disk, told)
  await first.recover(undefined)
  for (const [index, text] of ['one', 'two', 'three'].entries()) {
    await commit(first, index + 1, text)
  }
  disk.files.set('/out/b-000009.txt', new TextEncoder().encode('of another sink'))
  expect(told).toEqual([])

  const back = open(disk, told)
  await back.recover({ number: 1 })
  expect(texts(disk)).toEqual({
    '/out/a-000001.txt': 'one',
    '/out/b-000009.txt': 'of another sink',
    '/out/superseded/after-000001/a-000002.txt': 'two',
    '/out/superseded/after-000001/a-000003.txt': 'three',
  })
  expect(told).toEqual([
    'The job has gone back to a checkpoint before 2 files of it, which are now in ' +
      '"/out/superseded/after-000001": a-000002.txt, a-000003.txt.',
  ])

  await commit(back, 4, 'another two')
  const again = open(disk, told)
  await again.recover({ number: 1 })
  await commit(again, 5, 'a third two')
  expect(texts(disk)).toMatchObject({
    '/out/a-000002.txt': 'a third two',
    '/out/superseded/after-000001/a-000002.txt': 'two',
    '/out/superseded/after-000001-2/a-000002.txt': 'another two',
  })
  expect(told[1]).toMatch(
    /before 1 file of it, which is now in "\/out\/superseded\/after-000001-2"/,
  )
})

test('going on from the newest checkpoint puts nothing aside', async () => {
  const disk = new MemoryDisk()
  const told: string[] = []
  const first = open(disk, told)
  await first.recover(undefined)
  await commit(first, 1, 'one')
  await open(disk, told).recover({ number: 1 })
  expect(Object.keys(texts(disk))).toEqual(['/out/a-000001.txt'])
  expect(told).toEqual([])
})

test('the name of the first file of a run is said once, since it is not that of the config', async () => {
  const disk = new MemoryDisk()
  const told: string[] = []
  const file = new NumberedFiles({
    ...optionsOf(disk),
    tell: (...words) => told.push(words.join(': ')),
  })
  await file.recover(undefined)
  expect(told).toEqual([])
  await commit(file, 1, 'one')
  await commit(file, 2, 'two')
  expect(told).toEqual([`files-named: ${NAMED}, from "/out/a-000001.txt" on.`])
})
