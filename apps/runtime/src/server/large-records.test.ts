/** Records of 100 kB and of 1 MB in an engine host with little memory, which lives through it. */

import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import {
  start,
  startTestServer,
  TEST_LIMITS,
  type TestServer,
  type TestSocket,
} from './testing/test-server.ts'

const MB = 2 ** 20
const SCHEMA = { n: 'integer', text: 'string' }
const LINES = { format: 'jsonl', schema: SCHEMA }
const RECORDS = { topic: 'large', schema: SCHEMA, start: 'earliest', bounded: true }

/** Whose hosts spill nothing; their code takes 30 MB of the heap. */
async function startSmallServer(memoryBytesMax: number): Promise<TestServer> {
  return startTestServer({ serverLimits: { ...TEST_LIMITS, memoryBytesMax } })
}

/** Lines as a file sink writes them, each tenth of them of 1 MB; returns how many bytes. */
function writeLines(file: string, count: number): number {
  const handle = openSync(file, 'w')
  let bytes = 0
  for (let n = 0; n < count; n++) {
    const length = n % 10 === 9 ? 1_000_000 : 100_000
    const text = `${n} `.padEnd(length, String.fromCharCode(97 + (n % 26)))
    bytes += writeSync(handle, `${JSON.stringify({ n, text })}\n`)
  }
  closeSync(handle)
  return bytes
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

function document(name: string, nodes: Record<string, unknown>): Record<string, unknown> {
  const ids = Object.keys(nodes)
  const edges = ids.slice(1).map((to, index) => ({ from: ids[index], to }))
  return { format: 'millrace/1', name, nodes, edges, settings: { checkpointInterval: '1s' } }
}

function ended(socket: TestSocket, jobId: string) {
  return socket.next('jobChanged', (job) => job.jobId === jobId && job.endedAtMs !== null)
}

test('through a file, a topic and a file again, all come that went in, and the host lives', async () => {
  await using server = await startSmallServer(256 * MB)
  const socket = await server.connect()
  const inFolder = (name: string) => path.join(server.folder, name)
  const done = { state: 'finished', restarts: 0, failure: null }
  // More than fits into the heap.
  expect(writeLines(inFolder('in.jsonl'), 800)).toBeGreaterThan(128 * MB)
  const copying = document('From file to file', {
    lines: { operator: 'file-source', config: { ...LINES, path: 'in.jsonl' } },
    copy: { operator: 'file-sink', config: { path: 'copy.jsonl', format: 'jsonl' } },
  })
  const copyingId = await start(server, copying)
  expect(await ended(socket, copyingId)).toMatchObject(done)
  expect(await hashOf(inFolder('copy.jsonl'))).toBe(await hashOf(inFolder('in.jsonl')))
  const { rows, total } = await server.ask('getView', `/jobs/${copyingId}/views/copy?limit=10000`)
  expect(total).toBe(800)
  expect(rows.at(-1)).toMatchObject({ n: 800 - 1 })

  writeLines(inFolder('fewer.jsonl'), 100)
  const filling = document('Into the topic', {
    lines: { operator: 'file-source', config: { ...LINES, path: 'fewer.jsonl' } },
    records: { operator: 'topic-sink', config: { topic: 'large' } },
  })
  expect(await ended(socket, await start(server, filling))).toMatchObject(done)
  const emptying = document('Out of the topic', {
    records: { operator: 'topic-source', config: RECORDS },
    lines: { operator: 'file-sink', config: { path: 'out.jsonl', format: 'jsonl' } },
  })
  expect(await ended(socket, await start(server, emptying))).toMatchObject(done)
  expect(await hashOf(inFolder('out.jsonl'))).toBe(await hashOf(inFolder('fewer.jsonl')))
  expect(server.logged.filter((line) => line.includes('is gone'))).toEqual([])
})

test('state of large records fails the job by node and count of keys, and the host lives', async () => {
  await using server = await startSmallServer(320 * MB)
  const socket = await server.connect()
  writeLines(path.join(server.folder, 'in.jsonl'), 1000)
  const keeping = document('Keeping all', {
    lines: { operator: 'file-source', config: { ...LINES, path: 'in.jsonl' } },
    kept: {
      operator: 'group-aggregate',
      config: { groupBy: ['n'], aggregates: { last: 'LAST_VALUE(text)' } },
    },
    seen: { operator: 'inspect-sink', config: { rows: 1 } },
  })
  const jobId = await start(server, keeping)
  const failed = await ended(socket, jobId)
  expect(failed).toMatchObject({ state: 'failed', restarts: 0, failure: { domain: 'user' } })
  expect(failed.failure?.message).toMatch(
    /^The nodes of this job keep about \d+ MB of state, and this process has room for \d+ MB\. Most of it is in node "kept", with \d+ keys\. /,
  )
  expect(server.logged.filter((line) => line.includes('is gone'))).toEqual([])
})
