/** What an example becomes when it is opened, opened again and copied. */

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestRegistry } from '../hosting/testing/test-registry.ts'
import { ownCopy } from './example-desk.ts'
import { copying } from './testing/documents.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  const folder = path.join(server.folder, 'examples', 'copying')
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(server.folder, 'in.jsonl'), '{"n":1}\n{"n":2}\n')
  const document = copying('in.jsonl', 'out.jsonl', 'Copying')
  writeFileSync(path.join(folder, 'pipeline.json'), JSON.stringify(document))
  writeFileSync(path.join(folder, 'README.md'), '# Copying\n\nCopies numbers.\n')
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const open = (copy: boolean) => server.ask('openExample', '/examples/copying/pipelines', { copy })

test('an example is one pipeline however often it is opened, and a copy runs beside it', async () => {
  const [before] = await server.ask('listExamples', '/examples')
  expect(before).toMatchObject({ id: 'copying', pipeline: null })
  const [first, atOnce] = await Promise.all([open(false), open(false)])
  expect(atOnce.id).toBe(first.id)
  const job = await server.ask('startJob', '/jobs', { pipelineId: first.id })
  const [listed] = await server.ask('listExamples', '/examples')
  expect(listed?.pipeline).toMatchObject({ id: first.id, job: { jobId: job.jobId } })

  const copy = await open(true)
  expect(copy).toMatchObject({
    name: 'Copying (2)',
    document: { nodes: { in: { config: { path: 'in.jsonl' } }, out: {} } },
  })
  expect(copy.document.nodes).toMatchObject({ out: { config: { path: 'out-2.jsonl' } } })
  await server.ask('startJob', '/jobs', { pipelineId: copy.id })
  // While several run, the one that was saved last is opened.
  expect((await open(false)).id).toBe(copy.id)
  expect(await open(true)).toMatchObject({ name: 'Copying (3)' })
  expect((await open(false)).id).toBe(copy.id)
})

test('an example that is not there is refused with those that are', async () => {
  const answer = await server.fetch('POST', '/api/v1/examples/gone/pipelines', { copy: false })
  expect([answer.status, await answer.json()]).toEqual([
    404,
    { code: 'no-such-example', message: 'There is no example "gone". There are "copying".' },
  ])
})

test.each([
  ['out/days.jsonl', 'out/days-2.jsonl'],
  ['days.csv.gz', 'days-2.csv.gz'],
  ['v1.2/days', 'v1.2/days-2'],
])('the file %s of an example is %s of its copy', (file, expected) => {
  const document = copying('in.jsonl', file)
  const registry = createTestRegistry()
  const copy = ownCopy(document, [JSON.stringify(document)], registry)
  expect(copy).toMatchObject({ nodes: { out: { config: { path: expected } } } })
})

test('a copy takes the place of one that has other files and another name by now', () => {
  const example = copying('in.jsonl', 'out.jsonl')
  const others = [copying('in.jsonl', 'mine.jsonl', 'Mine'), copying('a', 'out-2.jsonl', 'B')]
  const texts = others.map((other) => JSON.stringify(other))
  const registry = createTestRegistry()
  expect(ownCopy(example, texts, registry)).toMatchObject({ name: 'Copy' })
  const all = [...texts, JSON.stringify(example)]
  expect(ownCopy(example, all, registry)).toMatchObject({
    name: 'Copy (3)',
    nodes: { out: { config: { path: 'out-3.jsonl' } } },
  })
})
