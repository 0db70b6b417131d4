/**
 * A secret that a webhook uses, and a value that a sink sends in a header: nothing that leaves the
 * server, and nothing that it keeps, holds the first; what it tells of failures holds neither.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { wire } from '@millrace/pipeline'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNodeEnv } from '../env/node-env.ts'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/millrace.mjs', import.meta.url))
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]
const SECRET = 'canary-1f0c7e5b-whsec/+=&"'
const TOKEN = 'canary-9ad20b61-token'
const { timers } = createNodeEnv()

let folder = ''
let endpoint: Server
/** What the sinks have sent. */
let received: { readonly path: string; readonly token: unknown }[] = []

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-secret-'))
  received = []
  endpoint = createServer((request, response) => {
    received.push({ path: request.url ?? '', token: request.headers['x-token'] })
    request.resume().on('end', () => {
      response.writeHead(request.url === '/refuses' ? 422 : 500)
      response.end('Not taken.')
    })
  }).listen(0, '127.0.0.1')
  await once(endpoint, 'listening')
})

afterEach(() => {
  endpoint.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What a value looks like where it is written in one of the usual ways. */
function spellings(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value)
  // In Base64, three bytes stand for themselves wherever they begin.
  const base64 = [0, 1, 2].map((at) => bytes.subarray(at, at + 18).toString('base64'))
  const texts = [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]
  const encoded = [...texts, ...base64, bytes.toString('hex')]
  return [...encoded.map((text) => Buffer.from(text)), Buffer.from(value, 'utf16le')]
}

/** The places, of those that are named, in which it stands. */
function findIn(places: ReadonlyMap<string, Uint8Array | string>, value: string): string[] {
  const wanted = spellings(value)
  return [...places].flatMap(([place, content]) => {
    const bytes = Buffer.from(content)
    return wanted.some((one) => bytes.includes(one)) ? [place] : []
  })
}

function filesBelow(root: string): ReadonlyMap<string, Uint8Array> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile())
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name)
      return [path.relative(root, file), readFileSync(file)]
    }),
  )
}

class Served {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  printed = ''
  /** By request, with their heads. */
  readonly answers = new Map<string, string>()
  readonly messages: string[] = []

  constructor(port: number) {
    const words = ['serve', '--port', '0', '--allow-net', `127.0.0.1:${port}`]
    this.child = spawn(process.execPath, [...FLAGS, SCRIPT, ...words], {
      cwd: folder,
      env: { ...process.env, MILLRACE_SECRET_SHOP_HOOK: SECRET },
    })
    this.ended = once(this.child, 'close')
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.printed += chunk
      })
    }
  }

  get url(): string {
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.printed)?.[0] ?? ''
  }

  async fetch(method: string, place: string, body?: unknown, headers: object = {}) {
    const response = await fetch(`${this.url}${place}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : json(body) }),
    })
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
    const key = `${method} ${place} ${this.answers.size}`
    this.answers.set(key, `${json([...response.headers])}\n${text}`)
    return { status: response.status, text }
  }

  async ask(method: string, place: string, body?: unknown): Promise<Record<string, string>> {
    const { status, text } = await this.fetch(method, `${wire.API_ROOT}${place}`, body)
    if (status >= 400) throw new Error(`${method} ${place}: ${status} ${text}`)
    return JSON.parse(text) as Record<string, string>
  }

  listen(): ReturnType<typeof io> {
    const socket = io(this.url, { transports: ['websocket'], forceNew: true })
    socket.onAny((...said) => this.messages.push(json(said)))
    return socket
  }

  async say(socket: ReturnType<typeof io>, name: string, request: object): Promise<void> {
    this.messages.push(json(await socket.emitWithAck(name, request)))
  }

  /** A request as a shop sends it, signed with this. */
  async send(hook: string, n: number, secret: string, headers: object = {}): Promise<number> {
    const body = json({ n })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const head = { 'x-signature': signature, ...headers }
    return (await this.fetch('POST', `/hooks/${hook}`, body, head)).status
  }
}

function json(value: unknown): string {
  return JSON.stringify(value)
}

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise<void>((resolve) => timers.after(20, resolve))
}

function pipeline(hook: string, url: string): Record<string, unknown> {
  const signature = { scheme: 'generic', secret: 'secret://shop-hook' }
  const sink = { url, headers: { 'X-Token': TOKEN }, retries: 0 }
  return {
    format: 'millrace/1',
    name: hook,
    nodes: {
      hook: {
        operator: 'http-source',
        config: { path: hook, schema: { n: 'integer' }, signature },
      },
      out: { operator: 'http-sink', config: sink },
    },
    edges: [{ from: 'hook', to: 'out' }],
    settings: { checkpointInterval: '100ms' },
  }
}

/** Every route that only looks, with everything that is known in place of its parameters. */
async function lookAtAll(served: Served, known: readonly string[]): Promise<void> {
  const places = new Set<string>()
  for (const { method, path: route } of Object.values(wire.routes)) {
    if (method !== 'get') continue
    const [before = '', after = ''] = route.split(/:[a-z]+/i, 2)
    const rest = after
      .replace(/:letter/, '1')
      .replace(/:nodeId/, 'out')
      .replace(/:\w+/, '1')
    for (const one of route.includes(':') ? known : ['']) places.add(`${before}${one}${rest}`)
  }
  for (const place of places) await served.fetch('GET', `${wire.API_ROOT}${place}`)
  for (const place of ['/metrics', '/readyz', '/healthz', '/']) await served.fetch('GET', place)
}

test('a secret is in nothing that leaves the server or is kept, though all fails', async () => {
  const { port } = endpoint.address() as AddressInfo
  const served = new Served(port)
  await until(() => served.url !== '')
  const socket = served.listen()
  const ids: string[] = []
  const jobs: string[] = []
  const targets = {
    refuses: `http://127.0.0.1:${port}/refuses`,
    fails: `http://127.0.0.1:${port}/fails`,
  }
  for (const [hook, url] of Object.entries(targets)) {
    const document = pipeline(hook, url)
    await served.ask('POST', '/documents/check', { document })
    const { id = '' } = await served.ask('POST', '/pipelines', { document })
    const { jobId = '' } = await served.ask('POST', '/jobs', { pipelineId: id })
    ids.push(id)
    jobs.push(jobId)
    await served.say(socket, 'watchJob', { jobId })
    await served.say(socket, 'openTap', { jobId, nodeId: 'hook', port: 'out' })
  }
  const { recordingId = '' } = await served.ask('POST', `/jobs/${jobs[0]}/recordings`, {})
  for (const hook of Object.keys(targets)) {
    expect(await served.send(hook, 1, SECRET)).toBe(202)
    expect(await served.send(hook, 2, 'another')).toBe(401)
    expect(await served.send(hook, 3, SECRET, { 'x-signature': 'none' })).toBeGreaterThan(400)
  }
  await until(async () => {
    const letters = await served.ask('GET', `/pipelines/${ids[0]}/dead-letters`)
    return json(letters).includes('422')
  })
  await until(async () => {
    const { state } = await served.ask('GET', `/jobs/${jobs[1]}`)
    return state === 'failed' || state === 'restarting'
  })
  await served.ask('POST', `/jobs/${jobs[0]}/savepoints`, {})
  await served.ask('POST', `/recordings/${recordingId}/stop`, {})
  await served.ask('POST', `/pipelines/${ids[0]}/impact`, {})
  await served.fetch('GET', `${wire.API_ROOT}/recordings/${recordingId}/archive`)
  await lookAtAll(served, [...ids, ...jobs, recordingId, 'webhook.refuses', 'nothing'])
  socket.disconnect()
  served.child.kill('SIGTERM')
  await served.ended

  // Both were in use, and what was looked at is all of it.
  expect(new Set(received.map(({ token }) => token))).toEqual(new Set([TOKEN]))
  expect(new Set(received.map((one) => one.path))).toEqual(new Set(['/refuses', '/fails']))
  expect(served.messages.length).toBeGreaterThan(5)
  expect(served.answers.size).toBeGreaterThan(100)
  const kept = filesBelow(folder)
  expect([...kept.keys()]).toContain('.millrace/millrace.sqlite')
  const all = new Map<string, string | Uint8Array>([
    ...served.answers,
    ...kept,
    ['printed', served.printed],
    ['messages', served.messages.join('\n')],
  ])
  expect(findIn(all, SECRET)).toEqual([])
  // A document says what its sink sends, and nothing else does.
  expect(findIn(all, TOKEN)).not.toEqual([])
  const told = new Map(
    [...all].filter(([place]) => {
      return /\/jobs|dead-letters|\/hooks\/|metrics|printed|messages/.test(place)
    }),
  )
  expect(told.size).toBeGreaterThan(20)
  expect(findIn(told, TOKEN)).toEqual([])
})

test('what is looked for is found in each of its spellings', () => {
  for (const one of spellings(SECRET)) {
    const content = Buffer.concat([Buffer.from('before '), one, Buffer.from(' behind')])
    expect(findIn(new Map([['place', content]]), SECRET)).toEqual(['place'])
  }
  expect(findIn(new Map([['place', 'canary']]), SECRET)).toEqual([])
})
