/** The commands for topics, in a data folder on the disk. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommandLine } from '../command-line.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createTestTerminal } from '../env/testing/test-terminal.ts'
import { openDataLog, topicLock } from '../storage/data-log.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-topics-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function millrace(...words: readonly string[]) {
  const terminal = createTestTerminal({ env: createNodeEnv(), folder })
  const code = await runCommandLine(words, terminal)
  return { code, ...terminal.written }
}

const topic = (...words: readonly string[]) => millrace('topic', ...words)

test('a topic is made, written, described, read and deleted', async () => {
  expect((await topic('list')).out).toBe('There are no topics.\n')
  const created = await topic('create', 'orders', '--partitions', '2', '--retention', '7d')
  expect(created.out).toContain('Topic "orders" keeps 604,800,000 ms.')
  const words = ['orders', '{"n":1}', '--key', 'ada', '--partition', '1']
  const produce = [...words, '--idempotency-key', 'once']
  expect((await topic('produce', ...produce)).out).toBe('Written: partition 1, offset 0.\n')
  expect((await topic('produce', ...produce)).out).toBe(
    'It was there already: partition 1, offset 0.\n',
  )
  const { out } = await topic('read', 'orders')
  expect(JSON.parse(out)).toEqual({
    partition: 1,
    offset: 0,
    at: expect.stringMatching(/Z$/),
    key: 'ada',
    value: '{"n":1}',
  })
  expect((await topic('read', 'orders', '--at', '2999-01-01T00:00:00Z')).out).toBe('')
  const [listed] = JSON.parse((await topic('list', '--json')).out)
  expect(listed.partitions.map((one: { endOffset: number }) => one.endOffset)).toEqual([0, 1])
  expect(await topic('delete', 'orders')).toMatchObject({
    code: 2,
    err:
      'This removes topic "orders" with all its records, and nothing brings them back. Add --yes ' +
      'to do it.\n',
  })
  expect((await topic('delete', 'orders', '--yes')).out).toBe('Topic "orders" is removed.\n')
})

test.each([
  [['describe', 'none'], 'There is no topic "none". Make it first, or correct its name.\n'],
  [['create', 'a b'], 'A topic cannot be called "a b".'],
  [
    ['create', 'a', '--partitions', 'two'],
    '--partitions is "two" and must be a whole number from 1 to 256. Correct it.',
  ],
  [['create', 'a', '--retention', 'week'], '--retention: '],
  [
    ['list', '--server', 'http://127.0.0.1:1'],
    'There is no answer from "http://127.0.0.1:1/api/v1/topics"',
  ],
])('millrace topic %j is refused', async (words, message) => {
  const { code, err } = await topic(...words)
  expect([code, err.startsWith(message)]).toEqual([2, true])
})

test('a log that another process has is refused by name', async () => {
  const data = path.join(folder, '.millrace')
  const env = createNodeEnv()
  const open = () => openDataLog(env, data, topicLock(env, 'millrace run'))
  const { close, epoch } = await open()
  expect((await topic('list')).err).toBe(
    `The data folder "${data}" is in use by another Millrace: process ${process.pid} (millrace run). ` +
      'Ask that one with --server URL, stop it, or choose another folder with --data.\n',
  )
  await close()
  const again = await open()
  expect(again.epoch).toBe(epoch + 1)
  await again.close()
})

test('a pipeline that is run reads and writes topics of the data folder', async () => {
  const schema = { n: 'integer' }
  writeFileSync(path.join(folder, 'in.jsonl'), '{"n":1}\n{"n":2}\n{"n":3}\n')
  const write = (name: string, nodes: object) => {
    const document = { format: 'millrace/1', name, nodes, edges: [{ from: 'in', to: 'out' }] }
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(document))
  }
  write('fill', {
    in: { operator: 'file-source', config: { path: 'in.jsonl', format: 'jsonl', schema } },
    out: { operator: 'topic-sink', config: { topic: 'numbers', key: ['n'], partitions: 3 } },
  })
  write('empty', {
    in: { operator: 'topic-source', config: { topic: 'numbers', bounded: true, schema } },
    out: { operator: 'topic-sink', config: { topic: 'copies' } },
  })
  for (const name of ['fill', 'empty']) {
    const { code, err } = await millrace('run', `${name}.json`)
    expect([code, err]).toEqual([0, ''])
  }
  const lines = (await topic('read', 'copies')).out.trim().split('\n')
  const values = lines.map((line) => (JSON.parse(line) as { value: string }).value)
  expect(values.toSorted()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
})

test('a run begins topics where it is told to, and says where it cannot', async () => {
  await topic('create', 'numbers', '--partitions', '2')
  for (let n = 0; n < 6; n++) await topic('produce', 'numbers', `{"n":${n}}`)
  const schema = { n: 'integer' }
  const source = { operator: 'topic-source', config: { topic: 'numbers', bounded: true, schema } }
  const out = { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } }
  const write = (nodes: object) => {
    const document = { format: 'millrace/1', name: 'r', nodes, edges: [{ from: 'in', to: 'out' }] }
    writeFileSync(path.join(folder, 'r.json'), JSON.stringify(document))
  }
  write({ in: source, out })
  const read = async (from: string) => {
    const { code, err } = await millrace('run', 'r.json', '--from', from)
    const rows = readFileSync(path.join(folder, 'out.jsonl'), 'utf8').split('\n').filter(Boolean)
    const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`
    expect([code, err]).toEqual([0, `out: ${count} in ${path.join(folder, 'out.jsonl')}\n`])
    return rows.length
  }
  expect(await read('earliest')).toBe(6)
  expect(await read('latest')).toBe(0)
  expect(await read('2000-01-01T00:00:00Z')).toBe(6)
  const own = async (partition: number) => {
    const { out: lines } = await topic('read', 'numbers', '--partition', `${partition}`)
    return lines.split('\n').filter(Boolean).length
  }
  const [first, second] = [await own(0), await own(1)]
  expect(first + second).toBe(6)
  expect(await read(`numbers:0=${first},numbers:1=${Math.min(1, second)}`)).toBe(
    Math.max(0, second - 1),
  )
  expect((await millrace('run', 'r.json', '--from', 'noon')).err).toContain(
    '--from is "noon" and must be earliest, latest, a time',
  )
  expect((await millrace('run', 'r.json', '--from', 'letters:0=1')).err).toContain(
    'No source of this pipeline reads topic "letters". It reads numbers.',
  )
  expect((await millrace('run', 'r.json', '--from', '3')).err).toContain('Name its folder')
  writeFileSync(path.join(folder, 'in.jsonl'), '{"n":1}\n')
  write({
    in: { operator: 'file-source', config: { path: 'in.jsonl', format: 'jsonl', schema } },
    out,
  })
  const { code, err } = await millrace('run', 'r.json', '--from', 'latest')
  expect(code).toBe(2)
  expect(err).toContain('Source "in" (File source) cannot begin behind its latest record')
})

test('validate looks for the topics that are read where it is told to', async () => {
  const nodes = {
    clicks: { operator: 'topic-source', config: { topic: 'clicks', schema: { n: 'integer' } } },
    out: { operator: 'topic-sink', config: { topic: 'made-at-the-start' } },
  }
  const document = {
    ...{ format: 'millrace/1', name: 'Clicks', nodes },
    edges: [{ from: 'clicks', to: 'out' }],
  }
  writeFileSync(path.join(folder, 'p.json'), JSON.stringify(document))
  const missing =
    'topic-not-there clicks.topic There is no topic "clicks" yet, and without it the job fails ' +
    'when it starts. Create it, or choose another topic.\n'
  const unlooked = await millrace('validate', 'p.json')
  expect([unlooked.code, unlooked.out]).toEqual([0, ''])
  expect(unlooked.err).toContain('Its topics were not looked for: name the data folder')
  expect(await millrace('validate', 'p.json', '--data', 'data')).toEqual({
    ...{ code: 0, out: missing },
    err: '"p.json" has warnings only: 2 nodes, 1 edge.\n',
  })
  // Looking makes nothing.
  expect(existsSync(path.join(folder, 'data'))).toBe(false)
  await topic('create', 'others', '--data', 'data')
  expect((await millrace('validate', 'p.json', '--data', 'data')).out).toBe(missing)
  await topic('create', 'clicks', '--data', 'data')
  expect(await millrace('validate', 'p.json', '--data', 'data')).toEqual({
    ...{ code: 0, out: '' },
    err: '"p.json" has no problems: 2 nodes, 1 edge.\n',
  })
  const away = await millrace('validate', 'p.json', '--server', 'http://127.0.0.1:1')
  expect(away.code).toBe(2)
  expect(away.err).toMatch(/^There is no answer from "http:\/\/127\.0\.0\.1:1\//)
})
