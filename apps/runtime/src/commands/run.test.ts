/** Runs that somebody interrupts or watches, in virtual time. */

import { VirtualEnv } from '@millrace/engine/testing'
import { expect, test } from 'vitest'
import { createTestTerminal, type TestTerminal } from '../env/testing/test-terminal.ts'
import { run } from './run.ts'

const LINES = Array.from({ length: 100 }, (_, n) => `{"n":${n}}\n`).join('')

function world(nodes: { readonly [id: string]: unknown }, isTerminal = false) {
  const env = new VirtualEnv()
  const edges = Object.keys(nodes)
    .filter((id) => id !== 'in')
    .map((id) => ({ from: 'in', to: id }))
  const document = { format: 'millrace/1', name: 'Signals', nodes, edges }
  env.disk.files.set('/p.json', Buffer.from(JSON.stringify(document)))
  env.disk.files.set('/in.jsonl', Buffer.from(LINES))
  env.disk.files.set('/out.jsonl', Buffer.from('old'))
  const terminal = createTestTerminal({ env, folder: '/', isTerminal })
  const text = (path: string) => new TextDecoder().decode(env.disk.files.get(path))
  return { env, terminal, text }
}

/** Runs until `until` says so, in virtual time, and goes on to the end. */
async function runUntil(
  terminal: TestTerminal,
  env: VirtualEnv,
  until: () => boolean,
  then: () => void,
): Promise<number> {
  let code: number | undefined
  const running = run('p.json', {}, terminal).then((ended) => {
    code = ended
  })
  let done = false
  while (code === undefined) {
    for (let round = 0; round < 200; round++) await Promise.resolve()
    if (!done && until()) {
      done = true
      then()
    } else if (code === undefined) env.advance(100)
  }
  await running
  return code
}

const out = { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } }
const live = { operator: 'host-metrics-source', config: { interval: '1s' } }
const numbers = { path: 'in.jsonl', format: 'jsonl', schema: { n: 'integer' } }
const fast = { operator: 'file-source', config: numbers }
const bounded = { operator: 'file-source', config: { ...numbers, rate: 1 } }

test('a signal ends the input of a live source, and the file is completed', async () => {
  const { env, terminal, text } = world({ in: live, out })
  const code = await runUntil(
    terminal,
    env,
    () => env.clock.monotonicMs() >= 3500,
    () => terminal.signal('SIGINT'),
  )
  expect(code).toBe(0)
  expect(text('/out.jsonl').trimEnd().split('\n')).toHaveLength(3)
  expect(terminal.written.err).toBe(
    '\nEnding: sources have stopped, and what is open is completed. ' +
      'Once more stops at once and leaves the old files.\n' +
      'out: 3 rows in /out.jsonl\n',
  )
})

test('a second signal stops at once and leaves the old file', async () => {
  const { env, terminal, text } = world({ in: live, out })
  const code = await runUntil(
    terminal,
    env,
    () => env.clock.monotonicMs() >= 3500,
    () => {
      terminal.signal('SIGINT')
      terminal.signal('SIGTERM')
    },
  )
  expect(code).toBe(143)
  expect(text('/out.jsonl')).toBe('old')
  expect(env.disk.files.has('/out.jsonl.part')).toBe(false)
})

test('a job that ends by itself is stopped by the first signal: half of its input is no result', async () => {
  const { env, terminal, text } = world({ in: bounded, out })
  const code = await runUntil(
    terminal,
    env,
    () => env.clock.monotonicMs() >= 3500,
    () => terminal.signal('SIGINT'),
  )
  expect(code).toBe(130)
  expect(text('/out.jsonl')).toBe('old')
  expect(terminal.written.err).toBe(
    '\nStopping: what is open is given up. Once more ends the process at once.\n' +
      'The job was stopped. The files that were there before are unchanged.\n',
  )
})

test('without a signal, it goes on to its end at the rate that was asked for', async () => {
  const { env, terminal, text } = world({ in: bounded, out })
  const code = await runUntil(
    terminal,
    env,
    () => false,
    () => {},
  )
  expect([code, text('/out.jsonl')]).toEqual([0, LINES])
  expect(env.clock.monotonicMs()).toBeGreaterThanOrEqual(99_000)
})

test('a terminal shows records, rate and watermark in one line, which is cleared at the end', async () => {
  const { env, terminal } = world({ in: bounded, out }, true)
  await runUntil(
    terminal,
    env,
    () => false,
    () => {},
  )
  const shown = terminal.written.err.split('\r\x1b[2K')
  expect(shown).toContain('50 records  0/s  watermark none yet')
  const written = 'out: 100 rows in /out.jsonl\n'
  expect(shown.at(-1)).toBe(written)
  const plain = world({ in: bounded, out })
  await runUntil(
    plain.terminal,
    plain.env,
    () => false,
    () => {},
  )
  expect(plain.terminal.written.err).toBe(written)
})

test('a bug of ours says so, and shows where with --debug', async () => {
  for (const debug of [false, true]) {
    const { env, terminal } = world({ in: fast, out })
    env.disk.rename = async () => {
      throw new TypeError('This is a test.')
    }
    expect(await run('p.json', { debug }, terminal)).toBe(3)
    const { err } = terminal.written
    expect(err).toMatch(
      /^The job failed at node out \(internal\): Millrace has a bug here: This is a test\./,
    )
    expect(err.includes('run.test.ts')).toBe(debug)
    expect(err.includes('--debug')).toBe(!debug)
  }
})

test('dead letters that cannot be kept fail the job: nothing vanishes', async () => {
  const { env, terminal } = world({ in: bounded, out })
  env.disk.files.set('/in.jsonl', Buffer.from('oops\n'))
  env.disk.capacityBytes = 700
  env.disk.files.set('/filler', new Uint8Array(600))
  expect(await run('p.json', {}, terminal)).toBe(3)
  expect(terminal.written.err).toContain('Records that could not be read cannot be kept')
})
