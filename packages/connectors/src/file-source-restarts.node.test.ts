/** A file source that goes on where it stood: in a file that was changed, or by another schema. */

import { JobFailed, type Saved } from '@millrace/engine'
import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { createFileReader } from './file-source.node.ts'
import { fileSource } from './file-source.ts'
import { PATH } from './testing/read-file.node.ts'

/** Behind two lines of 8 bytes. */
const POSITION = { offsetBytes: 16, line: 2, decoder: undefined }

function open(content: string, config: object, position: Saved) {
  const env = new VirtualEnv()
  env.disk.files.set(`/${PATH}`, Buffer.from(content))
  const parsed = fileSource.config.parse({ path: PATH, ...config })
  const resolvePath = (path: string) => `/${path}`
  return createFileReader(parsed, { env, resolvePath, position })
}

const JSONL = { format: 'jsonl', schema: { n: 'integer' } }

test.each([
  ['{"n":1}\n', 'has 8 bytes, and the job had read 16 of it'],
  ['{"n":1}\n{"n":12345}\n', 'has no end of a line at byte 16, up to which the job had read it'],
])('a file that has been changed since is refused by name (%#)', async (content, fact) => {
  const reader = open(content, JSONL, POSITION)
  await expect(reader.read(10)).rejects.toThrow(
    new JobFailed({
      domain: 'user',
      retry: false,
      message:
        `"${PATH}" ${fact}: it was changed since. Put the file back as it was, or start the job ` +
        'without its checkpoints, so that the file is read from the beginning.',
    }),
  )
  await reader.close()
})

test('lines that were added since are read too', async () => {
  const reader = open('{"n":1}\n{"n":2}\n{"n":3}\n', JSONL, POSITION)
  expect(await reader.read(10)).toMatchObject({ rows: [[3]], next: { offsetBytes: 24, line: 3 } })
  await reader.close()
})

test('behind a header, another schema finds its columns', async () => {
  const content = 'a,b,c\n1,2,3\n4,5,6\n'
  const first = open(content, { format: 'csv', schema: { b: 'integer' } }, undefined)
  const chunk = await first.read(1)
  await first.close()
  expect(chunk).toMatchObject({ rows: [[2]], skippedLines: 1 })
  const wider = { format: 'csv', schema: { c: 'integer', a: 'integer' } }
  const second = open(content, wider, chunk?.next)
  expect(await second.read(10)).toMatchObject({ rows: [[6, 4]], skippedLines: 0 })
  await second.close()
})
