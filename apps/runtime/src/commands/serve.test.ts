/** The command that serves, as a process of its own: where it is, how it ends, what it refuses. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/millrace.mjs', import.meta.url))
const FLAGS = ['--disallow-code-generation-from-strings', '--disable-proto=throw']

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
  const child = spawn(process.execPath, [...FLAGS, SCRIPT, 'serve', ...words], { cwd: folder })
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

test('it says where it is, runs an example, and ends gently at a signal', async () => {
  const { child, until, ended } = serve('--port', '0')
  const printed = await until('Millrace is at http://127.0.0.1:')
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, reasons: [] })
  const jobs = (await (await fetch(`${url}/api/v1/jobs`)).json()) as readonly object[]
  expect(jobs).toMatchObject([{ pace: 7, failure: null }])
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('a port that is taken is named, and the command ends with 2', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const address = holder.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const { until, ended } = serve('--port', String(port), '--data', 'other')
  expect(await ended).toBe(2)
  expect(await until('')).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`)
  holder.close()
})

test('a root that is not there is refused', async () => {
  const { until, ended } = serve('--root', 'nowhere')
  expect(await ended).toBe(2)
  expect(await until('')).toContain(
    'nowhere" is not a folder. Make it, or name another with --root.',
  )
})

test.each(['http', '70000', '-1', '1.5'])('%s is not a port', async (port) => {
  const { until, ended } = serve(`--port=${port}`)
  expect(await ended).toBe(2)
  expect(await until('')).toBe(`"${port}" is not a port. Choose one from 0 to 65535.\n`)
})
