/** Runs that begin with what a job on a server has kept. */

import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runCommandLine } from '../command-line.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createTestTerminal } from '../env/testing/test-terminal.ts'
import { start, startTestServer, type TestServer } from '../server/testing/test-server.ts'

let server: TestServer
let pipelineId = ''
let savepoint = ''

const COUNT = 400

function counts(speed: number, aggregates: object = { visits: 'COUNT(*)' }) {
  const paced = { rate: 1, pace: 'event-time', speed }
  const columns = { page: { type: 'choice', values: ['home', 'cart', 'search'] } }
  return {
    ...{ format: 'millrace/1', name: 'Counts', settings: { checkpointInterval: '1h' } },
    nodes: {
      visits: { operator: 'generator-source', config: { columns, count: COUNT, ...paced } },
      all: { operator: 'group-aggregate', title: 'All', config: { groupBy: ['page'], aggregates } },
      results: { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: 'visits', to: 'all' },
      { from: 'all', to: 'results' },
    ],
  }
}

/** Few of its records have come when the savepoint is made. */
beforeAll(async () => {
  server = await startTestServer()
  const jobId = await start(server, counts(1))
  pipelineId = (await server.ask('getJob', `/jobs/${jobId}`)).pipelineId
  const seen = async () => {
    const { rows } = await server.ask('getView', `/jobs/${jobId}/views/results`)
    expect(rows.length).toBeGreaterThan(0)
  }
  await vi.waitFor(seen, { timeout: 60_000 })
  const made = await server.ask('makeSavepoint', `/jobs/${jobId}/savepoints`, {})
  savepoint = path.join('data', 'savepoints', made.savepointId)
  writeFileSync(path.join(server.folder, 'counts.json'), JSON.stringify(counts(1_000_000)))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function millrace(...words: readonly string[]) {
  const terminal = createTestTerminal({ env: createNodeEnv(), folder: server.folder })
  const code = await runCommandLine(['run', ...words], terminal)
  return { code, ...terminal.written }
}

const of = () => ['--savepoint', savepoint, '--savepoint-of', pipelineId]

test('a run goes on where a savepoint of a server was made', async () => {
  const { code, out, err } = await millrace('counts.json', '--state', 'kept', '--json', ...of())
  const lines = err.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^Begins with checkpoint \d+ of 20\S+Z, kept by ".+"\.$/)
  expect(lines.slice(1).sort()).toEqual(['  kept: all "All"', '  kept: results', '  kept: visits'])
  expect(code).toBe(0)
  // The books go on: each record has been counted once, there or here.
  const { nodes } = JSON.parse(out) as { nodes: Record<string, { in: number }> }
  expect([nodes['visits']?.in, nodes['all']?.in]).toEqual([COUNT, COUNT])

  const again = await millrace('counts.json', '--state', 'kept', ...of())
  expect(again.code).toBe(2)
  expect(again.err).toMatch(
    /^"kept" has checkpoint \d+ of this pipeline already, and --savepoint is/,
  )
  const next = await millrace('counts.json', '--state', 'kept')
  expect(next.err).toMatch(/^"counts" had finished with checkpoint \d+ /)
  rmSync(path.join(server.folder, 'kept'), { recursive: true })
})

test('the file of a checkpoint does as well as its folder', async () => {
  const [name = ''] = readdirSync(path.join(server.folder, savepoint))
  const file = path.join(savepoint, name)
  const words = ['--state', 'of-file', '--savepoint', file, '--savepoint-of', pipelineId]
  const { code, err } = await millrace('counts.json', ...words)
  expect(err).toMatch(/^Begins with checkpoint/)
  expect(code).toBe(0)
})

test('what an edit would lose is listed with what is kept, and is kept only when it is told', async () => {
  const edited = JSON.stringify(counts(1_000_000, { visits: 'COUNT(*)', more: 'MIN(page)' }))
  writeFileSync(path.join(server.folder, 'counts.json'), edited)
  const refused = await millrace('counts.json', '--state', 'edited', ...of())
  expect(refused.code).toBe(2)
  expect(refused.err).toMatch(
    /^The pipeline is another one than checkpoint \d+ was taken of, and something would be lost:\n/,
  )
  expect(refused.err).toMatch(
    /\n {2}lost: all "All": Aggregate "more" is new, and the records before/,
  )
  expect(refused.err).toContain('\n  kept: visits\n')
  const told = await millrace('counts.json', '--state', 'edited', '--allow-lost-state', ...of())
  expect(told.err).toMatch(/\n {2}lost: all "All": /)
  expect(told.code).toBe(0)
})

test.each([
  [
    'A savepoint without a folder of state',
    () => ['--savepoint', savepoint],
    /^--savepoint begins with what was kept, and goes on keeping it\. Name a folder with --state\./,
  ],
  [
    'A savepoint beside a fresh beginning',
    () => ['--savepoint', savepoint, '--state', 'new', '--fresh'],
    /^--savepoint and --fresh both say where the job begins\. Leave one out\./,
  ],
  [
    'An owner of nothing',
    () => ['--savepoint-of', 'x'],
    /^--savepoint-of says whose a savepoint is\. Name it with --sav/,
  ],
  [
    'The savepoint of another pipeline',
    () => ['--savepoint', savepoint, '--state', 'new'],
    /^What is kept at ".+" belongs to "(.+)", and not to "counts"\. .+ --savepoint-of \1\.\n$/,
  ],
  [
    'Nothing',
    () => ['--savepoint', 'nowhere', '--state', 'new'],
    /^There is nothing at ".+nowhere"\. Name/,
  ],
  [
    'Another file',
    () => ['--savepoint', 'counts.json', '--state', 'new'],
    /^".+counts\.json" is no savepoint: its files are called checkpoint-1\.full, for instance\./,
  ],
  [
    'Another folder',
    () => ['--savepoint', '.', '--state', 'new'],
    /^There is no checkpoint at ".+" that can be read/,
  ],
])('%s is refused by name', async (_, words, message) => {
  const { code, err } = await millrace('counts.json', ...words())
  expect(err).toMatch(message)
  expect(code).toBe(2)
})
