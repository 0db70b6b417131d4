/** What a file sink does when an edited job goes on from where another kind of file was written. */

import { JobFailed, type Saved, type TransactionalSink } from '@millrace/engine'
import { MemoryDisk } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { openFileSink, type WritableSink } from './changed-kind.node.ts'

const TEXT = new TextDecoder()

interface Opened {
  readonly sink: WritableSink
  readonly failures: Error[]
}

async function open(disk: MemoryDisk, numbered: boolean, prepared?: Saved): Promise<Opened> {
  const failures: Error[] = []
  const sink = openFileSink({
    disk,
    place: { written: 'a.txt', absolute: '/out/a.txt', folder: '/out' },
    outstanding: { add: () => {}, remove: () => {} },
    fail: (error) => failures.push(error),
    tell: () => {},
    head: 'head ',
    checkpointed: true,
    numbered,
  })
  await sink.recover(prepared)
  return { sink, failures }
}

async function cut(sink: TransactionalSink, isLast: boolean): Promise<Saved> {
  return sink.cut({ checkpointId: 1, isLast }).prepare()
}

async function commit(sink: TransactionalSink, isLast: boolean): Promise<Saved> {
  const prepared = await cut(sink, isLast)
  await sink.commit(prepared)
  return prepared
}

function texts(disk: MemoryDisk): Record<string, string> {
  const files = [...disk.files].map(([path, bytes]) => [path, TEXT.decode(bytes)] as const)
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A file that is complete, and what its last checkpoint holds. */
async function whole(disk: MemoryDisk): Promise<Saved> {
  const { sink } = await open(disk, false)
  sink.write('one ')
  const prepared = await commit(sink, true)
  await sink.close()
  return prepared
}

test('a file that is complete stays as it is where nothing more comes', async () => {
  const disk = new MemoryDisk()
  let prepared = await whole(disk)
  for (const isLast of [false, true]) {
    const { sink } = await open(disk, false, prepared)
    prepared = await commit(sink, isLast)
    await sink.close()
    expect(texts(disk)).toEqual({ '/out/a.txt': 'head one ' })
  }
})

test('what comes behind a complete file is seen with it, when it is complete again', async () => {
  const disk = new MemoryDisk()
  const first = await open(disk, false, await whole(disk))
  first.sink.write('two ')
  const prepared = await commit(first.sink, false)
  expect(texts(disk)).toMatchObject({ '/out/a.txt': 'head one ' })
  const second = await open(disk, false, prepared)
  second.sink.write('three ')
  await commit(second.sink, true)
  expect(texts(disk)).toEqual({ '/out/a.txt': 'head one two three ' })
})

test('what came behind a complete file goes with the crash before its checkpoint', async () => {
  const disk = new MemoryDisk()
  const prepared = await whole(disk)
  const { sink } = await open(disk, false, prepared)
  sink.write('two ')
  await cut(sink, false)
  await open(disk, false, prepared)
  expect(texts(disk)).toEqual({ '/out/a.txt': 'head one ' })
})

test.each([
  [
    'gone',
    undefined,
    '"/out/a.txt" was complete, and now more comes behind it; but it is not there any more. ' +
      'Put it back, or start the job without its checkpoints, so that "/out/a.txt" is written ' +
      'from the beginning.',
  ],
  [
    'shorter',
    'head',
    '"/out/a.txt" has 4 bytes, and the checkpoint that the job goes on from says 9: it was ' +
      'changed since. Start the job without its checkpoints, so that "/out/a.txt" is written ' +
      'from the beginning.',
  ],
])('a complete file that is %s fails the job when more comes behind it', async (_, text, says) => {
  const disk = new MemoryDisk()
  const prepared = await whole(disk)
  if (text === undefined) disk.files.delete('/out/a.txt')
  else disk.files.set('/out/a.txt', new TextEncoder().encode(text))
  const { sink, failures } = await open(disk, false, prepared)
  await commit(sink, false)
  expect(failures).toEqual([])
  sink.write('two ')
  await expect(cut(sink, false)).rejects.toThrow(says)
  expect(failures[0]).toBeInstanceOf(JobFailed)
  expect(texts(disk)).toEqual(text === undefined ? {} : { '/out/a.txt': text })
})

test('input that has become endless completes the file, and goes on in files of its own', async () => {
  const disk = new MemoryDisk()
  const first = await open(disk, false)
  first.sink.write('one ')
  const prepared = await commit(first.sink, false)
  first.sink.write('lost with the crash ')
  await cut(first.sink, false)
  for (const text of ['of no checkpoint ', 'two ']) {
    const { sink } = await open(disk, true, prepared)
    sink.write(text)
    if (text === 'two ') await commit(sink, false)
  }
  expect(texts(disk)).toEqual({ '/out/a.txt': 'head one ', '/out/a-000001.txt': 'head two ' })
})

test('input that ends now leaves the files of checkpoints, and is one file at its end', async () => {
  const disk = new MemoryDisk()
  const first = await open(disk, true)
  first.sink.write('one ')
  const prepared = await cut(first.sink, false)
  for (const text of ['of no checkpoint ', 'two ']) {
    const { sink } = await open(disk, false, prepared)
    sink.write(text)
    if (text === 'two ') await commit(sink, true)
  }
  expect(texts(disk)).toEqual({ '/out/a-000001.txt': 'head one ', '/out/a.txt': 'head two ' })
})
