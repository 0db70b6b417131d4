/** The command that serves, as a process of its own: where it is, how it ends, what it refuses. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommandLine } from '../command-line.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { createTestTerminal } from '../env/testing/test-terminal.ts'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/millrace.mjs', import.meta.url))
/** With these the process that is started is the server itself. */
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]

let folder = ''

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-serve-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Served {
  readonly child: ChildProcess
  /** What it has printed when the text is there, or at its end. */
  until(text: string): Promise<string>
  readonly ended: Promise<number | null>
}

function serve(...words: readonly string[]): Served {
  return serveWith({}, ...words)
}

function serveWith(env: NodeJS.ProcessEnv, ...words: readonly string[]): Served {
  const command = [...FLAGS, SCRIPT, 'serve', ...words]
  const child = spawn(process.execPath, command, { cwd: folder, env: { ...process.env, ...env } })
  let printed = ''
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const changed = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk
      for (const look of changed) look()
    })
  }
  const until = (text: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        if (printed.includes(text)) resolve(printed)
      }
      changed.add(look)
      look()
      void ended.then(() => resolve(printed))
    })
  return { child, until, ended }
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'it says where it is, runs an example, and ends gently at %s',
  async (signal) => {
    const { child, until, ended } = serve('--port', '0', '--data', signal)
    const printed = await until('Millrace is at http://127.0.0.1:')
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, reasons: [] })
    const jobs = (await (await fetch(`${url}/api/v1/jobs`)).json()) as readonly object[]
    expect(jobs).toMatchObject([{ pace: 7, failure: null }])
    child.kill(signal)
    // A terminal that is closed says so more than once, by whoever hears of it.
    if (signal === 'SIGHUP') child.kill(signal)
    expect(await ended).toBe(0)
  },
)

test('it ends gently when whoever started it is gone', async () => {
  const starter = spawn(process.execPath, ['-e', 'process.stdin.resume()'])
  const starters = `${process.pid},${starter.pid}`
  const { until, ended } = serveWith({ MILLRACE_STARTERS: starters }, '--port', '0', '--data', 'a')
  await until('Millrace is at ')
  starter.kill('SIGKILL')
  expect(await ended).toBe(0)
})

test('its engine hosts end with it, also where it is killed', async () => {
  const { child, until, ended } = serve('--port', '0', '--data', 'b')
  await until('Millrace is at ')
  child.kill('SIGKILL')
  // They hold its outputs, which are closed only when all of them have ended.
  expect(await ended).toBeNull()
})

test('it ends with a command that starts it with other flags', async () => {
  const child = spawn(process.execPath, [SCRIPT, 'serve', '--port', '0', '--data', 'c'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  expect(await closed).toEqual([null, 'SIGKILL'])
})

/** What is refused needs no process of its own. */
async function refused(...words: readonly string[]): Promise<string> {
  const terminal = createTestTerminal({ env: createNodeEnv(), folder })
  expect(await runCommandLine(['serve', ...words], terminal)).toBe(2)
  return terminal.written.err
}

test('a port that is taken is named, and the command ends with 2', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const address = holder.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await refused('--port', String(port), '--data', 'other')).toContain(
    `Port ${port} on 127.0.0.1 is taken by another program.`,
  )
  holder.close()
})

test('a root that is not there is refused', async () => {
  expect(await refused('--root', 'nowhere')).toContain(
    'nowhere" is not a folder. Make it, or name another with --root.',
  )
})

test.each(['http', '70000', '-1', '1.5'])('%s is not a port', async (port) => {
  expect(await refused(`--port=${port}`)).toBe(
    `"${port}" is not a port. Choose one from 0 to 65535.\n`,
  )
})
