/** Recordings over the API: made of running jobs, kept over restarts, and ended by name. */

import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { openRecording } from '@millrace/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isOwnEntry } from '../env/data-folder.ts'
import { createNodeEnv } from '../env/node-env.ts'
import { start, startTestServer, type TestServer } from './testing/test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const WAIT = { timeout: 30_000 }
const schema = { n: 'integer', text: 'string' }

function reading(topic: string) {
  return {
    ...{ format: 'millrace/1', name: `Read ${topic}`, settings: { checkpointInterval: '1s' } },
    nodes: {
      in: { operator: 'topic-source', config: { topic, schema } },
      out: { operator: 'topic-sink', config: { topic: `${topic}-out` } },
    },
    edges: [{ from: 'in', to: 'out' }],
  }
}

/** A running job that reads a topic. */
async function begin(topic: string): Promise<string> {
  await server.ask('createTopic', '/topics', { topic })
  return start(server, reading(topic))
}

async function produce(topic: string, from: number, to: number, text = ''): Promise<void> {
  for (let n = from; n < to; n++) {
    const record = { key: null, value: { text: JSON.stringify({ n, text }) } }
    await server.ask('produceRecord', `/topics/${topic}/records`, record)
  }
}

const record = (jobId: string, limits: object = {}) =>
  server.ask('startRecording', `/jobs/${jobId}/recordings`, limits)
const get = (id: string) => server.ask('getRecording', `/recordings/${id}`)
const list = () => server.ask('listRecordings', '/recordings')

test('what comes into a job from the start of a recording to its end is in it, and no more', async () => {
  const jobId = await begin('plain')
  await produce('plain', 0, 5)
  await expect.poll(async () => (await received('plain')) >= 5, WAIT).toBe(true)
  const { recordingId, state } = await record(jobId)
  expect(state).toBe('recording')
  await produce('plain', 5, 12)
  await expect.poll(async () => (await get(recordingId)).records, WAIT).toBe(7)
  const ended = await server.ask('stopRecording', `/recordings/${recordingId}/stop`, {})
  await produce('plain', 12, 14)
  expect(ended).toMatchObject({ state: 'ended', reason: 'stopped', records: 7, jobId, version: 1 })
  expect(ended.name).toBe('Read plain')
  const again = await server.ask('stopRecording', `/recordings/${recordingId}/stop`, {})
  expect(again).toEqual(ended)
  const { events } = await server.ask('getJobLog', `/jobs/${jobId}/events`)
  expect(events.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['recording-begun', 'recording-ended']),
  )
  expect((await list())[0]).toEqual(ended)
})

async function received(topic: string): Promise<number> {
  const response = await server.fetch('GET', `/api/v1/topics/${topic}-out`)
  if (response.status === 404) return 0
  const { partitions } = (await response.json()) as { partitions: { endOffset: number }[] }
  return partitions.reduce((sum, { endOffset }) => sum + endOffset, 0)
}

test('a recording is taken away as an archive, which is read as what it was', async () => {
  const jobId = await begin('taken')
  const { recordingId } = await record(jobId)
  await produce('taken', 0, 3, 'text')
  await expect.poll(async () => (await get(recordingId)).records, WAIT).toBe(3)
  const place = `/api/v1/recordings/${recordingId}/archive`
  expect((await server.fetch('GET', place)).status).toBe(409)
  await server.ask('stopRecording', `/recordings/${recordingId}/stop`, {})
  const response = await server.fetch('GET', place)
  expect(response.headers.get('content-type')).toBe('application/x-tar')
  const root = path.join(server.folder, 'taken')
  const folder = path.join(root, unpack(Buffer.from(await response.arrayBuffer()), root))
  const stored = await openRecording(createNodeEnv().disk, root, folder)
  expect(stored?.end).toMatchObject({ records: 3, reason: 'stopped' })
  const rows: unknown[] = []
  for await (const entry of stored?.entries() ?? []) {
    if (entry.kind === 'turn' && entry.turn.kind === 'records') rows.push(...entry.turn.chunk.rows)
  }
  expect(rows).toEqual([0, 1, 2].map((n) => [n, 'text']))
  const missing = await server.fetch('GET', '/api/v1/recordings/none/archive')
  expect(missing.status).toBe(404)
})

/** Writes what is in a tar archive below a folder. Returns the name of its first entry. */
function unpack(archive: Buffer, root: string): string {
  const text = (from: number, length: number, at: number) =>
    archive.toString('utf8', at + from, at + from + length).replace(/\0.*$/, '')
  for (let at = 0; archive[at] !== 0; ) {
    const name = text(0, 100, at)
    const sizeBytes = Number.parseInt(text(124, 12, at), 8)
    const sum = archive.subarray(at, at + 512).reduce((total, byte, index) => {
      return total + (index >= 148 && index < 156 ? 32 : byte)
    }, 0)
    expect(Number.parseInt(text(148, 8, at), 8)).toBe(sum)
    if (name.endsWith('/')) mkdirSync(path.join(root, name), { recursive: true })
    else writeFileSync(path.join(root, name), archive.subarray(at + 512, at + 512 + sizeBytes))
    at += 512 + Math.ceil(sizeBytes / 512) * 512
  }
  return text(0, 100, 0)
}

test('a job is recorded once at a time, and one that has ended is not', async () => {
  const jobId = await begin('twice')
  const { recordingId } = await record(jobId)
  await expect(record(jobId)).rejects.toThrow('The job is recorded already.')
  await expect(remove(recordingId)).rejects.toThrow('Stop it, then delete it.')
  await server.ask('endJob', `/jobs/${jobId}/end`, { how: 'checkpoint' })
  await expect.poll(async () => (await get(recordingId)).reason, WAIT).toBe('job-ended')
  await expect(record(jobId)).rejects.toThrow('The job has ended, so nothing comes into it.')
  await remove(recordingId)
  await expect(get(recordingId)).rejects.toThrow('There is no recording')
  expect((await list()).map((one) => one.recordingId)).not.toContain(recordingId)
})

const remove = (id: string) => server.ask('deleteRecording', `/recordings/${id}`)

test('a recording that lies elsewhere is none of the server, by whatever name', async () => {
  const jobId = await begin('elsewhere')
  const { recordingId } = await record(jobId)
  await server.ask('stopRecording', `/recordings/${recordingId}/stop`, {})
  const own = path.join(server.folder, 'data', 'recordings', recordingId)
  const away = path.join(server.folder, 'monday')
  cpSync(own, away, { recursive: true })
  const name = encodeURIComponent('../../monday')
  await expect(get(name)).rejects.toThrow('There is no recording')
  await expect(remove(name)).rejects.toThrow('There is no recording')
  expect(readdirSync(away)).toEqual(readdirSync(own))
})

test('a recording ends by itself when it has become as large as it may', async () => {
  const jobId = await begin('large')
  const { recordingId } = await record(jobId, { maxBytes: 1024 * 1024 })
  for (let n = 0; n < 3; n++) {
    await produce('large', n, n + 1, 'x'.repeat(400_000))
    await expect.poll(async () => (await get(recordingId)).records, WAIT).toBe(n + 1)
  }
  await expect.poll(async () => (await get(recordingId)).state, WAIT).toBe('ended')
  await produce('large', 3, 4)
  expect(await get(recordingId)).toMatchObject({ reason: 'size', records: 3 })
  expect(await server.ask('getJob', `/jobs/${jobId}`)).toMatchObject({ state: 'running' })
})

test('what was recorded before an engine or the server ended is kept, and says so', async () => {
  const jobId = await begin('killed')
  const lost = (await record(jobId)).recordingId
  await produce('killed', 0, 6)
  await expect.poll(async () => (await get(lost)).records, WAIT).toBe(6)
  // Written and synced every quarter of a second; the next record is behind what came before.
  const { bytes } = await get(lost)
  for (const engine of server.engines) engine.kill('SIGKILL')
  await expect.poll(async () => (await get(lost)).state, WAIT).toBe('ended')
  const after = await get(lost)
  expect(after.reason).toBe('lost')
  expect(after.records).toBeLessThanOrEqual(6)
  expect(after.bytes).toBeLessThanOrEqual(bytes + 64)

  const running = async () => (await server.ask('getJob', `/jobs/${jobId}`)).state
  await expect.poll(running, WAIT).toBe('running')
  const stopped = (await record(jobId)).recordingId
  await produce('killed', 6, 9)
  // Beside what the job reads again, of which it had no checkpoint.
  await expect.poll(async () => (await get(stopped)).records, WAIT).toBeGreaterThanOrEqual(3)
  await server.restart()
  const ended = await get(stopped)
  expect(ended).toMatchObject({ reason: 'job-ended', state: 'ended' })
  expect(ended.records).toBeGreaterThanOrEqual(3)
  expect(await get(lost)).toEqual(after)
})

test('whatever a server has put into its data folder is known to be its own', () => {
  const names = readdirSync(path.join(server.folder, 'data'))
  expect(names).toEqual(expect.arrayContaining(['recordings', 'log', 'checkpoints']))
  expect(names.filter((name) => !isOwnEntry(name))).toEqual([])
})
