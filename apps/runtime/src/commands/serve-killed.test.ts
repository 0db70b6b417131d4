/** A real server that is killed again and again: its jobs go on where they stood. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { wire } from '@millrace/pipeline'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/millrace.mjs', import.meta.url))
const FLAGS = [
  '--disallow-code-generation-from-strings',
  '--disable-proto=throw',
  '--max-semi-space-size=4',
]
/** More than are read while a test runs. */
const NUMBERS = Array.from({ length: 100_000 }, (_, n) => n)

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-killed-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Numbers in windows of ten, and each of them, to files. */
function document() {
  const schema = { at: 'timestamp', n: 'integer' }
  const source = { path: 'in.jsonl', format: 'jsonl', schema, eventTime: 'at', rate: 2000 }
  const window = { size: '10ms', aggregates: { n: 'COUNT(*)', sum: 'SUM(n)' } }
  const sink = (name: string) => ({
    operator: 'file-sink',
    config: { path: name, format: 'jsonl' },
  })
  return {
    format: 'millrace/1',
    name: 'Killed',
    nodes: {
      in: { operator: 'file-source', config: source },
      window: { operator: 'tumbling-window', config: window },
      sums: sink('sums.jsonl'),
      all: sink('all.jsonl'),
    },
    edges: [
      { from: 'in', to: 'window' },
      { from: 'in', to: 'all' },
      { from: 'window', to: 'sums' },
    ],
    settings: { checkpointInterval: '30ms' },
  }
}

class Served {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  readonly #url: Promise<string>

  constructor() {
    const words = [...FLAGS, SCRIPT, 'serve', '--port', '0']
    this.child = spawn(process.execPath, words, { cwd: folder })
    this.ended = once(this.child, 'close')
    this.child.stderr?.resume()
    this.#url = new Promise((resolve, reject) => {
      let printed = ''
      this.child.stdout?.on('data', (chunk) => {
        printed += chunk
        const url = /Millrace is at (\S+)/.exec(printed)?.[1]
        if (url !== undefined) resolve(url)
      })
      void this.ended.then(() => reject(new Error(`It has ended. ${printed}`)))
    })
  }

  async ask<Name extends wire.RouteName>(name: Name, place: string, body?: object) {
    const { method, reply } = wire.routes[name]
    const response = await fetch(`${await this.#url}${wire.API_ROOT}${place}`, {
      method: method.toUpperCase(),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    return reply.parse(await response.json()) as ReturnType<wire.Routes[Name]['reply']['parse']>
  }

  /** The first status of the job for which this is true. */
  async until(jobId: string, isSo: (job: wire.JobStatus) => boolean): Promise<wire.JobStatus> {
    const socket = io(await this.#url, { transports: ['websocket'], forceNew: true })
    try {
      return await new Promise<wire.JobStatus>((resolve, reject) => {
        const look = (job: wire.JobStatus) => {
          if (job.jobId === jobId && isSo(job)) resolve(job)
        }
        socket.on('jobChanged', look)
        // Nobody waits for it where the socket has told it before, and the server is killed.
        socket.on('connect', () => this.ask('getJob', `/jobs/${jobId}`).then(look, reject))
      })
    } finally {
      socket.close()
    }
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

function read<Row>(name: string): readonly Row[] {
  const text = readFileSync(path.join(folder, name), 'utf8').trimEnd()
  return text.split('\n').map((line) => JSON.parse(line) as Row)
}

test('a server that is killed three times loses nothing and shows nothing twice', async () => {
  const line = (n: number) => `{"at":${1_000_000 + n},"n":${n}}\n`
  writeFileSync(path.join(folder, 'in.jsonl'), NUMBERS.map(line).join(''))
  let served = new Served()
  const { id } = await served.ask('createPipeline', '/pipelines', { document: document() })
  const { jobId } = await served.ask('startJob', '/jobs', { pipelineId: id })
  let lastId = 0
  for (let kill = 1; kill <= 3; kill++) {
    const { checkpoints } = await served.until(jobId, (job) => {
      return (job.checkpoints?.last?.id ?? 0) >= lastId + 2
    })
    lastId = checkpoints?.last?.id ?? 0
    await served.kill()
    // The next one at once: the engine of the last may not have gone yet.
    served = new Served()
    const again = await served.until(jobId, ({ state }) => state === 'running')
    // A start of the server is no restart of the job.
    expect(again.restarts).toBe(0)
    expect(again.checkpoints?.restored?.id).toBeGreaterThanOrEqual(lastId)
  }
  await served.until(jobId, (job) => (job.checkpoints?.last?.id ?? 0) >= lastId + 2)
  await served.ask('endJob', `/jobs/${jobId}/end`, { how: 'drain' })
  await served.until(jobId, ({ endedAtMs }) => endedAtMs !== null)
  const all = read<{ n: number }>('all.jsonl').map(({ n }) => n)
  expect(all.length).toBeGreaterThan(0)
  expect(all).toEqual(NUMBERS.slice(0, all.length))
  const sums = read<{ n: number; sum: number }>('sums.jsonl')
  expect(sums.reduce((total, { n }) => total + n, 0)).toBe(all.length)
  expect(sums.map(({ sum }) => sum)).toEqual(
    sums.map((_, window) => sumOf(all.slice(window * 10, window * 10 + 10))),
  )
  served.child.kill('SIGTERM')
  await served.ended
})

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}
