/** No result depends on how many records are handed on together. */

import { seededRandom } from '@millrace/engine/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Folder } from './env/testing/folder.ts'

let folder: Folder

beforeEach(() => {
  folder = new Folder()
})

afterEach(() => {
  folder.remove()
})

const MINUTE_MS = 60_000
const sink = (path: string) => ({ operator: 'file-sink', config: { path, format: 'jsonl' } })

function source(path: string): object {
  return {
    operator: 'file-source',
    config: {
      path,
      format: 'jsonl',
      schema: { at: 'timestamp', key: 'integer', n: 'integer' },
      eventTime: 'at',
      watermark: { maxOutOfOrderness: '10s' },
    },
  }
}

/** Records over an hour, up to 20 s out of order, so that some are late; some cannot be read. */
function writeRecords(name: string, seed: number, count: number): void {
  const random = seededRandom(seed)
  const lines = Array.from({ length: count }, (_, n) => {
    if (random.chance(0.02)) return '{"at":"never"}'
    const at = Math.floor((n / count) * 60 * MINUTE_MS) + random.integer(0, 20_000)
    return JSON.stringify({ at, key: random.integer(0, 5), n })
  })
  folder.write(name, `${lines.join('\n')}\n`)
}

/** The files of each batch size, which must be one and the same text. */
async function results(document: object, files: readonly string[]): Promise<string> {
  folder.write('p.json', document)
  const found = new Set<string>()
  for (const size of ['1', '7', '4096']) {
    const { code, out } = await folder.millrace('run', 'p.json', '--json', '--batch-size', size)
    expect(code).toBe(0)
    const { nodes } = JSON.parse(out) as { readonly nodes: object }
    found.add(JSON.stringify([nodes, ...files.map((file) => folder.read(file))]))
  }
  expect(found.size).toBe(1)
  return files.map((file) => folder.read(file)).join('')
}

test('a diamond: two filters of one source meet again before a window', async () => {
  writeRecords('in.jsonl', 1, 3000)
  const document = {
    format: 'millrace/1',
    name: 'Diamond',
    nodes: {
      in: source('in.jsonl'),
      even: { operator: 'filter', config: { where: 'MOD(n, 2) = 0' } },
      small: { operator: 'filter', config: { where: 'key < 4' } },
      both: { operator: 'union' },
      window: {
        operator: 'tumbling-window',
        config: {
          size: '1m',
          groupBy: ['key'],
          aggregates: { count: 'COUNT(*)', order: "LISTAGG(CAST(n AS STRING), ' ')" },
        },
      },
      out: sink('out.jsonl'),
      late: sink('late.jsonl'),
    },
    edges: [
      { from: 'in', to: 'even' },
      { from: 'in', to: 'small' },
      { from: 'even', to: 'both' },
      { from: 'small', to: 'both' },
      { from: 'both', to: 'window' },
      { from: 'window', to: 'out' },
      { from: 'window.late', to: 'late' },
    ],
  }
  const text = await results(document, ['out.jsonl', 'late.jsonl', 'p.dead-letters.jsonl'])
  expect(text.split('\n').length).toBeGreaterThan(300)
})

test('two sources that are joined in windows', async () => {
  writeRecords('left.jsonl', 2, 2000)
  writeRecords('right.jsonl', 3, 500)
  const document = {
    format: 'millrace/1',
    name: 'Join',
    nodes: {
      left: source('left.jsonl'),
      right: source('right.jsonl'),
      join: {
        operator: 'window-join',
        config: {
          window: { type: 'tumbling', size: '1m' },
          on: [['key', 'key']],
          type: 'full',
          columns: { l: 'left.n', r: 'right.n' },
        },
      },
      out: sink('out.jsonl'),
      late: sink('late.jsonl'),
    },
    edges: [
      { from: 'left', to: 'join.left' },
      { from: 'right', to: 'join.right' },
      { from: 'join', to: 'out' },
      { from: 'join.late', to: 'late' },
    ],
  }
  const text = await results(document, ['out.jsonl', 'late.jsonl', 'p.dead-letters.jsonl'])
  expect(text.split('\n').length).toBeGreaterThan(1000)
})
