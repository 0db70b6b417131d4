/** Webhooks of a pipeline on the command line: what comes while it runs, and what it needs. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../commands/run.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { Folder } from '../env/testing/folder.ts'
import { createTestTerminal, type TestTerminal } from '../env/testing/test-terminal.ts'

const env = createNodeEnv()
let folder: Folder

beforeEach(() => {
  folder = new Folder()
  const source = { path: 'orders', schema: { n: 'integer' } }
  const nodes = {
    hook: { operator: 'http-source', config: source },
    out: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
  }
  const edges = [{ from: 'hook', to: 'out' }]
  const document = { format: 'millrace/1', name: 'Orders', nodes, edges }
  folder.write('p.json', document)
})

afterEach(() => folder.remove())

async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find()
    if (found !== undefined) return found
    await new Promise<void>((resolve) => env.timers.after(10, resolve))
  }
}

/** One run that receives these records, and is asked so often for others; the lines of its file. */
async function receive(records: readonly string[], asked = 1): Promise<readonly string[]> {
  const terminal: TestTerminal = createTestTerminal({ env, folder: folder.path })
  const ended = run('p.json', { port: '0' }, terminal)
  const [, url = ''] = await until(
    () => /Records are received at (\S+)/.exec(terminal.written.err) ?? undefined,
  )
  for (const body of records) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body })
    expect(response.status).toBe(202)
  }
  for (let count = 0; count < asked; count++) {
    const other = await fetch(new URL('/', url), { method: 'POST' })
    expect(other.status).toBe(404)
  }
  // No URL could be made of that path.
  expect((await fetch(`${new URL(url).origin}//`, { method: 'POST' })).status).toBe(404)
  const page = await fetch(url, { method: 'POST', headers: { origin: 'http://evil.example' } })
  expect(page.status).toBe(403)
  terminal.signal('SIGINT')
  expect(await ended).toBe(0)
  return folder.read('out.jsonl').split('\n').slice(0, -1)
}

test('a run receives records while it goes on, and the next one goes on behind them', async () => {
  const lines = [...(await receive(['{"n":1}', '{"n":2}'])), ...(await receive(['{"n":3}']))]
  // What came just before the end of a run is there for the next one, if that reads long enough.
  for (let asked = 2; lines.length < 3; asked *= 2) lines.push(...(await receive([], asked)))
  expect([...lines, ...(await receive([]))]).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
})

test.each([
  [
    undefined,
    'webhook-needs-port hook Webhook "orders" receives nothing without a port. Add --port 4000 for ' +
      'instance, or start the pipeline on a server ("millrace serve").\n',
  ],
  ['x', 'bad-port "x" is not a port. Choose one from 0 to 65535.\n'],
])('with the port %s a run says what it needs', async (port, message) => {
  const terminal = createTestTerminal({ env, folder: folder.path })
  expect(await run('p.json', port === undefined ? {} : { port }, terminal)).toBe(2)
  expect(terminal.written.err).toBe(message)
})
