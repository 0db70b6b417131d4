/** Both kinds of files that a file sink writes, on a disk that crashes in any of its operations. */

import type { Disk } from '@millrace/engine'
import { crashSink, type SinkSubject } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { NumberedFiles } from './numbered-files.node.ts'
import { PartFile } from './part-file.node.ts'

const SEEDS = Number(process.env.MILLRACE_CRASHES ?? 400)
const HEAD = 'head'

function optionsOf(disk: Disk) {
  return {
    disk,
    place: { written: 'a.txt', absolute: '/out/a.txt', folder: '/out' },
    outstanding: { add: () => {}, remove: () => {} },
    fail: () => {},
    head: `${HEAD}\n`,
  }
}

function linesOf(bytes: Uint8Array): readonly string[] {
  const [head, ...lines] = Buffer.from(bytes).toString().split('\n')
  return head === HEAD && lines.pop() === '' ? lines : [`"${head}" is no head, or the end is none.`]
}

const partFile: SinkSubject = {
  showsParts: false,
  open: (disk) => {
    const file = new PartFile({ ...optionsOf(disk), checkpointed: true })
    return { sink: file, write: (line) => file.write(`${line}\n`) }
  },
  visible: (files) => {
    const file = files.get('/out/a.txt')
    return file && linesOf(file)
  },
}

const numberedFiles: SinkSubject = {
  showsParts: true,
  open: (disk) => {
    const file = new NumberedFiles({ ...optionsOf(disk), tell: () => {} })
    return { sink: file, write: (line) => file.write(`${line}\n`) }
  },
  visible: (files) => {
    const names = [...files.keys()].filter((path) => /^\/out\/a-\d+\.txt$/.test(path)).sort()
    return names.flatMap((name) => linesOf(files.get(name) ?? new Uint8Array(0)))
  },
}

test.each([
  ['a part that becomes the file at the end', partFile],
  ['a file for each checkpoint', numberedFiles],
])(`${SEEDS} times %s shows what was committed, once and in order`, async (_, subject) => {
  let crashes = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = await crashSink(subject, seed)
    expect(run.fault, `seed ${seed}`).toBeUndefined()
    crashes += run.crashes
  }
  expect(crashes).toBeGreaterThan(SEEDS)
})
