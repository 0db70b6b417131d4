/** Runs that keep checkpoints: killed, stopped, finished, edited, and two at once. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommandLine } from '../command-line.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createTestTerminal } from '../env/testing/test-terminal.ts'
import { lockFolder } from '../storage/folder-lock.ts'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/millrace.mjs', import.meta.url))
/** With these the process that is started is the command itself. */
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]
/** At their pace they would take longer than any test waits. */
const RECORDS = 40_000
/** What is left of them comes at once. */
const AT_ONCE = ['--set', 'clicks.speed=100000'] as const

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-state-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Records by the clock, through a window and a filter to two files. */
function writeClicks(size = '200ms', extra: object = {}): void {
  const columns = {
    page: { type: 'choice', values: ['a', 'b', 'c'] },
    ms: { type: 'uniform', min: 0, max: 500 },
  }
  const clicks = {
    ...{ columns, rate: 2000, count: RECORDS, pace: 'event-time' },
    disorder: { late: 20, maxDelay: '250ms' },
    watermark: { maxOutOfOrderness: '100ms', interval: '20ms' },
  }
  const window = {
    size,
    groupBy: ['page'],
    aggregates: { n: 'COUNT(*)', p: 'PERCENTILE(ms, 0.9)' },
  }
  const sink = (name: string) => ({
    operator: 'file-sink',
    config: { path: name, format: 'jsonl' },
  })
  const document = {
    format: 'millrace/1',
    name: 'Clicks',
    nodes: {
      clicks: { operator: 'generator-source', config: clicks },
      slow: { operator: 'filter', config: { where: 'ms > 450' } },
      'per-page': { operator: 'tumbling-window', title: 'Clicks per page', config: window },
      out: sink('per-page.jsonl'),
      late: sink('late.jsonl'),
      rest: sink('slow.jsonl'),
      ...extra,
    },
    edges: [
      { from: 'clicks', to: 'slow' },
      { from: 'clicks', to: 'per-page' },
      { from: 'per-page', to: 'out' },
      { from: 'per-page.late', to: 'late' },
      { from: 'slow', to: 'rest' },
    ],
    settings: { checkpointInterval: '30ms' },
  }
  writeFileSync(path.join(folder, 'clicks.json'), JSON.stringify(document))
}

const OUTPUTS = ['per-page.jsonl', 'late.jsonl', 'slow.jsonl']

function outputs(): readonly string[] {
  return OUTPUTS.map((name) => readFileSync(path.join(folder, name), 'utf8'))
}

async function millrace(...words: readonly string[]) {
  const terminal = createTestTerminal({ env: createNodeEnv(), folder })
  const code = await runCommandLine(words, terminal)
  return { code, ...terminal.written }
}

/** What it would be had nothing happened. The pace decides nothing. */
async function unbroken(): Promise<readonly string[]> {
  expect((await millrace('run', 'clicks.json', ...AT_ONCE)).code).toBe(0)
  const expected = outputs()
  for (const name of OUTPUTS) rmSync(path.join(folder, name))
  return expected
}

class Run {
  readonly child: ChildProcess
  readonly ended: Promise<readonly [number | null, string | null]>
  err = ''

  constructor(...more: readonly string[]) {
    const words = ['run', 'clicks.json', '--state', 'kept', '--json', ...more]
    this.child = spawn(process.execPath, [...FLAGS, SCRIPT, ...words], { cwd: folder })
    this.child.stdout?.resume()
    this.child.stderr?.on('data', (chunk) => {
      this.err += chunk
    })
    this.ended = once(this.child, 'close') as Promise<[number | null, string | null]>
  }

  /** Resolves when it has stored a checkpoint with this number or a later one, or has ended. */
  async stored(id: number): Promise<void> {
    const watcher = watch(keptFolder())
    const there = new Promise<void>((resolve) => {
      watcher.on('change', () => {
        if (newestId() >= id) resolve()
      })
    })
    await Promise.race([there, this.ended])
    watcher.close()
  }
}

function keptFolder(): string {
  const kept = path.join(folder, 'kept/checkpoints/clicks')
  mkdirSync(kept, { recursive: true })
  return kept
}

function newestId(): number {
  const ids = readdirSync(keptFolder()).map((name) => Number(/-(\d+)\.\w+$/.exec(name)?.[1] ?? 0))
  return Math.max(0, ...ids)
}

test('a run that is killed four times writes the bytes of one that is not', async () => {
  writeClicks()
  const expected = await unbroken()
  for (let kill = 1; kill <= 4; kill++) {
    const run = new Run()
    await run.stored(newestId() + 1 + (kill % 2))
    run.child.kill('SIGKILL')
    expect(await run.ended).toEqual([null, 'SIGKILL'])
    expect(run.err).toMatch(kill === 1 ? /^$/ : /^Continues from checkpoint \d+ of 20\S+Z\.\n$/)
    expect(OUTPUTS.some((name) => readdirSync(folder).includes(name))).toBe(false)
  }
  const last = new Run(...AT_ONCE)
  expect(await last.ended).toEqual([0, null])
  expect(last.err).toMatch(/^Continues from checkpoint \d+ of 20\S+Z\.\n$/)
  expect(outputs()).toEqual(expected)
  expect(newestId()).toBeGreaterThan(6)
})

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)(
  '%s stops with a last checkpoint, from which the next run repeats nothing',
  async (signal, exitCode) => {
    writeClicks()
    const expected = await unbroken()
    const run = new Run()
    await run.stored(2)
    run.child.kill(signal)
    // A terminal that is closed says so more than once, by whoever hears of it.
    if (signal === 'SIGHUP') run.child.kill(signal)
    expect(await run.ended).toEqual([exitCode, null])
    const id = newestId()
    expect(run.err).toBe(
      '\nStopping with a last checkpoint. Once more stops without it.\n' +
        `The job was stopped. The same command goes on from checkpoint ${id}.\n`,
    )
    const { code, out, err } = await withState('--json', ...AT_ONCE)
    expect(code).toBe(0)
    expect(err).toMatch(new RegExp(`^Continues from checkpoint ${id} of `))
    expect(outputs()).toEqual(expected)
    // The books go on too: each record has been counted once.
    const { nodes } = JSON.parse(out) as { nodes: Record<string, { in: number }> }
    expect(nodes['clicks']?.in).toBe(expectedRecords(expected))
  },
)

/** Nothing but where the results are. */
const WRITTEN = expect.stringMatching(/^(?:\w+: [\d,]+ rows? in \S+\n)+$/)

/** All of them are in a window or late. */
function expectedRecords([perPage = '', late = '']: readonly string[]): number {
  const lines = (text: string) => text.trimEnd().split('\n')
  const counted = lines(perPage).map((line) => (JSON.parse(line) as { n: number }).n)
  return counted.reduce((sum, n) => sum + n, 0) + lines(late).filter((line) => line !== '').length
}

/** Ten records, whose run ends at once. */
function writeTen(size = '2ms'): void {
  writeClicks(size)
  const document = JSON.parse(readFileSync(path.join(folder, 'clicks.json'), 'utf8'))
  document.nodes.clicks.config.count = 10
  document.nodes.clicks.config.speed = 1000
  document.settings.checkpointInterval = '1h'
  writeFileSync(path.join(folder, 'clicks.json'), JSON.stringify(document))
}

const withState = (...more: readonly string[]) =>
  millrace('run', 'clicks.json', '--state', 'kept', ...more)

describe('after its end', () => {
  beforeEach(async () => {
    writeTen()
    expect(await withState()).toMatchObject({ code: 0, err: WRITTEN })
  })

  test('it says that nothing is left to do, and counts nothing again', async () => {
    const before = outputs()
    const { code, err, out } = await withState('--json')
    expect(code).toBe(0)
    expect(err).toMatch(
      /^"clicks" had finished with checkpoint 1 of \S+Z: nothing is left to do. --fresh runs it again.\n$/,
    )
    expect(JSON.parse(out)).toMatchObject({ state: 'finished', records: 10 })
    expect(outputs()).toEqual(before)
  })

  test('--fresh begins at the beginning, and checkpoints are numbered on', async () => {
    const before = outputs()
    for (const name of OUTPUTS) rmSync(path.join(folder, name))
    expect(await withState('--fresh')).toMatchObject({ code: 0, err: WRITTEN })
    expect(outputs()).toEqual(before)
    expect(newestId()).toBe(2)
  })

  test('a sink that is added makes its file, and says why there is nothing in it', async () => {
    const before = outputs()
    const document = JSON.parse(readFileSync(path.join(folder, 'clicks.json'), 'utf8'))
    const config = { path: 'added.jsonl', format: 'jsonl' }
    document.nodes.added = { operator: 'file-sink', config }
    document.edges.push({ from: 'per-page', to: 'added' })
    writeFileSync(path.join(folder, 'clicks.json'), JSON.stringify(document))
    const { code, err } = await withState()
    expect(code).toBe(0)
    expect(err).toMatch(
      /^Continues from checkpoint 1 of \S+Z\.\n {2}All input had ended: what is new gets only what comes from now on\. --fresh reads all again\.\n/,
    )
    expect(readFileSync(path.join(folder, 'added.jsonl'), 'utf8')).toBe('')
    expect(outputs()).toEqual(before)
    expect((await withState()).err).toContain('had finished with checkpoint 2')
    expect(outputs()).toEqual(before)
  })

  test('an edit that loses state is refused with what is lost and the choices', async () => {
    writeTen('4ms')
    const { code, err } = await withState()
    expect(code).toBe(2)
    expect(err).toBe(
      'The pipeline has changed since checkpoint 1, and 1 node would lose what was kept:\n' +
        '  per-page "Clicks per page": What it has kept means something else now, since this ' +
        'changed: setting "size".\n' +
        'Take the change back, or choose: --allow-lost-state keeps what fits, --fresh begins at ' +
        'the beginning.\n',
    )
    const allowed = await withState('--allow-lost-state')
    expect(allowed.code).toBe(0)
    expect(allowed.err).toMatch(/^Continues from checkpoint 1 of \S+Z\.\n {2}lost: per-page "/)
    expect(await withState('--fresh')).toMatchObject({ code: 0, err: WRITTEN })
  })

  test('a checkpoint that is not there is refused with those that are', async () => {
    expect(await withState('--from', '7')).toMatchObject({
      code: 2,
      err:
        'There is no checkpoint 7 any more, or there never was one. There are 1. Name another ' +
        'checkpoint with --from, or begin at the beginning with --fresh.\n',
    })
    expect((await withState('--from', '1')).err).toContain('had finished with checkpoint 1')
  })

  test('a damaged checkpoint is refused, and nothing wrong is shown', async () => {
    const file = path.join(keptFolder(), 'checkpoint-1.full')
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(file, bytes)
    const { code, err } = await withState()
    expect(code).toBe(2)
    expect(err).toContain('is damaged: ')
    expect(err).toContain('or begin at the beginning with --fresh.')
    // Its number is not used again: what it has written may be under way.
    expect((await withState('--fresh')).code).toBe(0)
  })
})

test('two runs on one folder: the second is refused with who has it', async () => {
  writeTen()
  const lock = lockFolder(path.join(folder, 'kept'), {
    ...{ holder: 'millrace run', what: 'folder of state', wayOut: '' },
    newId: () => 'id',
  })
  expect(await withState()).toEqual({
    code: 2,
    out: '',
    err:
      `The folder of state "${path.join(folder, 'kept')}" is in use by another Millrace: process ` +
      `${process.pid} (millrace run). Wait for its end, stop it, or choose another folder with --state.\n`,
  })
  lock.release()
  expect((await withState()).code).toBe(0)
})

test('topics may be in the folder of state', async () => {
  writeTen()
  const document = JSON.parse(readFileSync(path.join(folder, 'clicks.json'), 'utf8'))
  document.nodes.rest = { operator: 'topic-sink', config: { topic: 'slow' } }
  document.nodes.slow.config.where = 'ms >= 0'
  writeFileSync(path.join(folder, 'clicks.json'), JSON.stringify(document))
  expect(await withState('--data', 'kept')).toMatchObject({ code: 0, err: WRITTEN })
  const { out } = await millrace('topic', 'read', 'slow', '--data', 'kept')
  expect(out.trim().split('\n')).toHaveLength(10)
})

test.each([
  [['--fresh'], '--fresh is about what an earlier run has kept. Name its folder with --state.'],
  [['--from', '3'], '--from is about what an earlier run has kept.'],
  [['--allow-lost-state'], '--allow-lost-state is about what an earlier run has kept.'],
  [['--state', 's', '--from', '3', '--fresh'], '--from goes on from a checkpoint, and --fresh'],
  [['--state', 's', '--from', 'last'], '--from is "last" and must be earliest, latest, a time as'],
])('%j is refused', async (words, message) => {
  writeTen()
  const { code, err } = await millrace('run', 'clicks.json', ...words)
  expect(code).toBe(2)
  expect(err).toContain(message)
})
