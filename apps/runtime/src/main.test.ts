/** The command line as a process: bundle, signals, pipes. */

import { execFileSync, spawn } from 'node:child_process'
import { open, watch } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Folder } from './env/testing/folder.ts'

const LAUNCHER = fileURLToPath(new URL('../../../scripts/millrace.mjs', import.meta.url))

let folder: Folder

beforeEach(() => {
  folder = new Folder()
})

afterEach(() => {
  folder.remove()
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function start(...words: readonly string[]) {
  const flags = [
    '--disallow-code-generation-from-strings',
    '--disable-proto=throw',
    '--max-semi-space-size=4',
  ]
  const child = spawn(process.execPath, [...flags, LAUNCHER, ...words], { cwd: folder.path })
  const written = { out: '', err: '' }
  child.stdout.on('data', (bytes: Buffer) => {
    written.out += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    written.err += bytes.toString()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...written }))
  })
  return { child, ended }
}

function pipeline(source: object): object {
  const nodes = {
    in: source,
    out: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
  }
  return { format: 'millrace/1', name: 'Copy', nodes, edges: [{ from: 'in', to: 'out' }] }
}

test('a bundled data set is found from the bundle, and goes through to a file', async () => {
  folder.write('p.json', pipeline({ operator: 'dataset-source', config: { name: 'earthquakes' } }))
  const { code, out, err } = await start('run', 'p.json', '--json').ended
  expect([code, err]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({ records: 1707 })
  expect(folder.read('out.jsonl').trimEnd().split('\n')).toHaveLength(1707)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s completes the files of a live source',
  async (signal) => {
    const interval = '250ms'
    folder.write('p.json', pipeline({ operator: 'host-metrics-source', config: { interval } }))
    const changes = watch(folder.path)
    const { child, ended } = start('run', 'p.json')
    for await (const { filename } of changes) {
      if (filename === 'out.jsonl.part') break
    }
    child.kill(signal)
    const { code, err } = await ended
    expect([code, err]).toEqual([0, expect.stringContaining('Ending: sources have stopped')])
    expect(folder.has('out.jsonl')).toBe(true)
  },
)

describe.skipIf(process.platform === 'win32')('Ctrl-C at a pipe that stays silent', () => {
  test.each(['before anybody writes', 'after the first line'])('%s', async (when) => {
    const config = { path: 'pipe', format: 'jsonl', schema: { n: 'integer' } }
    folder.write('p.json', pipeline({ operator: 'file-source', config }))
    folder.write('out.jsonl', 'old')
    const pipe = path.join(folder.path, 'pipe')
    execFileSync('mkfifo', [pipe])
    const { child, ended } = start('run', 'p.json')
    // Opening returns as soon as the job has opened the other end.
    const writer = await open(pipe, 'w')
    if (when === 'after the first line') await writer.write('{"n":1}\n')
    child.kill('SIGINT')
    const { code, err } = await ended
    await writer.close()
    expect(code).toBe(130)
    expect(err).toBe(
      '\nStopping: what is open is given up. Once more ends the process at once.\n' +
        'The job was stopped. The files that were there before are unchanged.\n',
    )
    expect(folder.read('out.jsonl')).toBe('old')
  })
})

test('nobody hears of a reader that went away', async () => {
  const { child, ended } = start('schema')
  child.stdout.destroy()
  const { code, err } = await ended
  expect([code, err]).toEqual([0, ''])
})
