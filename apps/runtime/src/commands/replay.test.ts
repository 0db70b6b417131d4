/** Recording a run, and replaying it as it was and into other versions. */

import { VirtualEnv } from '@millrace/engine/testing'
import type { wire } from '@millrace/pipeline'
import { openRecording } from '@millrace/storage'
import { expect, test } from 'vitest'
import { createTestTerminal } from '../env/testing/test-terminal.ts'
import { checkRecorded } from '../replay/recorded-document.ts'
import { runReplay } from '../replay/run-replay.ts'
import { EXIT } from '../terminal.ts'
import { type ReplayOptions, replay } from './replay.ts'
import { run } from './run.ts'

const START_MS = Date.UTC(2026, 0, 1)
const RECORDS = Array.from({ length: 200 }, (_, n) => ({
  at: new Date(START_MS + n * 700).toISOString(),
  page: `/${n % 3}`,
  ms: (n * 37) % 300,
}))
const SCHEMA = { at: 'timestamp', page: 'string', ms: 'integer' }
const AGGREGATES = { n: 'COUNT(*)' }

interface Version {
  readonly where?: string
  readonly schema?: object
  readonly aggregates?: object
  readonly time?: string
  readonly source?: string
}

function pipeline(version: Version = {}) {
  const { where = 'ms > 100', schema = SCHEMA, aggregates = AGGREGATES, time = 'event' } = version
  const { source = 'clicks' } = version
  const file = { path: 'in.jsonl', format: 'jsonl', schema, eventTime: 'at', rate: 50 }
  const window = { size: '10s', groupBy: ['page'], aggregates, time }
  return JSON.stringify({
    format: 'millrace/1',
    name: 'Clicks',
    nodes: {
      [source]: { operator: 'file-source', config: file },
      slow: { operator: 'filter', config: { where } },
      'per-page': { operator: 'tumbling-window', config: window },
      count: { operator: 'group-aggregate', config: { groupBy: ['page'], aggregates: AGGREGATES } },
      out: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
      counts: { operator: 'view-sink', config: {} },
    },
    edges: [
      { from: source, to: 'slow' },
      { from: 'slow', to: 'per-page' },
      { from: 'slow', to: 'count' },
      { from: 'per-page', to: 'out' },
      { from: 'count', to: 'counts' },
    ],
  })
}

function world(files: { readonly [path: string]: string }) {
  const env = new VirtualEnv()
  const lines = RECORDS.map((record) => `${JSON.stringify(record)}\n`).join('')
  for (const [path, text] of Object.entries({ '/in.jsonl': lines, ...files })) {
    env.disk.files.set(path, Buffer.from(text))
  }
  const terminal = createTestTerminal({ env, folder: '/' })
  const settle = async (command: Promise<number>): Promise<number> => {
    let code: number | undefined
    const ended = command.then((one) => {
      code = one
    })
    while (code === undefined) {
      for (let round = 0; round < 200; round++) await Promise.resolve()
      if (code === undefined) env.advance(100)
    }
    await ended
    return code
  }
  const output = () => new TextDecoder().decode(env.disk.files.get('/out.jsonl'))
  return { env, terminal, settle, output }
}

async function recorded(version: Version = {}, others: { readonly [path: string]: string } = {}) {
  const made = world({ '/p.json': pipeline(version), ...others })
  const { settle, terminal } = made
  expect(await settle(run('p.json', { record: 'rec' }, terminal))).toBe(EXIT.ok)
  expect(terminal.written.err).toContain('Recorded 200 records in rec.')
  return made
}

async function compared(version: Version, other: Version): Promise<wire.ReplayResult> {
  const { settle, terminal } = await recorded(version, { '/q.json': pipeline(other) })
  const before = terminal.written.out.length
  expect(await settle(replay('rec', 'q.json', { json: true }, terminal))).toBe(EXIT.ok)
  return JSON.parse(terminal.written.out.slice(before)) as wire.ReplayResult
}

test('a recording gives again what came out, also of windows that go by the clock', async () => {
  for (const time of ['event', 'processing']) {
    const { settle, terminal, output } = await recorded({ time })
    const before = output()
    expect(await settle(replay('rec', undefined, {}, terminal))).toBe(EXIT.ok)
    expect(terminal.written.out).toMatch(/gave again what it gave then: \d+ rows, byte for byte/)
    // A replay writes nothing.
    expect(output()).toBe(before)
  }
})

test('the same version has no differences', async () => {
  const { faithful, sinks } = await compared({}, {})
  expect(faithful.fault).toBeNull()
  expect(sinks.map(({ nodeId }) => nodeId)).toEqual(['counts', 'out'])
  for (const sink of sinks) {
    expect(sink).toMatchObject({ onlyOld: 0, onlyNew: 0, changed: 0, identical: true })
    expect(sink.oldRows).toBeGreaterThan(3)
  }
})

test('results of an edited filter are paired by window and key, and tables by what stands in them', async () => {
  const { sinks } = await compared({}, { where: 'ms > 150' })
  const counts = (limit: number) => {
    const byWindow = new Map<string, number>()
    for (const { at, page, ms } of RECORDS) {
      if (ms <= limit) continue
      const key = `${page} ${Math.floor((Date.parse(at) - START_MS) / 10_000)}`
      byWindow.set(key, (byWindow.get(key) ?? 0) + 1)
    }
    return byWindow
  }
  const [before, after] = [counts(100), counts(150)]
  const onlyOld = [...before.keys()].filter((key) => !after.has(key)).length
  const changed = [...before].filter(([key, n]) => after.has(key) && after.get(key) !== n).length
  const [table, out] = sinks
  expect(out).toMatchObject({ nodeId: 'out', onlyOld, onlyNew: 0, changed, table: false })
  expect(out?.key).toEqual(['page', 'window_start', 'window_end'])
  expect(table).toMatchObject({ nodeId: 'counts', onlyOld: 0, onlyNew: 0, changed: 3, table: true })
  const [first] = out?.first ?? []
  expect(first).toMatchObject({ kind: 'changed', columns: ['n'] })
  expect(first?.near.length).toBeGreaterThan(0)
  // They are records of that window and that page.
  for (const { row } of first?.near ?? []) expect(row['page']).toBe(first?.new?.['page'])
})

test('what is edited is told before what differs, in the words of the form', async () => {
  const files = {
    '/same.json': pipeline(),
    '/other.json': pipeline({ where: 'ms > 150', aggregates: { n: 'COUNT(*)', most: 'MAX(ms)' } }),
  }
  const { settle, terminal } = await recorded({}, files)
  const said = async (file: string | undefined, options: ReplayOptions = {}) => {
    const before = terminal.written.out.length
    expect(await settle(replay('rec', file, options, terminal))).toBe(EXIT.ok)
    return terminal.written.out.slice(before)
  }
  expect(await said('other.json')).toMatch(
    /^What is edited:\n {2}≠ Tumbling window\n {6}Aggregates, most: not set → MAX\(ms\)\n {2}≠ Filter\n {6}Where: ms > 100 → ms > 150\n\nReplayed 200 records/,
  )
  expect(await said('same.json')).toMatch(
    /^What is edited:\n {2}Nothing that a job or the drawing shows\.\n\nReplayed/,
  )
  expect(await said(undefined)).toMatch(/^Replayed 200 records/)
  expect(JSON.parse(await said('other.json', { json: true }))).toMatchObject({
    difference: { nodes: [{ nodeId: 'per-page' }, { nodeId: 'slow' }] },
  })
  expect(JSON.parse(await said(undefined, { json: true }))).toMatchObject({ difference: null })
})

test('a window that goes by the clock gives in a replay what it would have given live', async () => {
  const live = await compared({ time: 'processing' }, { time: 'processing' })
  const replayed = await compared({}, { time: 'processing' })
  const rows = ({ sinks }: wire.ReplayResult) => sinks.find(({ nodeId }) => nodeId === 'out')
  expect(rows(live)?.oldRows).toBeGreaterThan(2)
  expect(rows(replayed)?.newRows).toBe(rows(live)?.oldRows)
})

test('a column that only one version has is named, and the others are compared', async () => {
  const { sinks } = await compared({}, { aggregates: { n: 'COUNT(*)', most: 'MAX(ms)' } })
  const out = sinks.find(({ nodeId }) => nodeId === 'out')
  expect(out).toMatchObject({
    columnsOnlyOld: [],
    columnsOnlyNew: ['most'],
    changed: 0,
    onlyNew: 0,
  })
})

test('a version that needs what was not recorded is refused by name', async () => {
  const wider = { ...SCHEMA, user: 'string' }
  const files = {
    '/wider.json': pipeline({ schema: wider }),
    '/renamed.json': pipeline({ source: 'visits' }),
  }
  const { settle, terminal } = await recorded({}, files)
  expect(await settle(replay('rec', 'wider.json', {}, terminal))).toBe(EXIT.problems)
  expect(terminal.written.err).toContain('Source "clicks" reads a column user of type string')
  expect(await settle(replay('rec', 'renamed.json', {}, terminal))).toBe(EXIT.problems)
  expect(terminal.written.err).toContain(
    'Source "visits" is not in the recording, which has "clicks".',
  )
  expect(await settle(replay('nothing', undefined, {}, terminal))).toBe(EXIT.problems)
  expect(terminal.written.err).toMatch(/^There is no recording at "\/nothing"\./m)
  expect(await settle(replay('rec', undefined, { speed: '-1' }, terminal))).toBe(EXIT.problems)
  expect(terminal.written.err).toContain('--speed is "-1" and must be a number above 0')
})

test('a recording that does not give what it gave is told of', async () => {
  const { settle, terminal, env } = await recorded()
  const path = '/rec/recording'
  const head = Buffer.from(env.disk.files.get(path) ?? [])
  expect(head.length).toBeGreaterThan(0)
  const recording = await openRecording(env.disk, '/', '/rec')
  if (recording === undefined) throw new Error('There is a recording.')
  // As if this Millrace computed something else for the same pipeline.
  const old = checkRecorded(pipeline({ where: 'ms > 101 OR ms < 5' }))
  const result = runReplay({ env, recording, old, next: undefined, place: '/spill' })
  const code = await settle(result.then(() => 0))
  expect(code).toBe(0)
  expect((await result)?.faithful.fault).toMatch(/^What came to sink ".*" differs within the first/)
  expect(terminal.written.err).toContain('Recorded')
})

test('at the recorded pace a replay takes as long as it took', async () => {
  const { settle, terminal, env } = await recorded()
  const startMs = env.clock.monotonicMs()
  expect(await settle(replay('rec', undefined, { speed: '2' }, terminal))).toBe(EXIT.ok)
  const tookMs = env.clock.monotonicMs() - startMs
  // 200 records at 50 a second, twice as fast.
  expect(tookMs).toBeGreaterThan(1500)
  expect(tookMs).toBeLessThan(3000)
})
